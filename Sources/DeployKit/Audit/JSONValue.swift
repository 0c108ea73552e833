// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A JSON value of the canonical form: RFC 8785 restricted to strings, booleans, null, arrays,
/// objects and integers within ±(2^53 − 1).
///
/// A member's name is `[A-Za-z_][A-Za-z0-9_]*`, so that names sort alike by bytes, by code points
/// and by UTF-16 units. User data that maps names to values is an array of objects with `name` and
/// `value`. A decimal number is a string.
public enum JSONValue: Hashable, Sendable {
    /// The absence of a value, said out loud.
    case null
    /// True or false.
    case boolean(Bool)
    /// A whole number within ±(2^53 − 1).
    case integer(Int64)
    /// Text without U+0000, kept as it is: no Unicode normalisation.
    case string(String)
    /// Values in order.
    case array([JSONValue])
    /// Named values; the order has no meaning.
    case object(JSONObject)

    /// The largest magnitude of an integer, 2^53 − 1.
    public static let largestInteger: Int64 = 9_007_199_254_740_991

    /// The number, or `nil` for any other kind of value.
    public var integer: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }

    /// The text, or `nil` for any other kind of value.
    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The elements, or `nil` for any other kind of value.
    public var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The member with the name `key`, or `nil` where there is none, and for any other kind of
    /// value.
    public subscript(key: String) -> JSONValue? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    /// An object of the members that have a value.
    ///
    /// Absence is the absence of the member: `nil` is left out, never written as `null`.
    public static func members(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        var kept = JSONObject()
        for (name, value) in members {
            if let value { kept[name] = value }
        }
        return .object(kept)
    }

    /// Tells whether both values have the same canonical bytes.
    ///
    /// Strings are compared by UTF-8 bytes, so that two spellings of one accent differ.
    public static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.boolean(let left), .boolean(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.string(let left), .string(let right)): left.hasSameBytes(as: right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }

    /// Feeds the value into `hasher`, strings by their canonical equivalence: equal values have
    /// equal hashes.
    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .boolean(let value): hasher.combine(value)
        case .integer(let value): hasher.combine(value)
        case .string(let value): hasher.combine(value)
        case .array(let value): hasher.combine(value)
        case .object(let value): hasher.combine(value)
        }
    }
}

/// A value with one JSON form.
public protocol JSONConvertible: Sendable {
    /// The JSON form, which is the same for equal values.
    var json: JSONValue { get }

    /// Reads the JSON form, exactly what ``json`` writes and what the type's comment lists.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else; a member that the type does not know
    ///   is refused.
    init(json: JSONValue) throws(JSONError)
}

/// Why some JSON text or value was refused.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of refusal.
    @nonexhaustive
    public enum Code: String, Hashable, Sendable {
        /// The text is no JSON, or JSON outside the canonical profile.
        case syntax = "json-syntax"
        /// The text is JSON of the profile, but not spelt canonically.
        case notCanonical = "json-not-canonical"
        /// A limit on depth, size or length is exceeded.
        case limit = "json-limit"
        /// A member is missing.
        case missing = "json-missing"
        /// A member is not known to the type that reads.
        case unknown = "json-unknown"
        /// A value is of the wrong kind or out of range.
        case value = "json-value"
    }

    /// What kind of refusal it is.
    public let code: Code
    /// What was found and what was expected.
    public let message: String
    /// Where, outermost first: names of members and positions in arrays.
    public private(set) var path: [String]

    /// A refusal at the place where it is thrown.
    public init(_ code: Code, _ message: String, path: [String] = []) {
        self.code = code
        self.message = message
        self.path = path
    }

    /// The code, the place where there is one, and the message.
    public var description: String {
        path.isEmpty
            ? "\(code.rawValue): \(message)"
            : "\(code.rawValue): at \(path.joined(separator: ".")): \(message)"
    }

    func inside(_ step: String) -> Self {
        var copy = self
        copy.path.insert(step, at: 0)
        return copy
    }
}
