// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Makes text of unknown origin safe to look at: nothing in it can move a cursor, change a colour,
/// reorder a line, or hide.
public enum VisibleText: Sendable {
    /// Renders `text` with every character that is not plainly visible shown by its name.
    ///
    /// Line feeds and tabs stay. Control characters of ASCII become the Unicode control pictures
    /// (`␛` for escape); a carriage return before a line feed is dropped. C1 controls, bidirectional
    /// and other format characters, line and paragraph separators, private-use characters and
    /// unassigned or non-characters become `⟨U+202E⟩`. Whether two scalars join to one visible
    /// character is left alone: combining marks, and joiners within emoji or scripts that need them
    /// (U+200C, U+200D between characters that are no ASCII), stay.
    public static func render(_ text: String) -> String {
        if text.utf8.allSatisfy({ 0x20..<0x7F ~= $0 || $0 == 0x0A || $0 == 0x09 }) { return text }
        var result = String.UnicodeScalarView()
        let scalars = Array(text.unicodeScalars)
        for (index, scalar) in scalars.enumerated() {
            switch scalar.value {
            case 0x0A, 0x09: result.append(scalar)
            case 0x0D where index + 1 < scalars.count && scalars[index + 1].value == 0x0A: continue
            case 0x00..<0x20: appendPicture(0x2400 + scalar.value, to: &result)
            case 0x7F: appendPicture(0x2421, to: &result)
            case 0x20..<0x7F: result.append(scalar)
            case 0x200C, 0x200D:
                let isInside =
                    index > 0 && index + 1 < scalars.count && !scalars[index - 1].isASCII
                    && !scalars[index + 1].isASCII
                isInside ? result.append(scalar) : appendName(scalar, to: &result)
            default: isVisible(scalar) ? result.append(scalar) : appendName(scalar, to: &result)
            }
        }
        return String(result)
    }

    /// Renders bytes that ought to be UTF-8; each invalid sequence becomes U+FFFD.
    public static func render(_ bytes: some Collection<UInt8>) -> String {
        render(String(decoding: bytes, as: UTF8.self))
    }

    /// Fences `text` off from the workflow commands of a CI runner, which would read a line such as
    /// `::set-output` as an order.
    ///
    /// The form is GitHub's `::stop-commands::token` … `::token::`.
    ///
    /// - Parameters:
    ///   - text: The text, already rendered.
    ///   - token: An unguessable word of this one use: letters and digits, 16 or more.
    /// - Returns: `nil` when the token is no such word, or stands in the text.
    public static func fenced(_ text: String, token: String) -> String? {
        let isWord = token.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"):
                true
            default: false
            }
        }
        guard isWord, token.utf8.count >= 16, !text.contains(token) else { return nil }
        let end = text.isEmpty || text.utf8.last == UInt8(ascii: "\n") ? "" : "\n"
        return "::stop-commands::\(token)\n\(text)\(end)::\(token)::\n"
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate,
            .unassigned:
            false
        default: !scalar.properties.isDefaultIgnorableCodePoint || isVariationSelector(scalar)
        }
    }

    // The two that choose between the text form and the picture of one character.
    private static func isVariationSelector(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value == 0xFE0E || scalar.value == 0xFE0F
    }

    private static func appendPicture(
        _ value: UInt32,
        to result: inout String.UnicodeScalarView
    ) {
        if let scalar = Unicode.Scalar(value) { result.append(scalar) }
    }

    private static func appendName(
        _ scalar: Unicode.Scalar,
        to result: inout String.UnicodeScalarView
    ) {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let padding = String(repeating: "0", count: max(0, 4 - digits.utf8.count))
        result.append(contentsOf: "⟨U+\(padding)\(digits)⟩".unicodeScalars)
    }
}
