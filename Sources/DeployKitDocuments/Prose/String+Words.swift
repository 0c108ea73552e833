// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// What words are made of.
package struct WordCharacters: OptionSet, Sendable {
    /// One bit for each kind.
    package let rawValue: UInt8

    /// The kinds of these bits.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Letters of any script.
    package static let letters = Self(rawValue: 1)
    /// Digits and other numbers.
    package static let numbers = Self(rawValue: 2)
    /// Hyphens and dashes.
    package static let hyphens = Self(rawValue: 4)

    /// Whether a character of ASCII is one of them.
    func contains(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
            contains(.letters)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): contains(.numbers)
        case UInt8(ascii: "-"): contains(.hyphens)
        default: false
        }
    }

    /// Whether a character is one of them; a dash counts as a hyphen.
    func contains(_ character: Character) -> Bool {
        contains(.letters) && character.isLetter || contains(.numbers) && character.isNumber
            || contains(.hyphens) && (character == "-" || character == "–")
    }
}

extension String {
    /// The runs of certain characters, in lower case.
    package func words(of characters: WordCharacters) -> [String] {
        let short: [String]? = withBytes { bytes in
            var words: [String] = []
            words.reserveCapacity(8)
            var start = 0
            for position in bytes.indices {
                if bytes[position] >= 0x80 { return nil }
                if characters.contains(bytes[position]) { continue }
                if start < position {
                    words.append(String(lowercasing: bytes.extracting(start..<position)))
                }
                start = position + 1
            }
            if start < bytes.count {
                words.append(String(lowercasing: bytes.extracting(start..<bytes.count)))
            }
            return words
        }
        return short ?? lowercased().split { !characters.contains($0) }.map(String.init)
    }

    /// The first characters, so many at the most.
    func beginning(_ count: Int) -> String {
        // As many bytes hold as many characters at the most, and of ASCII on one line exactly.
        guard utf8.count > count else { return self }
        let short: String? = withBytes { bytes in
            for offset in 0...count where bytes[offset] >= 0x80 || bytes[offset] == 0x0D {
                return nil
            }
            return String(bytes.extracting(0..<count))
        }
        return short ?? String(prefix(count))
    }

    /// The text without white space at its end.
    var withoutSpaceAtEnd: String {
        guard let last = utf8.last, last >= 0x80 || last.isASCIISpace else { return self }
        return String(reversed().drop(while: \.isWhitespace).reversed())
    }
}
