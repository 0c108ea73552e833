// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What a POSIX shell makes of a file that it is told to source, without running anything.
struct ShellFileReader {
    private var cursor: FileCursor
    private var sights: [EnvironmentReader.Sight] = []

    /// A word of a command: the name before its `=` where it is an assignment, and the value.
    private struct Word {
        var name: String?
        var value: EnvironmentReader.Outcome
    }

    init(_ bytes: [UInt8]) {
        cursor = FileCursor(bytes)
    }

    mutating func read() -> [EnvironmentReader.Sight] {
        while !cursor.isAtEnd { readCommand() }
        return sights
    }

    /// One simple command: assignments, then words; up to a line end, `;` or `&`.
    private mutating func readCommand() {
        cursor.skip { FileCursor.isBlank($0) || $0 == 0x0A || $0 == 0x3B }
        if cursor.current == UInt8(ascii: "#") {
            cursor.place = cursor.endOfLine
            return
        }
        guard !cursor.isAtEnd else { return }
        let line = cursor.currentLine()
        var assignments: [(String, EnvironmentReader.Outcome)] = []
        var isExport = false
        var isCommand = false
        // What is set before a special builtin stays set in dash, and not in bash.
        var isSpecial = false
        while let byte = cursor.current {
            if FileCursor.isBlank(byte) {
                cursor.place += 1
                continue
            }
            if byte == UInt8(ascii: "\\"), cursor.place + 1 < cursor.bytes.count,
                cursor.bytes[cursor.place + 1] == 0x0A
            {
                // The command goes on in the next line.
                cursor.place += 2
                continue
            }
            if byte == 0x0A || byte == UInt8(ascii: ";") { break }
            if byte == UInt8(ascii: "#") {
                cursor.place = cursor.endOfLine
                break
            }
            if "&|<>()".utf8.contains(byte) {
                // A pipe, a redirection, a subshell: what follows is no assignment of this shell.
                if byte == UInt8(ascii: "&") {
                    cursor.place += 1
                    isCommand = true
                    break
                }
                cursor.place = cursor.endOfLine
                report(assignments, as: .refused, line)
                return
            }
            let start = cursor.place
            guard let word = readWord() else {
                // An unclosed quote: the shell gives up on the whole rest.
                let name = leadingName(from: start)
                report(assignments, as: .refused, line)
                if let name { sights.append(.init(line: line, name: name, outcome: .refused)) }
                cursor.place = cursor.bytes.count
                return
            }
            if let name = word.name, !isCommand || isExport {
                assignments.append((name, word.value))
            } else if assignments.isEmpty, !isExport, !isCommand,
                cursor.text(start..<cursor.place) == "export"
            {
                isExport = true
            } else if !isExport {
                if !isCommand {
                    switch word.value {
                    case .value(let text): isSpecial = Self.specialBuiltins.contains(text)
                    // It may come to nothing, and then there is no command.
                    default: isSpecial = true
                    }
                }
                isCommand = true
            }
        }
        if isCommand {
            report(assignments, as: isSpecial ? .expanded : .command, line)
        } else {
            for (name, value) in assignments {
                sights.append(.init(line: line, name: name, outcome: value))
            }
        }
    }

    private static let specialBuiltins: Set<String> = [
        ":", ".", "break", "continue", "eval", "exec", "exit", "export", "readonly", "return",
        "set", "shift", "times", "trap", "unset",
    ]

    private mutating func report(
        _ assignments: [(String, EnvironmentReader.Outcome)],
        as outcome: EnvironmentReader.Outcome,
        _ line: Int
    ) {
        for (name, _) in assignments {
            sights.append(.init(line: line, name: name, outcome: outcome))
        }
    }

    private func leadingName(from start: Int) -> String? {
        guard let equals = cursor.next("=", from: start) else { return nil }
        let name = cursor.bytes[start..<equals]
        return FileCursor.isName(name) ? cursor.text(start..<equals) : nil
    }

    /// A word; `nil` when a quote in it has no end.
    private mutating func readWord() -> Word? {
        let start = cursor.place
        var name: String?
        while let byte = cursor.current, FileCursor.isNameByte(byte) { cursor.place += 1 }
        if cursor.current == UInt8(ascii: "="), cursor.place > start,
            FileCursor.isName(cursor.bytes[start..<cursor.place])
        {
            name = cursor.text(start..<cursor.place)
            cursor.place += 1
        }
        var value = Array(name == nil ? cursor.bytes[start..<cursor.place] : [])
        var isExpanded = cursor.current == UInt8(ascii: "~")
        while let byte = cursor.current {
            if FileCursor.isBlank(byte) || byte == 0x0A || ";&|<>()".utf8.contains(byte) { break }
            cursor.place += 1
            switch byte {
            case UInt8(ascii: "'"):
                guard let end = cursor.next("'", from: cursor.place) else { return nil }
                value += cursor.bytes[cursor.place..<end]
                cursor.place = end + 1
            case UInt8(ascii: "\""):
                guard let end = readDoubleQuoted(into: &value, &isExpanded) else { return nil }
                cursor.place = end
            case UInt8(ascii: "\\"):
                guard let next = cursor.current else {
                    value.append(byte)
                    break
                }
                cursor.place += 1
                if next != 0x0A { value.append(next) }
            case UInt8(ascii: "$"):
                // `$'…'` is bash's alone, and what stands after `$` decides whether it expands.
                if expands(cursor.current) || cursor.current == UInt8(ascii: "'")
                    || cursor.current == UInt8(ascii: "\"")
                {
                    isExpanded = true
                }
                value.append(byte)
                if cursor.current == UInt8(ascii: "(") { cursor.place = cursor.endOfLine }
            case UInt8(ascii: "`"):
                isExpanded = true
                cursor.place = (cursor.next("`", from: cursor.place) ?? cursor.bytes.count - 1) + 1
            case UInt8(ascii: ":"):
                value.append(byte)
                if cursor.current == UInt8(ascii: "~") { isExpanded = true }
            default: value.append(byte)
            }
        }
        // bash reads `NAME=(…)` as an array, dash not at all.
        if cursor.current == UInt8(ascii: "("), name != nil { isExpanded = true }
        let text = String(decoding: value, as: UTF8.self)
        return Word(name: name, value: isExpanded ? .expanded : .value(text))
    }

    private func readDoubleQuoted(into value: inout [UInt8], _ isExpanded: inout Bool) -> Int? {
        var place = cursor.place
        while place < cursor.bytes.count {
            let byte = cursor.bytes[place]
            place += 1
            let next = place < cursor.bytes.count ? cursor.bytes[place] : nil
            switch byte {
            case UInt8(ascii: "\""): return place
            case UInt8(ascii: "\\"):
                guard let next else { return nil }
                if next == 0x0A {
                    place += 1
                } else if "$`\"\\".utf8.contains(next) {
                    value.append(next)
                    place += 1
                } else {
                    value.append(byte)
                }
            case UInt8(ascii: "$"):
                if expands(next) { isExpanded = true }
                value.append(byte)
            case UInt8(ascii: "`"):
                isExpanded = true
                value.append(byte)
            default: value.append(byte)
            }
        }
        return nil
    }

    /// Tells whether `$` means something before this byte.
    private func expands(_ next: UInt8?) -> Bool {
        guard let next else { return false }
        return FileCursor.isNameByte(next) || "{(@*#?-$![".utf8.contains(next)
    }
}
