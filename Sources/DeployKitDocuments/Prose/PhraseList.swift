// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// How words of a heading begin. Chinese and Japanese write words together, so that theirs may stand
/// anywhere in what looks like one word.
struct WordBeginnings: ExpressibleByArrayLiteral, Sendable {
    private let western: PhraseList
    private let eastern: PhraseList

    init(arrayLiteral beginnings: String...) {
        func isEastern(_ text: String) -> Bool {
            text.unicodeScalars.contains { $0.value > 0x3000 }
        }
        western = PhraseList(beginnings.filter { !isEastern($0) })
        eastern = PhraseList(beginnings.filter(isEastern))
    }

    /// Whether a word begins so.
    func begin(_ word: String) -> Bool { western.begin(word) || eastern.occur(in: word) }
}

/// Words and phrases that are looked for all at once, byte by byte, in one pass over a text.
///
/// Case counts: give phrases in lower case, and texts that are lowercased.
package struct PhraseList: ExpressibleByArrayLiteral, Sendable {
    /// The phrases one after another, ordered by their first byte.
    private let bytes: [UInt8]
    /// Where each phrase stands in `bytes`.
    private let ranges: [Range<Int>]
    /// How many phrases begin with a lower byte, for each byte and for one above all.
    private let offsets: [Int]

    /// These phrases; an empty one is none.
    package init(_ phrases: [String]) {
        var bytes: [UInt8] = []
        var ranges: [Range<Int>] = []
        var offsets = Array(repeating: 0, count: 257)
        for first in 0..<256 {
            for phrase in phrases where phrase.utf8.first.map({ Int($0) == first }) ?? false {
                ranges.append(bytes.count..<bytes.count + phrase.utf8.count)
                bytes += phrase.utf8
            }
            offsets[first + 1] = ranges.count
        }
        self.bytes = bytes
        self.ranges = ranges
        self.offsets = offsets
    }

    /// These phrases.
    package init(arrayLiteral phrases: String...) {
        self.init(phrases)
    }

    /// Whether one of the phrases stands somewhere in a text.
    package func occur(in text: String) -> Bool {
        text.withBytes { occur(in: $0) }
    }

    /// Whether one of the phrases stands somewhere in the bytes of a text.
    func occur(in text: Span<UInt8>) -> Bool {
        for start in text.indices where stands(in: text, at: start) { return true }
        return false
    }

    /// Whether a text begins with one of the phrases.
    package func begin(_ text: String) -> Bool {
        text.withBytes { stands(in: $0, at: 0) }
    }

    private func stands(in text: Span<UInt8>, at start: Int) -> Bool {
        guard start < text.count else { return false }
        let first = Int(text[start])
        for phrase in offsets[first]..<offsets[first + 1] {
            if text.holds(bytes.span.extracting(ranges[phrase]), at: start) { return true }
        }
        return false
    }
}
