// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension String {
    /// The text with spaces after it, up to a width in characters.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - count))
    }

    /// The text, cut with an ellipsis where it is longer than a width in characters.
    func cut(to width: Int) -> String {
        count <= width ? self : String(prefix(Swift.max(0, width - 1))) + "…"
    }

    /// The text in lines of a width in characters, broken at spaces; a longer word stands alone.
    func wrapped(to width: Int, indent: String = "") -> String {
        var lines: [String] = []
        var line = ""
        for word in split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width - indent.count {
                lines.append(indent + line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        if !line.isEmpty { lines.append(indent + line) }
        return lines.joined(separator: "\n")
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
