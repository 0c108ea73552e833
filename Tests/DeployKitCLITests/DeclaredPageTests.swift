// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

/// A checklist without a page gets one, and foreign titles are no orders to a CI runner.
@Suite struct DeclaredPageTests {
    private static let hostile = "##[error]x\n::set-output name=a::b ##[\u{301}add-path]"

    private func bench(title: String = "Look") throws -> Bench {
        let bench = try Bench()
        let item = JSONValue.members([
            "id": "p/look".json, "title": title.json, "effect": "none".json,
            "kind": .members([
                "is": "command".json,
                "command": .members([
                    "script": "echo ##[group]there".json, "interpreter": "bash".json,
                ]),
            ]),
        ])
        let section = JSONValue.members(["id": "p".json, "items": .array([item])])
        let phase = JSONValue.members([
            "id": "p".json, "title": "P".json, "sections": .array([section]),
        ])
        let checklist = JSONValue.members([
            "v": 1.json, "title": "T".json, "phases": .array([phase]),
        ])
        try bench.write(checklist.canonicalBytes, to: "checklist.json")
        return bench
    }

    @Test func aChecklistInJSONIsWrittenAsAPageAndTicked() throws {
        let bench = try bench()
        let page = try bench.run("check", "--annotate", "checklist.json", "--output", "page.md")
        #expect(page.code == 0, "\(page.errors)")
        func hash(_ name: String) throws -> JSONValue? {
            try bench.run("check", "--json", name).json()["files"]?.array?.first?["hash"]
        }
        #expect(try hash("page.md") != nil && hash("page.md") == hash("checklist.json"))
        #expect(
            try bench.run("check", "--annotate", "checklist.json").output == bench.read("page.md")
        )
        let start = ["start", "checklist.json", "--environment", "staging", "--version", "1"]
        #expect(try bench.run(words: start).code == 0)
        #expect(try bench.run("run").code == 0)
        let ticked = try bench.run("export", "--markdown")
        #expect(ticked.code == 0, "\(ticked.errors)")
        #expect(
            ticked.output == (try bench.read("page.md")).replacing("- [ ] Look", with: "- [x] Look")
        )
        #expect(try bench.run("export", "--markdown", "--output", "page.md").code == 0)
        #expect(try bench.read("page.md") == ticked.output)
        #expect(try hash("page.md") == hash("checklist.json"))
    }

    @Test func aHostileTitleIsNoOrderInAnyVerb() throws {
        let bench = try bench(title: Self.hostile)
        let runner = ["GITHUB_ACTIONS": "true"]
        let calls = [
            ["check", "--verbose", "checklist.json"], ["check", "--json", "checklist.json"],
            ["start", "checklist.json", "--environment", "staging", "--version", "1"],
            ["status"], ["status", "--json"], ["inbox"], ["run"], ["audit", "log"],
            ["done", "1.1"], ["fail", "##[error]y", "--reason", "x"],
        ]
        for call in calls {
            let run = try bench.run(words: call, with: runner)
            #expect(orders(in: run.output) == [], "\(call)")
            #expect(orders(in: run.errors) == [], "\(call)")
        }
        let json = try bench.run("status", "--json", with: runner).json()
        #expect(json == (try bench.run("status", "--json").json()))
    }

    /// The lines that a runner would take for an order: outside of a fence, as its source reads them,
    /// those that begin with `::`, and those that hold `##[` anywhere.
    private func orders(in output: String) -> [String] {
        var token: String?
        var found: [String] = []
        for bytes in output.utf8.split(separator: 0x0A) {
            let line = String(decoding: bytes, as: UTF8.self)
            let text = line.drop { $0 == " " || $0 == "\t" }
            if let fence = token {
                if text == "::\(fence)::" { token = nil }
                continue
            }
            if text.hasPrefix("::stop-commands::") {
                token = String(text.dropFirst(17))
                continue
            }
            let isOrder =
                text.utf8.starts(with: "::".utf8) && !text.hasPrefix("::warning")
                && !text.hasPrefix("::error") && !text.hasPrefix("::notice")
            let holds = zip(bytes, bytes.dropFirst()).enumerated().contains { index, pair in
                pair == (0x23, 0x23) && bytes.dropFirst(index + 2).first == 0x5B
            }
            if isOrder || holds { found.append(line) }
        }
        return found
    }
}
