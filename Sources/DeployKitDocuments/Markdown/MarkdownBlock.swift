// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// One block of a ``MarkdownDocument``: where it stands and how it hangs together with the others.
///
/// Blocks live in one flat array in document order (a parent before its children), linked by index,
/// so that neither reading nor releasing a deeply nested document recurses.
package struct MarkdownBlock: Hashable, Sendable {
    /// What a block is.
    package enum Kind: Hashable, Sendable {
        /// The root, index 0, the whole source.
        case document
        /// A YAML header between `---` lines at the very start.
        case frontMatter
        /// An ATX or setext heading of level 1 to 6.
        case heading(level: Int)
        /// A run of text lines.
        case paragraph
        /// Items with the same marker.
        case list(MarkdownList)
        /// One list item, with its task box if it has one.
        case item(task: MarkdownTask?)
        /// Code between fences; `info` is the trimmed text after the opening fence, maybe empty.
        case fencedCode(info: Range<Int>)
        /// Code by four columns of indentation.
        case indentedCode
        /// A block of raw HTML other than a comment.
        case html
        /// Raw HTML that begins with `<!--`, up to the end of the line that holds `-->`.
        case comment
        /// A GFM table; `rows` are indexes into ``MarkdownDocument/rows``, the header first.
        case table(rows: Range<Int>)
        /// Lines quoted with `>`.
        case blockQuote
        /// A line of three or more `*`, `-` or `_`.
        case thematicBreak
        /// A paragraph that holds nothing but link reference definitions.
        case definitions
    }

    /// What the block is.
    package internal(set) var kind: Kind
    /// Its bytes in the source: from the first byte of its marker or text to the end of its last
    /// line, without that line's terminator. A block's range lies within its parent's.
    @CompactRange package internal(set) var range: Range<Int>
    /// The number of its first line, from 1.
    @CompactInt package internal(set) var firstLine: Int
    /// The number of its last line, from 1; trailing blank lines belong only to fences and HTML.
    @CompactInt package internal(set) var lastLine: Int
    /// Its content as indexes into ``MarkdownDocument/content``: text lines of a paragraph or
    /// heading, code lines, HTML lines. Empty for containers, tables and thematic breaks.
    @CompactRange package internal(set) var lines: Range<Int>
    /// The index of the block that holds it; `nil` only for the document.
    @CompactLink package internal(set) var parent: Int?
    /// The index of its first child.
    @CompactLink package internal(set) var firstChild: Int?
    /// The index of its last child.
    @CompactLink package internal(set) var lastChild: Int?
    /// The index of the next block with the same parent.
    @CompactLink package internal(set) var nextSibling: Int?
    /// How many blocks enclose it; the document has 0.
    @CompactInt package internal(set) var depth: Int
}

/// What the items of one list have in common.
package struct MarkdownList: Hashable, Sendable {
    /// Whether items are numbered.
    package var isOrdered: Bool
    /// The number of the first item; 0 for bullets.
    @CompactInt package var start: Int
    /// `-`, `*` or `+` for bullets, `.` or `)` after numbers.
    package var marker: UInt8
    /// Whether no blank line parts the items or their blocks.
    package var isTight: Bool
}

/// The box of a task item.
package struct MarkdownTask: Hashable, Sendable {
    /// The source offset of the byte between the brackets.
    @CompactInt package var box: Int
    /// Whether that byte is `x` or `X`.
    package var isChecked: Bool
    /// The source offset of the byte between the second brackets of `- [ ] [ ] text`.
    @CompactLink package var extraBox: Int?
    /// Whether the second box, if any, holds `x` or `X`.
    package var isExtraChecked: Bool
    /// Whether the GFM reference implementation (cmark-gfm 0.29) sees it too. It looks for the
    /// list marker at the start of the line and so misses `> - [ ] x` and `- - [ ] x`, which
    /// github.com shows as tasks.
    package var isSeenByReference: Bool
}

/// The bytes of one line that belong to a leaf block.
package struct MarkdownLine: Hashable, Sendable {
    /// The bytes, without container prefixes and without the line terminator.
    @CompactRange package var range: Range<Int>
    /// Columns left over from a tab that a container prefix consumed in part: spaces that code
    /// begins with and that are not in the source.
    @CompactInt package var padding: Int
    /// The number of the line, from 1.
    @CompactInt package var number: Int
    /// What the bytes may be.
    package var traits: ByteTraits
}

/// One row of a table.
package struct MarkdownTableRow: Hashable, Sendable {
    /// The number of the line, from 1.
    package var line: Int
    /// Its cells, as indexes into ``MarkdownDocument/cells``; at most as many as the header has.
    package var cells: Range<Int>
}

/// A box somewhere in text or a table cell.
package struct MarkdownBox: Hashable, Sendable {
    /// The bytes to replace when the box changes: the one between the brackets, or the whole
    /// character of `☐`, `☑`, `☒`, `⬜`, `□`.
    package var range: Range<Int>
    /// Whether it is ticked: `x`, `X`, `☑` or `☒`.
    package var isChecked: Bool
    /// Whether it is written with brackets.
    package var isBracketed: Bool
}

/// A link reference definition, `[label]: destination`.
package struct MarkdownDefinition: Hashable, Sendable {
    /// Its bytes in the source.
    package var range: Range<Int>
    /// Where it points, with escapes and entities resolved.
    package var destination: String
}
