// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Reads blocks by their indentation.
struct RuleYAMLReader {
    private struct Line {
        var indent: Int
        var text: String
        var number: Int
    }

    private var raw: [(text: String, number: Int)]
    private var index = 0
    private var depth = 0

    init(_ lines: [(text: String, number: Int)]) {
        raw = lines.map { line in
            (line.text.hasSuffix("\r") ? String(line.text.dropLast()) : line.text, line.number)
        }
    }

    mutating func document() throws(RuleError) -> RuleYAML {
        if let first = try peek(), first.text == "---" { index += 1 }
        if let second = try peek(), second.text == "---" {
            throw RuleError(
                message: "one document is read, and another one begins",
                line: second.number
            )
        }
        guard let first = try peek() else { return .scalar("", line: raw.first?.number ?? 1) }
        let value = try block(first.indent)
        if let rest = try peek() {
            throw RuleError(
                message: rest.text == "---" || rest.text == "..."
                    ? "one document is read, and another one begins"
                    : "'\(rest.text)' is indented as nothing before it",
                line: rest.number
            )
        }
        return value
    }

    /// The next line that is neither blank nor a comment.
    private mutating func peek() throws(RuleError) -> Line? {
        while index < raw.count {
            let (text, number) = raw[index]
            let content = text.drop { $0 == " " }
            if content.isEmpty || content.first == "#" || content.allSatisfy(\.isWhitespace) {
                index += 1
                continue
            }
            guard content.first != "\t" else {
                throw RuleError(message: "a tab stands where spaces indent", line: number)
            }
            if content.first == "%" {
                throw RuleError(message: "directives are not read", line: number)
            }
            return Line(indent: text.count - content.count, text: String(content), number: number)
        }
        return nil
    }

    private mutating func block(_ indent: Int) throws(RuleError) -> RuleYAML {
        guard let line = try peek() else { return .scalar("", line: 1) }
        depth += 1
        defer { depth -= 1 }
        guard depth <= 32 else {
            throw RuleError(message: "nested deeper than 32", line: line.number)
        }
        if line.text == "-" || line.text.hasPrefix("- ") { return try sequence(indent) }
        if Self.key(line.text) != nil { return try mapping(indent) }
        index += 1
        return try inline(line.text, line.number, indent)
    }

    private mutating func sequence(_ indent: Int) throws(RuleError) -> RuleYAML {
        var entries: [RuleYAML] = []
        var first = 0
        while let line = try peek(), line.indent == indent,
            line.text == "-" || line.text.hasPrefix("- ")
        {
            if first == 0 { first = line.number }
            let rest = line.text.dropFirst().drop { $0 == " " }
            if rest.isEmpty || rest.first == "#" {
                index += 1
                guard let next = try peek(), next.indent > indent else {
                    entries.append(.scalar("", line: line.number))
                    continue
                }
                entries.append(try block(next.indent))
            } else {
                // What follows the dash is a block of its own, indented by where it begins.
                let column = indent + line.text.count - rest.count
                raw[index].text = String(repeating: " ", count: column) + rest
                entries.append(try block(column))
            }
        }
        return .sequence(entries, line: first)
    }

    private mutating func mapping(_ indent: Int) throws(RuleError) -> RuleYAML {
        var members: [RuleYAML.Member] = []
        var first = 0
        while let line = try peek(), line.indent == indent, let (key, rest) = Self.key(line.text) {
            if first == 0 { first = line.number }
            guard key != "<<", !key.hasPrefix("? ") else {
                throw RuleError(message: "the key '\(key)' is not read", line: line.number)
            }
            guard !members.contains(where: { $0.key == key }) else {
                throw RuleError(message: "'\(key)' is given twice", line: line.number)
            }
            index += 1
            let value: RuleYAML
            if rest.isEmpty {
                if let next = try peek(),
                    next.indent > indent
                        || next.indent == indent && (next.text == "-" || next.text.hasPrefix("- "))
                {
                    value = try block(next.indent)
                } else {
                    value = .scalar("", line: line.number)
                }
            } else {
                value = try inline(rest, line.number, indent)
            }
            members.append(RuleYAML.Member(key: key, value: value, line: line.number))
        }
        if let line = try peek(), line.indent > indent {
            throw RuleError(message: "'\(line.text)' is indented too far", line: line.number)
        }
        return .mapping(members, line: first)
    }

    /// A value that stands on the line of its key or dash.
    private mutating func inline(
        _ text: String,
        _ number: Int,
        _ indent: Int
    ) throws(RuleError) -> RuleYAML {
        switch text.first {
        case "|", ">": return try scalarBlock(text, number, indent)
        case "{", "[":
            var flow = RuleFlowReader(text, number)
            return try flow.document()
        default:
            let scalar = try RuleFlowReader.scalar(text, number)
            if let next = try peek(), next.indent > indent {
                throw RuleError(
                    message: "a text of several lines is read after | or > alone",
                    line: next.number
                )
            }
            return .scalar(scalar, line: number)
        }
    }

    private mutating func scalarBlock(
        _ head: String,
        _ number: Int,
        _ indent: Int
    ) throws(RuleError) -> RuleYAML {
        let marks = head.dropFirst().prefix { $0 != " " && $0 != "#" }
        guard ["", "-", "+"].contains(marks) else {
            throw RuleError(message: "'\(head)' begins no block that is read", line: number)
        }
        var lines: [String] = []
        var own: Int?
        while index < raw.count {
            let text = raw[index].text
            let content = text.drop { $0 == " " }
            if content.isEmpty {
                lines.append("")
                index += 1
                continue
            }
            let column = text.count - content.count
            let least = own ?? column
            guard column > indent, column >= least else { break }
            own = least
            lines.append(String(text.dropFirst(least)))
            index += 1
        }
        var trailing = 0
        while lines.last == "" {
            lines.removeLast()
            trailing += 1
        }
        let joined = head.first == "|" ? lines.joined(separator: "\n") : Self.folded(lines)
        let end =
            lines.isEmpty || marks == "-"
            ? "" : marks == "+" ? String(repeating: "\n", count: trailing + 1) : "\n"
        return .scalar(joined + end, line: lines.isEmpty ? number : number + 1)
    }

    // Lines that are indented further, and blank ones, keep their breaks.
    private static func folded(_ lines: [String]) -> String {
        var result = ""
        for (position, line) in lines.enumerated() {
            if position > 0 {
                let before = lines[position - 1]
                let isPlain = !line.hasPrefix(" ") && !before.hasPrefix(" ")
                if isPlain, !line.isEmpty, !before.isEmpty {
                    result += " "
                } else if !line.isEmpty || !isPlain {
                    result += "\n"
                }
                if line.isEmpty, isPlain, !before.isEmpty { continue }
            }
            result += line
        }
        return result
    }

    /// The key at the start of a line, and what follows the colon.
    private static func key(_ text: String) -> (key: String, rest: String)? {
        if let quote = text.first, quote == "\"" || quote == "'" {
            let inner = text.dropFirst()
            guard let end = inner.firstIndex(of: quote) else { return nil }
            let rest = inner[inner.index(after: end)...]
            guard rest.first == ":", rest.dropFirst().first.map({ $0 == " " }) ?? true else {
                return nil
            }
            return (String(inner[..<end]), withoutComment(rest.dropFirst()))
        }
        var place = text.startIndex
        while let colon = text[place...].firstIndex(of: ":") {
            let after = text.index(after: colon)
            if after == text.endIndex || text[after] == " " {
                let key = text[..<colon]
                guard !key.isEmpty, !"{[&*!|>@`%".contains(key.first ?? "{") else { return nil }
                return (String(key), withoutComment(text[after...]))
            }
            place = after
        }
        return nil
    }

    private static func withoutComment(_ text: Substring) -> String {
        let value = text.drop { $0 == " " }
        return value.first == "#" ? "" : String(value)
    }
}
