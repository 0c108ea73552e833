// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// The form of a JSON value, written in a notation as short as what it stands for:
///
/// | Notation | Means |
/// |---|---|
/// | `string`, `integer`, `boolean`, `any` | such a value |
/// | `name` | the shared form of this name |
/// | `[x]` | an array of `x` |
/// | `{a: x, b?: y}` | an object with the member `a`, and `b` where there is one |
/// | `{*: x}` | an object whose members are named by the data, each an `x` |
/// | `x or y` | one of both |
///
/// From it the published JSON Schema is made. A later version may add members, so that no schema
/// forbids those that it does not know; ``strangers(in:shared:)`` finds them for the tests.
indirect enum JSONShape: Hashable, Sendable {
    case string, integer, boolean, any
    case shared(String)
    case array(JSONShape)
    case object([Member])
    case map(JSONShape)
    case either([JSONShape])

    /// A member of an object.
    struct Member: Hashable, Sendable {
        let name: String
        let isRequired: Bool
        let shape: JSONShape
    }

    /// Reads the notation; what is wrong in it is a fault of ours.
    init(_ text: String) {
        var reader = Reader(text)
        self = reader.shape()
        reader.expectEnd()
    }

    /// The JSON Schema of the form.
    var schema: JSONValue {
        switch self {
        case .string: .members(["type": "string".json])
        case .integer: .members(["type": "integer".json])
        case .boolean: .members(["type": "boolean".json])
        case .any: .members([:])
        case .shared(let name): .members(["$ref": "#/$defs/\(name)".json])
        case .array(let item): .members(["type": "array".json, "items": item.schema])
        case .map(let value):
            .members(["type": "object".json, "additionalProperties": value.schema])
        case .either(let shapes): .members(["anyOf": .array(shapes.map(\.schema))])
        case .object(let members):
            .members([
                "type": "object".json,
                "required": members.filter(\.isRequired).map(\.name).jsonUnlessEmpty,
                "properties": Self.object(members.map { ($0.name, $0.shape.schema) }),
            ])
        }
    }

    /// An object of members that are named by data.
    static func object(_ members: [(name: String, value: JSONValue)]) -> JSONValue {
        var object = JSONObject()
        for (name, value) in members { object[name] = value }
        return .object(object)
    }

    /// The names of the shared forms that the form is made of, directly.
    var references: Set<String> {
        switch self {
        case .string, .integer, .boolean, .any: []
        case .shared(let name): [name]
        case .array(let shape), .map(let shape): shape.references
        case .either(let shapes): Set(shapes.flatMap(\.references))
        case .object(let members): Set(members.flatMap(\.shape.references))
        }
    }

    /// What in a value is not of this form, unknown members included, as sentences with their place.
    func strangers(in value: JSONValue, at place: String = "", shared: [String: JSONShape])
        -> [String]
    {
        func wrong(_ what: String) -> [String] { ["\(place.isEmpty ? "." : place): \(what)"] }
        switch self {
        case .any: return []
        case .string: return value.string == nil ? wrong("no string") : []
        case .integer: return value.integer == nil ? wrong("no integer") : []
        case .boolean:
            guard case .boolean = value else { return wrong("no boolean") }
            return []
        case .shared(let name):
            guard let shape = shared[name] else { return wrong("no form '\(name)'") }
            return shape.strangers(in: value, at: place, shared: shared)
        case .array(let item):
            guard let items = value.array else { return wrong("no array") }
            return items.enumerated().flatMap { index, element in
                item.strangers(in: element, at: "\(place)[\(index)]", shared: shared)
            }
        case .map(let shape):
            guard case .object(let members) = value else { return wrong("no object") }
            return members.flatMap { member in
                shape.strangers(in: member.value, at: "\(place).\(member.name)", shared: shared)
            }
        case .either(let shapes):
            let answers = shapes.map { $0.strangers(in: value, at: place, shared: shared) }
            return answers.contains([]) ? [] : answers.min { $0.count < $1.count } ?? []
        case .object(let members):
            guard case .object(let found) = value else { return wrong("no object") }
            var result: [String] = []
            for member in members {
                if let element = found[member.name] {
                    result += member.shape.strangers(
                        in: element,
                        at: "\(place).\(member.name)",
                        shared: shared
                    )
                } else if member.isRequired {
                    result += wrong("'\(member.name)' is missing")
                }
            }
            let known = Set(members.map(\.name))
            for member in found where !known.contains(member.name) {
                result += wrong("'\(member.name)' is not in the schema")
            }
            return result
        }
    }

    private struct Reader {
        private var words: [String] = []

        init(_ text: String) {
            var word = ""
            for character in text {
                if character.isLetter || character.isNumber {
                    word.append(character)
                    continue
                }
                if !word.isEmpty { words.append(word) }
                word = ""
                if !character.isWhitespace { words.append(String(character)) }
            }
            if !word.isEmpty { words.append(word) }
            words.reverse()
        }

        mutating func shape() -> JSONShape {
            var shapes = [single()]
            while words.last == "or" {
                words.removeLast()
                shapes.append(single())
            }
            return shapes.count == 1 ? shapes[0] : .either(shapes)
        }

        private mutating func single() -> JSONShape {
            switch next() {
            case "string": return .string
            case "integer": return .integer
            case "boolean": return .boolean
            case "any": return .any
            case "[":
                let item = shape()
                expect("]")
                return .array(item)
            case "{": return object()
            case let name: return .shared(name)
            }
        }

        private mutating func object() -> JSONShape {
            if words.last == "*" {
                words.removeLast()
                expect(":")
                let value = shape()
                expect("}")
                return .map(value)
            }
            var members: [Member] = []
            while words.last != "}" {
                let name = next()
                let isOptional = words.last == "?"
                if isOptional { words.removeLast() }
                expect(":")
                members.append(Member(name: name, isRequired: !isOptional, shape: shape()))
                if words.last == "," { words.removeLast() }
            }
            expect("}")
            return .object(members)
        }

        private mutating func next() -> String {
            guard let word = words.popLast() else { preconditionFailure("a form ends early") }
            return word
        }

        private mutating func expect(_ word: String) {
            let found = next()
            precondition(found == word, "'\(found)' stands where '\(word)' is expected")
        }

        func expectEnd() {
            precondition(words.isEmpty, "'\(words.last ?? "")' stands behind a form")
        }
    }
}
