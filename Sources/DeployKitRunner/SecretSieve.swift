// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Takes out of a stream what shows by its shape, or by its place, that it is a secret nobody
/// declared.
///
/// Found are: secret seeds of Stellar with a valid checksum; private keys in PEM, all their lines;
/// JSON Web Tokens whose header is one; tokens with the prefixes of well-known services; the
/// password in an address `scheme://user:password@host`; what follows `Bearer`; the value in
/// `NAME=value` or `--name=value` where the name ends in words such as `TOKEN` or `API_KEY`; and what
/// the words before it give away: a recovery phrase behind "mnemonic" or "seed phrase", also on the
/// line below, and 64 hexadecimal digits behind "private key". In their place stands `[redacted:` and what kind of secret it was.
///
/// 64 hexadecimal digits that nothing calls a key are nearly always the hash of a transaction: they
/// stay. A line is looked at as a whole, up to ``longestLine``; of a longer one each part.
public struct SecretSieve: Sendable {
    /// The longest line that is looked at as a whole, in bytes.
    public static let longestLine = 1 << 16
    // No secret that is found by itself is shorter.
    private static let shortestLine = 16

    private var held: [UInt8] = []
    private var isInKey = false
    private var keyLines = 0
    private var phraseIsAskedFor = false
    // No key has more; what begins like one and never ends hides no more than this.
    private static let longestKey = 256

    /// A sieve for one stream.
    public init() {}

    /// Takes the next bytes; returns the whole lines among them, and those before.
    public mutating func sift(_ bytes: [UInt8]) -> [UInt8] {
        guard let end = bytes.lastIndex(where: Self.endsLine) else {
            held += bytes
            guard held.count > Self.longestLine else { return [] }
            // The last word may go on.
            let cut = held.lastIndex { $0 == 0x20 || $0 == 0x09 } ?? held.count - 1
            let ready = Array(held[...cut])
            held.removeSubrange(...cut)
            return sifted(ready)
        }
        let ready = held + bytes[...end]
        held = Array(bytes[(end + 1)...])
        return sifted(ready)
    }

    /// Ends the stream; returns what was held back.
    public mutating func finish() -> [UInt8] {
        let rest = sifted(held)
        self = SecretSieve()
        return rest
    }

    private static func endsLine(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

    private mutating func sifted(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8]?
        var (start, copied) = (0, 0)
        while start < bytes.count {
            var end = start
            while end < bytes.count, !Self.endsLine(bytes[end]) { end += 1 }
            let isLong = end - start >= Self.shortestLine
            if isInKey || isLong, let line = siftedLine(bytes[start..<end]) {
                var text = result ?? []
                text += bytes[copied..<start]
                text += line
                copied = end
                result = text
            }
            // The end of a line may be two bytes, and a blank line lies between.
            if end > start { phraseIsAskedFor = SecretWords.asksForPhrase(bytes[start..<end]) }
            start = end + 1
        }
        guard var result else { return bytes }
        result += bytes[copied...]
        return result
    }

    // The line with its secrets taken out; `nil` when there is none.
    private mutating func siftedLine(_ line: ArraySlice<UInt8>) -> [UInt8]? {
        if isInKey {
            keyLines += 1
            if line.holds("-----END ") || keyLines == Self.longestKey { isInKey = false }
            return []
        }
        guard phraseIsAskedFor || Self.mayHold(line) else { return nil }
        if line.holds("-----BEGIN "), line.holds("PRIVATE KEY") {
            let begin = line.start(of: "-----BEGIN ") ?? line.startIndex
            isInKey = !line.holds("-----END ")
            keyLines = 0
            return Array(line[..<begin]) + Array("[redacted:private-key]".utf8)
        }
        let words = SecretWords.found(in: line, isAskedFor: phraseIsAskedFor).map { secret in
            Found(range: secret.range, kind: secret.kind.rawValue)
        }
        let found = (Self.secrets(in: line) + words).sorted {
            $0.range.lowerBound < $1.range.lowerBound
        }
        guard !found.isEmpty else { return nil }
        var (result, place): ([UInt8], Int) = ([], line.startIndex)
        for secret in found {
            if secret.range.lowerBound >= place {
                result += line[place..<secret.range.lowerBound]
                result += "[redacted:\(secret.kind)]".utf8
            }
            // One may begin inside another, and end behind it.
            place = max(place, secret.range.upperBound)
        }
        return result + line[place...]
    }

    // Whether there is a long word, an address, an assignment or a dash of a key: most lines have
    // none.
    private static func mayHold(_ line: ArraySlice<UInt8>) -> Bool {
        var (length, last, before) = (0, UInt8(0), UInt8(0))
        for byte in line {
            length = isWord(byte) ? length + 1 : 0
            if length >= 20 || byte == UInt8(ascii: "=") { return true }
            if byte == UInt8(ascii: "/"), last == byte, before == UInt8(ascii: ":") { return true }
            if byte == UInt8(ascii: "-"), last == byte, before == byte { return true }
            (before, last) = (last, byte)
        }
        return line.holds("earer ") || SecretWords.mayBe(in: line)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
            || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: "-")
    }

    private struct Found {
        let range: Range<Int>
        let kind: String
    }

    private static func secrets(in line: ArraySlice<UInt8>) -> [Found] {
        var found = passwords(in: line) + bearers(in: line)
        var start = line.startIndex
        while start < line.endIndex {
            guard isWord(line[start]) else {
                start += 1
                continue
            }
            var end = start
            while end < line.endIndex, isWord(line[end]) { end += 1 }
            if let secret = word(start..<end, in: line) {
                found.append(secret)
                end = secret.range.upperBound
            }
            start = max(end, start + 1)
        }
        return found
    }

    // What one word is, or the value that it names.
    private static func word(_ range: Range<Int>, in line: ArraySlice<UInt8>) -> Found? {
        let first = line[range.lowerBound]
        if range.count == 56, first == UInt8(ascii: "S"),
            CommandLint.secret(byShape: text(line[range])) != nil
        {
            return Found(range: range, kind: "secret-seed")
        }
        if range.count >= 17, first == UInt8(ascii: "e"), line[range.lowerBound + 1] == 0x79,
            let end = endOfToken(from: range, in: line)
        {
            return Found(range: range.lowerBound..<end, kind: "token")
        }
        if range.count >= 20, "Aghxs".utf8.contains(first),
            CommandLint.secret(byShape: text(line[range])) != nil
        {
            return Found(range: range, kind: "token")
        }
        guard range.upperBound < line.endIndex, line[range.upperBound] == UInt8(ascii: "="),
            range.count <= 128, CommandLint.secret(byName: text(line[range])) != nil
        else { return nil }
        var start = range.upperBound + 1
        var end = start
        if start < line.endIndex, [0x22, 0x27].contains(line[start]) {
            let quote = line[start]
            start += 1
            end = line[start...].firstIndex(of: quote) ?? line.endIndex
        } else {
            while end < line.endIndex, line[end] > 0x20, !"\"',;)}&".utf8.contains(line[end]) {
                end += 1
            }
        }
        guard CommandLint.isWrittenOut(text(line[start..<end])) else { return nil }
        return Found(range: start..<end, kind: "value")
    }

    // A JSON Web Token (RFC 7519): three parts of base64url, the first of which is a JSON object
    // that names an algorithm.
    private static func endOfToken(
        from first: Range<Int>,
        in line: ArraySlice<UInt8>
    ) -> Int? {
        guard let header = decoded(line[first]), header.first == UInt8(ascii: "{"),
            header[...].holds("\"alg\"")
        else { return nil }
        var (end, dots) = (first.upperBound, 0)
        while end < line.endIndex, isWord(line[end]) || line[end] == UInt8(ascii: ".") {
            if line[end] == UInt8(ascii: ".") { dots += 1 }
            end += 1
        }
        return dots >= 2 ? end : nil
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var (bits, count, result): (UInt32, Int, [UInt8]) = (0, 0, [])
        for byte in text {
            let value: UInt8
            switch byte {
            case 0x41...0x5A: value = byte - 0x41
            case 0x61...0x7A: value = byte - 0x61 + 26
            case 0x30...0x39: value = byte - 0x30 + 52
            case UInt8(ascii: "-"): value = 62
            case UInt8(ascii: "_"): value = 63
            default: return nil
            }
            bits = bits << 6 | UInt32(value)
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            bits &= 1 << UInt32(count) - 1
        }
        return result
    }

    // The password of `scheme://user:password@host`.
    private static func passwords(in line: ArraySlice<UInt8>) -> [Found] {
        var found: [Found] = []
        var rest = line
        while let place = rest.start(of: "://") {
            rest = rest[(place + 3)...]
            let end = rest.firstIndex { $0 <= 0x20 || "/\"'`<>".utf8.contains($0) }
            let authority = rest[..<(end ?? rest.endIndex)]
            guard let at = authority.lastIndex(of: UInt8(ascii: "@")),
                let colon = authority[..<at].firstIndex(of: UInt8(ascii: ":")),
                colon + 1 < at, authority[colon + 1] != UInt8(ascii: "["),
                authority[colon + 1] != UInt8(ascii: "$")
            else { continue }
            found.append(Found(range: (colon + 1)..<at, kind: "password"))
        }
        return found
    }

    private static func bearers(in line: ArraySlice<UInt8>) -> [Found] {
        var found: [Found] = []
        var rest = line
        while let place = rest.start(of: "earer ") {
            rest = rest[(place + 6)...]
            let end = rest.firstIndex { $0 <= 0x20 || "\"'`,;".utf8.contains($0) } ?? rest.endIndex
            let token = rest[..<end]
            guard token.count >= 16, CommandLint.isWrittenOut(text(token)) else { continue }
            found.append(Found(range: token.startIndex..<end, kind: "token"))
        }
        return found
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}

extension ArraySlice<UInt8> {
    fileprivate func holds(_ text: StaticString) -> Bool { start(of: text) != nil }

    // Where a short text begins.
    fileprivate func start(of text: StaticString) -> Int? {
        let wanted = Array(text.description.utf8)
        guard let first = wanted.first, count >= wanted.count else { return nil }
        var place = startIndex
        while place <= endIndex - wanted.count {
            if self[place] == first, self[place...].starts(with: wanted) { return place }
            place += 1
        }
        return nil
    }
}
