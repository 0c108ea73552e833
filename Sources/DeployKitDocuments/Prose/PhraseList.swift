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
/// Case counts unless a function says otherwise: give phrases in lower case.
package struct PhraseList: ExpressibleByArrayLiteral, Sendable {
    /// A byte of a phrase. Phrases that begin alike share their first bytes.
    private struct Node {
        var byte: UInt8
        /// Whether a phrase ends here.
        var isEnd = false
        /// The first of the bytes that may follow.
        var child: Int?
        /// The next byte that may stand in this one's place.
        var sibling: Int?
    }

    private var nodes: [Node] = []
    /// The node of each byte that a phrase begins with.
    private var first: [Int?] = Array(repeating: nil, count: 256)
    /// The same for texts in any case: a capital letter leads to the node of the small one.
    private var firstInAnyCase: [Int?] = Array(repeating: nil, count: 256)
    /// How many bytes the longest phrase has.
    private var longest = 0

    /// These phrases; an empty one is none.
    package init(_ phrases: [String]) {
        for phrase in phrases where !phrase.isEmpty { insert(phrase.utf8) }
        for byte in 0...UInt8.max { firstInAnyCase[Int(byte)] = first[Int(byte.lowercased)] }
    }

    /// These phrases.
    package init(arrayLiteral phrases: String...) {
        self.init(phrases)
    }

    private mutating func insert(_ phrase: String.UTF8View) {
        var last: Int?
        for byte in phrase {
            let start = last.map { nodes[$0].child } ?? first[Int(byte)]
            var node = start
            while let index = node, nodes[index].byte != byte { node = nodes[index].sibling }
            if node == nil {
                node = nodes.count
                nodes.append(Node(byte: byte, sibling: start))
                if let last { nodes[last].child = node } else { first[Int(byte)] = node }
            }
            last = node
        }
        if let last { nodes[last].isEnd = true }
        longest = max(longest, phrase.count)
    }

    /// Whether one of the phrases stands somewhere in a text.
    package func occur(in text: String) -> Bool {
        text.withBytes { occur(in: $0) }
    }

    /// Whether one of the phrases stands somewhere in the bytes of a text.
    func occur(in text: Span<UInt8>) -> Bool {
        for start in text.indices {
            guard let node = first[Int(text[start])] else { continue }
            if ends(from: node, in: text, at: start + 1, inAnyCase: false) { return true }
        }
        return false
    }

    /// Whether one of the phrases stands somewhere in the bytes of a text, in which letters of ASCII
    /// may be in any case.
    func occurInAnyCase(in text: Span<UInt8>) -> Bool {
        for start in text.indices {
            guard let node = firstInAnyCase[Int(text[start])] else { continue }
            if ends(from: node, in: text, at: start + 1, inAnyCase: true) { return true }
        }
        return false
    }

    /// Whether one of the phrases stands somewhere in a text that may be in any case.
    package func occurInAnyCase(in text: String) -> Bool {
        let found: Bool? = text.withBytes { bytes in
            for start in bytes.indices {
                let byte = bytes[start]
                // Letters beyond ASCII are left to the standard library.
                if byte >= 0x80 { return nil }
                guard let node = firstInAnyCase[Int(byte)] else { continue }
                if ends(from: node, in: bytes, at: start + 1, inAnyCase: true) { return true }
            }
            return false
        }
        return found ?? occur(in: text.lowercased())
    }

    /// Whether a text begins with one of the phrases.
    package func begin(_ text: String) -> Bool {
        text.withBytes { bytes in
            guard bytes.count > 0, let node = first[Int(bytes[0])] else { return false }
            return ends(from: node, in: bytes, at: 1, inAnyCase: false)
        }
    }

    /// Whether a text that may be in any case begins with one of the phrases.
    package func beginInAnyCase(_ text: String) -> Bool {
        let found: Bool? = text.withBytes { bytes in
            for offset in 0..<min(longest, bytes.count) where bytes[offset] >= 0x80 { return nil }
            guard bytes.count > 0, let node = firstInAnyCase[Int(bytes[0])] else { return false }
            return ends(from: node, in: bytes, at: 1, inAnyCase: true)
        }
        return found ?? begin(text.lowercased())
    }

    /// Whether a phrase ends with the byte of a node, or goes on in a text from `start` to its end.
    @inline(__always)
    private func ends(
        from node: Int,
        in text: Span<UInt8>,
        at start: Int,
        inAnyCase isFolded: Bool
    ) -> Bool {
        var (node, offset) = (node, start)
        while !nodes[node].isEnd {
            guard offset < text.count else { return false }
            let byte = isFolded ? text[offset].lowercased : text[offset]
            var child = nodes[node].child
            while let index = child, nodes[index].byte != byte { child = nodes[index].sibling }
            guard let child else { return false }
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
