// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Glibc
import Testing

@testable import deploykit_cli

/// What a shell is told when somebody presses the tab key.
@Suite struct CompletionTests {
    private func words(_ line: String...) -> [String] {
        guard case .words(let words) = CompletionLine(line).place else { return [] }
        return words.map(\.word)
    }

    @Test func theFirstWordIsAVerbOrAGroupOfThem() {
        let first = words("")
        #expect(first.contains("status") && first.contains("audit"))
        #expect(!first.contains("audit verify"))
        #expect(Set(first).count == first.count)
        #expect(words("audit", "").contains("verify"))
    }

    @Test func anOptionWantsItsValueAndAnOperandIsCountedWithoutIt() {
        #expect(CompletionLine(["status", "--deployment", ""]).place == .deployments)
        let attached = CompletionLine(["start", "f", "--environment=st"])
        #expect(attached.place == .environments)
        #expect(attached.prefix == "--environment=" && attached.begun == "st")
        #expect(CompletionLine(["done", "--note", "x", ""]).place == .items(verb: "done"))
        #expect(CompletionLine(["contract", "record", ""]).place == .contractSlots)
        #expect(CompletionLine(["sign", "--", "-"]).place == .slots)
    }

    @Test func anOptionIsOfferedOnceUnlessItMayBeRepeated() {
        #expect(words("done", "1.1", "--note", "x", "-").contains("--note") == false)
        #expect(words("done", "1.1", "--evidence", "x", "-").contains("--evidence"))
        #expect(words("status", "").contains("--watch"))
    }

    @Test func whatMakesNoSenseIsNotCompleted() {
        #expect(words("no-such-verb", "").isEmpty)
        #expect(words("audit", "no-such-verb", "").isEmpty)
    }

    /// A verb whose options stand for something that the store knows says so.
    @Test func everyVerbCanBeCompletedToItsOptions() {
        for verb in Verb.all {
            let line = verb.name.split(separator: " ").map(String.init) + ["--"]
            guard case .words(let words) = CompletionLine(line).place else {
                Issue.record("'\(verb.name) --' is completed to no options")
                continue
            }
            #expect(words.count >= verb.options.count, "'\(verb.name)'")
        }
    }

    @Test func namesThatAShellWouldActUponAreNotOffered() throws {
        let bench = try Bench()
        try bench.write(
            Fixture.checklist.replacing("database/tables", with: "database/$(touch PWNED)")
                .replacing("qa-engineer", with: "qa`touch PWNED`"),
            to: "checklist.json"
        )
        try bench.write(Fixture.project, to: "deploykit.json")
        let start = ["start", "checklist.json", "--environment", "staging", "--version", "1"]
        #expect(try bench.run(words: start).code == 0)
        let run = try bench.run("completion", "words", "--", "=done", "=")
        #expect(run.code == 0)
        let words = run.output.split(separator: "\n").map { $0.prefix { $0 != "\t" } }
        #expect(words == ["database/backup", "1.2", "database/sms", "backend/dashboards"])
        #expect(try bench.run("completion", "words", "--", "=sign", "=").output.isEmpty)
    }

    @Test func withoutAStoreThereIsNothingToOfferAndNoError() throws {
        let run = try Bench().run("completion", "words", "--", "=done", "=")
        #expect(run.code == 0 && run.output.isEmpty && run.errors.isEmpty)
    }

    @Test(arguments: CompletionScript.allCases)
    func aRealShellCompletes(_ shell: CompletionScript) throws {
        let python = "/usr/bin/python3"
        guard access("/usr/bin/\(shell)", X_OK) == 0, access(python, X_OK) == 0 else {
            print("\(shell) or python3 is absent: its completion is not tried")
            return
        }
        let bench = try Bench()
        try bench.start()
        let id = try bench.run("status", "--json").json()["deployment"]?["id"]?.string ?? ""
        try bench.write("x", to: "evidence one.txt")
        let lines: [(typed: String, words: String)] = [
            ("deploykit stat", "<deploykit><status>"),
            ("deploykit contract rec", "<deploykit><contract><record>"),
            ("deploykit done database/b", "<deploykit><done><database/backup>"),
            ("deploykit sign qa", "<deploykit><sign><qa-engineer>"),
            ("deploykit status --dep", "<deploykit><status><--deployment>"),
            ("deploykit status --deployment ", "<deploykit><status><--deployment><\(id)>"),
            ("deploykit start checkl", "<deploykit><start><checklist.json>"),
            (
                "deploykit start x --environment=stag",
                "<deploykit><start><x><--environment=staging>"
            ),
            (
                "deploykit done 1.1 --evidence evid",
                "<deploykit><done><1.1><--evidence><evidence one.txt>"
            ),
            ("deploykit run --phase back", "<deploykit><run><--phase><backend>"),
        ]
        let script = #"PATH="$(dirname "$0"):$PATH" exec "$@""#
        let process = try bench.begin(
            words: [python, Self.oracle, shell.rawValue] + lines.map(\.typed),
            through: ["/bin/sh", "-c", script]
        )
        let code = Bench.end(of: process)
        let answer = try bench.lastOutput()
        let errors = try bench.lastErrors()
        #expect(code == 0, "\(errors)")
        let found = answer.split(separator: "\n").map(String.init)
        #expect(found == lines.map(\.words), "\(shell)")
    }

    private static var oracle: String {
        let file = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        return "/\(file)/Oracles/tab.py"
    }
}

extension Bench {
    /// What the last call printed.
    func lastOutput() throws -> String { try Self.read("\(path)/../out") }

    /// What the last call said beside it.
    func lastErrors() throws -> String { try Self.read("\(path)/../err") }
}
