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
        self.init(array: Array(bytes))
    }

    /// Takes 32 bytes, as a store has them.
    package init?(array bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        func word(_ number: Int) -> UInt64 {
            var value: UInt64 = 0
            for byte in bytes[number * 8..<number * 8 + 8] { value = value << 8 | UInt64(byte) }
            return value
        }
        words = (word(0), word(1), word(2), word(3))
    }

    /// Reads 64 lowercase hexadecimal digits.
    ///
    /// - Returns: `nil` for any other text.
    public init?(hex: String) {
        self.init(hex: Array(hex.utf8)[...])
    }

    /// Reads the bytes of 64 lowercase hexadecimal digits.
    init?(hex: ArraySlice<UInt8>) {
        guard hex.count == 64 else { return nil }
        let start = hex.startIndex
        // What is no digit sets a bit above the nibble; one test at the end tells.
        var wrong: UInt64 = 0
        func word(_ number: Int) -> UInt64 {
            var value: UInt64 = 0
            for position in start + number * 16..<start + number * 16 + 16 {
                let nibble = Self.nibbles[Int(hex[position])]
                wrong |= UInt64(nibble)
                value = value << 4 | UInt64(nibble & 15)
            }
            return value
        }
        words = (word(0), word(1), word(2), word(3))
        if wrong > 15 { return nil }
    }

    /// The value of each lowercase hexadecimal digit, and 16 for every other byte.
    private static let nibbles: [UInt8] = (0...255).map { byte in
        switch UInt8(byte) {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt8(byte) - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt8(byte) - UInt8(ascii: "a") + 10
        default: 16
        }
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
        unsafe String(unsafeUninitializedCapacity: 64) { buffer in
            var position = 0
            func write(_ word: UInt64) {
                for shift in stride(from: 60 as UInt64, through: 0, by: -4) {
                    let nibble = UInt8(truncatingIfNeeded: word >> shift & 15)
                    unsafe buffer[position] = nibble + (nibble < 10 ? 0x30 : 0x61 - 10)
                    position += 1
                }
            }
            write(words.0)
            write(words.1)
            write(words.2)
            write(words.3)
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
