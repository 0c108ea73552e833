// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// JSON of other tools (RFC 8259): member names of any text, numbers of any form.
///
/// The log's own profile, ``JSONValue``, refuses both. It stands in the core because a capture
/// takes a contract ID out of what a command printed; the importers read their files with it too.
package indirect enum ToolJSON: Hashable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case boolean(Bool)
    /// A number, as it was spelt.
    case number(String)
    /// A string.
    case string(String)
    /// The elements in order.
    case array([ToolJSON])
    /// The members in the order of the text, no name twice.
    case object([Member])

    /// A member of an object.
    package struct Member: Hashable, Sendable {
        /// The name.
        package let name: String
        /// The value.
        package let value: ToolJSON
        /// The line of the name, from 1.
        package let line: Int
    }

    /// Reads a text: at most 64 levels deep and 16 MiB long.
    ///
    /// A name that stands twice in one object is refused, since readers differ on which counts.
    ///
    /// - Throws: ``JSONError``, code `syntax` or `limit`, with the line.
    package init(_ bytes: some Collection<UInt8>) throws(JSONError) {
        guard bytes.count <= 16 << 20 else {
            throw JSONError(.limit, "the text has more than 16 MiB")
        }
        var reader = ToolJSONReader(bytes: Array(bytes))
        self = try reader.document()
    }

    /// The text, or `nil` for any other kind of value.
    package var string: String? { if case .string(let text) = self { text } else { nil } }

    /// The elements, or `nil` for any other kind of value.
    package var array: [ToolJSON]? { if case .array(let list) = self { list } else { nil } }

    /// The members, or `nil` for any other kind of value.
    package var members: [Member]? { if case .object(let list) = self { list } else { nil } }

    /// The number, or the string of decimal or `0x` hexadecimal digits, or `nil`.
    package var unsigned: UInt64? {
        switch self {
        case .number(let text): UInt64(text)
        case .string(let text):
            text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
        default: nil
        }
    }

    /// The member of this name, or `nil`.
    package subscript(name: String) -> ToolJSON? {
        members?.first { $0.name.hasSameBytes(as: name) }?.value
    }

    /// The value that a JSON pointer (RFC 6901) names, or `nil`: there is none, or the text is no
    /// pointer.
    package func value(at pointer: String) -> ToolJSON? {
        if pointer.isEmpty { return self }
        var steps = pointer.split(separator: "/", omittingEmptySubsequences: false)[...]
        guard steps.popFirst() == "" else { return nil }
        var value = self
        for step in steps {
            guard let name = Self.unescaped(step) else { return nil }
            if let elements = value.array {
                let isPlain =
                    name == "0" || name.utf8.first.map { (0x31...0x39).contains($0) } == true
                guard isPlain, let index = Int(name), elements.indices.contains(index) else {
                    return nil
                }
                value = elements[index]
            } else {
                guard let next = value[name] else { return nil }
                value = next
            }
        }
        return value
    }

    /// Tells whether a text is a JSON pointer.
    package static func isPointer(_ text: String) -> Bool {
        text.isEmpty
            || text.utf8.first == UInt8(ascii: "/")
                && text.split(separator: "/").allSatisfy { unescaped($0) != nil }
    }

    private static func unescaped(_ step: Substring) -> String? {
        var text = ""
        var rest = step.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "~" else {
                text.unicodeScalars.append(scalar)
                continue
            }
            switch rest.popFirst() {
            case "0": text += "~"
            case "1": text += "/"
            default: return nil
            }
        }
        return text
    }
}

private struct ToolJSONReader {
    let bytes: [UInt8]
    private var place = 0
    private var line = 1
    private static let depth = 64

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func document() throws(JSONError) -> ToolJSON {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
        let value = try value(Self.depth)
        skipWhiteSpace()
        guard place == bytes.count else { throw fault("something follows the value") }
        return value
    }

    private mutating func value(_ depth: Int) throws(JSONError) -> ToolJSON {
        guard depth > 0 else {
            throw JSONError(.limit, "line \(line): more than \(Self.depth) levels")
        }
        skipWhiteSpace()
        guard let first = current else { throw fault("the text ends where a value is expected") }
        switch first {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func object(_ depth: Int) throws(JSONError) -> ToolJSON {
        place += 1
        var members: [ToolJSON.Member] = []
        var names: Set<[UInt8]> = []
        if takes("}") { return .object([]) }
        while true {
            skipWhiteSpace()
            let line = line
            guard current == UInt8(ascii: "\"") else { throw fault("a member's name is expected") }
            let name = try string()
            guard names.insert(Array(name.utf8)).inserted else {
                throw fault("a name stands twice in one object")
            }
            guard takes(":") else { throw fault("':' is expected") }
            members.append(.init(name: name, value: try value(depth - 1), line: line))
            if takes("}") { return .object(members) }
            guard takes(",") else { throw fault("',' or '}' is expected") }
        }
    }

    private mutating func array(_ depth: Int) throws(JSONError) -> ToolJSON {
        place += 1
        var elements: [ToolJSON] = []
        if takes("]") { return .array([]) }
        while true {
            elements.append(try value(depth - 1))
            if takes("]") { return .array(elements) }
            guard takes(",") else { throw fault("',' or ']' is expected") }
        }
    }

    private mutating func string() throws(JSONError) -> String {
        place += 1
        var content: [UInt8] = []
        while let byte = current {
            place += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw fault("a string is not UTF-8")
                }
                return text
            case UInt8(ascii: "\\"): content += Array(try escape().utf8)
            case 0..<0x20: throw fault("a string holds a control character")
            default: content.append(byte)
            }
        }
        throw fault("a string has no end")
    }

    private mutating func escape() throws(JSONError) -> String {
        guard let letter = current else { throw fault("a string has no end") }
        place += 1
        switch letter {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let first = try codeUnit()
            if let scalar = Unicode.Scalar(UInt32(first)) { return String(scalar) }
            guard UTF16.isLeadSurrogate(first), current == UInt8(ascii: "\\") else {
                throw fault("a lone surrogate")
            }
            place += 1
            guard current == UInt8(ascii: "u") else { throw fault("a lone surrogate") }
            place += 1
            let second = try codeUnit()
            guard UTF16.isTrailSurrogate(second) else { throw fault("a lone surrogate") }
            return String(decoding: [first, second], as: UTF16.self)
        default: throw fault("'\\' stands before a letter that means nothing")
        }
    }

    private mutating func codeUnit() throws(JSONError) -> UInt16 {
        guard place + 4 <= bytes.count else { throw fault("a string has no end") }
        var unit: UInt16 = 0
        for digit in bytes[place..<place + 4] {
            guard let value = EVMAddress.nibble(digit) else {
                throw fault("'\\u' stands before four hexadecimal digits")
            }
            unit = unit << 4 | UInt16(value)
        }
        place += 4
        return unit
    }

    private mutating func number() throws(JSONError) -> ToolJSON {
        let start = place
        if current == UInt8(ascii: "-") { place += 1 }
        let integer = digits()
        guard integer > 0, integer == 1 || bytes[place - integer] != UInt8(ascii: "0") else {
            throw fault("this is no value")
        }
        if current == UInt8(ascii: ".") {
            place += 1
            guard digits() > 0 else { throw fault("digits are expected after '.'") }
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            place += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { place += 1 }
            guard digits() > 0 else { throw fault("digits are expected after 'e'") }
        }
        return .number(String(decoding: bytes[start..<place], as: UTF8.self))
    }

    private mutating func digits() -> Int {
        let start = place
        while let byte = current, (0x30...0x39).contains(byte) { place += 1 }
        return place - start
    }

    private mutating func word(
        _ text: String,
        _ value: ToolJSON
    ) throws(JSONError) -> ToolJSON {
        guard bytes[place...].starts(with: text.utf8) else { throw fault("this is no value") }
        place += text.utf8.count
        return value
    }

    private mutating func takes(_ character: Unicode.Scalar) -> Bool {
        skipWhiteSpace()
        guard current == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }

    private mutating func skipWhiteSpace() {
        while let byte = current, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
            if byte == 0x0A { line += 1 }
            place += 1
        }
    }

    private var current: UInt8? { place < bytes.count ? bytes[place] : nil }

    private func fault(_ message: String) -> JSONError {
        JSONError(.syntax, "line \(line): \(message)")
    }
}
