// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// JSON of others: unlike our canonical form it may have numbers with fractions and any names.
enum AnswerJSON: Equatable, Decodable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case fraction(Double)
    case string(String)
    case array([AnswerJSON])
    case object([String: AnswerJSON])

    /// Reads a document, or `nil` when the bytes are none.
    init?(_ bytes: [UInt8]) {
        do {
            self = try JSONDecoder().decode(AnswerJSON.self, from: Data(bytes))
        } catch {
            // Where it is wrong does not matter to an assertion: the answer is no JSON.
            return nil
        }
    }

    init(_ value: JSONValue) {
        self =
            switch value {
            case .null: .null
            case .boolean(let value): .boolean(value)
            case .integer(let value): .integer(value)
            case .string(let value): .string(value)
            case .array(let values): .array(values.map { AnswerJSON($0) })
            case .object(let members):
                .object(
                    Dictionary(members.map { ($0.name, AnswerJSON($0.value)) }) { first, _ in first
                    }
                )
            }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // The decoder tells kinds apart only by refusing the others.
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .fraction(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let values = try? container.decode([AnswerJSON].self) {
            self = .array(values)
        } else {
            self = .object(try container.decode([String: AnswerJSON].self))
        }
    }

    /// The value at a pointer (RFC 6901), or `nil` where there is none.
    func value(at pointer: String) -> AnswerJSON? {
        guard !pointer.isEmpty else { return self }
        guard pointer.hasPrefix("/") else { return nil }
        var value = self
        for step in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            let name = String(step).replacing("~1", with: "/").replacing("~0", with: "~")
            switch value {
            case .object(let members):
                guard let member = members[name] else { return nil }
                value = member
            case .array(let elements):
                guard let index = Int(name), String(index) == name, elements.indices.contains(index)
                else { return nil }
                value = elements[index]
            default: return nil
            }
        }
        return value
    }
}
