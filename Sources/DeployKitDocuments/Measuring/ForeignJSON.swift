// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// JSON (RFC 8259) of others. Numbers keep their digits, since a measured value must not become the
/// nearest binary fraction; a name that is given twice is refused, since nobody can say which value
/// is meant.
indirect enum ForeignJSON: Hashable, Sendable {
    case null
    case boolean(Bool)
    /// A number as it is written.
    case number(String)
    case string(String)
    case array([ForeignJSON])
    case object([String: ForeignJSON])

    /// How deep arrays and objects may stand within each other.
    static let deepest = 64

    /// Reads a document.
    ///
    /// - Throws: ``AnswerError``, kind `parse`, with the line.
    init(_ bytes: [UInt8]) throws(AnswerError) {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw AnswerError(.parse, "the JSON is not UTF-8")
        }
        var reader = Reader(bytes: bytes)
        self = try reader.document()
    }

    /// The member of this name, or `nil` where there is none.
    subscript(name: String) -> ForeignJSON? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    /// The text of a string, or `nil` for any other kind.
    var string: String? { if case .string(let text) = self { text } else { nil } }

    /// The elements of an array, or `nil` for any other kind.
    var array: [ForeignJSON]? { if case .array(let elements) = self { elements } else { nil } }

    /// The text of a string or a number, or `nil` for any other kind.
    var scalarText: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .null, .boolean, .array, .object: nil
        }
    }
}

private struct Reader {
    let bytes: [UInt8]
    var index = 0
    var depth = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(AnswerError) -> ForeignJSON {
        let value = try value()
        skipSpace()
        guard index == bytes.count else { throw refusal("something follows the JSON") }
        return value
    }

    private mutating func value() throws(AnswerError) -> ForeignJSON {
        skipSpace()
        guard index < bytes.count else { throw refusal("the JSON ends early") }
        switch bytes[index] {
        case UInt8(ascii: "{"):
            return try nested { reader throws(AnswerError) in try reader.object() }
        case UInt8(ascii: "["):
            return try nested { reader throws(AnswerError) in try reader.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .boolean(true))
        case UInt8(ascii: "f"): return try literal("false", .boolean(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func nested(
        _ read: (inout Self) throws(AnswerError) -> ForeignJSON
    ) throws(AnswerError) -> ForeignJSON {
        index += 1
        depth += 1
        guard depth <= ForeignJSON.deepest else {
            throw refusal("the JSON is nested deeper than \(ForeignJSON.deepest)")
        }
        let result = try read(&self)
        depth -= 1
        return result
    }

    private mutating func object() throws(AnswerError) -> ForeignJSON {
        var members: [String: ForeignJSON] = [:]
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipSpace()
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else {
                throw refusal("a member's name is expected")
            }
            let name = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw refusal("':' is expected") }
            guard members.updateValue(try value(), forKey: name) == nil else {
                throw refusal("the member '\(name)' is given twice")
            }
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "}")) else { throw refusal("',' or '}' is expected") }
            return .object(members)
        }
    }

    private mutating func array() throws(AnswerError) -> ForeignJSON {
        var elements: [ForeignJSON] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try value())
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "]")) else { throw refusal("',' or ']' is expected") }
            return .array(elements)
        }
    }

    private mutating func literal(
        _ word: StaticString,
        _ value: ForeignJSON
    ) throws(AnswerError) -> ForeignJSON {
        for byte in "\(word)".utf8 {
            guard take(byte) else { throw refusal("'\(word)' is expected") }
        }
        return value
    }

    private mutating func number() throws(AnswerError) -> String {
        let start = index
        _ = take(UInt8(ascii: "-"))
        let isZero = index < bytes.count && bytes[index] == UInt8(ascii: "0")
        guard digits() > 0, !isZero || index - start <= (bytes[start] == UInt8(ascii: "-") ? 2 : 1)
        else { throw refusal("a value is expected") }
        if take(UInt8(ascii: ".")), digits() == 0 { throw refusal("a digit is expected") }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            if digits() == 0 { throw refusal("a digit is expected") }
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func digits() -> Int {
        let start = index
        while index < bytes.count, (0x30...0x39).contains(bytes[index]) { index += 1 }
        return index - start
    }

    private mutating func string() throws(AnswerError) -> String {
        index += 1
        var content: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: content, as: UTF8.self)
            case UInt8(ascii: "\\"): content += try escaped()
            case 0..<0x20: throw refusal("a control character stands in a string")
            default: content.append(byte)
            }
        }
        throw refusal("a string has no end")
    }

    private mutating func escaped() throws(AnswerError) -> [UInt8] {
        guard index < bytes.count else { throw refusal("a string has no end") }
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            var unit = try fourDigits()
            if (0xD800..<0xDC00).contains(unit) {
                guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
                    throw refusal("half of a surrogate pair stands alone")
                }
                let low = try fourDigits()
                guard (0xDC00..<0xE000).contains(low) else {
                    throw refusal("half of a surrogate pair stands alone")
                }
                unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(unit) else {
                throw refusal("half of a surrogate pair stands alone")
            }
            return Array(String(Character(scalar)).utf8)
        default: throw refusal("an unknown escape stands in a string")
        }
    }

    private mutating func fourDigits() throws(AnswerError) -> UInt32 {
        guard index + 4 <= bytes.count,
            let unit = UInt32(
                String(decoding: bytes[index..<(index + 4)], as: UTF8.self),
                radix: 16
            ),
            bytes[index] != UInt8(ascii: "+")
        else { throw refusal("four hexadecimal digits are expected") }
        index += 4
        return unit
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func skipSpace() {
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
    }

    private func refusal(_ message: String) -> AnswerError {
        let line = bytes[..<min(index, bytes.count)].count { $0 == 0x0A } + 1
        return AnswerError(.parse, message, line: line)
    }
}
