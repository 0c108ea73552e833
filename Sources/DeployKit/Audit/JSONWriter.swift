// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    /// The canonical bytes (RFC 8785): members by name, no white space, shortest escapes.
    ///
    /// The value is taken as it is. One outside the profile (a member's name of other characters,
    /// a number beyond ±(2^53 − 1), U+0000 in a text) gives bytes that `init(parsing:within:)`
    /// refuses; ``canonicalBytes(within:)`` finds that out before anything is written.
    public var canonicalBytes: [UInt8] {
        canonicalBytes(likelyCount: 512)
    }

    /// The canonical bytes, for which room is made at once when the guess is right.
    func canonicalBytes(likelyCount: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(likelyCount)
        append(to: &bytes)
        return bytes
    }

    /// The canonical bytes of a value that is checked against the profile and `limits`.
    ///
    /// - Throws: ``JSONError``, code `value` for a value outside the profile, code `limit` for one
    ///   that is too large.
    public func canonicalBytes(within limits: JSONLimits) throws(JSONError) -> [UInt8] {
        var members = 0
        try check(limits, depth: 0, members: &members)
        let bytes = canonicalBytes
        guard bytes.count <= limits.totalBytes else {
            throw JSONError(
                .limit,
                "the text has \(bytes.count) bytes, more than \(limits.totalBytes)"
            )
        }
        return bytes
    }

    private func check(
        _ limits: JSONLimits,
        depth: Int,
        members: inout Int
    ) throws(JSONError) {
        switch self {
        case .null, .boolean: break
        case .integer(let number):
            guard number.magnitude <= UInt64(Self.largestInteger) else {
                throw JSONError(.value, "\(number) is beyond ±(2^53 - 1); write it as a string")
            }
        case .string(let text):
            guard text.utf8.count <= limits.stringBytes else {
                throw JSONError(
                    .limit,
                    "a string has \(text.utf8.count) bytes, more than \(limits.stringBytes)"
                )
            }
            guard !text.utf8.contains(0) else {
                throw JSONError(.value, "a string contains U+0000")
            }
        case .array(let elements):
            try limits.check(depth: depth + 1)
            members += elements.count
            try limits.check(members: members)
            for (position, element) in elements.enumerated() {
                do {
                    try element.check(limits, depth: depth + 1, members: &members)
                } catch {
                    throw error.inside(String(position))
                }
            }
        case .object(let values):
            try limits.check(depth: depth + 1)
            members += values.count
            try limits.check(members: members)
            for member in values {
                guard Self.isName(member.name.utf8) else {
                    throw JSONError(
                        .value,
                        "'\(member.name)' is no name of [A-Za-z_][A-Za-z0-9_]*"
                    )
                }
                do {
                    try member.value.check(limits, depth: depth + 1, members: &members)
                } catch {
                    throw error.inside(member.name)
                }
            }
        }
    }

    func append(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .boolean(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let number): Self.append(number, to: &bytes)
        case .string(let text): Self.append(text, to: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            var isFirst = true
            for element in elements {
                if !isFirst { bytes.append(UInt8(ascii: ",")) }
                isFirst = false
                element.append(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            var isFirst = true
            for member in members {
                if !isFirst { bytes.append(UInt8(ascii: ",")) }
                isFirst = false
                Self.append(member.name, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.append(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    static func append(_ number: Int64, to bytes: inout [UInt8]) {
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        var rest = number.magnitude
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        var (first, last) = (start, bytes.count - 1)
        while first < last {
            bytes.swapAt(first, last)
            (first, last) = (first + 1, last - 1)
        }
    }

    // RFC 8785, 3.2.2.2: two-character escapes where JSON has them, \u00xx in lowercase for the
    // other control characters, everything else as it is.
    static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        // Most texts need no escapes and are copied as a whole.
        let isDone: Bool? = unsafe text.utf8.withContiguousStorageIfAvailable { utf8 in
            if needsEscapes(unsafe utf8.span) { return false }
            unsafe bytes.append(contentsOf: utf8)
            return true
        }
        if isDone != true { appendEscaped(text, to: &bytes) }
        bytes.append(UInt8(ascii: "\""))
    }

    // Eight bytes are looked at at once; the last eight may have been looked at in part.
    static func needsEscapes(_ utf8: Span<UInt8>) -> Bool {
        guard utf8.count >= 8 else {
            for offset in utf8.indices {
                let byte = utf8[offset]
                if byte < 0x20 || byte == 0x22 || byte == 0x5C { return true }
            }
            return false
        }
        let bytes = unsafe utf8.bytes
        var found: UInt64 = 0
        var offset = 0
        while offset &+ 8 <= utf8.count {
            let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
            found |= escapes(word)
            offset &+= 8
        }
        let last = utf8.count &- 8
        found |= unsafe escapes(bytes.unsafeLoadUnaligned(fromByteOffset: last, as: UInt64.self))
        return found != 0
    }

    /// Not 0 where one of eight bytes is below 0x20, a quote or a backslash: subtracting 1 from a
    /// byte borrows its highest bit only where it was 0.
    private static func escapes(_ bytes: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let (quote, backslash) = (bytes ^ (ones &* 0x22), bytes ^ (ones &* 0x5C))
        let control = (bytes &- (ones &* 0x20)) & ~bytes
        return (control | (quote &- ones) & ~quote | (backslash &- ones) & ~backslash)
            & (ones &* 0x80)
    }

    private static func appendEscaped(_ text: String, to bytes: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x08: bytes.append(contentsOf: "\\b".utf8)
            case 0x09: bytes.append(contentsOf: "\\t".utf8)
            case 0x0A: bytes.append(contentsOf: "\\n".utf8)
            case 0x0C: bytes.append(contentsOf: "\\f".utf8)
            case 0x0D: bytes.append(contentsOf: "\\r".utf8)
            case 0..<0x20:
                bytes.append(contentsOf: byte < 0x10 ? "\\u000".utf8 : "\\u001".utf8)
                let nibble = byte & 15
                bytes.append(nibble + (nibble < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10))
            default: bytes.append(byte)
            }
        }
    }

    /// Tells whether `bytes` spell a member's name of the profile.
    static func isName(_ bytes: some Collection<UInt8>) -> Bool {
        var isFirst = true
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "_"):
                break
            case UInt8(ascii: "0")...UInt8(ascii: "9") where !isFirst: break
            default: return false
            }
            isFirst = false
        }
        return !isFirst
    }
}

extension JSONLimits {
    func check(depth found: Int) throws(JSONError) {
        guard found <= depth else {
            throw JSONError(.limit, "values stand more than \(depth) deep within each other")
        }
    }

    func check(members found: Int) throws(JSONError) {
        guard found <= members else {
            throw JSONError(.limit, "there are more than \(members) elements and members")
        }
    }
}
