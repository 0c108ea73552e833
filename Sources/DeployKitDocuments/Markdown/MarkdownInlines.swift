// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The inline content of a paragraph, heading or table cell.
package struct MarkdownInlines: Hashable, Sendable {
    /// GFM's text content: the text of cmark-gfm's `text`, `code` and `html_inline` nodes, with
    /// one space for each line break. Emphasis markers, link targets and escapes are gone;
    /// strikethrough tildes and inline HTML stay as written.
    package var text: String
    /// What is marked up, in the order it ends; spans nest or are apart.
    package var spans: [MarkdownSpan]
}

/// A marked-up part of inline content.
package struct MarkdownSpan: Hashable, Sendable {
    /// What marks it up.
    package enum Kind: Hashable, Sendable {
        /// Between backticks.
        case code
        /// Between `*` or `_`.
        case emphasis
        /// Between `**` or `__`.
        case strong
        /// A link, inline, by reference or `<scheme:...>`.
        case link(destination: String)
        /// An image.
        case image(destination: String)
        /// A raw HTML tag or comment.
        case html
    }

    /// What marks it up.
    package var kind: Kind
    /// Its bytes in the source, markers included.
    package var range: Range<Int>
    /// Its text in ``MarkdownInlines/text``, as UTF-8 offsets, markers not included.
    package var textRange: Range<Int>

    /// Its text, out of the content that it is part of.
    package func text(in inlines: MarkdownInlines) -> String {
        let utf8 = inlines.text.utf8
        let start = utf8.index(utf8.startIndex, offsetBy: textRange.lowerBound)
        let end = utf8.index(start, offsetBy: textRange.count)
        return String(inlines.text[start..<end])
    }
}
