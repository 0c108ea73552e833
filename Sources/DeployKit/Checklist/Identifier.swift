// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A name that identifies one `Subject` among its kind, such as an item or a role.
///
/// Two identifiers are equal when their UTF-8 bytes are; Unicode's canonical equivalence, which
/// makes `String` call differently spelt names equal, is not applied.
public struct Identifier<Subject>: Hashable, Sendable, Comparable, CustomStringConvertible,
    ExpressibleByStringLiteral
{
    /// The name as it was given.
    public let text: String

    /// Takes a name as it is.
    public init(_ text: String) {
        self.text = text
    }

    /// Takes a name as it is.
    public init(stringLiteral text: String) {
        self.init(text)
    }

    /// The name as it was given.
    public var description: String { text }

    /// Tells whether both names have the same UTF-8 bytes.
    public static func == (left: Self, right: Self) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    /// Orders names by their UTF-8 bytes.
    public static func < (left: Self, right: Self) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    /// Feeds the UTF-8 bytes of the name into `hasher`.
    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        hasher.combine(0xFF as UInt8)
    }
}

extension Identifier: JSONConvertible {
    /// A JSON string.
    public var json: JSONValue { .string(text) }

    /// Reads a JSON string that is not empty.
    ///
    /// - Throws: ``JSONError`` when `json` is no string, or an empty one.
    public init(json: JSONValue) throws(JSONError) {
        let text = try String(json: json)
        guard !text.isEmpty else { throw JSONError(.value, "an identifier is empty") }
        self.init(text)
    }
}
