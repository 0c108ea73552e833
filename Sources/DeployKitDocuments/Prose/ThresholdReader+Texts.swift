// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Which texts are read at all, and as what.
extension ThresholdReader {
    /// The most UTF-8 bytes of a text that is read as one. What is around a threshold decides about
    /// it, so that the time would grow with the square of the length; a longer text is read in
    /// ``pieces(of:)``.
    static let longestText = 4096

    /// A text in pieces that are short enough, divided after sentences, else at spaces, else
    /// anywhere.
    static func pieces(of text: String) -> [String] {
        let bytes = Array(text.utf8)
        guard bytes.count > longestText else { return [text] }
        var pieces: [String] = []
        var start = 0
        while start < bytes.count {
            var end = min(start + longestText, bytes.count)
            if end < bytes.count {
                let half = start + longestText / 2
                let spaces = (half..<end).filter { bytes[$0] == 0x20 }
                let marks = [UInt8(ascii: "."), UInt8(ascii: ";"), UInt8(ascii: "!")]
                if let space = spaces.last(where: { marks.contains(bytes[$0 - 1]) }) ?? spaces.last
                {
                    end = space + 1
                } else {
                    // Not inside of a character.
                    while end > half, bytes[end] & 0xC0 == 0x80 { end -= 1 }
                }
            }
            pieces.append(String(decoding: bytes[start..<end], as: UTF8.self))
            start = end
        }
        return pieces
    }

    /// What a text says; most texts hold neither a number nor a word for none, and are not looked
    /// at any closer.
    static func reading(
        of text: String,
        _ context: ThresholdPhrase.Context
    ) -> ThresholdPhrase.Reading? {
        mayHold(text, inColumn: context.column != nil)
            ? ThresholdReader(text, context).reading : nil
    }

    /// Whether a text holds a number beside a mark or a word that may make a bound of it, or a word
    /// that does without.
    static func mayHold(_ text: String, inColumn isCell: Bool = false) -> Bool {
        guard text.utf8.count <= longestText else { return false }
        return text.withBytes { bytes in
            var hasNumber = false
            for index in bytes.indices {
                if bytes[index] >= 0x80 { return true }
                if isDigit(bytes[index]) { hasNumber = true }
            }
            // Without a number no mark counts, and few words do.
            let edges = hasNumber ? ThresholdWords.edges : ThresholdWords.edgesWithoutNumber
            // The title of a column may be all that makes a bound.
            var hasMark = isCell
            var index = 0
            while index < bytes.count {
                let start = index
                guard isLetter(bytes[index]) else {
                    hasMark = hasMark || isMark(bytes[index])
                    index += 1
                    continue
                }
                repeat { index += 1 } while index < bytes.count && isInWord(bytes[index])
                let traits = ThresholdWords.traits(of: bytes, start..<index, within: edges)
                if traits.contains(.zero) || isCell && traits.contains(.any) { return true }
                if !traits.isEmpty { hasMark = true }
            }
            return hasNumber && hasMark
        }
    }

    static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    static func isInWord(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "-")
    }

    private static func isMark(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "<")...UInt8(ascii: ">"), UInt8(ascii: "+"), UInt8(ascii: "%"): true
        default: false
        }
    }
}
