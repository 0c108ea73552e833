// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The spellings under which a secret may turn up in output.
///
/// Whole values and, of values of several lines, each line of 8 bytes or more: raw, base64 (at each
/// of the three positions within a longer text, both alphabets, padded or not, wrapped at 64 or 76
/// characters), hexadecimal, percent-encoded, and escaped for JSON, XML and shells.
enum SecretForms {
    static func all(of value: [UInt8]) -> Set<[UInt8]> {
        var forms: Set<[UInt8]> = []
        var values: [[UInt8]] = [value]
        let isSpace: (UInt8) -> Bool = { $0 == 32 || (9...13).contains($0) }
        let trimmed = Array(value.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
        values.append(trimmed)
        values += value.split(whereSeparator: { $0 == 10 || $0 == 13 }).map { Array($0) }
        for value in Set(values) where value.count >= Secret.minimumLength {
            forms.insert(value)
            base64(value, into: &forms)
            for digits in ["0123456789abcdef", "0123456789ABCDEF"] {
                let digits = Array(digits.utf8)
                forms.insert(value.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
                percent(value, digits: digits, into: &forms)
            }
            escapes(value, into: &forms)
        }
        return forms.filter { $0.count >= Secret.minimumLength }
    }

    private static func base64(_ value: [UInt8], into forms: inout Set<[UInt8]>) {
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        for alphabet in [Array((letters + "+/").utf8), Array((letters + "-_").utf8)] {
            for shift in 0..<3 {
                let bytes = [UInt8](repeating: 0, count: shift) + value
                var text: [UInt8] = []
                var (bits, width) = (0, 0)
                for byte in bytes {
                    (bits, width) = ((bits << 8 | Int(byte)) & 0xFFFF, width + 8)
                    while width >= 6 {
                        width -= 6
                        text.append(alphabet[bits >> width & 63])
                    }
                }
                // Characters that hold bits of the bytes before cannot be known.
                let whole = text.dropFirst((shift * 8 + 5) / 6)
                forms.insert(Array(whole))
                if width > 0 {
                    let last = whole + [alphabet[bits << (6 - width) & 63]]
                    forms.insert(Array(last))
                    forms.insert(last + [UInt8](repeating: 0x3D, count: width == 2 ? 2 : 1))
                }
                guard shift == 0 else { continue }
                for columns in [64, 76] where text.count > columns {
                    for start in stride(from: 0, to: text.count, by: columns) {
                        forms.insert(Array(text[start...].prefix(columns)))
                    }
                }
            }
        }
    }

    private static func percent(
        _ value: [UInt8],
        digits: [UInt8],
        into forms: inout Set<[UInt8]>
    ) {
        // RFC 3986 unreserved; what JavaScript's encodeURIComponent leaves; what its encodeURI
        // leaves; and each with the space as a plus sign.
        for extra in ["", "!'()*", "!'()*;/?:@&=+$,#"] {
            for space in [nil, UInt8(ascii: "+")] {
                let kept = Array(("-._~" + extra).utf8)
                forms.insert(
                    value.flatMap { byte -> [UInt8] in
                        if byte == 32, let space { return [space] }
                        if isAlphanumeric(byte) || kept.contains(byte) { return [byte] }
                        return [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
                    }
                )
            }
        }
    }

    private static func escapes(_ value: [UInt8], into forms: inout Set<[UInt8]>) {
        func insert(_ escape: (UInt8) -> String?) {
            forms.insert(value.flatMap { byte in escape(byte).map { Array($0.utf8) } ?? [byte] })
        }
        for escapesSlash in [false, true] {
            insert { json($0, escapesSlash: escapesSlash) }
        }
        for isUpper in [false, true] { jsonASCII(value, isUpper: isUpper, into: &forms) }
        for (quote, apostrophe) in [
            (nil, nil), ("&quot;", nil), ("&quot;", "&apos;"), ("&quot;", "&#39;"),
            ("&#34;", "&#39;"), ("&quot;", "&#x27;"),
        ] as [(String?, String?)] {
            insert { byte in
                switch byte {
                case UInt8(ascii: "&"): "&amp;"
                case UInt8(ascii: "<"): "&lt;"
                case UInt8(ascii: ">"): "&gt;"
                case UInt8(ascii: "\""): quote
                case UInt8(ascii: "'"): apostrophe
                default: nil
                }
            }
        }
        insert { $0 == UInt8(ascii: "'") ? "'\\''" : nil }
        insert { $0 == UInt8(ascii: "'") ? "'\"'\"'" : nil }
        insert { "\"\\$`".utf8.contains($0) ? "\\\(Character(Unicode.Scalar($0)))" : nil }
        insert { "\"\\$`!".utf8.contains($0) ? "\\\(Character(Unicode.Scalar($0)))" : nil }
        // printf %q of bash, and its $'…'.
        insert { byte in
            byte < 128 && !isAlphanumeric(byte) && !"%+-./:=@_".utf8.contains(byte) && byte > 31
                ? "\\\(Character(Unicode.Scalar(byte)))" : nil
        }
        insert { byte in
            switch byte {
            case 7: "\\a"
            case 8: "\\b"
            case 9: "\\t"
            case 10: "\\n"
            case 11: "\\v"
            case 12: "\\f"
            case 13: "\\r"
            case 27: "\\E"
            case UInt8(ascii: "'"): "\\'"
            case UInt8(ascii: "\\"): "\\\\"
            case 0..<32, 127...:
                "\\" + String(repeating: "0", count: byte < 8 ? 2 : byte < 64 ? 1 : 0)
                    + String(byte, radix: 8)
            default: nil
            }
        }
    }

    private static func json(_ byte: UInt8, escapesSlash: Bool) -> String? {
        switch byte {
        case 8: "\\b"
        case 9: "\\t"
        case 10: "\\n"
        case 12: "\\f"
        case 13: "\\r"
        case UInt8(ascii: "\""): "\\\""
        case UInt8(ascii: "\\"): "\\\\"
        case UInt8(ascii: "/"): escapesSlash ? "\\/" : nil
        case 0..<16: "\\u000" + String(byte, radix: 16)
        case 16..<32: "\\u00" + String(byte, radix: 16)
        default: nil
        }
    }

    // As json.dumps of Python writes it, and JavaScript's HTML-safe writers (`\u003c`).
    private static func jsonASCII(
        _ value: [UInt8],
        isUpper: Bool,
        into forms: inout Set<[UInt8]>
    ) {
        guard let text = String(validating: value, as: UTF8.self) else { return }
        func unit(_ unit: UInt16) -> String {
            let digits = String(unit, radix: 16, uppercase: isUpper)
            return "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
        }
        for extra in ["", "<>&", "<>&'"] {
            var result: [UInt8] = []
            for code in text.utf16 {
                if code < 128, let byte = UInt8(exactly: code), byte != 127,
                    !extra.utf8.contains(byte)
                {
                    if let escaped = json(byte, escapesSlash: false) {
                        result += Array(escaped.utf8)
                    } else {
                        result.append(byte)
                    }
                } else {
                    result += Array(unit(code).utf8)
                }
            }
            forms.insert(result)
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }
}
