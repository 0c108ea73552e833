// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Finds secrets whose shape alone says nothing, by the words that stand before them: a recovery
/// phrase behind "mnemonic" or "seed phrase", and 64 hexadecimal digits behind "private key".
///
/// Both shapes are common: 64 digits are nearly always a hash, and twelve short words prose. A phrase
/// has 12, 15, 18, 21 or 24 words, all of the English list of BIP-39 with 3 to 8 letters
/// (<https://github.com/bitcoin/bips/blob/master/bip-0039.mediawiki>). The list itself is not here:
/// words that prose cannot do without, and the list has not, tell the two apart.
package enum SecretWords {
    /// A secret in a line.
    package struct Found: Hashable, Sendable {
        /// Which bytes.
        package let range: Range<Int>
        /// What it is.
        package let kind: Kind
    }

    /// What kind of secret it is.
    package enum Kind: String, Hashable, Sendable {
        /// 32 bytes that sign, in hexadecimal digits.
        case privateKey = "private-key"
        /// Words from which keys are made.
        case phrase = "recovery-phrase"
    }

    /// Finds the secrets of a line, from left to right.
    ///
    /// - Parameters:
    ///   - line: The bytes of the line.
    ///   - isAskedFor: Whether the line before it says that a phrase follows: then the line is one
    ///     if it holds nothing else.
    /// - Returns: Where they stand, and what they are.
    package static func found(in line: ArraySlice<UInt8>, isAskedFor: Bool = false) -> [Found] {
        var found = privateKeys(in: line)
        if isAskedFor, let phrase = phrases(in: line).first, isAlone(phrase, in: line) {
            found.append(Found(range: phrase, kind: .phrase))
        } else if let name = endOfPhraseName(in: line) {
            found += phrases(in: line[name...]).map { Found(range: $0, kind: .phrase) }
        }
        return found.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }

    /// Whether a line is long enough for one: it has a word of 64 bytes, or a dozen words. Most lines
    /// are not.
    package static func mayBe(in line: some Sequence<UInt8>) -> Bool {
        var (length, gaps) = (0, 0)
        for byte in line {
            let isGap = byte == 0x20 || byte == UInt8(ascii: ",")
            length = isGap ? 0 : length + 1
            if isGap { gaps += 1 }
            if length == 64 || gaps == 11 { return true }
        }
        return false
    }

    /// Whether a line names a recovery phrase, which may stand on the next one.
    package static func asksForPhrase(_ line: ArraySlice<UInt8>) -> Bool {
        line.count <= 200 && endOfPhraseName(in: line) != nil
    }

    // MARK: Keys

    private static let keyNames = [
        "private key", "priv key", "privkey", "privatekey", "secret key", "secretkey",
        "signing key", "signingkey", "seed",
    ].map { Array($0.utf8) }
    // What makes of a key something that everybody may know.
    private static let publicWords = ["hash", "digest", "sha", "fingerprint", "pub", "tx"]
        .map { Array($0.utf8) }

    private static func privateKeys(in line: ArraySlice<UInt8>) -> [Found] {
        var found: [Found] = []
        var start = line.startIndex
        while start < line.endIndex {
            guard isWordByte(line[start]) else {
                start += 1
                continue
            }
            var end = start
            while end < line.endIndex, isWordByte(line[end]) { end += 1 }
            let word = line[start..<end]
            if isKey(word), isNamed(line[max(line.startIndex, start - 48)..<start]) {
                found.append(Found(range: start..<end, kind: .privateKey))
            }
            start = end
        }
        return found
    }

    // Nobody's key has but a few different digits; what stands for one has.
    private static func isKey(_ word: ArraySlice<UInt8>) -> Bool {
        let hasPrefix = word.count == 66 && word.starts(with: "0x".utf8)
        guard word.count == 64 || hasPrefix else { return false }
        let digits = word.suffix(64)
        return digits.allSatisfy(isHexadecimal) && Set(digits.map(lowercase)).count >= 8
    }

    private static func isNamed(_ before: ArraySlice<UInt8>) -> Bool {
        let words = before.map { byte in
            byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") ? 0x20 : lowercase(byte)
        }
        let name = keyNames.compactMap { endOfLast($0, in: words) }.max()
        guard let name else { return false }
        let between = words[name...]
        return !publicWords.contains { endOfLast($0, in: Array(between)) != nil }
    }

    // MARK: Phrases

    private static let phraseNames = [
        "mnemonic", "seed phrase", "seedphrase", "recovery phrase", "secret phrase",
        "backup phrase", "seed words", "recovery words",
    ].map { Array($0.utf8) }
    // No word of the list, and prose is seldom without one of them for twelve words.
    private static let proseWords = Set(
        [
            "the", "and", "for", "are", "but", "not", "with", "from", "was", "were", "their",
            "them", "its", "has", "had", "his", "her", "our", "which",
        ].map { Array($0.utf8) }
    )

    /// Where the first name of a phrase ends.
    private static func endOfPhraseName(in line: ArraySlice<UInt8>) -> Int? {
        for start in line.indices.dropLast(8) {
            // The beginnings of all names.
            switch (lowercase(line[start]), lowercase(line[start + 1])) {
            case (UInt8(ascii: "m"), UInt8(ascii: "n")), (UInt8(ascii: "s"), UInt8(ascii: "e")),
                (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "b"), UInt8(ascii: "a")):
                let name = phraseNames.first { name in
                    line.endIndex - start >= name.count
                        && zip(line[start...], name).allSatisfy { byte, wanted in
                            let isGap = byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
                            return (isGap ? 0x20 : lowercase(byte)) == wanted
                        }
                }
                if let name { return start + name.count }
            default: continue
            }
        }
        return nil
    }

    /// The runs of words that are as long as a phrase and have no word of prose.
    private static func phrases(in line: ArraySlice<UInt8>) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var run: [Range<Int>] = []
        var gap: [UInt8] = []
        func close() {
            let words = run.map { Array(line[$0]) }
            if [12, 15, 18, 21, 24].contains(words.count), Set(words).count >= 6,
                proseWords.isDisjoint(with: words), let first = run.first, let last = run.last
            {
                found.append(first.lowerBound..<last.upperBound)
            }
            run = []
        }
        var start = line.startIndex
        while start < line.endIndex {
            guard isWordByte(line[start]) else {
                start += 1
                continue
            }
            var end = start
            while end < line.endIndex, isWordByte(line[end]) { end += 1 }
            let isWord = (3...8).contains(end - start) && line[start..<end].allSatisfy(isLetter)
            if let last = run.last {
                let between = Array(line[last.upperBound..<start])
                if run.count == 1 { gap = between }
                // What closes a quotation closes the phrase in it.
                if between != gap || !isGap(between) { close() }
            }
            if isWord { run.append(start..<end) } else { close() }
            start = end
        }
        close()
        return found
    }

    // What stands between the words of a phrase, as such or as a list of JSON.
    private static func isGap(_ bytes: [UInt8]) -> Bool {
        bytes.count <= 4 && bytes.allSatisfy { " \t,\"'".utf8.contains($0) }
    }

    private static func isAlone(_ phrase: Range<Int>, in line: ArraySlice<UInt8>) -> Bool {
        let around = Array(line[..<phrase.lowerBound]) + line[phrase.upperBound...]
        return around.allSatisfy { " \t,\"'[](){}>|`*.".utf8.contains($0) }
    }

    // MARK: Bytes

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(lowercase(byte))
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || isLetter(lowercase(byte)) || byte >= 0x80
            || byte == UInt8(ascii: "_")
    }

    /// Where the last occurrence of a text ends.
    private static func endOfLast(_ text: [UInt8], in bytes: [UInt8]) -> Int? {
        guard bytes.count >= text.count else { return nil }
        return (0...bytes.count - text.count).last { bytes[$0...].starts(with: text) }
            .map { $0 + text.count }
    }
}
