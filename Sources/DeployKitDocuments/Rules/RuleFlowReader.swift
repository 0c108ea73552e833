// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Reads values in flow style, and scalars.
struct RuleFlowReader {
    private let characters: [Character]
    private let line: Int
    private var index = 0
    private var depth = 0

    init(_ text: String, _ line: Int) {
        characters = Array(text)
        self.line = line
    }

    mutating func document() throws(RuleError) -> RuleYAML {
        let value = try value()
        skipSpace()
        guard index == characters.count || characters[index] == "#" else {
            throw refusal("something follows a value in braces")
        }
        return value
    }

    private mutating func value() throws(RuleError) -> RuleYAML {
        skipSpace()
        guard index < characters.count else { throw refusal("a value in braces has no end here") }
        depth += 1
        defer { depth -= 1 }
        guard depth <= 16 else { throw refusal("nested deeper than 16") }
        switch characters[index] {
        case "{": return try mapping()
        case "[": return try sequence()
        default: return .scalar(try text(ending: ",]}"), line: line)
        }
    }

    private mutating func mapping() throws(RuleError) -> RuleYAML {
        index += 1
        var members: [RuleYAML.Member] = []
        while true {
            skipSpace()
            if take("}") { return .mapping(members, line: line) }
            let key = try text(ending: ":,}")
            skipSpace()
            guard take(":") else { throw refusal("':' is expected after '\(key)'") }
            guard !members.contains(where: { $0.key == key }) else {
                throw refusal("'\(key)' is given twice")
            }
            members.append(RuleYAML.Member(key: key, value: try value(), line: line))
            skipSpace()
            if !take(","), index < characters.count, characters[index] != "}" {
                throw refusal("',' or '}' is expected")
            }
            guard index < characters.count else { throw refusal("'{' has no end on its line") }
        }
    }

    private mutating func sequence() throws(RuleError) -> RuleYAML {
        index += 1
        var entries: [RuleYAML] = []
        while true {
            skipSpace()
            if take("]") { return .sequence(entries, line: line) }
            entries.append(try value())
            skipSpace()
            if !take(","), index < characters.count, characters[index] != "]" {
                throw refusal("',' or ']' is expected")
            }
            guard index < characters.count else { throw refusal("'[' has no end on its line") }
        }
    }

    private mutating func text(ending ends: String) throws(RuleError) -> String {
        if let quote = characters[safe: index], quote == "\"" || quote == "'" {
            return try quoted(quote)
        }
        let start = index
        while index < characters.count, !ends.contains(characters[index]) { index += 1 }
        return try Self.plain(String(characters[start..<index]).trimmed, line)
    }

    private mutating func quoted(_ quote: Character) throws(RuleError) -> String {
        index += 1
        var result = ""
        while index < characters.count {
            let character = characters[index]
            index += 1
            if character == quote {
                guard quote == "'", characters[safe: index] == "'" else { return result }
                result.append("'")
                index += 1
            } else if character == "\\", quote == "\"" {
                result += try escape()
            } else {
                result.append(character)
            }
        }
        throw refusal("a quoted text has no end on its line")
    }

    private mutating func escape() throws(RuleError) -> String {
        guard let character = characters[safe: index] else {
            throw refusal("a quoted text has no end on its line")
        }
        index += 1
        switch character {
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "0": return "\0"
        case "\\", "\"", "/", " ": return String(character)
        case "x", "u", "U":
            let count = character == "x" ? 2 : character == "u" ? 4 : 8
            let digits = String(characters[index...].prefix(count))
            guard let code = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(code) else {
                throw refusal("'\\\(character)\(digits)' is no character")
            }
            index += count
            return String(Character(scalar))
        default: throw refusal("'\\\(character)' is no escape that is read")
        }
    }

    /// A scalar that stands alone on the rest of a line.
    static func scalar(_ text: String, _ line: Int) throws(RuleError) -> String {
        if text.first == "\"" || text.first == "'" {
            var reader = RuleFlowReader(text, line)
            let value = try reader.quoted(text.first ?? "\"")
            reader.skipSpace()
            guard reader.index == reader.characters.count || reader.characters[reader.index] == "#"
            else { throw reader.refusal("something follows a quoted text") }
            return value
        }
        let value = text.firstRange(of: " #").map { String(text[..<$0.lowerBound]) } ?? text
        let scalar = try plain(value.trimmed, line)
        guard !scalar.contains(": "), !scalar.hasSuffix(":") else {
            throw RuleError(message: "'\(scalar)' has a colon, and needs quotes", line: line)
        }
        return scalar
    }

    private static func plain(_ text: String, _ line: Int) throws(RuleError) -> String {
        if let first = text.first, "&*!@`%".contains(first) {
            throw RuleError(
                message: "'\(first)' begins an anchor, an alias, a tag or nothing: none is read",
                line: line
            )
        }
        return text
    }

    private mutating func take(_ character: Character) -> Bool {
        guard characters[safe: index] == character else { return false }
        index += 1
        return true
    }

    private mutating func skipSpace() {
        while characters[safe: index] == " " { index += 1 }
    }

    private func refusal(_ message: String) -> RuleError { RuleError(message: message, line: line) }
}
