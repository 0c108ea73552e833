// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The names of metrics.
extension ThresholdReader {
    /// A metric's name out of the words beside a bound: without role words, blanks and marks.
    static func cleaned(_ text: String) -> String {
        let short: String? = text.withBytes { bytes in
            var all: UInt8 = 0
            for index in bytes.indices { all |= bytes[index] }
            return all < 0x80 ? cleaned(ascii: bytes) : nil
        }
        return short ?? cleaned(anyScript: text)
    }

    private static func cleaned(anyScript text: String) -> String {
        for part in text.utf8.split(whereSeparator: endsName) {
            var words = part.split(separator: UInt8(ascii: " ")).map { String(Substring($0)) }[...]
            while let first = words.first, isFiller(first) { words.removeFirst() }
            while let last = words.last, isFiller(last) { words.removeLast() }
            if !words.isEmpty { return words.joined(separator: " ") }
        }
        return ""
    }

    /// The same of a text of ASCII, in which most words are told by their edges.
    private static func cleaned(ascii bytes: Span<UInt8>) -> String {
        var words: [Range<Int>] = []
        var index = 0
        while index <= bytes.count {
            if index == bytes.count || endsName(bytes[index]) {
                var kept = words[...]
                while let first = kept.first, isFiller(bytes, first) { kept.removeFirst() }
                while let last = kept.last, isFiller(bytes, last) { kept.removeLast() }
                if !kept.isEmpty { return joined(bytes, kept) }
                words.removeAll(keepingCapacity: true)
            }
            let start = index
            while index < bytes.count, bytes[index] != 0x20, !endsName(bytes[index]) { index += 1 }
            if index > start { words.append(start..<index) } else { index += 1 }
        }
        return ""
    }

    private static func joined(_ bytes: Span<UInt8>, _ words: ArraySlice<Range<Int>>) -> String {
        var name: [UInt8] = []
        for word in words {
            if !name.isEmpty { name.append(0x20) }
            for index in word { name.append(bytes[index]) }
        }
        return String(decoding: name, as: UTF8.self)
    }

    /// Whether a byte parts what may be a name from what stands beside it.
    private static func endsName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ":"), UInt8(ascii: "_"),
            UInt8(ascii: "*"), UInt8(ascii: "`"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// Whether a word at the edge of a metric's name is no part of it.
    private static func isFiller(_ word: String) -> Bool {
        guard word.unicodeScalars.contains(where: isAlphabetic) else { return true }
        let word = word.lowercased()
        return ThresholdWords.fillers.contains(word) || isStatistic(word)
            || ThresholdWords.isRole(word)
    }

    private static func isFiller(_ bytes: Span<UInt8>, _ word: Range<Int>) -> Bool {
        let (first, last) = (bytes[word.lowerBound], bytes[word.upperBound - 1])
        let mayBe =
            isStatisticBeginning(first)
            || ThresholdWords.edgesOfFillers.mayHold(first, last, word.count)
        // A word without a letter is one too.
        guard mayBe || !isLetter(first) else { return false }
        return isFiller(String(bytes.extracting(word)))
    }

    /// Whether "average", "median" or "p95" begin so.
    private static func isStatisticBeginning(_ byte: UInt8) -> Bool {
        switch byte.lowercased {
        case UInt8(ascii: "a"), UInt8(ascii: "m"), UInt8(ascii: "p"): true
        default: false
        }
    }
}
