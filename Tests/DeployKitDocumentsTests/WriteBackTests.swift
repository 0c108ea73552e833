// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitTesting
import Testing

@Suite struct WriteBackTests {
    static let page = """
        # Payments service

        **Deployed by:** ______

        ## Prepare

        - [ ] Read the changelog
        - [ ] [ ] Doubled box
        - [x] Ticked in the page
        - [ ] Send SMS (if SMS is enabled)
        - [ ] Checks
          - [ ] First check
          - [ ] Second check  

        ## Deploy to staging

        1. [ ] Apply it
        2. [ ] Look at it

        ## Contract Addresses

        - Testnet: ______

        ## Sign-Off

        ### Team

        - [ ] QA Engineer: _______________  Date: _______
        - [ ] **Product Owner:** \\_\\_\\_\\_\\_\\_ Date: \\_\\_\\_\\_

        ### Review

        | Role | Name | Signature | Date |
        |---|---|---|---|
        | Operations |  |  |  |

        """

    private func live(_ page: [UInt8], version: String = "1") async throws -> LiveDeployment {
        try await PageRun(of: page, version: version).live
    }

    private func written(_ page: [UInt8], _ live: LiveDeployment) async throws -> [UInt8] {
        try await PageRun(live: live).written(into: page)
    }

    private func lines(_ bytes: [UInt8]) -> [String] {
        String(decoding: bytes, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    @Test func aRunThatHasDoneNothingOnlyClearsTheTicksOfThePage() async throws {
        let page = Array(Self.page.utf8)
        let written = try await written(page, try await live(page))
        let changed = zip(page, written).count { $0 != $1 }
        #expect(written.count == page.count && changed == 1)
        #expect(lines(written).contains("- [ ] Ticked in the page"))
    }

    @Test func whatWasDoneIsTickedAndNothingElseChanges() async throws {
        let page = Array(Self.page.utf8)
        let live = try await live(page)
        try await live.complete("read-the-changelog", by: .person("lena"))
        try await live.complete("doubled-box", by: .person("lena"))
        try await live.perform(
            .skip(live.item("prepare/send-sms-if-sms-is-enabled"), reason: "off --> <b>x</b>\nno"),
            by: .person("lena")
        )
        try await live.complete("first-check", by: .person("lena"))
        let written = lines(try await written(page, live))
        #expect(written.contains("- [x] Read the changelog"))
        #expect(written.contains("- [x] [x] Doubled box"))
        #expect(
            written.contains(
                "- [ ] Send SMS (if SMS is enabled)"
                    + " <!-- deploykit:state not applicable by lena on 2026-01-01 -->"
            )
        )
        #expect(written.contains("- [ ] Checks") && written.contains("  - [x] First check"))
        #expect(written.contains("  - [ ] Second check  "))
        #expect(written.count == lines(page).count)
    }

    @Test func blanksAreFilledSoThatTheyReadAsBlanks() async throws {
        let page = Array(Self.page.utf8)
        let live = try await live(page)
        try await live.perform(
            .set("deployed-by", "Rita *the* [great](x) --> | \u{202E}"),
            by: .person("rita")
        )
        try await live.sign("QA Engineer", .approved, by: .person("lena@example.com"))
        try await live.sign("Product Owner", .approved, by: .person("ada@example.com"))
        try await live.sign("Operations", .approved, by: .person("tom@example.com"))
        let written = try await written(page, live)
        let text = String(decoding: written, as: UTF8.self)
        #expect(text.contains("-->lena@example.com (unsigned)<!-- deploykit:end -->  Date: <!--"))
        #expect(
            text.contains("| Operations |  <!-- deploykit:blank \(live.id)  -->tom@example.com")
        )
        #expect(text.contains("Rita \\*the\\* \\[great\\](x) --&gt; \\|"))
        #expect(!text.unicodeScalars.contains("\u{202E}"))
        let before = try ChecklistDocument(markdown: page)
        let after = try ChecklistDocument(markdown: written)
        #expect(after.checklist.hash == before.checklist.hash)
        #expect(after.blanks.map(\.target) == before.blanks.map(\.target))
    }

    @Test func whatIsTakenBackIsEmptiedAndAnotherRunsWordIsKept() async throws {
        let page = Array(Self.page.utf8)
        let first = try await live(page)
        try await first.sign("QA Engineer", .approved, by: .person("lena@example.com"))
        let signed = try await written(page, first)
        let second = try await live(page, version: "2")
        #expect(
            lines(try await written(signed, second)).contains { $0.contains("lena@example.com") }
        )
        let slot = try await first.slot("QA Engineer")
        try await first.perform(
            .withdraw(slot, reason: "too early"),
            by: .person("lena@example.com")
        )
        let withdrawn = lines(try await written(signed, first))
        #expect(withdrawn.contains("- [ ] QA Engineer: _______________  Date: _______"))
    }

    /// What a page is taken for follows from its own words, never from who filled it in.
    @Test func namesThatSoundLikeAChainChangeNothing() async throws {
        let page = Array(Self.page.utf8)
        let live = try await live(page)
        for item in ["Read the changelog", "Doubled box"] {
            let id = try #require(
                try await live.state().outline.leaves.first { $0.item.title == item }
            ).item.id
            try await live.perform(
                .waive(id, reason: "r"),
                by: .person("evm@ethereum.example")
            )
        }
        try await live.sign("QA Engineer", .approved, by: .person("devman@hardhat.example"))
        let once = try await written(page, live)
        #expect(String(decoding: once, as: UTF8.self).contains("devman"))
        #expect(try WriteBack(into: once).hash == (try WriteBack(into: page).hash))
        #expect(try await written(once, live) == once)
    }

    /// A blank is for one value: what belongs to a signature is no field as well.
    @Test func aBlockOfLinesForOneSignatureIsFilledOnce() async throws {
        let page = Array(
            """
            # T
            - [ ] a
            ## Sign-Off
            **Engineering Lead**
            Name: ______
            Signature: ______
            Date: ______

            **Date:** ______
            """.utf8
        )
        let live = try await live(page)
        #expect(try await live.state().checklist.fields == [])
        try await live.complete("a", by: .person("lena"))
        try await live.sign("Engineering Lead", .approved, by: .person("lena@example.com"))
        let written = lines(try await written(page, live))
        #expect(written.filter { $0.hasSuffix("<!-- deploykit:end -->") }.count == 4)
        #expect(written.contains { $0.hasPrefix("Name: <!--") && $0.contains("lena@example.com") })
    }

    /// Whatever was done, writing back reads back as the same checklist, and writing again changes
    /// nothing; in any spelling of the page.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func writingBackKeepsTheHashAndIsStable(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        var text = Self.page
        if seed % 2 == 0 { text = text.replacing("\n", with: "\r\n") }
        if seed % 3 == 0 { text = "\u{FEFF}" + text }
        if seed % 5 == 0 { text.removeLast() }
        if seed % 7 == 0 { text = text.replacing("- [ ]", with: "* [ ]") }
        let page = Array(text.utf8)
        let run = try await PageRun(of: page)
        for _ in 0..<20 { try await run.step(using: &random) }
        let once = try await run.written(into: page)
        #expect(try WriteBack(into: once).hash == (try WriteBack(into: page).hash), "seed \(seed)")
        #expect(try await run.written(into: once) == once, "seed \(seed)")
    }
}
