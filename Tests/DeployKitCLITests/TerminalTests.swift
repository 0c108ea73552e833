// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Glibc
import Testing

@testable import deploykit_cli

/// What a person at a terminal sees and is asked.
@Suite struct TerminalTests {
    private static let python = "/usr/bin/python3"
    static let hasPython = access(python, X_OK) == 0

    private static var oracle: String {
        let file = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        return "/\(file)/Oracles/dialogue.py"
    }

    /// Calls the command on a terminal, and types what is to be typed when its words appear.
    func play(
        _ bench: Bench,
        _ words: String...,
        columns: Int = 80,
        steps: [(wait: String, type: String)] = [],
        with variables: [String: String] = [:]
    ) throws -> CommandRun {
        try play(bench, words: words, columns: columns, steps: steps, with: variables)
    }

    func play(
        _ bench: Bench,
        words: [String],
        columns: Int = 80,
        steps: [(wait: String, type: String)] = [],
        with variables: [String: String] = [:]
    ) throws -> CommandRun {
        try bench.write(steps.map { "\($0.wait)\t\($0.type)\n" }.joined(), to: "steps")
        let process = try bench.begin(
            words: words,
            through: [Self.python, Self.oracle, "\(columns)", "steps"],
            with: variables
        )
        let code = Bench.end(of: process)
        return CommandRun(
            code: code,
            output: try bench.lastOutput(),
            errors: try bench.lastErrors()
        )
    }

    private func items(_ bench: Bench) throws -> [String: String] {
        let phases = try bench.run("status", "--json").json()["phases"]?.array ?? []
        var states: [String: String] = [:]
        for item in phases.flatMap({ $0["items"]?.array ?? [] }) {
            states[item["number"]?.string ?? ""] = item["state"]?.string
        }
        return states
    }

    /// A check, two commands of which the last cannot be undone, and a conditional item.
    private func bench() throws -> Bench {
        let bench = try Bench()
        func command(_ id: String, _ script: String, _ effect: String) -> String {
            #"{"id": "p/\#(id)", "title": "Command \#(id)", "effect": "\#(effect)", "kind": "#
                + #"{"is": "command", "command": {"script": "\#(script)", "interpreter": "bash"}}}"#
        }
        let items = [
            #"{"id": "p/look", "title": "Look", "expectations": ["42 rows"]}"#,
            command("one", "echo first >>ran", "idempotent"),
            command("two", "echo second >>ran", "irreversible"),
            #"{"id": "p/sms", "title": "SMS", "requirement": {"if": "SMS is on"}}"#,
        ].joined(separator: ",")
        try bench.write(
            #"{"v": 1, "title": "Ask", "phases": [{"id": "p", "title": "P", "sections": "#
                + #"[{"id": "p", "items": [\#(items)]}]}]}"#,
            to: "ask.json"
        )
        let words = ["start", "ask.json", "--environment", "staging", "--version", "1"]
        #expect(try bench.run(words: words).code == 0)
        return bench
    }

    @Test(.enabled(if: hasPython, "python3 is absent"))
    func aRunAsksShowsWhatRunsAndRecordsTheAnswers() throws {
        let bench = try bench()
        let run = try play(
            bench,
            "run",
            steps: [
                ("expected: 42 rows", "d"), ("Note", "saw 42"), ("echo second >>ran", "no"),
            ]
        )
        // Nothing that was shown ran: the last of it cannot be undone, and 'no' is not 'yes'.
        #expect(access("\(bench.path)/ran", F_OK) != 0, "\(run.output)")
        #expect(
            try items(bench) == ["1.1": "passed", "1.2": "ready", "1.3": "ready", "1.4": "ready"]
        )
        let again = try play(
            bench,
            "run",
            steps: [
                ("Type 'yes' in full", "yes"), ("only if: SMS is on", "n"), ("Why not?", "off"),
            ]
        )
        #expect(again.code == 0, "\(again.output)\(again.errors)")
        #expect(try bench.read("ran") == "first\nsecond\n")
        #expect(try items(bench)["1.4"] == "notApplicable")
        let log = try bench.run("audit", "log", "--json").output
        #expect(log.contains("item-done") || log.contains("done"), "\(log.prefix(400))")
    }

    @Test(.enabled(if: hasPython, "python3 is absent"))
    func laterAndTheEndOfInputRecordNothing() throws {
        let bench = try bench()
        let before = try bench.run("audit", "log", "--json").output
        for keys in [["l"], ["q"], ["^D"]] {
            let steps = keys.map { (wait: "[q]uit", type: $0) }
            let run = try play(bench, "run", steps: steps)
            #expect(run.code == 4, "\(keys): \(run.output)\(run.errors)")
        }
        #expect(try bench.run("audit", "log", "--json").output == before)
    }

    @Test(.enabled(if: hasPython, "python3 is absent"))
    func aKeyThatInterruptsEndsTheQuestion() throws {
        let bench = try bench()
        let run = try play(bench, "run", steps: [("[q]uit", "^C")])
        #expect(run.code == 130, "\(run.output)")
        #expect(try items(bench)["1.1"] == "ready")
    }

    @Test(.enabled(if: hasPython, "python3 is absent"))
    func inCIAndWithYesNothingIsAsked() throws {
        let bench = try bench()
        #expect(try play(bench, "run", "--yes").code == 4)
        #expect(try play(bench, "run", with: ["CI": "true"]).code == 4)
        #expect(try bench.run("run").code == 4)
    }

    @Test(.enabled(if: hasPython, "python3 is absent"), arguments: [40, 80, 100, 300])
    func aStatusIsNoWiderThanTheTerminal(columns: Int) throws {
        let bench = try Bench()
        try bench.start(version: "1.0-a-version-that-is-rather-long")
        try bench.run("done", "1.1", "--note", "x")
        try bench.run("fail", "1.2", "--reason", "x")
        let run = try play(bench, "status", columns: columns, with: ["NO_COLOR": "1"])
        #expect(run.code == 0)
        let limit = min(100, columns)
        // What is to be typed is never cut, and starts with the name of the program.
        let lines = run.output.split(separator: "\n").filter { !$0.contains("deploykit ") }
        for line in lines { #expect(String(line).columns <= limit, "\(line)") }
        #expect(lines.contains { $0.contains("█") })
    }

    @Test(.enabled(if: hasPython, "python3 is absent"))
    func withoutColourTheSameIsSaid() throws {
        let bench = try Bench()
        try bench.start()
        try bench.run("done", "1.1")
        let coloured = try play(bench, "status").output
        let plain = try play(bench, "status", with: ["NO_COLOR": "1"]).output
        #expect(coloured.contains("\u{1B}["), "\(coloured)")
        #expect(!plain.contains("\u{1B}["))
        var text = coloured
        for code in ["0", "1", "2", "31", "32", "33"] {
            text = text.replacing("\u{1B}[\(code)m", with: "")
        }
        #expect(text == plain)
    }

    @Test func aWideCharacterTakesTwoColumns() {
        #expect("数据库".columns == 6 && "é".columns == 1 && "🚀".columns == 2)
        #expect("数据库".cut(to: 5) == "数据…")
        #expect("数据".padded(to: 6) == "数据  ")
    }

    @Test(arguments: [(0, 5, "░░░░░"), (1, 100, "█░░░░"), (99, 100, "████░"), (5, 5, "█████")])
    func aBarIsFullOnlyAtTheEnd(done: Int, all: Int, bar: String) {
        #expect(ProgressBar.text(done, of: all, width: 5) == bar)
    }
}
