// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The members of a JSON object while a type reads them: each is taken once, and what nobody took
/// is refused by ``finish()``.
public struct JSONMembers: ~Copyable, Sendable {
    private var rest: JSONObject

    /// Starts reading an object.
    ///
    /// - Throws: ``JSONError``, code `value`, when `json` is no object.
    public init(_ json: JSONValue) throws(JSONError) {
        guard case .object(let members) = json else {
            throw JSONError(.value, "an object is expected")
        }
        rest = members
    }

    /// Takes a member that must be there.
    public mutating func required<Value: JSONConvertible>(
        _ name: String,
        as type: Value.Type = Value.self
    ) throws(JSONError) -> Value {
        guard let value = try optional(name, as: type) else {
            throw JSONError(.missing, "the member '\(name)' is missing")
        }
        return value
    }

    /// Takes a member that may be absent.
    public mutating func optional<Value: JSONConvertible>(
        _ name: String,
        as type: Value.Type = Value.self
    ) throws(JSONError) -> Value? {
        guard let json = rest.removeValue(named: name) else { return nil }
        do {
            return try Value(json: json)
        } catch {
            throw error.inside(name)
        }
    }

    /// Takes an array; an absent member is an empty one.
    public mutating func list<Element: JSONConvertible>(
        _ name: String,
        of type: Element.Type = Element.self
    ) throws(JSONError) -> [Element] {
        try optional(name, as: [Element].self) ?? []
    }

    /// Takes a member as it is, or `nil` when it is absent.
    public mutating func value(_ name: String) -> JSONValue? {
        rest.removeValue(named: name)
    }

    /// Ends reading.
    ///
    /// - Throws: ``JSONError``, code `unknown`, when a member was not taken.
    public consuming func finish() throws(JSONError) {
        if let first = rest.first {
            throw JSONError(.unknown, "the member '\(first.name)' is not known here")
        }
    }
}

extension JSONValue: JSONConvertible {
    /// The value itself.
    public var json: JSONValue { self }

    /// Takes any value.
    public init(json: JSONValue) {
        self = json
    }
}

extension String: JSONConvertible {
    /// A JSON string.
    public var json: JSONValue { .string(self) }

    /// Reads a JSON string.
    ///
    /// - Throws: ``JSONError`` when `json` is no string.
    public init(json: JSONValue) throws(JSONError) {
        guard case .string(let text) = json else {
            throw JSONError(.value, "a string is expected")
        }
        self = text
    }
}

extension Bool: JSONConvertible {
    /// A JSON boolean.
    public var json: JSONValue { .boolean(self) }

    /// Reads a JSON boolean.
    ///
    /// - Throws: ``JSONError`` when `json` is no boolean.
    public init(json: JSONValue) throws(JSONError) {
        guard case .boolean(let value) = json else {
            throw JSONError(.value, "true or false is expected")
        }
        self = value
    }
}

extension Int: JSONConvertible {
    /// A JSON integer.
    public var json: JSONValue { .integer(Int64(self)) }

    /// Reads a JSON integer.
    ///
    /// - Throws: ``JSONError`` when `json` is no integer.
    public init(json: JSONValue) throws(JSONError) {
        guard case .integer(let value) = json, let value = Int(exactly: value) else {
            throw JSONError(.value, "an integer is expected")
        }
        self = value
    }
}

extension Array: JSONConvertible where Element: JSONConvertible {
    /// A JSON array in the same order.
    public var json: JSONValue { .array(map(\.json)) }

    /// Reads a JSON array.
    ///
    /// - Throws: ``JSONError`` when `json` is no array, or an element is refused.
    public init(json: JSONValue) throws(JSONError) {
        guard case .array(let values) = json else {
            throw JSONError(.value, "an array is expected")
        }
        var elements: [Element] = []
        elements.reserveCapacity(values.count)
        for (position, value) in values.enumerated() {
            do {
                elements.append(try Element(json: value))
            } catch {
                throw error.inside(String(position))
            }
        }
        self = elements
    }

    /// The JSON array, or `nil` when there is no element: an absent member is an empty list.
    public var jsonUnlessEmpty: JSONValue? { isEmpty ? nil : json }
}

extension JSONConvertible where Self: RawRepresentable, RawValue == String {
    /// The raw value as a JSON string.
    public var json: JSONValue { .string(rawValue) }

    /// Reads one of the raw values.
    ///
    /// - Throws: ``JSONError`` when `json` is no string, or none of the raw values.
    public init(json: JSONValue) throws(JSONError) {
        let text = try String(json: json)
        guard let value = Self(rawValue: text) else {
            throw JSONError(.value, "'\(text)' is not one of the known values")
        }
        self = value
    }
}
