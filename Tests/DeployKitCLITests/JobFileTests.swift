// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Glibc
import Testing

@testable import deploykit_cli

/// What the next steps of a CI job are told, with a checklist that would like to tell them more.
@Suite struct JobFileTests {
    private static let hostile = #"""
        x\nevil=1\n::error::owned\n::set-output name=a::b\n| a | b |\n<script>@here ##[error]no
        """#

    /// A deployment of one command with a hostile title, which fails.
    private func bench(_ script: String = "exit 3") throws -> Bench {
        let bench = try Bench()
        try bench.write(
            #"{"v": 1, "title": "\#(Self.hostile)", "service": "orders\nEVIL=1", "phases": ["#
                + #"{"id": "p\nEVIL=1", "title": "P", "sections": [{"id": "p", "items": [{"id": "#
                + #""p/one", "title": "\#(Self.hostile)", "effect": "none", "kind": {"is": "#
                + #""command", "command": {"script": "\#(script)", "interpreter": "bash"}}}]}]}]}"#,
            to: "hostile.json"
        )
        let words = ["start", "hostile.json", "--environment", "staging", "--version", "1\nEVIL=1"]
        #expect(try bench.run(words: words).code == 0)
        return bench
    }

    private func github(_ bench: Bench) -> [String: String] {
        [
            "GITHUB_ACTIONS": "true", "CI": "true", "GITHUB_OUTPUT": "\(bench.path)/output",
            "GITHUB_STEP_SUMMARY": "\(bench.path)/summary",
        ]
    }

    /// As the runner reads the file: `NAME=value`, or `NAME<<delimiter`, lines, the delimiter.
    private func outputs(_ text: String) throws -> [String: String] {
        var result: [String: String] = [:]
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)[
            ...
        ]
        while let line = lines.popFirst() {
            if line.isEmpty { continue }
            let parts = line.split(separator: "<<", maxSplits: 1).map(String.init)
            try #require(parts.count == 2 && !parts[0].contains("="), "\(line)")
            var value: [String] = []
            while let next = lines.popFirst(), next != parts[1] { value.append(next) }
            result[parts[0]] = value.joined(separator: "\n")
        }
        return result
    }

    @Test func theRunnerReadsWhatIsMeantAndNothingElse() throws {
        let bench = try bench()
        let run = try bench.run("run", with: github(bench))
        #expect(run.code == 1)
        let found = try outputs(try bench.read("output"))
        #expect(Set(found.keys) == ["deployment", "status", "exit"])
        #expect(found["status"] == "halted" && found["exit"] == "1")
        let summary = try bench.read("summary")
        #expect(!summary.contains("<script") && !summary.contains("@here"))
        #expect(!summary.split(separator: "\n").contains { $0.hasPrefix("::") })
        #expect(summary.split(separator: "\n").count { $0.hasPrefix("| ✗ ") } == 1, "\(summary)")
        // The one annotation is ours: the title is its property, escaped.
        let commands = run.output.split(separator: "\n").filter { $0.hasPrefix("::") }
        let errors = commands.filter { $0.hasPrefix("::error ") }
        #expect(errors.count == 1, "\(run.output)")
        #expect(errors.first?.contains("title=1.1 ") == true)
    }

    @Test func aGateTellsItsVerdict() throws {
        let bench = try bench()
        #expect(try bench.run("gate", "completion", with: github(bench)).code == 1)
        let found = try outputs(try bench.read("output"))
        #expect(found["verdict"] == "closed" && found["gate"] == "completion")
        #expect(try bench.read("summary").contains("**closed**"))
    }

    @Test func aDotenvFileHoldsOneVariableALine() throws {
        let bench = try bench("true")
        #expect(try bench.run("run", "--dotenv", "job.env").code == 0)
        let lines = try bench.read("job.env").split(separator: "\n")
        #expect(lines.count == 3)
        for line in lines {
            #expect(line.hasPrefix("DEPLOYKIT_") && !line.contains(" "), "\(line)")
        }
        #expect(lines.contains("DEPLOYKIT_EXIT=0") && lines.contains("DEPLOYKIT_STATUS=completed"))
        #expect(!lines.contains { $0.hasPrefix("EVIL") })
    }

    @Test func outsideOfGitHubNothingIsWritten() throws {
        let bench = try bench("true")
        var variables = github(bench)
        variables["GITHUB_ACTIONS"] = nil
        #expect(try bench.run("run", with: variables).code == 0)
        #expect(access("\(bench.path)/output", F_OK) != 0)
    }

    @Test func aFileThatCannotBeWrittenIsNotedAndChangesNoVerdict() throws {
        let bench = try bench("true")
        var variables = github(bench)
        variables["GITHUB_OUTPUT"] = "\(bench.path)/no/such/folder"
        let run = try bench.run("run", with: variables)
        #expect(run.code == 0 && run.errors.contains("GITHUB_OUTPUT could not be written"))
    }
}
