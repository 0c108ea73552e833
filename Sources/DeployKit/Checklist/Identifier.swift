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
        left.text.hasSameBytes(as: right.text)
    }

    /// Orders names by their UTF-8 bytes.
    public static func < (left: Self, right: Self) -> Bool {
        left.text.precedesByBytes(right.text)
    }

    /// Feeds the UTF-8 bytes of the name into `hasher`.
    public func hash(into hasher: inout Hasher) {
        let isDone: Void? = unsafe text.utf8.withContiguousStorageIfAvailable { bytes in
            unsafe hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
        }
        if isDone == nil {
            unsafe Array(text.utf8).withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        }
        hasher.combine(0xFF as UInt8)
    }
}

extension String {
    /// Tells whether both have the same UTF-8 bytes, which `==` does not.
    func hasSameBytes(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        // Two buffers are compared several times faster than two views of strings.
        return unsafe utf8.withContiguousStorageIfAvailable { left in
            unsafe other.utf8.withContiguousStorageIfAvailable { right in
                unsafe UnsafeRawBufferPointer(left).equals(UnsafeRawBufferPointer(right))
            }
        }.flatMap(\.self) ?? utf8.elementsEqual(other.utf8)
    }

    /// Tells whether the UTF-8 bytes come before those of `other`.
    func precedesByBytes(_ other: String) -> Bool {
        unsafe utf8.withContiguousStorageIfAvailable { left in
            unsafe other.utf8.withContiguousStorageIfAvailable { right in
                unsafe left.lexicographicallyPrecedes(right)
            }
        }.flatMap(\.self) ?? utf8.lexicographicallyPrecedes(other.utf8)
    }
}

extension UnsafeRawBufferPointer {
    /// Tells whether `other`, of the same count, has the same bytes; eight at a time.
    fileprivate func equals(_ other: Self) -> Bool {
        var position = 0
        while position + 8 <= count {
            let left = unsafe loadUnaligned(fromByteOffset: position, as: UInt64.self)
            let right = unsafe other.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            guard left == right else { return false }
            position += 8
        }
        while position < count {
            guard unsafe self[position] == other[position] else { return false }
            position += 1
        }
        return true
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
