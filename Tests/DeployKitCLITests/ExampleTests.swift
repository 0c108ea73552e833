// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Foundation
import Glibc
import Testing

@testable import deploykit_cli

/// What the help, the README and SECURITY.md tell people to type works as it stands.
@Suite struct ExampleTests {
    /// Examples that need what no test has: their words are parsed, and they are not carried out.
    static let notCarriedOut: [(part: String, why: String)] = [
        ("postgres://", "a server"),
        ("\"$DEPLOYKIT_STORE\"", "a server"),
        ("store grant", "a server"),
        ("run --offer", "a person at a terminal"),
        ("--accept", "a log that was recovered elsewhere"),
        ("--against after-recovery.head", "a log that was recovered elsewhere"),
    ]

    /// What stands for a value in an example, and a value.
    private static let values: [(name: String, value: String)] = [
        ("CC…", "CDLZFC3SYJYDZT7K67VZ75HPJVIEUVNIXF47ZG2FB2RMQQVU2HHGCYSC"),
        ("G…", "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ"),
        ("00…", String(repeating: "0", count: 64)), ("9f…", String(repeating: "9f", count: 32)),
    ]

    /// The examples of a text, each one call, lines that go on joined.
    static func joined(_ lines: [String]) -> [String] {
        var result: [String] = []
        var begun = ""
        for line in lines {
            begun += line.trimmed
            if begun.hasSuffix("\\") {
                begun.removeLast()
            } else {
                result.append(begun)
                begun = ""
            }
        }
        return result
    }

    /// The calls of `deploykit` in the blocks of code of a page.
    private static func calls(in page: String) throws -> [String] {
        let lines = try text(of: page).split(separator: "\n").map(String.init)
            .filter { $0.hasPrefix("    ") }
        return joined(lines.filter { $0.hasPrefix("    deploykit ") || $0.hasPrefix("      ") })
            .filter { $0.hasPrefix("deploykit ") }
    }

    /// The calls that stand in the running text of a page. The verbs that are only named there must
    /// exist.
    private static func spans(in page: String) throws -> [String] {
        let parts = try text(of: page).replacing("\n", with: " ").split(separator: "`")
        return try parts.filter { $0.hasPrefix("deploykit ") }.map(String.init).filter { span in
            let words = span.split(separator: " ").dropFirst().map(String.init)
            if words.first == "VERB"
                || Self.notCarriedOut.contains(where: { span.contains($0.part) })
            {
                return false
            }
            return try !Verb.find(words).1.isEmpty
        }
    }

    private static func text(of page: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: page), encoding: .utf8)
    }

    /// The words behind the name of the program, as a shell splits them.
    private func words(of example: String) throws -> [String] {
        let bench = try Bench()
        var call = example.replacing("source <(", with: "")
        if call != example { call.removeLast() }
        for end in [" > ", " >> ", " | man", " || "] {
            call = call.split(separator: end, maxSplits: 1).first.map(String.init) ?? call
        }
        // A function in the place of the command says what it is called with.
        let script = #"shift; deploykit() { printf '%s\0' "$@" >words; }; eval "$1""#
        let process = try bench.begin(
            words: [call],
            through: ["/bin/bash", "-c", script, "bash"],
            with: ["DEPLOYKIT_STORE": "store"]
        )
        _ = Bench.end(of: process)
        return try bench.read("words").split(separator: "\0").map(String.init)
    }

    private func parse(_ example: String) throws {
        let words = try words(of: example)
        do {
            let (verb, rest) = try Verb.find(words)
            _ = try Arguments(rest, for: verb)
        } catch {
            Issue.record("'\(example)' makes no sense: \(error.message) \(error.hints)")
        }
    }

    private func carryOut(_ example: String, on template: Bench) throws {
        if Self.notCarriedOut.contains(where: { example.contains($0.part) }) { return }
        let bench = try Bench()
        #expect(bench.copy(of: template))
        var call = example
        var values = Self.values
        for preparation in ExamplePreparation.all where example.contains(preparation.part) {
            values += try preparation.prepare(bench)
        }
        for (name, value) in values { call = call.replacing(name, with: value) }
        if example.hasPrefix("deploykit init") { unlink("\(bench.path)/deploykit.json") }
        let id = try bench.read("id").trimmed
        call = call.replacing("d-7k2mxq", with: id)
        // Who watches sees the deployment end; who reads the manual has no pager here, and zsh and
        // fish have their folders.
        if example.contains("--watch") {
            call = "{ sleep 1; deploykit abort --reason x; } & \(call)"
        }
        let script = #"""
            PATH="$(dirname "$1"):$PATH"; exec </dev/null; man() { cat; }
            fpath=(. .); mkdir -p ~/.config/fish/completions; eval "$2"
            """#
        let process = try bench.begin(
            words: [call],
            through: ["/usr/bin/timeout", "20", "/bin/bash", "-c", script, "bash"],
            with: ["GITHUB_ENV": "github", "GITHUB_OUTPUT": "github"]
        )
        let code = Bench.end(of: process)
        let (verb, _) = try Verb.find(try words(of: example))
        let documented = verb.allExits.map(\.code.rawValue)
        let errors = try bench.lastErrors()
        #expect(
            documented.contains(code) && code != ExitCode.usage.rawValue,
            """
            '\(example)' ended with \(code): \(errors)
            Let Tests/DeployKitCLITests/ExampleBench.swift hold what it needs, or say in \
            ExampleTests.notCarriedOut why it cannot be carried out.
            """
        )
    }

    @Test(arguments: Verb.all.map(\.name))
    func everyExampleOfAVerbIsCarriedOut(_ name: String) throws {
        let verb = try #require(Verb.all.first { $0.name == name })
        let template = try ExampleBench.prepared.get()
        for example in Self.joined(verb.examples) {
            try parse(example)
            try carryOut(example, on: template)
        }
    }

    @Test func theExamplesOfTheOverviewAreCarriedOut() throws {
        for example in Help.examples {
            try parse(example)
            try carryOut(example, on: try ExampleBench.prepared.get())
        }
    }

    @Test(arguments: ["README.md", "SECURITY.md"])
    func everyCommandOfThePageIsCarriedOut(_ page: String) throws {
        let calls = try Self.calls(in: page)
        #expect(page != "README.md" || calls.count > 20)
        for call in calls + (try Self.spans(in: page)) {
            try parse(call)
            try carryOut(call, on: try ExampleBench.prepared.get())
        }
    }
}
