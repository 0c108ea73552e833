// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitTesting
import Foundation
import Testing

@Suite struct AnnotationTests {
    /// What must hold of every page; the sentences that do not.
    static func breaches(of page: [UInt8]) throws -> [String] {
        let before = try ChecklistDocument(markdown: page)
        let annotation = try Annotation(of: page)
        let after = try ChecklistDocument(markdown: annotation.bytes)
        var breaches: [String] = []
        if without(comments: annotation.bytes, asIn: page) != annotation.count {
            breaches.append("more than comments was inserted")
        }
        if meaning(of: before.checklist) != meaning(of: after.checklist) {
            breaches.append("the copy means something else")
        }
        let isSame = before.checklist.hash == after.checklist.hash
        if isSame != (before.checklist.infersScopes == after.checklist.infersScopes) {
            breaches.append("the hashes do not follow from the scopes")
        }
        if after.checklist.infersScopes, !before.checklist.infersScopes {
            breaches.append("scopes became guesses")
        }
        let again = try Annotation(of: annotation.bytes)
        if again.count != 0 || again.bytes != annotation.bytes {
            breaches.append("a second annotation inserts \(again.count)")
        }
        for task in after.tasks where task.id != nil && !task.isDeclared {
            breaches.append("line \(task.line) is inferred still: \(task.text)")
        }
        return breaches
    }

    /// The canonical form but for whether the scopes are guesses.
    private static func meaning(of checklist: Checklist) -> JSONValue {
        guard case .object(var members) = checklist.json else { return .null }
        members["infersScopes"] = nil
        return .object(members)
    }

    /// How many comments the copy has beyond the page; `nil` when it differs otherwise.
    private static func without(comments copy: [UInt8], asIn page: [UInt8]) -> Int? {
        var (index, offset, count) = (0, 0, 0)
        while offset < copy.count {
            if let end = insertion(at: offset, of: copy, beside: page[index...]) {
                offset = end
                count += 1
            } else if index < page.count, page[index] == copy[offset] {
                index += 1
                offset += 1
            } else {
                return nil
            }
        }
        return index == page.count ? count : nil
    }

    /// Where a comment that the page does not have here ends: one after a space, one with a line of
    /// its own, or one on a new last line.
    private static func insertion(
        at offset: Int,
        of copy: [UInt8],
        beside page: ArraySlice<UInt8>
    ) -> Int? {
        let newlines: Set<UInt8> = [0x0A, 0x0D]
        let isOwnLine = offset > 0 && newlines.contains(copy[offset - 1])
        for lead in isOwnLine ? ["", " "] : [" ", "\n", "\r\n"] {
            let start = offset + lead.utf8.count
            guard copy[offset...].starts(with: Array((lead + "<!-- deploykit: ").utf8)) else {
                continue
            }
            var end = start
            while !copy[end...].starts(with: Array("-->".utf8)) { end += 1 }
            end += 3
            if page.starts(with: copy[offset..<end]) { continue }
            if lead.isEmpty {
                while end < copy.count, newlines.contains(copy[end]) {
                    end += 1
                    if copy[end - 1] == 0x0A { break }
                }
            } else if lead != " ", end < copy.count {
                continue
            }
            return end
        }
        return nil
    }

    @Test func everythingInferredIsDeclaredAndNothingElseChanges() throws {
        let breaches = try Self.breaches(of: Array(ferryChecklist.utf8))
        #expect(breaches == [])
        let annotation = try Annotation(of: Array(ferryChecklist.utf8))
        let text = String(decoding: annotation.bytes, as: UTF8.self)
        for line in [
            "- [x] Linter is quiet: `npm run lint` <!-- deploykit: id=code/linter-is-quiet-npm-run-lint kind=manual -->",
            "- [ ] Timetables agree <!-- deploykit: id=code/timetables-agree kind=group -->",
            "## Testnet Deployment\n<!-- deploykit: id=testnet-deployment environment=testnet -->",
            "### Approval\n<!-- deploykit: gate=",
            "- Ferries leave empty <!-- deploykit: id=ferries-leave-empty -->",
        ] {
            #expect(text.contains(line), "\(line)")
        }
    }

    @Test func aDeclarationIsCompletedAndNeverContradicted() throws {
        let page = """
            # T
            ## Run <!-- deploykit: id=go -->
            - [ ] `make it` <!-- deploykit: kind=command effect=none -->
            - [ ] named <!-- deploykit: id=mine -->
            - [ ] whole <!-- deploykit: id=whole kind=manual -->

            """
        let text = String(decoding: try Annotation(of: Array(page.utf8)).bytes, as: UTF8.self)
        #expect(
            text == """
                # T
                ## Run <!-- deploykit: id=go -->
                - [ ] `make it` <!-- deploykit: kind=command effect=none --> <!-- deploykit: id=run/make-it -->
                - [ ] named <!-- deploykit: id=mine --> <!-- deploykit: kind=manual -->
                - [ ] whole <!-- deploykit: id=whole kind=manual -->

                """
        )
    }

    @Test(arguments: [
        ("CRLF", ferryChecklist.replacing("\n", with: "\r\n")),
        ("BOM", "\u{FEFF}" + ferryChecklist),
        ("setext", "T\n=\n\nTestnet\n---\n- [ ] a\n\nMainnet\n---\n- [ ] b"),
        ("closed headings", "# T #\n## Testnet ##\n- [ ] a\n## Mainnet ##\n- [ ] b\n"),
        ("no last newline", "# T\n## Testnet\n- [ ] a\n## Mainnet\n- [ ] b"),
        ("hard breaks", "# T\n- [ ] a  \n  b\\\n  c  \n- [ ] d\\\n"),
        ("bold headings", "# T\n## Run\n**Testnet:**\n- [ ] a\n\n**Mainnet**\n- [ ] b\n"),
        ("quotes", "# T\n## Run\n> - [ ] a\n>   - [ ] b\n"),
        ("lines", "# T\n## Run\n- [ ] a\nlazy\n- [ ] no blank ____\n- [ ] Contract address\n"),
        ("windows", "# T\n## Deploy\n- [ ] a\n### Day 1\n- [ ] Monitor it\n"),
        ("windows that are phases", "# T\n## Deploy\n### Build\n- [ ] a\n### Day 1\n- [ ] b\n"),
        ("criteria", "# T\n## Success Criteria\n- [ ] Errors <1%\n- [ ] People smile\n"),
        ("lengths", "# T\n## Run\n- [ ] 32-character minimum for `JWT_SECRET`\n"),
        ("records", "# T\n- [ ] a\n## Deploy\n1. **Contract address** of the ticket\n"),
        ("open ends", "# T\n## Run\n- [ ] a `b\n- [ ] a <!-- b\n"),
        ("two titles", "# Testnet\n- [ ] a\n# Mainnet\n- [ ] b\n"),
    ])
    func itHoldsHoweverThePageIsWritten(_ name: String, _ text: String) throws {
        let open = name == "open ends" ? ["line 5 is inferred still: a <!-- b"] : []
        let breaches = try Self.breaches(of: Array(text.utf8))
        #expect(breaches == open)
    }

    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func itHoldsForPartsOfAPageInAnyOrder(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let pages = [ferryChecklist] + PageFixture.all.map(\.page)
        var lines: [Substring] = []
        for _ in 0..<3 {
            let page = pages[Int.random(in: pages.indices, using: &random)]
            lines += page.split(separator: "\n", omittingEmptySubsequences: false)
                .filter { _ in Int.random(in: 0..<12, using: &random) > 0 }
        }
        let page = Array(lines.joined(separator: "\n").utf8)
        do {
            let breaches = try Self.breaches(of: page)
            #expect(breaches == [])
        } catch let error as DocumentError {
            // Lines that went astray may leave a declaration without its command.
            #expect(error.faults.allSatisfy { !$0.message.contains("nothing is written") })
            #expect(throws: DocumentError.self) { try ChecklistDocument(markdown: page) }
        }
    }

    /// All files with `DEPLOYKIT_CORPUS_ALL`; else every sixteenth.
    @Test func itHoldsForRealChecklists() throws {
        guard let folder = ChecklistCorpusTests.folder else {
            print("corpus absent: no real checklist is annotated")
            return
        }
        let isWhole = ProcessInfo.processInfo.environment["DEPLOYKIT_CORPUS_ALL"] != nil
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".md") }.sorted()
        var count = 0
        for (index, name) in names.enumerated() where isWhole || index % 16 == 3 {
            let page = Array(try Data(contentsOf: folder.appendingPathComponent(name)))
            let breaches = try Self.breaches(of: page)
            #expect(breaches == [], "\(name)")
            count += 1
        }
        print("corpus: \(count) of \(names.count) files annotated")
    }
}
