// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// How words of a heading begin. Chinese and Japanese write words together, so that theirs may stand
/// anywhere in what looks like one word.
struct WordBeginnings: ExpressibleByArrayLiteral, Sendable {
    /// All of them.
    let beginnings: [String]
    private let western: PhraseList
    private let eastern: PhraseList

    init(arrayLiteral beginnings: String...) {
        self.beginnings = beginnings
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
/// Case counts unless a function says otherwise: give phrases in lower case. A class, because lists
/// are handed around far more often than made, and a reference is all that is copied.
package final class PhraseList: ExpressibleByArrayLiteral, Sendable {
    /// A byte of a phrase. Phrases that begin alike share their first bytes.
    private struct Node {
        var byte: UInt8
        /// Whether a phrase ends here.
        var isEnd = false
        /// The first of the bytes that may follow; 0, which follows nothing, for none.
        var child: Int32 = 0
        /// The next byte that may stand in this one's place; 0 for none.
        var sibling: Int32 = 0
    }

    /// The phrases.
    package let phrases: [String]
    /// Node 0 stands before the first byte of every phrase.
    private let nodes: [Node]
    /// The node of each byte that a phrase begins with; 0 for the others, of which most texts are.
    private let first: [Int32]
    /// The same for texts in any case: a capital letter leads to the node of the small one, and a
    /// byte beyond ASCII to none but ``beyondASCII``.
    private let firstInAnyCase: [Int32]
    /// How many bytes the longest phrase has.
    private let longest: Int

    private static let beyondASCII: Int32 = -1

    /// These phrases; an empty one is none.
    package init(_ phrases: [String]) {
        self.phrases = phrases
        var nodes = [Node(byte: 0)]
        var first: [Int32] = Array(repeating: 0, count: 256)
        for phrase in phrases where !phrase.isEmpty {
            Self.insert(phrase.utf8, into: &nodes, &first)
        }
        firstInAnyCase = (0...UInt8.max).map { byte in
            byte < 0x80 ? first[Int(byte.lowercased)] : Self.beyondASCII
        }
        self.nodes = nodes
        self.first = first
        longest = phrases.map(\.utf8.count).max() ?? 0
    }

    /// These phrases.
    package convenience init(arrayLiteral phrases: String...) {
        self.init(phrases)
    }

    private static func insert(
        _ phrase: String.UTF8View,
        into nodes: inout [Node],
        _ first: inout [Int32]
    ) {
        var last = 0
        for byte in phrase {
            var node = Int(nodes[last].child)
            while node > 0, nodes[node].byte != byte { node = Int(nodes[node].sibling) }
            if node == 0 {
                node = nodes.count
                nodes.append(Node(byte: byte, sibling: nodes[last].child))
                nodes[last].child = Int32(node)
                if last == 0 { first[Int(byte)] = Int32(node) }
            }
            last = node
        }
        nodes[last].isEnd = true
    }

    /// Whether one of the phrases stands somewhere in a text.
    package func occur(in text: String) -> Bool {
        text.withBytes { occur(in: $0) }
    }

    /// Whether one of the phrases stands somewhere in the bytes of a text.
    func occur(in text: Span<UInt8>) -> Bool {
        let first = first
        let nodes = nodes
        for start in text.indices {
            let node = first[Int(text[start])]
            if node > 0, Self.ends(nodes, from: node, in: text, at: start + 1, inAnyCase: false) {
                return true
            }
        }
        return false
    }

    /// Whether one of the phrases stands somewhere in the bytes of a text, in which letters of ASCII
    /// may be in any case.
    func occurInAnyCase(in text: Span<UInt8>) -> Bool {
        let first = first
        let nodes = nodes
        for start in text.indices {
            let node = first[Int(text[start].lowercased)]
            if node > 0, Self.ends(nodes, from: node, in: text, at: start + 1, inAnyCase: true) {
                return true
            }
        }
        return false
    }

    /// Whether one of the phrases stands somewhere in a text that may be in any case.
    package func occurInAnyCase(in text: String) -> Bool {
        let found: Bool? = text.withBytes { bytes in
            let first = firstInAnyCase
            let nodes = nodes
            for start in bytes.indices {
                let node = first[Int(bytes[start])]
                if node == 0 { continue }
                // Letters beyond ASCII are left to the standard library.
                if node == Self.beyondASCII { return nil }
                if Self.ends(nodes, from: node, in: bytes, at: start + 1, inAnyCase: true) {
                    return true
                }
            }
            return false
        }
        return found ?? occur(in: text.lowercased())
    }

    /// Whether a word of letters, numbers and hyphens may begin with one of the phrases, in any case:
    /// true of every text beyond ASCII.
    package func mayBeginWord(in text: String) -> Bool {
        text.withBytes { bytes in
            let first = firstInAnyCase
            let nodes = nodes
            let characters: WordCharacters = [.letters, .numbers, .hyphens]
            var isInside = false
            for start in bytes.indices {
                if bytes[start] >= 0x80 { return true }
                let node = isInside ? 0 : first[Int(bytes[start])]
                if node > 0,
                    Self.ends(nodes, from: node, in: bytes, at: start + 1, inAnyCase: true)
                {
                    return true
                }
                isInside = characters.contains(bytes[start])
            }
            return false
        }
    }

    /// Whether a text begins with one of the phrases.
    package func begin(_ text: String) -> Bool {
        text.withBytes { bytes in
            guard bytes.count > 0 else { return false }
            let node = first[Int(bytes[0])]
            return node > 0
                && Self.ends(nodes, from: node, in: bytes, at: 1, inAnyCase: false)
        }
    }

    /// Whether a text that may be in any case begins with one of the phrases.
    package func beginInAnyCase(_ text: String) -> Bool {
        let found: Bool? = text.withBytes { bytes in
            for offset in 0..<min(longest, bytes.count) where bytes[offset] >= 0x80 { return nil }
            guard bytes.count > 0 else { return false }
            let node = firstInAnyCase[Int(bytes[0])]
            return node > 0
                && Self.ends(nodes, from: node, in: bytes, at: 1, inAnyCase: true)
        }
        return found ?? begin(text.lowercased())
    }

    /// Whether a phrase ends with the byte of a node, or goes on in a text from `start` to its end.
    @inline(__always)
    private static func ends(
        _ nodes: [Node],
        from node: Int32,
        in text: Span<UInt8>,
        at start: Int,
        inAnyCase isFolded: Bool
    ) -> Bool {
        var (node, offset) = (Int(node), start)
        while !nodes[node].isEnd {
            guard offset < text.count else { return false }
            let byte = isFolded ? text[offset].lowercased : text[offset]
            var child = Int(nodes[node].child)
            while child > 0, nodes[child].byte != byte { child = Int(nodes[child].sibling) }
            if child == 0 { return false }
            node = child
            offset += 1
        }
        return true
    }
}

extension UInt8 {
    /// The letter in lower case where this is one of ASCII, else the byte itself.
    var lowercased: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
}
