// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitTesting
import Testing

/// Write-back into rows of tables and into decisions.
@Suite struct RowWriteBackTests {
    static let page = """
        # Lighthouse

        ## Watch

        - [ ] Be there

        ### Checks

        | Step | Action | Expected result | Pass/Fail |
        |---|:--|---|---|
        | 1 | Light the lamp | It turns | [ ] |
        | 2 | Sound the horn | A deep note | ☐ |
        | 3 | Count the ships | Seven | ⬜ |
        | 4 | Call the harbour | An answer | [x]

        ### Ships

        | Ship | Sees it | Hears it |
        |---|---|---|
        | Ferry | [ ] | □ |

        ### Parts

        | Part | Status | Verified by | Date |
        |---|---|---|---|
        | Lamp | open |  | ____ |
        | Horn | open | Keeper | 1 May |

        ### Go/No-Go

        **Decision:** [ ] GO / [ ] NO-GO
        **Outcome:** ⬜ PROCEED | ⬜ WAIT | ⬜ TURN BACK

        """

    private func lines(_ bytes: [UInt8]) -> [String] {
        String(decoding: bytes, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    @Test func rowsAreTickedInTheirCellsAndNothingElseChanges() async throws {
        let page = Array(Self.page.utf8)
        let run = try await PageRun(of: page)
        for item in ["light-the-lamp", "sound-the-horn", "count-the-ships", "ferry-hears-it"] {
            try await run.live.complete(item, by: .person("lena"))
        }
        let written = try await run.written(into: page)
        var expected = lines(page)
        for (index, line) in expected.enumerated() {
            if line.contains("lamp") { expected[index] = line.replacing("[ ]", with: "[x]") }
            if line.contains("horn") { expected[index] = line.replacing("☐", with: "☑") }
            if line.contains("ships") {
                expected[index] = line.replacing("⬜", with: "☑<!-- deploykit:box ⬜ -->")
            }
            if line.contains("harbour") { expected[index] = line.replacing("[x]", with: "[ ]") }
            if line.contains("Ferry") {
                expected[index] = line.replacing("□", with: "☑<!-- deploykit:box □ -->")
            }
        }
        #expect(lines(written) == expected)
        #expect(try WriteBack(into: written).hash == (try WriteBack(into: page).hash))
        #expect(try await run.written(into: written) == written)
    }

    @Test func aTickThatIsTakenBackLeavesTheBoxThatWasThere() async throws {
        let page = Array(Self.page.replacing("[x]", with: "[ ]").utf8)
        let run = try await PageRun(of: page)
        try await run.live.complete("count-the-ships", by: .person("lena"))
        let ticked = try await run.written(into: page)
        #expect(ticked != page)
        let item = try await run.live.item("count-the-ships")
        try await run.live.perform(.reopen(item, reason: "one more"), by: .person("lena"))
        #expect(try await run.written(into: ticked) == page)
    }

    @Test func whatWasWaivedIsSaidInTheCellOfTheBox() async throws {
        let page = Array(Self.page.utf8)
        let run = try await PageRun(of: page)
        let item = try await run.live.item("light-the-lamp")
        try await run.live.perform(.waive(item, reason: "fog"), by: .person("o|p"))
        let written = try await run.written(into: page)
        #expect(
            lines(written).contains(
                "| 1 | Light the lamp | It turns | [ ] "
                    + "<!-- deploykit:state waived by o¦p on 2026-01-01 --> |"
            )
        )
        #expect(try WriteBack(into: written).hash == (try WriteBack(into: page).hash))
        #expect(try await run.written(into: written) == written)
    }

    @Test func whoVerifiedARowAndWhenIsFilledIn() async throws {
        let page = Array(Self.page.utf8)
        let run = try await PageRun(of: page)
        let items = try await run.live.state().outline.leaves.map(\.item.id.text)
        let lamp = try #require(items.first { $0.hasSuffix("/lamp") })
        let horn = try #require(items.first { $0.hasSuffix("/horn") })
        try await run.live.complete(lamp, by: .person("lena@example.com"))
        try await run.live.complete(horn, by: .person("tom@example.com"))
        let written = try await run.written(into: page)
        let row = try #require(lines(written).first { $0.hasPrefix("| Lamp |") })
        #expect(row.contains(" -->lena@example.com<!-- deploykit:end -->"))
        #expect(row.contains("____ -->2026-01-01<!-- deploykit:end -->"))
        // A word that a person wrote stays.
        #expect(lines(written).contains("| Horn | open | Keeper | 1 May |"))
        #expect(try WriteBack(into: written).hash == (try WriteBack(into: page).hash))
        #expect(try await run.written(into: written) == written)
    }

    @Test func aDecisionIsTickedAsItWasTaken() async throws {
        let page = Array(Self.page.utf8)
        let run = try await PageRun(of: page)
        let leaves = try await run.live.state().outline.leaves
        let decision = try #require(leaves.first { $0.item.title.hasPrefix("Decision") }).item.id
        let outcome = try #require(leaves.first { $0.item.title.hasPrefix("Outcome") }).item.id
        try await run.live.complete(decision.text, by: .person("lena"))
        try await run.live.complete(outcome.text, by: .person("lena"))
        let written = lines(try await run.written(into: page))
        #expect(written.contains("**Decision:** [x] GO / [ ] NO-GO"))
        #expect(
            written.contains(
                "**Outcome:** ☑<!-- deploykit:box ⬜ --> PROCEED | ⬜ WAIT | ⬜ TURN BACK"
            )
        )
        let other = try await PageRun(of: page)
        try await other.live.perform(.fail(decision, reason: "fog"), by: .person("lena"))
        try await other.live.perform(.fail(outcome, reason: "fog"), by: .person("lena"))
        let failed = lines(try await other.written(into: page))
        let remark = "<!-- deploykit:state failed by lena on 2026-01-01 -->"
        #expect(failed.contains("**Decision:** [ ] GO / [x] NO-GO \(remark)"))
        #expect(failed.contains("**Outcome:** ⬜ PROCEED | ⬜ WAIT | ⬜ TURN BACK \(remark)"))
    }

    /// Whatever was done, writing back reads back as the same checklist, and writing again changes
    /// nothing.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func writingBackKeepsTheHashAndIsStable(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        var text = Self.page
        if seed % 2 == 0 { text = text.replacing("\n", with: "\r\n") }
        if seed % 3 == 0 { text = text.replacing(" |\n", with: "\n") }
        if seed % 5 == 0 { text = text.replacing("[ ]", with: "⬜") }
        let page = Array(text.utf8)
        let run = try await PageRun(of: page)
        for _ in 0..<20 { try await run.step(using: &random) }
        let once = try await run.written(into: page)
        #expect(try WriteBack(into: once).hash == (try WriteBack(into: page).hash), "seed \(seed)")
        #expect(try await run.written(into: once) == once, "seed \(seed)")
    }
}
