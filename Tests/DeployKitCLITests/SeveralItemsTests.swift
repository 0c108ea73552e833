// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

@testable import deploykit_cli

/// Verbs that take several items, and how a page's own numbers are shown.
@Suite struct SeveralItemsTests {
    @Test func severalItemsAreRecordedOneAfterTheOther() throws {
        let bench = try Bench()
        try bench.start()
        let run = try bench.run("done", "1.1", "1.2", "--note", "seen", "--key", "k")
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output.hasPrefix("✓ 1.1 Create the backup: passed\n✓ 1.2 "))
        let again = try bench.run("done", "1.1", "1.2", "--note", "seen", "--key", "k", "--json")
        let json = try again.json()
        #expect(again.code == 0 && json["hasChanged"] == false.json)
        #expect(json["items"]?.array?.map { $0["number"] } == ["1.1".json, "1.2".json])
    }

    @Test func theFirstThatMayNotBeEndsItAndWhatIsRecordedIsSaid() throws {
        let bench = try Bench()
        try bench.start()
        let run = try bench.run("done", "1.2", "2.1", "1.1")
        #expect(run.code == 1)
        #expect(run.errors.contains("recorded: 1.2"), "\(run.errors)")
        #expect(run.errors.contains("not looked at: 1.1"))
        let status = try bench.run("status", "--json").output
        #expect(status.contains(#""state":"passed""#))
        #expect(try bench.run("done", "1.1", "1.1", "1.2").code == 0)
    }

    @Test func whatWasSaidOfAFailureStandsInTheStatus() throws {
        let bench = try Bench()
        let command =
            #"{"is": "command", "command": {"script": "printf 'a\\nb\\nc\\nlast\\n'; exit 3", "#
            + #""interpreter": "bash"}}"#
        try bench.write(
            #"{"v": 1, "title": "X", "phases": [{"id": "p", "title": "P", "sections": [{"id": "p", "#
                + #""items": [{"id": "p/one", "title": "One", "effect": "none", "kind": \#(command)},"#
                + #"{"id": "p/two", "title": "Two", "effect": "none", "kind": \#(command)}]}]}]}"#,
            to: "x.json"
        )
        try bench.run("start", "x.json", "--environment", "staging", "--version", "1")
        #expect(try bench.run("run").code == 1)
        let status = try bench.run("status").output
        #expect(status.contains("\n    │ b\n    │ c\n    │ last\n"), "\(status)")
        #expect(!status.contains("exit status 3"), "the status says it already")
        // Nothing new starts while it is halted.
        #expect(try !bench.run("inbox").output.contains("by itself"))
        let other = try Bench()
        try other.start()
        try other.run("fail", "1.1", "--reason", "the disk is full")
        #expect(try other.run("status").output.contains("\n    the disk is full\n"))
    }

    @Test func aNameThatFitsNothingKeepsAllFromBeingRecorded() throws {
        let bench = try Bench()
        try bench.start()
        let before = try bench.run("audit", "log", "--json").output
        #expect(try bench.run("waive", "1.1", "9.9", "--reason", "x").code == 64)
        #expect(try bench.run("audit", "log", "--json").output == before)
    }

    @Test(arguments: [
        ("Phase 2: Backend", 2), ("Step 3", 3), ("4. Backend", 4), ("5) Go", 5), ("Étape 2", 2),
        ("Backend", nil), ("3 services", nil), ("Phase one", nil), ("24h later", nil), ("", nil),
    ])
    func theNumberOfAPhaseIsThatOfItsTitle(title: String, number: Int?) {
        #expect(PhaseHeadings.number(of: title) == number)
    }

    @Test func aPageThatCountsOtherwiseKeepsItsNumbersBesideOurs() {
        func headings(_ titles: String...) -> [String] {
            let phases = titles.map { Phase(id: "x", title: $0, sections: []) }
            let headings = PhaseHeadings(phases)
            return titles.indices.map { "\(headings.text($0)) | \(headings.place($0))" }
        }
        #expect(
            headings("Before", "Phase 1: Database")
                == ["1 · Before | before 1.1", "2 · Phase 1: Database | before 2.1"]
        )
        #expect(
            headings("Phase 1: Database", "After")
                == ["Phase 1: Database | before phase 1", "Phase 2 · After | before phase 2"]
        )
    }

    @Test func aLineIsBrokenAtSpacesAndWhatIsTypedIsNot() {
        #expect("  one two three".broken(to: 9) == "  one two\n    three")
        #expect("  deploykit done 1.1 --note x".broken(to: 10) == "  deploykit done 1.1 --note x")
        #expect(
            "  deploykit done 1.1      Look at it".broken(to: 20)
                == "  deploykit done 1.1\n    Look at it"
        )
        #expect("a  b\n\nlong-word".broken(to: 5) == "a  b\n\nlong-word")
        #expect("\u{1B}[1mone two\u{1B}[0m".broken(to: 7) == "\u{1B}[1mone two\u{1B}[0m")
    }
}
