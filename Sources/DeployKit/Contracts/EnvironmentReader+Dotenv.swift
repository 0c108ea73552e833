// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The grammar of python-dotenv 1.2, with interpolation of `${NAME}` as by default.
struct PythonDotenvReader {
    private var cursor: FileCursor

    init(_ bytes: [UInt8]) {
        cursor = FileCursor(bytes)
    }

    mutating func read() -> [EnvironmentReader.Sight] {
        var sights: [EnvironmentReader.Sight] = []
        while !cursor.isAtEnd {
            cursor.skip(while: FileCursor.isSpace)
            if cursor.isAtEnd { break }
            let line = cursor.currentLine()
            if let (name, outcome) = readBinding() {
                if let name, let outcome {
                    sights.append(.init(line: line, name: name, outcome: outcome))
                }
            } else {
                skipRestOfLine()
            }
        }
        return sights
    }

    /// A comment or a binding; `nil` when the line is none.
    private mutating func readBinding() -> (String?, EnvironmentReader.Outcome?)? {
        if cursor.bytes[cursor.place...].starts(with: "export".utf8) {
            var after = cursor.place + 6
            while after < cursor.bytes.count, isBlank(cursor.bytes[after]) { after += 1 }
            if after > cursor.place + 6 { cursor.place = after }
        }
        guard let name = readKey() else { return nil }
        cursor.skip(while: isBlank)
        var outcome: EnvironmentReader.Outcome?
        if cursor.current == UInt8(ascii: "="), name != nil {
            cursor.place += 1
            cursor.skip(while: isBlank)
            guard let value = readValue() else { return nil }
            outcome =
                holdsExpansion(value) ? .expanded : .value(String(decoding: value, as: UTF8.self))
        }
        cursor.skip(while: isBlank)
        if cursor.current == UInt8(ascii: "#") { cursor.skip { $0 != 0x0A && $0 != 0x0D } }
        guard isAtLineEnd else { return nil }
        skipLineEnd()
        return (name, outcome)
    }

    /// A name; `nil` inside for a comment, `nil` outside when there is neither.
    private mutating func readKey() -> String?? {
        if cursor.current == UInt8(ascii: "#") { return .some(nil) }
        let start = cursor.place
        if cursor.current == UInt8(ascii: "'") {
            guard let end = cursor.next("'", from: start + 1), end > start + 1 else { return nil }
            cursor.place = end + 1
            return .some(cursor.text(start + 1..<end))
        }
        cursor.skip { !FileCursor.isSpace($0) && $0 != 0x3D && $0 != 0x23 }
        return cursor.place > start ? .some(cursor.text(start..<cursor.place)) : nil
    }

    private mutating func readValue() -> [UInt8]? {
        guard let first = cursor.current, first != 0x0A, first != 0x0D else { return [] }
        if first == UInt8(ascii: "'") || first == UInt8(ascii: "\"") { return readQuoted(first) }
        let start = cursor.place
        cursor.skip { $0 != 0x0A && $0 != 0x0D }
        var value = cursor.bytes[start..<cursor.place]
        // A comment begins at the first white space that stands before `#`.
        for place in value.indices.dropLast()
        where FileCursor.isSpace(value[place])
            && value[place...].drop(while: FileCursor.isSpace).first == 0x23
        {
            value = value[..<place]
            break
        }
        while let last = value.last, FileCursor.isSpace(last) { value = value.dropLast() }
        return Array(value)
    }

    private mutating func readQuoted(_ quote: UInt8) -> [UInt8]? {
        let escapes = quote == UInt8(ascii: "'") ? "\\'" : "\\'\"abfnrtv"
        var value: [UInt8] = []
        var place = cursor.place + 1
        while place < cursor.bytes.count {
            let byte = cursor.bytes[place]
            place += 1
            if byte == quote {
                cursor.place = place
                return Self.unescaped(value, escapes)
            }
            value.append(byte)
            if byte == UInt8(ascii: "\\"), place < cursor.bytes.count, cursor.bytes[place] == quote,
                cursor.bytes[(place + 1)...].contains(quote)
            {
                value.append(quote)
                place += 1
            }
        }
        return nil
    }

    private static func unescaped(_ value: [UInt8], _ escapes: String) -> [UInt8] {
        let meanings: [UInt8: UInt8] = [
            0x61: 7, 0x62: 8, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D, 0x74: 9, 0x76: 0x0B,
        ]
        var result: [UInt8] = []
        var rest = value[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let next = rest.first, escapes.utf8.contains(next)
            else {
                result.append(byte)
                continue
            }
            rest = rest.dropFirst()
            result.append(meanings[next] ?? next)
        }
        return result
    }

    private func holdsExpansion(_ value: [UInt8]) -> Bool {
        var rest = value[...]
        while let start = rest.firstIndex(of: UInt8(ascii: "$")) {
            rest = rest[(start + 1)...]
            guard rest.first == UInt8(ascii: "{"),
                let end = rest.firstIndex(of: UInt8(ascii: "}"))
            else { continue }
            // A name, and perhaps `:-` and a default; the name may be any text without `}` and `:`.
            let content = rest[(start + 2)..<end]
            let name = content.prefix { $0 != UInt8(ascii: ":") }
            let tail = content.dropFirst(name.count)
            if tail.isEmpty || tail.starts(with: ":-".utf8) { return true }
        }
        return false
    }

    private func isBlank(_ byte: UInt8) -> Bool {
        FileCursor.isSpace(byte) && byte != 0x0A && byte != 0x0D
    }

    private var isAtLineEnd: Bool {
        cursor.isAtEnd || cursor.current == 0x0A || cursor.current == 0x0D
    }

    private mutating func skipLineEnd() {
        if cursor.current == 0x0D { cursor.place += 1 }
        if cursor.current == 0x0A { cursor.place += 1 }
    }

    private mutating func skipRestOfLine() {
        cursor.skip { $0 != 0x0A && $0 != 0x0D }
        skipLineEnd()
    }
}

/// The parser of Node 20, `util.parseEnv`.
struct NodeFileReader {
    private var cursor: FileCursor

    init(_ bytes: [UInt8]) {
        // Every carriage return goes away, wherever it stands; spaces at the very end too.
        var kept = bytes.filter { $0 != 0x0D }
        while kept.last == 0x20 { kept.removeLast() }
        cursor = FileCursor(kept)
    }

    mutating func read() -> [EnvironmentReader.Sight] {
        var sights: [EnvironmentReader.Sight] = []
        cursor.skip(while: isSpace)
        while let first = cursor.current {
            if first == 0x0A || first == UInt8(ascii: "#") {
                skipLine()
                cursor.skip(while: isSpace)
                continue
            }
            let end = cursor.endOfLine
            guard let equals = cursor.next("=", from: cursor.place), equals < end else {
                skipLine()
                cursor.skip(while: isSpace)
                continue
            }
            let line = cursor.currentLine()
            var key = Self.trimmed(cursor.bytes[cursor.place..<equals])
            cursor.place = equals + 1
            if key.isEmpty { break }
            if key.starts(with: "export ".utf8) { key = Self.trimmed(key.dropFirst(7)) }
            let value = readValue()
            sights.append(
                .init(
                    line: line,
                    name: String(decoding: key, as: UTF8.self),
                    outcome: .value(String(decoding: value, as: UTF8.self))
                )
            )
            cursor.skip(while: isSpace)
        }
        return sights
    }

    private mutating func readValue() -> [UInt8] {
        if cursor.isAtEnd || cursor.current == 0x0A {
            skipLine()
            return []
        }
        cursor.skip(while: isSpace)
        guard let first = cursor.current else { return [] }
        let isQuoted = "\"'`".utf8.contains(first)
        if isQuoted, let end = cursor.bytes[(cursor.place + 1)...].firstIndex(of: first) {
            let content = Array(cursor.bytes[(cursor.place + 1)..<end])
            cursor.place = end + 1
            skipLine()
            return first == UInt8(ascii: "\"") ? Self.withLineEnds(content) : content
        }
        let end = cursor.endOfLine
        var value = cursor.bytes[cursor.place..<end]
        if !isQuoted, let hash = value.firstIndex(of: UInt8(ascii: "#")) { value = value[..<hash] }
        skipLine()
        // A quote without an end is taken as it stands.
        return Array(isQuoted ? value : Self.trimmed(value))
    }

    /// Without spaces at the ends; a tab is no space here.
    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = bytes
        while rest.first == 0x20 { rest = rest.dropFirst() }
        while rest.last == 0x20 { rest = rest.dropLast() }
        return rest
    }

    private static func withLineEnds(_ content: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = content[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "n") {
                rest = rest.dropFirst()
                result.append(0x0A)
            } else {
                result.append(byte)
            }
        }
        return result
    }

    private mutating func skipLine() {
        cursor.place = min(cursor.endOfLine + 1, cursor.bytes.count)
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 }
}

/// The grammar of the npm package dotenv 17.
struct NPMDotenvReader {
    private var cursor: FileCursor

    init(_ bytes: [UInt8]) {
        // Every kind of line end is LF.
        var lines: [UInt8] = []
        for (place, byte) in bytes.enumerated() {
            if byte == 0x0A, place > 0, bytes[place - 1] == 0x0D { continue }
            lines.append(byte == 0x0D ? 0x0A : byte)
        }
        cursor = FileCursor(lines)
    }

    mutating func read() -> [EnvironmentReader.Sight] {
        var sights: [EnvironmentReader.Sight] = []
        while !cursor.isAtEnd {
            let start = cursor.place
            let line = cursor.currentLine()
            if let (name, value) = readBinding() {
                let text = String(decoding: value, as: UTF8.self)
                sights.append(.init(line: line, name: name, outcome: .value(text)))
            } else {
                cursor.place = start
            }
            cursor.place = min(cursor.endOfLine + 1, cursor.bytes.count)
        }
        return sights
    }

    private mutating func readBinding() -> (String, [UInt8])? {
        cursor.skip(while: FileCursor.isBlank)
        if cursor.bytes[cursor.place...].starts(with: "export".utf8) {
            let after = cursor.place + 6
            if after < cursor.bytes.count, FileCursor.isBlank(cursor.bytes[after]) {
                cursor.place = after
                cursor.skip(while: FileCursor.isBlank)
            }
        }
        let start = cursor.place
        cursor.skip { FileCursor.isNameByte($0) || $0 == 0x2E || $0 == 0x2D }
        guard cursor.place > start else { return nil }
        let name = cursor.text(start..<cursor.place)
        cursor.skip(while: FileCursor.isBlank)
        let isColon = cursor.current == UInt8(ascii: ":")
        guard cursor.current == UInt8(ascii: "=") || isColon else { return nil }
        cursor.place += 1
        if isColon, cursor.current.map(FileCursor.isBlank) != true { return nil }
        return (name, readValue())
    }

    private mutating func readValue() -> [UInt8] {
        var place = cursor.place
        while place < cursor.bytes.count, FileCursor.isBlank(cursor.bytes[place]) { place += 1 }
        if place < cursor.bytes.count, "'\"`".utf8.contains(cursor.bytes[place]),
            let end = endOfQuoted(from: place)
        {
            let quote = cursor.bytes[place]
            let content = Array(cursor.bytes[(place + 1)..<end])
            cursor.place = end + 1
            return quote == UInt8(ascii: "\"") ? Self.unescaped(content) : content
        }
        let end = cursor.bytes[cursor.place...].firstIndex { $0 == 0x23 || $0 == 0x0A }
        var value = FileCursor.trimmed(cursor.bytes[cursor.place..<(end ?? cursor.bytes.count)])
        cursor.place = end ?? cursor.bytes.count
        guard let quote = value.first, "'\"`".utf8.contains(quote) else { return Array(value) }
        if value.count >= 2, value.last == quote { value = value.dropFirst().dropLast() }
        return quote == UInt8(ascii: "\"") ? Self.unescaped(Array(value)) : Array(value)
    }

    /// The place of the closing quote after which nothing but a comment stands on the line.
    private func endOfQuoted(from start: Int) -> Int? {
        let quote = cursor.bytes[start]
        var candidates: [Int] = []
        var place = start + 1
        while place < cursor.bytes.count {
            let byte = cursor.bytes[place]
            if byte == UInt8(ascii: "\\"), place + 1 < cursor.bytes.count,
                cursor.bytes[place + 1] == quote
            {
                candidates.append(place + 1)
                place += 2
                continue
            }
            if byte == quote {
                candidates.append(place)
                break
            }
            place += 1
        }
        return candidates.last { end in
            let rest = cursor.bytes[(end + 1)...].drop(while: FileCursor.isBlank)
            return rest.first == nil || rest.first == 0x0A || rest.first == 0x23
        }
    }

    private static func unescaped(_ content: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = content[...]
        while let byte = rest.popFirst() {
            let next = rest.first
            if byte == UInt8(ascii: "\\"), next == UInt8(ascii: "n") || next == UInt8(ascii: "r") {
                rest = rest.dropFirst()
                result.append(next == UInt8(ascii: "n") ? 0x0A : 0x0D)
            } else {
                result.append(byte)
            }
        }
        return result
    }
}
