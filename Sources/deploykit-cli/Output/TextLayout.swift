// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension String {
    /// How many columns of a terminal the text takes.
    var columns: Int {
        if utf8.allSatisfy({ $0 < 0x80 }) { return utf8.count }
        return reduce(0) { $0 + $1.columns }
    }

    /// The text with spaces after it, up to a width in columns.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - columns))
    }

    /// The text, cut with an ellipsis where it is longer than a width in columns.
    func cut(to width: Int) -> String {
        if columns <= width { return self }
        var (result, room) = ("", width - 1)
        for character in self {
            room -= character.columns
            if room < 0 { break }
            result.append(character)
        }
        return result + "…"
    }

    /// The text in lines of a width in characters, broken at spaces; a longer word stands alone.
    func wrapped(to width: Int, indent: String = "") -> String {
        var lines: [String] = []
        var line = ""
        for word in split(separator: " ") {
            if !line.isEmpty, line.columns + 1 + String(word).columns > width - indent.count {
                lines.append(indent + line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        if !line.isEmpty { lines.append(indent + line) }
        return lines.joined(separator: "\n")
    }

    /// The text with lines that are wider than a terminal broken at spaces, and carried on two
    /// columns further in than they begin. A command to be typed stays whole.
    func broken(to width: Int) -> String {
        split(separator: "\n", omittingEmptySubsequences: false)
            .map { String($0).lineBroken(to: width) }.joined(separator: "\n")
    }

    private func lineBroken(to width: Int) -> String {
        let text = drop { $0 == " " }
        guard shownColumns > width else { return self }
        let indent = String(repeating: " ", count: min(count - text.count + 2, width / 2))
        if text.hasPrefix("deploykit ") {
            // What it is for stands three spaces behind it.
            guard let gap = text.firstRange(of: "   ") else {
                return self
            }
            let remark = self[gap.upperBound...].drop { $0 == " " }
            return self[..<gap.lowerBound] + "\n" + (indent + remark).lineBroken(to: width)
        }
        var (lines, line, spaces) = ([String](), String(prefix(count - text.count)), "")
        for word in text.split(separator: " ", omittingEmptySubsequences: false).map(String.init) {
            // Two spaces beside each other have an empty word between them.
            if !word.isEmpty, (line + spaces + word).shownColumns > width,
                line.contains(where: { $0 != " " })
            {
                lines.append(line)
                (line, spaces) = (indent, "")
            }
            line += spaces + word
            spaces = " "
        }
        return (lines + [line]).joined(separator: "\n")
    }

    // What colours it takes no column.
    private var shownColumns: Int {
        guard utf8.contains(0x1B) else { return columns }
        var (text, isColour) = ("", false)
        for character in self {
            if character == "\u{1B}" { isColour = true }
            if !isColour { text.append(character) }
            if isColour, character == "m" { isColour = false }
        }
        return text.columns
    }

    /// The text in one line, with everything visible that a terminal would act upon or hide.
    var visible: String {
        if utf8.allSatisfy({ 0x20..<0x7F ~= $0 }) { return self }
        return String(VisibleText.render(self).map { $0.isNewline || $0 == "\t" ? " " : $0 })
    }

    /// The text as one word of a shell's command line.
    var shellQuoted: String {
        let plain = utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
                UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: ":"):
                true
            default: false
            }
        }
        if plain, !isEmpty { return self }
        return "'"
            + split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: "'\\''") + "'"
    }
}

extension [String] {
    /// The parts in lines of a width, two spaces apart, each whole; what is wider is broken at its
    /// spaces.
    func packed(to width: Int) -> String {
        var lines: [String] = []
        for part in self {
            if let last = lines.last, last.columns + 2 + part.columns <= width {
                lines[lines.count - 1] = "\(last)  \(part)"
            } else {
                lines.append(part)
            }
        }
        return lines.map { $0.columns <= width ? $0 : $0.wrapped(to: width) }
            .joined(separator: "\n")
    }
}

extension Character {
    // The ranges of East Asian width W and F (Unicode Standard Annex 11), rounded to blocks, and
    // what is asked to look as an emoji.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
        0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
        0x1F680...0x1F6FF, 0x1F900...0x1FAFF, 0x20000...0x3FFFD,
    ]

    /// How many columns of a terminal the character takes: two where it is wide, else one.
    var columns: Int {
        guard let first = unicodeScalars.first, first.value >= 0x1100 else { return 1 }
        let isEmoji = unicodeScalars.contains { $0.value == 0xFE0F }
        return isEmoji || Self.wide.contains { $0.contains(first.value) } ? 2 : 1
    }
}
