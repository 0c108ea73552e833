// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKitDocuments
import DeployKitTesting
import Foundation
import Testing

@Suite struct MarkdownPropertyTests {
    private static let pieces = [
        "- ", "* ", "1. ", "> ", "    ", "\t", " ", "# ", "```", "~~~", "---", "===", "[ ] ",
        "[x] ",
        "a", "b c", "<div>", "<!--", "-->", "| a | b |", "|---|---|", "[a]: b", "[a]", "`", "\\",
        "*",
        "_", "**", "](u)", "![", "&amp;", "<http://x>", "é", "\n", "\n", "\n\n", "\r\n", "\r", "\0",
    ]

    @Test(arguments: 1...300 as ClosedRange<UInt64>)
    func rangesNestAndLinesCoverTheSource(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let count = Int.random(in: 0...60, using: &random)
        var source = (0..<count).flatMap { _ in
            Array((Self.pieces.randomElement(using: &random) ?? "").utf8)
        }
        if seed.isMultiple(of: 3), !source.isEmpty {
            for _ in 0..<5 {
                source[Int.random(in: source.indices, using: &random)] =
                    UInt8.random(in: 0...255, using: &random)
            }
        }
        expectSound(source)
    }

    @Test(arguments: 1...100 as ClosedRange<UInt64>)
    func randomBytesAreADocument(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        expectSound((0..<400).map { _ in UInt8.random(in: 0...255, using: &random) })
    }

    @Test(arguments: [
        ">", "- ", "* ", "> - ", "1. ", "[", "[a](", "![[", "*a _b ", "`a ``", "<a b=\"", "<!--",
        "&a", "[a]: b\n", "[a]: b \"c\n", "a|b\n-|-\n", "|a", "a\n", "\t", "  \n", "- a\n", "<a:",
    ])
    func stepsGrowWithTheSize(piece: String) {
        func steps(_ count: Int) -> Int {
            let nested = String(repeating: piece, count: count)
            return MarkdownDocument(nested + "a\n" + String(repeating: "\n", count: count) + "b")
                .steps
        }
        let (small, large) = (steps(1_000), steps(10_000))
        #expect(large <= small * 11, "\(small) steps became \(large)")
    }

    /// `make torture` goes on to 64 MiB.
    @Test func stepsAByteStayTheSameAtEverySize() throws {
        let variable = ProcessInfo.processInfo.environment["DEPLOYKIT_MARKDOWN_MIB"]
        let largest = variable.flatMap { Int($0) }.map { $0 << 20 } ?? 512 << 10
        var size = 256 << 10
        var first: Double?
        while size <= largest {
            let page = Array(repeating: Array(ferryChecklist.utf8), count: size / 2048).joined()
            let document = MarkdownDocument(Array(page))
            let steps = Double(document.steps) / Double(page.count)
            let expected = first ?? steps
            first = expected
            #expect(abs(steps - expected) < expected / 50, "\(steps) a byte of \(page.count)")
            size *= 2
        }
    }

    @Test func tenThousandLevelsAreReadAndReleased() {
        for piece in ["> ", "- ", "> - "] {
            let document = MarkdownDocument(String(repeating: piece, count: 10_000) + "a")
            #expect(document.blocks.count > 10_000)
            #expect(document.blocks.last?.kind == .paragraph)
        }
    }

    @Test func everyTruncationIsADocument() {
        let source = Array(
            """
            ---\nname: x\n---\n# A\n\n- [ ] **b**: `c`\n  - [x] [d](e)\n\n    ```sh\n    f\n    ```\n
            > - [ ] g\n\n| h | i |\n|---|---|\n| [ ] | j \\| k |\n\n<!-- l\n\nm -->\n\n[n]: o "p"\n
            """.utf8
        )
        for end in source.indices { expectSound(Array(source[..<end])) }
    }

    private func expectSound(_ source: [UInt8]) {
        let document = MarkdownDocument(source)
        let lines = document.lineStarts.indices.flatMap { source[document.line($0 + 1)] }
        #expect(lines == source)
        #expect(document.blocks[0].range == 0..<source.count)
        for (index, block) in document.blocks.enumerated() {
            #expect(block.firstLine <= block.lastLine)
            var last = block.range.lowerBound
            for child in document.children(of: index) {
                let inner = document.blocks[child]
                #expect(inner.parent == index && inner.depth == block.depth + 1)
                #expect(inner.range.lowerBound >= last, "\(inner) overlaps")
                #expect(inner.range.upperBound <= block.range.upperBound, "\(inner) in \(block)")
                #expect(inner.lastLine <= block.lastLine)
                last = inner.range.upperBound
            }
            for line in document.lines(of: index) {
                #expect(line.range.upperBound <= source.count)
                #expect(
                    document.line(line.number).contains(line.range.lowerBound) || line.range.isEmpty
                )
            }
            let inlines = document.inlines(of: index)
            for span in inlines.spans {
                #expect(span.range.lowerBound >= block.range.lowerBound)
                #expect(span.range.upperBound <= block.range.upperBound)
                #expect(span.textRange.upperBound <= inlines.text.utf8.count)
            }
            if case .item(let task?) = block.kind {
                #expect(
                    MarkdownDocument([0x5B, source[task.box], 0x5D]).boxes(in: 0..<3).count == 1
                )
            }
        }
    }
}
