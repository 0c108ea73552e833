// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The declared form of contract IDs on networks that the library does not know: a prefix, then
/// characters of one alphabet, within a range of lengths. There is no checksum.
public struct ContractPattern: Hashable, Sendable {
    /// Which characters may follow the prefix; all are ASCII.
    @nonexhaustive
    public enum Alphabet: String, Hashable, Sendable, CaseIterable, JSONConvertible {
        /// `0`–`9`.
        case digits
        /// `0`–`9`, `a`–`f`.
        case lowercaseHexadecimal = "lowercase-hexadecimal"
        /// `0`–`9`, `A`–`Z`, `a`–`z`.
        case alphanumeric
        /// `1`–`9`, `A`–`Z`, `a`–`z`, without `I`, `O` and `l`.
        case base58
        /// `0`–`9`, `a`–`z`, and `-`, `_`, `.` between two of them.
        case accountName = "account-name"

        func holds(_ byte: UInt8) -> Bool {
            let isDigit = (0x30...0x39).contains(byte)
            let isLower = (0x61...0x7A).contains(byte)
            let isUpper = (0x41...0x5A).contains(byte)
            return switch self {
            case .digits: isDigit
            case .lowercaseHexadecimal: isDigit || (0x61...0x66).contains(byte)
            case .alphanumeric: isDigit || isLower || isUpper
            case .base58:
                (isDigit || isLower || isUpper) && ![0x30, 0x49, 0x4F, 0x6C].contains(byte)
            case .accountName: isDigit || isLower || Self.separators.contains(byte)
            }
        }

        static let separators = Array("-_.".utf8)
    }

    /// What every ID starts with; may be empty.
    public let prefix: String
    /// The characters after the prefix.
    public let alphabet: Alphabet
    /// How many characters an ID has, the prefix included; within 1 and 128.
    public let length: ClosedRange<Int>

    /// A form.
    ///
    /// - Throws: ``NetworkError``, code `pattern`, when the lengths are outside 1…128, shorter
    ///   than the prefix, or the prefix has white space or characters outside ASCII.
    public init(
        prefix: String = "",
        alphabet: Alphabet,
        length: ClosedRange<Int>
    ) throws(NetworkError) {
        guard length.lowerBound > prefix.utf8.count, length.upperBound <= 128 else {
            throw NetworkError(
                .pattern,
                "lengths \(length.lowerBound) to \(length.upperBound) are not within "
                    + "\(prefix.utf8.count + 1) and 128"
            )
        }
        guard prefix.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw NetworkError(.pattern, "a prefix holds visible ASCII characters only")
        }
        self.prefix = prefix
        self.alphabet = alphabet
        self.length = length
    }

    /// Tells whether `text` has the form.
    public func matches(_ text: String) -> Bool { matches(Array(text.utf8)) }

    func matches(_ text: [UInt8]) -> Bool {
        guard length.contains(text.count), text.starts(with: prefix.utf8) else { return false }
        let rest = text.dropFirst(prefix.utf8.count)
        guard rest.allSatisfy(alphabet.holds) else { return false }
        guard alphabet == .accountName else { return true }
        var wasSeparator = true
        for byte in rest {
            let isSeparator = Alphabet.separators.contains(byte)
            if isSeparator, wasSeparator { return false }
            wasSeparator = isSeparator
        }
        return !wasSeparator
    }
}

extension ContractPattern: JSONConvertible {
    /// An object with `alphabet`, `minimum`, `maximum`, and `prefix` unless it is empty.
    public var json: JSONValue {
        .members([
            "prefix": prefix.isEmpty ? nil : prefix.json, "alphabet": alphabet.json,
            "minimum": length.lowerBound.json, "maximum": length.upperBound.json,
        ])
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` when a member is wrong or the form is refused.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let prefix: String? = try members.optional("prefix")
        let alphabet: Alphabet = try members.required("alphabet")
        let minimum: Int = try members.required("minimum")
        let maximum: Int = try members.required("maximum")
        try members.finish()
        guard minimum <= maximum else {
            throw JSONError(.value, "the minimum \(minimum) is above the maximum \(maximum)")
        }
        do {
            try self.init(prefix: prefix ?? "", alphabet: alphabet, length: minimum...maximum)
        } catch {
            throw JSONError(.value, error.message)
        }
    }
}
