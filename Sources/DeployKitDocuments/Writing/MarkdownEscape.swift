// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Text from outside, made harmless within a Markdown document.
enum MarkdownEscape {
    /// The text as one line of Markdown that shows as it is: no markup, no line break, control and
    /// bidirectional characters made visible.
    static func text(_ text: String) -> [UInt8] {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        var bytes: [UInt8] = []
        for byte in VisibleText.render(line).utf8 {
            switch byte {
            case UInt8(ascii: "<"): bytes += "&lt;".utf8
            case UInt8(ascii: ">"): bytes += "&gt;".utf8
            case UInt8(ascii: "&"): bytes += "&amp;".utf8
            case UInt8(ascii: "\\"), UInt8(ascii: "`"), UInt8(ascii: "*"), UInt8(ascii: "["),
                UInt8(ascii: "]"), UInt8(ascii: "|"), UInt8(ascii: "~"), UInt8(ascii: "!"):
                bytes += [UInt8(ascii: "\\"), byte]
            default: bytes.append(byte)
            }
        }
        return bytes
    }

    /// The text as one that can stand in a comment: it cannot end it.
    static func comment(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        var result = ""
        for character in VisibleText.render(line) {
            switch character {
            case ">": result += "›"
            case "<": result += "‹"
            // In a table it would begin the next cell.
            case "|": result += "¦"
            case "-" where result.last == "-": result += "‐"
            default: result.append(character)
            }
        }
        return result
    }
}
