// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Base32 of RFC 4648, section 6, without padding and in its one spelling only.
package enum Base32 {
    /// Why a text is not the one spelling of any bytes.
    package enum Fault: Error, Hashable, Sendable {
        /// A byte of the text, counting from 0, is none of `A`–`Z`, `2`–`7`.
        case character(at: Int)
        /// No whole number of bytes has a text of this many characters (1, 3 or 6 modulo 8).
        case length(Int)
        /// The bits after the last whole byte are not zero.
        case trailingBits
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    /// The text of `bytes`.
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(alphabet[Int(buffer >> UInt32(bits) & 31)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << UInt32(5 - bits) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of `text`.
    package static func decode(_ text: some Sequence<UInt8>) throws(Fault) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        var count = 0
        for character in text {
            let value: UInt8
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - UInt8(ascii: "A")
            case UInt8(ascii: "2")...UInt8(ascii: "7"): value = character - UInt8(ascii: "2") + 26
            default: throw .character(at: count)
            }
            count += 1
            buffer = buffer << 5 | UInt32(value)
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
            }
        }
        guard ![1, 3, 6].contains(count % 8) else { throw .length(count) }
        guard buffer & (1 << UInt32(bits) - 1) == 0 else { throw .trailingBits }
        return bytes
    }
}
