// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension EntryHeader {
    /// Reads the canonical bytes of a header.
    ///
    /// - Throws: ``JSONError`` for anything but what ``json`` writes.
    init(canonical bytes: [UInt8]) throws(JSONError) {
        // A verification reads millions of headers, all alike but for names that need escapes.
        if let plain = EntryHeader(plain: bytes) {
            self = plain
        } else {
            self = try EntryHeader(json: JSONValue(canonical: bytes))
        }
    }

    /// Reads a header member by member, without making JSON values of it.
    ///
    /// - Returns: `nil` for what needs the whole JSON reader: a text with escapes or beyond ASCII,
    ///   and everything that is wrong.
    private init?(plain bytes: [UInt8]) {
        var scan = HeaderScan(bytes)
        guard scan.takes("{\"at\":\""), let at = Timestamp(scan.bytes(24)),
            scan.takes("\",\"bodyDigest\":\""), let bodyDigest = Digest(hex: scan.bytes(64))
        else { return nil }
        var key: Digest?
        if scan.takes("\",\"key\":\"") {
            guard let digest = Digest(hex: scan.bytes(64)) else { return nil }
            key = digest
        }
        guard scan.takes("\",\"kind\":\""), let kind = scan.text(),
            scan.takes("\",\"revision\":"), let revision = scan.number(),
            scan.takes(",\"seq\":"), let position = scan.number()
        else { return nil }
        var skew: Int64?
        if scan.takes(",\"skewMs\":-") {
            guard let number = scan.number(), number > 0 else { return nil }
            skew = -Int64(number)
        }
        guard scan.takes(",\"stream\":\""), let stream = scan.text(), !stream.isEmpty,
            scan.takes("\",\"v\":1}"), scan.isAtEnd
        else { return nil }
        self.init(
            position: position,
            stream: StreamID(stream),
            revision: revision,
            at: at,
            skew: skew,
            kind: kind,
            bodyDigest: bodyDigest,
            key: key
        )
    }
}

/// A place in the bytes of a header.
private struct HeaderScan {
    private let source: [UInt8]
    private var position = 0

    init(_ source: [UInt8]) {
        self.source = source
    }

    var isAtEnd: Bool { position == source.count }

    /// Steps over `text`, if it stands here.
    mutating func takes(_ text: StaticString) -> Bool {
        let end = position + text.utf8CodeUnitCount
        guard end <= source.count else { return false }
        var pointer = unsafe text.utf8Start
        for byte in source[position..<end] {
            guard unsafe byte == pointer.pointee else { return false }
            unsafe pointer += 1
        }
        position = end
        return true
    }

    /// The next `count` bytes, or those that are left.
    mutating func bytes(_ count: Int) -> ArraySlice<UInt8> {
        let start = position
        position = min(source.count, start + count)
        return source[start..<position]
    }

    /// The text up to the next quotation mark, if it is plain: printable ASCII without a backslash.
    mutating func text() -> String? {
        let start = position
        while position < source.count {
            switch source[position] {
            case UInt8(ascii: "\""):
                guard position - start <= JSONLimits.record.stringBytes else { return nil }
                return String(decoding: source[start..<position], as: UTF8.self)
            case UInt8(ascii: "\\"), 0..<0x20, 0x80...: return nil
            default: position += 1
            }
        }
        return nil
    }

    /// The whole number that stands here, without a sign and without leading zeros.
    mutating func number() -> Int? {
        let start = position
        var number: Int64 = 0
        while position < source.count, (0x30...0x39).contains(source[position]) {
            number = number * 10 + Int64(source[position] - 0x30)
            guard number <= JSONValue.largestInteger else { return nil }
            position += 1
        }
        guard position > start, source[start] != 0x30 || position == start + 1 else { return nil }
        return Int(number)
    }
}
