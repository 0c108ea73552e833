// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

@testable import deploykit_cli

/// What is completed of a rollback, and how its levels are named.
@Suite struct LevelCompletionTests {
    private func completed(_ bench: Bench, _ words: String...) throws -> [String] {
        let line = ["completion", "words", "--"] + words.map { "=" + $0 }
        return try bench.run(words: line).output.split(separator: "\n").map { line in
            String(line.prefix { $0 != "\t" })
        }
    }

    private func bench() throws -> Bench {
        let bench = try Bench()
        try bench.write(
            #"""
            {"v": 1, "title": "X", "phases": [{"id": "p", "title": "P", "sections": [{"id": "p",
              "items": [{"id": "p/one", "title": "One"}, {"id": "p/two", "title": "Two"}]}]}],
             "rollbackPlan": {"levels": [
               {"id": "stop", "title": "Stop", "steps": [{"title": "Off", "compensates": "p/one"}],
                "verification": [{"title": "It is off"}]},
               {"id": "restore", "title": "Restore", "steps": [{"title": "Back"}]}]}}
            """#,
            to: "x.json"
        )
        try bench.run("start", "x.json", "--environment", "staging", "--version", "1")
        return bench
    }

    @Test func levelsAreCompletedWhereOneIsWanted() throws {
        let bench = try bench()
        #expect(try completed(bench, "rollback", "--level", "") == ["stop", "restore"])
        #expect(try completed(bench, "rehearse", "re") == ["restore"])
    }

    @Test func theStepsOfARollbackAreCompletedWhileItGoesOn() throws {
        let bench = try bench()
        try bench.run("done", "1.1")
        #expect(try !completed(bench, "done", "").contains("R1"))
        // Where no heading has a number, levels are counted.
        #expect(try bench.run("rollback", "--level", "1", "--reason", "x").code == 4)
        #expect(try completed(bench, "done", "R") == ["R1"])
        let early = try bench.run("done", "V1")
        #expect(early.code == 1 && early.errors.contains("V1 comes after R1"), "\(early.errors)")
    }

    @Test func aReasonThatIsMissingIsSaidToBeAnOption() throws {
        let bench = try bench()
        try bench.run("done", "1.1")
        let run = try bench.run("rollback", "--level", "1")
        #expect(run.code == 64 && run.errors.contains("--reason TEXT"), "\(run.errors)")
    }
}
