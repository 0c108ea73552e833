// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Texts of a checklist as one line of Markdown, and as values of a declaration.
enum VisibleLine {
    /// The line that reads as `title` after a marker such as `## ` or `- [ ] `; `nil` when there is
    /// none.
    static func text(_ title: String, after marker: String) -> String? {
        guard !title.isEmpty, title == title.trimmed,
            title.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0 != "\u{7F}" })
        else { return nil }
        if reads(title, as: title, after: marker) { return title }
        let escaped = escaped(title)
        return reads(escaped, as: title, after: marker) ? escaped : nil
    }

    /// The title that a line shows, or would if it were alone: one heading or one list item with one
    /// paragraph.
    private static func reads(_ line: String, as title: String, after marker: String) -> Bool {
        let comment = marker.hasPrefix("#") ? "" : " <!-- x -->"
        let document = MarkdownDocument(marker + line + comment + "\n")
        let isHeading = marker.hasPrefix("#")
        guard document.blocks.count == (isHeading ? 2 : 4), let last = document.blocks.indices.last
        else { return false }
        switch document.blocks[last].kind {
        case .heading: guard isHeading else { return false }
        case .paragraph: guard !isHeading else { return false }
        default: return false
        }
        if !isHeading {
            guard case .item(let task) = document.blocks[2].kind,
                (task != nil) == marker.hasSuffix("[ ] "), task?.extraBox == nil
            else { return false }
        }
        let inlines = document.inlines(of: last)
        var text = inlines.text
        if !isHeading {
            guard text.hasSuffix(" <!-- x -->"),
                inlines.spans.count(where: { $0.kind == .html }) == 1
            else { return false }
            text = String(text.dropLast(11))
        }
        return text.utf8.elementsEqual(title.utf8)
            && inlines.spans.allSatisfy { $0.kind == .html && !isHeading }
    }

    // Every punctuation mark that Markdown may give a meaning.
    private static func escaped(_ title: String) -> String {
        var result = ""
        for scalar in title.unicodeScalars {
            if "\\`*_{}[]<>()#+-.!|~&:\"'=$^@/".unicodeScalars.contains(scalar) { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
        return result
    }

    /// Whether a text can be the label of a line `Label: ____` as it is.
    static func isLabel(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 100, text == text.trimmed else { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case " ", "-", ",", "/", "'": true
            default:
                scalar.properties.isAlphabetic && !scalar.properties.isGraphemeExtend
                    || ("0"..."9").contains(scalar)
            }
        } && Self.text(text, after: "- ") == text
    }

    /// The words of a text, for a line whose true label is declared.
    static func words(_ text: String) -> String {
        let words = text.words(of: [.letters, .numbers]).prefix(20).joined(separator: " ")
        return isLabel(words) ? words : "Untitled"
    }

    /// Whether a byte may stand in a word that needs no quotation.
    static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "."), UInt8(ascii: "+"):
            true
        default: false
        }
    }

    /// Whether a text can be the value of a key.
    static func fitsKey(_ text: String) -> Bool {
        guard !text.isEmpty, text == text.trimmed, !text.holds("--"),
            text.utf8.first != UInt8(ascii: "{"), text.utf8.last != UInt8(ascii: "-"),
            // Nothing joins with what stands around it.
            "\"\(text)\"".count == text.count + 2
        else { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII
                ? (0x20..<0x7F).contains(scalar.value)
                    && !"\"<>\\&`".unicodeScalars.contains(scalar)
                : scalar.properties.isAlphabetic && !scalar.properties.isGraphemeExtend
        }
    }

    /// JSON that can stand in a comment: ASCII without what would end it.
    static func inComment(_ json: JSONValue) -> String {
        var result = ""
        for scalar in String(decoding: json.canonicalBytes, as: UTF8.self).unicodeScalars {
            switch scalar {
            // A backtick could close one of the title before the comment.
            case "-" where result.utf8.last == UInt8(ascii: "-"), "<", ">", "`":
                result += unit(UInt16(scalar.value))
            case " "..."~": result.unicodeScalars.append(scalar)
            default:
                for code in String(scalar).utf16 { result += unit(code) }
            }
        }
        return result
    }

    private static func unit(_ code: UInt16) -> String {
        let digits = String(code, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }
}
