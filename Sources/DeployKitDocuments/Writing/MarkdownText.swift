// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Text from outside as Markdown.
package enum MarkdownText {
    /// The text as one line of Markdown that shows as it is: no markup, no line break, control and
    /// bidirectional characters made visible, nobody mentioned and nothing linked.
    package static func line(_ text: String) -> String {
        let line = String(decoding: MarkdownEscape.text(text), as: UTF8.self)
        var result = ""
        for character in line {
            // What GitHub makes a link, a mention or emphasis of in the middle of a line.
            switch character {
            case "_", "#", "@", ":": result += "&#\(character.asciiValue ?? 0);"
            default: result.append(character)
            }
        }
        return result
    }
}
