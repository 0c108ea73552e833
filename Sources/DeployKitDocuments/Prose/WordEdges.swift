// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The first and last letters and the lengths of some words: what most other words are told from
/// without a comparison.
struct WordEdges {
    /// How long the words are, none 32 bytes, by their first and last letters: a bit for each length.
    private var lengths: [UInt32] = Array(repeating: 0, count: 1024)

    /// The edges of these words.
    init(_ words: some Sequence<String>) {
        for word in words {
            guard let first = word.utf8.first, let last = word.utf8.last else { continue }
            lengths[Self.edge(first, last)] |= 1 << UInt32(word.utf8.count)
        }
    }

    /// Whether a word of ASCII in any case, with these first and last bytes and so many in all, may
    /// be one of them.
    func mayHold(_ first: UInt8, _ last: UInt8, _ count: Int) -> Bool {
        count < 32 && lengths[Self.edge(first, last)] >> UInt32(truncatingIfNeeded: count) & 1 == 1
    }

    private static func edge(_ first: UInt8, _ last: UInt8) -> Int {
        Int(first & 31) << 5 | Int(last & 31)
    }
}
