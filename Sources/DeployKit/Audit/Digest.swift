// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A SHA-256 digest: 32 bytes.
public struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The digest in big-endian words, for hashing without an array in between.
    let words: (UInt64, UInt64, UInt64, UInt64)

    init(words: (UInt64, UInt64, UInt64, UInt64)) {
        self.words = words
    }

    /// Takes 32 bytes.
    ///
    /// - Returns: `nil` when `bytes` has another count.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var iterator = bytes.makeIterator()
        func word() -> UInt64 {
            var value: UInt64 = 0
            for _ in 0..<8 { value = value << 8 | UInt64(iterator.next() ?? 0) }
            return value
        }
        words = (word(), word(), word(), word())
    }

    /// Reads 64 lowercase hexadecimal digits.
    ///
    /// - Returns: `nil` for any other text.
    public init?(hex: String) {
        guard hex.utf8.count == 64 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        var high: UInt8?
        for character in hex.utf8 {
            let nibble: UInt8
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): nibble = character - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): nibble = character - UInt8(ascii: "a") + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | nibble)
                high = nil
            } else {
                high = nibble
            }
        }
        self.init(bytes: bytes)
    }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(32)
        for word in [words.0, words.1, words.2, words.3] {
            for shift in stride(from: 56, through: 0, by: -8) {
                result.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        return result
    }

    /// 64 lowercase hexadecimal digits.
    public var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return unsafe String(unsafeUninitializedCapacity: 64) { buffer in
            var position = 0
            for word in [words.0, words.1, words.2, words.3] {
                for shift in stride(from: 60, through: 0, by: -4) {
                    unsafe buffer[position] = digits[Int(word >> UInt64(shift) & 15)]
                    position += 1
                }
            }
            return 64
        }
    }

    /// 64 lowercase hexadecimal digits.
    public var description: String { hex }

    /// Tells whether both digests have the same bytes.
    public static func == (left: Self, right: Self) -> Bool {
        left.words == right.words
    }

    /// Orders digests by their bytes.
    public static func < (left: Self, right: Self) -> Bool {
        left.words < right.words
    }

    /// Feeds the digest into `hasher`.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}

extension Digest: JSONConvertible {
    /// A JSON string of 64 lowercase hexadecimal digits.
    public var json: JSONValue { .string(hex) }

    /// Reads 64 lowercase hexadecimal digits.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        let text = try String(json: json)
        guard let digest = Self(hex: text) else {
            throw JSONError(.value, "a digest has 64 lowercase hexadecimal digits")
        }
        self = digest
    }
}
