// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A Markdown source and its block structure, with the source position of everything.
///
/// The structure is CommonMark 0.29's with GFM tables and task items, as cmark-gfm 0.29 reads
/// them, except that front matter is one opaque block. Every input is a document: nothing is
/// refused and nothing throws. Time and memory are linear in the size of the source, whatever its
/// nesting; limits on size and nesting are for the caller to set.
///
/// The source is never rewritten. Change a document by replacing ranges of its bytes.
package struct MarkdownDocument: Sendable {
    /// How the lines of a document end.
    package enum LineEnding: Hashable, Sendable {
        /// No line ends.
        case none
        /// `\n` throughout.
        case lf
        /// `\r\n` throughout.
        case crlf
        /// `\r` throughout.
        case cr
        /// More than one of them.
        case mixed
    }

    /// The bytes as given.
    package let source: [UInt8]
    /// The offset of the first byte of each line; line n begins at `lineStarts[n - 1]`. A source
    /// that ends with a terminator has no empty last line, and an empty source no line.
    package let lineStarts: [Int]
    /// Whether the source begins with a UTF-8 byte order mark.
    package let hasBOM: Bool
    /// How the lines end.
    package let lineEnding: LineEnding
    /// The front matter with its `---` lines.
    package let frontMatter: Range<Int>?
    /// All blocks in document order; the first is the document.
    package let blocks: [MarkdownBlock]
    /// The lines of leaf blocks; see ``MarkdownBlock/lines``.
    package let content: [MarkdownLine]
    /// The rows of all tables.
    package let rows: [MarkdownTableRow]
    /// The trimmed bytes of all table cells.
    package let cells: [Range<Int>]
    /// Link reference definitions by normalized label; the first of a label counts.
    package let definitions: [String: MarkdownDefinition]
    /// How many elementary steps reading took: a figure proportional to time, for tests.
    package let steps: Int

    /// Reads a source.
    package init(_ source: [UInt8]) {
        var reader = BlockReader(source)
        reader.read()
        self.source = source
        lineStarts = reader.lineStarts
        hasBOM = reader.hasBOM
        lineEnding = reader.lineEnding
        frontMatter = reader.frontMatter
        blocks = reader.blocks
        content = reader.content
        rows = reader.rows
        cells = reader.cells
        definitions = reader.definitions
        steps = reader.steps
    }

    /// Reads the UTF-8 bytes of a text.
    package init(_ text: String) {
        self.init(Array(text.utf8))
    }

    /// The bytes of a line, numbered from 1 to `lineStarts.count`, with its terminator.
    package func line(_ number: Int) -> Range<Int> {
        let end = number < lineStarts.count ? lineStarts[number] : source.count
        return lineStarts[number - 1]..<end
    }

    /// The number, from 1, of the line that holds a byte; the last line for `source.count`.
    package func lineNumber(at offset: Int) -> Int {
        var low = 0
        var high = lineStarts.count
        while low < high {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle + 1 } else { high = middle }
        }
        return max(low, 1)
    }

    /// The bytes of a range as text; bytes that are not UTF-8 become U+FFFD.
    package func text(_ range: Range<Int>) -> String {
        String(decoding: source[range], as: UTF8.self)
    }

    /// The children of a block, first to last.
    package func children(of index: Int) -> some Sequence<Int> {
        Children(blocks: blocks, child: blocks[index].firstChild)
    }

    private struct Children: Sequence, IteratorProtocol {
        let blocks: [MarkdownBlock]
        var child: Int?

        mutating func next() -> Int? {
            defer { child = child.flatMap { blocks[$0].nextSibling } }
            return child
        }
    }

    /// The lines of a leaf block.
    package func lines(of index: Int) -> ArraySlice<MarkdownLine> {
        content[blocks[index].lines]
    }

    /// The code of a code block as one text, lines joined and ended by `\n`.
    package func code(of index: Int) -> String {
        var bytes: [UInt8] = []
        for line in lines(of: index) {
            bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: line.padding))
            bytes.append(contentsOf: source[line.range])
            bytes.append(UInt8(ascii: "\n"))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What the bytes of a leaf block's lines may be.
    package func traits(of index: Int) -> ByteTraits {
        var traits: ByteTraits = []
        for line in blocks[index].lines { traits.formUnion(content[line].traits) }
        return traits
    }

    /// The text and spans of a paragraph or heading.
    ///
    /// - Returns: Empty text for any other kind of block.
    package func inlines(of index: Int) -> MarkdownInlines {
        var reader = InlineReader(source: source, definitions: definitions)
        return inlines(of: index, by: &reader)
    }

    /// The text and spans of every block, by index.
    package func allInlines() -> [MarkdownInlines] {
        var reader = InlineReader(source: source, definitions: definitions)
        return blocks.indices.map { inlines(of: $0, by: &reader) }
    }

    private func inlines(of index: Int, by reader: inout InlineReader) -> MarkdownInlines {
        switch blocks[index].kind {
        case .paragraph, .heading:
            let lines = lines(of: index)
            if lines.count == 1, let line = lines.first, !line.traits.contains(.markup) {
                return MarkdownInlines(text: plainText(of: line.range), spans: [])
            }
            return reader.read(lines.lazy.map(\.range), isCell: false)
        default:
            return MarkdownInlines(text: "", spans: [])
        }
    }

    /// The text of one line in which nothing is marked up, as in most of them.
    private func plainText(of range: Range<Int>) -> String {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, BlockReader.isSpaceOrTab(source[start]) { start += 1 }
        while start < end, BlockReader.isSpace(source[end - 1]) { end -= 1 }
        return text(start..<end)
    }

    /// The text and spans of a table cell, given as an index into ``cells``.
    package func inlines(ofCell cell: Int) -> MarkdownInlines {
        var reader = InlineReader(source: source, definitions: definitions)
        return reader.read(CollectionOfOne(cells[cell]), isCell: true)
    }

    /// The boxes in a range of the source, first to last: `[ ]`, `[x]`, `[X]` that are neither
    /// escaped nor the text of a link, and `☐`, `☑`, `☒`, `⬜`, `□`.
    package func boxes(in range: Range<Int>) -> [MarkdownBox] {
        var boxes: [MarkdownBox] = []
        var offset = range.lowerBound
        while offset + 2 < range.upperBound {
            let (first, second, third) = (source[offset], source[offset + 1], source[offset + 2])
            if first == UInt8(ascii: "["), third == UInt8(ascii: "]"),
                let ticked = Self.tick(second),
                offset == range.lowerBound || source[offset - 1] != UInt8(ascii: "\\"),
                !(offset + 3 < range.upperBound && [0x28, 0x5B, 0x3A].contains(source[offset + 3]))
            {
                boxes.append(
                    MarkdownBox(
                        range: offset + 1..<offset + 2,
                        isChecked: ticked,
                        isBracketed: true
                    )
                )
                offset += 3
            } else if first == 0xE2,
                (second == 0x98 && (0x90...0x92).contains(third))
                    || (second == 0xAC && third == 0x9C) || (second == 0x96 && third == 0xA1)
            {
                boxes.append(
                    MarkdownBox(
                        range: offset..<offset + 3,
                        isChecked: third == 0x91 || third == 0x92,
                        isBracketed: false
                    )
                )
                offset += 3
            } else {
                offset += 1
            }
        }
        return boxes
    }

    /// What the byte between brackets says: ticked, blank, or no box.
    static func tick(_ byte: UInt8) -> Bool? {
        switch byte {
        case UInt8(ascii: " "): false
        case UInt8(ascii: "x"), UInt8(ascii: "X"): true
        default: nil
        }
    }
}
