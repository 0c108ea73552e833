// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitTesting
import Foundation
import Testing

/// The short run of `Fuzz/`: pages damaged at random, from seeds that replay, under the promises of
/// the fuzz targets.
@Suite struct MutationTests {
    /// How many damaged pages are read; `DEPLOYKIT_MUTATIONS` has another number.
    private static let count =
        ProcessInfo.processInfo.environment["DEPLOYKIT_MUTATIONS"].flatMap { Int($0) } ?? 300

    private static let tokens = [
        "- [ ] ", "\n", "  ", "# ", "## Sign-Off\n", "## Rollback\n", "<!-- deploykit: ", " -->",
        "```\n", "|", "|---|---|\n", "____", "☐", "⬜", "[x]", ": ", "id=a ", "json={", "}",
        "kind=manual", "inference: none", "---\n", "> ", "1. ", "\t", "é", "\u{301}", "\r", "> 5%",
        "<!-- deploykit:blank d-1 ___ -->x<!-- deploykit:end -->", "<!-- deploykit:box ⬜ -->",
    ]

    @Test func damagedPagesKeepThePromises() throws {
        let declared = try ChecklistPage(of: read(ferryChecklist).checklist).bytes
        let pages =
            [Array(ferryChecklist.utf8), Array(RowWriteBackTests.page.utf8), declared]
            + PageFixture.all.map { Array($0.page.utf8) }
        var readable = 0
        for seed in 1...UInt64(Self.count) {
            var random = SplitMix64(seed: seed)
            var page = pages[Int.random(in: pages.indices, using: &random)]
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                Self.damage(&page, with: pages, &random)
            }
            guard let document = try? ChecklistDocument(markdown: page) else { continue }
            readable += 1
            do {
                let breaches = try Self.breaches(of: document, page)
                #expect(breaches == [], "seed \(seed)")
            } catch {
                Issue.record("seed \(seed): \(error)")
            }
        }
        // Most declarations survive one cut; a run that reads nothing shows nothing.
        #expect(readable * 4 > Self.count)
    }

    /// What fuzzing found, each of which broke a promise once.
    @Test(arguments: [
        "# T\n- [ ] a\n## Sign-Off\n- [ ] :\n",
        "# T\n- [ ] a\n## Sign-Off\n- [ ] ![](x)\n",
        "# T\n- [ ] a\n## Sign-Off\n\n![](x)\n\nName: ____\n",
        "# T\n- [ ] a `______`\n## Rollback\n### Approval\n- [ ] QA: ____ Date: ____\n",
        "# T\n## Rollback\n### When to Rollback\n- Fog\n  - and night\n",
        "# T\n- [ ] a\n## Rollback\n- [ ] Note revision: `____`\n",
        "# T\n## Sign-Off\n- [x] **Lead**: all is well\n",
        "# T\n- [ ] a\n## Sign-off\n- QA: ____\n\n  ```\n  ``\n`\n|__ Date: ____\n",
    ])
    func whatWasFoundOnceIsKept(_ text: String) throws {
        let page = Array(text.utf8)
        let document = try ChecklistDocument(markdown: page)
        let breaches = try Self.breaches(of: document, page)
        #expect(breaches == [])
        #expect(Set(document.signOffLines.map(\.line)).count == document.signOffLines.count)
    }

    private static func damage(
        _ page: inout [UInt8],
        with pages: [[UInt8]],
        _ random: inout SplitMix64
    ) {
        func range(of bytes: [UInt8], most: Int) -> Range<Int> {
            let start = Int.random(in: 0...bytes.count, using: &random)
            let length = Int.random(in: 0...most, using: &random)
            return start..<min(bytes.count, start + length)
        }
        let place = range(of: page, most: 20)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: page.removeSubrange(place)
        case 1: page.insert(contentsOf: page[range(of: page, most: 200)], at: place.lowerBound)
        case 2:
            let other = pages[Int.random(in: pages.indices, using: &random)]
            page.replaceSubrange(place, with: other[range(of: other, most: 200)])
        default:
            let token = tokens[Int.random(in: tokens.indices, using: &random)]
            page.replaceSubrange(place.lowerBound..<place.lowerBound, with: Array(token.utf8))
        }
    }

    private static func breaches(
        of document: ChecklistDocument,
        _ page: [UInt8]
    ) throws -> [String] {
        var breaches: [String] = []
        let lines = 1 + page.count { $0 == 0x0A || $0 == 0x0D }
        for task in document.tasks {
            if !(1...lines).contains(task.line) { breaches.append("a task on line \(task.line)") }
            if !task.boxes.allSatisfy(page.indices.contains) { breaches.append("a box outside") }
        }
        for range in document.blanks.map(\.range) + document.boxes.map(\.range)
        where range.lowerBound < 0 || range.upperBound > page.count {
            breaches.append("a place outside")
        }
        let places =
            document.tasks.flatMap(\.boxes).map { $0..<$0 + 1 } + document.boxes.map(\.range)
            + document.blanks.map(\.range)
        let order = places.sorted {
            ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound)
        }
        if !zip(order, order.dropFirst()).allSatisfy({ $0.upperBound <= $1.lowerBound }) {
            breaches.append("two places share bytes")
        }
        let checklist = document.checklist
        if try Checklist(json: checklist.json) != checklist { breaches.append("JSON differs") }
        let written = try ChecklistPage(of: checklist).bytes
        if try ChecklistDocument(markdown: written).checklist.hash != checklist.hash {
            breaches.append("the declared page has another hash")
        }
        let annotation = try Annotation(of: page)
        if try Annotation(of: annotation.bytes).count != 0 {
            breaches.append("a second annotation inserts something")
        }
        return breaches
    }
}
