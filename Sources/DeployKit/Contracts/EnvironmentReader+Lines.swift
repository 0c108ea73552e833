// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Readers that look at one line at a time.
enum LineReaders {
    /// `docker run --env-file`: what stands after `=` is the value, quotes included; a name alone
    /// takes its value from outside, and a name with white space ends the command.
    static func docker(_ bytes: [UInt8]) -> [EnvironmentReader.Sight] {
        var sights: [EnvironmentReader.Sight] = []
        for (number, line) in lines(of: withoutMark(bytes)).enumerated() {
            var line = line
            if line.last == 0x0D { line = line.dropLast() }
            let content = line.drop(while: FileCursor.isSpace)
            guard let first = content.first, first != UInt8(ascii: "#"),
                let equals = content.firstIndex(of: UInt8(ascii: "="))
            else { continue }
            let name = content[..<equals]
            let isName = !name.isEmpty && !name.contains(where: FileCursor.isBlank)
            let value = String(decoding: content[(equals + 1)...], as: UTF8.self)
            sights.append(
                .init(
                    line: number + 1,
                    name: Self.name(name),
                    outcome: isName ? .value(value) : .refused
                )
            )
        }
        return sights
    }

    /// GitLab: `NAME=value` on every line, the value stripped; `$` is expanded later.
    static func gitlab(_ bytes: [UInt8]) -> [EnvironmentReader.Sight] {
        var sights: [EnvironmentReader.Sight] = []
        for (number, line) in lines(of: bytes).enumerated() where !line.isEmpty {
            let equals = line.firstIndex(of: UInt8(ascii: "="))
            let name = line[..<(equals ?? line.endIndex)]
            let value = equals.map { FileCursor.trimmed(line[($0 + 1)...]) } ?? []
            let outcome: EnvironmentReader.Outcome
            if equals == nil || !FileCursor.isName(name) {
                outcome = .refused
            } else if value.contains(UInt8(ascii: "$")) {
                outcome = .expanded
            } else {
                outcome = .value(String(decoding: value, as: UTF8.self))
            }
            sights.append(.init(line: number + 1, name: Self.name(name), outcome: outcome))
        }
        return sights
    }

    /// GitHub: `NAME=value`, or `NAME<<DELIMITER`, lines, and the delimiter.
    static func github(_ bytes: [UInt8]) -> [EnvironmentReader.Sight] {
        var sights: [EnvironmentReader.Sight] = []
        let lines = lines(of: bytes)
        var number = 0
        while number < lines.count {
            let line = lines[number]
            let start = number + 1
            number += 1
            if line.isEmpty { continue }
            let equals = line.firstIndex(of: UInt8(ascii: "="))
            let heredoc = firstHeredoc(in: line)
            if let heredoc, equals.map({ heredoc < $0 }) ?? true {
                let delimiter = line[(heredoc + 2)...]
                let end = lines[number...].firstIndex { $0 == delimiter }
                let value = lines[number..<(end ?? lines.count)].joined(separator: [0x0A])
                sights.append(
                    .init(
                        line: start,
                        name: Self.name(line[..<heredoc]),
                        outcome: end == nil || delimiter.isEmpty
                            ? .refused : .value(String(decoding: Array(value), as: UTF8.self))
                    )
                )
                number = end.map { $0 + 1 } ?? lines.count
            } else if let equals {
                sights.append(
                    .init(
                        line: start,
                        name: Self.name(line[..<equals]),
                        outcome: equals == line.startIndex
                            ? .refused
                            : .value(String(decoding: line[(equals + 1)...], as: UTF8.self))
                    )
                )
            } else {
                sights.append(.init(line: start, name: Self.name(line), outcome: .refused))
            }
        }
        return sights
    }

    private static func firstHeredoc(in line: ArraySlice<UInt8>) -> Int? {
        line.indices.dropLast().first {
            line[$0] == UInt8(ascii: "<") && line[$0 + 1] == UInt8(ascii: "<")
        }
    }

    /// The lines without their LF; what follows the last LF counts unless it is empty.
    private static func lines(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    private static func withoutMark(_ bytes: [UInt8]) -> [UInt8] {
        bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    }

    private static func name(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: FileCursor.trimmed(bytes), as: UTF8.self)
    }
}

/// `EnvironmentFile=` (systemd.exec(5)).
struct SystemdFileReader {
    private var cursor: FileCursor

    init(_ bytes: [UInt8]) {
        cursor = FileCursor(bytes)
    }

    mutating func read() -> [EnvironmentReader.Sight] {
        var sights: [EnvironmentReader.Sight] = []
        while let first = cursor.current {
            if FileCursor.isSpace(first) {
                cursor.place += 1
                continue
            }
            if first == UInt8(ascii: "#") || first == UInt8(ascii: ";") {
                skipLine()
                continue
            }
            let line = cursor.currentLine()
            let start = cursor.place
            cursor.skip { !Self.isLineEnd($0) && $0 != UInt8(ascii: "=") }
            guard cursor.current == UInt8(ascii: "=") else { continue }
            let key = FileCursor.trimmed(cursor.bytes[start..<cursor.place])
            cursor.place += 1
            let value = readValue()
            sights.append(
                .init(
                    line: line,
                    name: String(decoding: key, as: UTF8.self),
                    outcome: FileCursor.isName(key)
                        ? .value(String(decoding: value, as: UTF8.self)) : .refused
                )
            )
        }
        return sights
    }

    private mutating func readValue() -> [UInt8] {
        var value: [UInt8] = []
        // White space at the end of what is not quoted goes away.
        var kept = 0
        var isBegun = false
        while let byte = cursor.current, !Self.isLineEnd(byte) {
            cursor.place += 1
            switch byte {
            case UInt8(ascii: "'") where !isBegun:
                let end = cursor.next("'", from: cursor.place) ?? cursor.bytes.count
                value += cursor.bytes[cursor.place..<end]
                cursor.place = min(end + 1, cursor.bytes.count)
                kept = value.count
            case UInt8(ascii: "\"") where !isBegun:
                readDoubleQuoted(into: &value)
                kept = value.count
            case UInt8(ascii: "\\"):
                isBegun = true
                guard let next = cursor.current else { break }
                cursor.place += 1
                if !Self.isLineEnd(next) {
                    value.append(next)
                    kept = value.count
                }
            case _ where FileCursor.isBlank(byte) && !isBegun: continue
            default:
                isBegun = true
                value.append(byte)
                if !FileCursor.isBlank(byte) { kept = value.count }
            }
        }
        return Array(value[..<kept])
    }

    private mutating func readDoubleQuoted(into value: inout [UInt8]) {
        while let byte = cursor.current {
            cursor.place += 1
            if byte == UInt8(ascii: "\"") { return }
            guard byte == UInt8(ascii: "\\"), let next = cursor.current else {
                value.append(byte)
                continue
            }
            cursor.place += 1
            if "\"\\`$".utf8.contains(next) {
                value.append(next)
            } else if !Self.isLineEnd(next) {
                value += [byte, next]
            }
        }
    }

    private mutating func skipLine() {
        while let byte = cursor.current, !Self.isLineEnd(byte) {
            cursor.place += 1
            if byte == UInt8(ascii: "\\") { cursor.place += 1 }
        }
    }

    private static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
}

/// Docker Compose: quotes as of a shell, `\n` and variables within double ones and without any.
struct ComposeFileReader {
    private var cursor: FileCursor

    init(_ bytes: [UInt8]) {
        cursor = FileCursor(bytes.filter { $0 != 0x0D })
    }

    mutating func read() -> [EnvironmentReader.Sight] {
        var sights: [EnvironmentReader.Sight] = []
        while !cursor.isAtEnd {
            cursor.skip(while: FileCursor.isSpace)
            if cursor.isAtEnd { break }
            if cursor.current == UInt8(ascii: "#") {
                cursor.place = cursor.endOfLine
                continue
            }
            let line = cursor.currentLine()
            let end = cursor.endOfLine
            if cursor.bytes[cursor.place...].starts(with: "export ".utf8) { cursor.place += 7 }
            cursor.skip(while: FileCursor.isBlank)
            let start = cursor.place
            cursor.skip { FileCursor.isNameByte($0) || ".-[]".utf8.contains($0) }
            let name = cursor.text(start..<cursor.place)
            cursor.skip(while: FileCursor.isBlank)
            guard cursor.place < end, cursor.place > start,
                cursor.current == UInt8(ascii: "=") || cursor.current == UInt8(ascii: ":")
            else {
                cursor.place = end
                continue
            }
            cursor.place += 1
            sights.append(.init(line: line, name: name, outcome: readValue()))
        }
        return sights
    }

    private mutating func readValue() -> EnvironmentReader.Outcome {
        cursor.skip(while: FileCursor.isBlank)
        guard let quote = cursor.current, quote == 0x27 || quote == 0x22 else {
            let end = cursor.endOfLine
            var value = cursor.bytes[cursor.place..<end]
            cursor.place = end
            for place in value.indices.dropFirst()
            where value[place] == 0x23 && FileCursor.isBlank(value[place - 1]) {
                value = value[..<place]
                break
            }
            return outcome(Array(FileCursor.trimmed(value)))
        }
        var content: [UInt8] = []
        var place = cursor.place + 1
        while place < cursor.bytes.count, cursor.bytes[place] != quote {
            content.append(cursor.bytes[place])
            if cursor.bytes[place] == UInt8(ascii: "\\"), place + 1 < cursor.bytes.count {
                place += 1
                if quote == 0x27, cursor.bytes[place] == quote { content.removeLast() }
                content.append(cursor.bytes[place])
            }
            place += 1
        }
        guard place < cursor.bytes.count else {
            cursor.place = cursor.bytes.count
            return .refused
        }
        cursor.place = place + 1
        let rest = cursor.bytes[cursor.place..<cursor.endOfLine].drop(while: FileCursor.isBlank)
        cursor.place = cursor.endOfLine
        guard rest.isEmpty || rest.first == UInt8(ascii: "#") else { return .refused }
        if quote == 0x27 { return .value(String(decoding: content, as: UTF8.self)) }
        return outcome(content, isQuoted: true)
    }

    private func outcome(
        _ content: [UInt8],
        isQuoted: Bool = false
    ) -> EnvironmentReader.Outcome {
        let meanings: [UInt8: UInt8] = [0x6E: 0x0A, 0x72: 0x0D, 0x74: 9]
        var value: [UInt8] = []
        var rest = content[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), isQuoted, let next = rest.first,
                let meaning = meanings[next] ?? ("\"$\\".utf8.contains(next) ? next : nil)
            {
                rest = rest.dropFirst()
                value.append(meaning)
                continue
            }
            if byte == UInt8(ascii: "$"), let next = rest.first,
                FileCursor.isNameByte(next) || next == UInt8(ascii: "{")
            {
                return .expanded
            }
            value.append(byte)
        }
        return .value(String(decoding: value, as: UTF8.self))
    }
}
