// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension CodeText {
    /// What a block is there for, by its language and its lines.
    static func use(
        language: String,
        lines: [String],
        commandLines: [String],
        isEnvironment: Bool
    ) -> CodeUse {
        if ChecklistReader.shells.contains(language) || language == "powershell" {
            if commandLines.isEmpty { return lines.isEmpty ? .output : .instructions }
            if isEnvironment || areSettings(commandLines) { return .environment }
            if isSpoken(commandLines) || isForPrompt(commandLines) { return .instructions }
            return areNames(commandLines) || areSigns(commandLines) ? .output : .executable
        }
        switch language {
        case "sql", "python":
            return commandLines.isEmpty && !lines.isEmpty ? .instructions : .executable
        case "env", "dotenv", "ini", "properties": return .environment
        case "", "text", "txt", "plaintext":
            if isEnvironment || areSettings(commandLines) { return .environment }
            if isSpoken(commandLines) { return .instructions }
            let isCommand = commandLines.first.map(ChecklistReader.isCommand) ?? false
            return language.isEmpty && isCommand ? .executable : .output
        default: return .output
        }
    }

    /// Whether each line is a setting or the name of one, with or without a comment behind it.
    private static func areSettings(_ lines: [String]) -> Bool {
        lines.contains { $0.holds("_") }
            && lines.allSatisfy { line in
                guard line.utf8.first.map({ $0 == 0x65 || $0 < 0x60 }) ?? false else {
                    return false
                }
                if ChecklistReader.assignment(line) != nil { return true }
                let name = line.firstRange(of: " #").map { line[..<$0.lowerBound].trimmed } ?? line
                return name.holds("_") && ChecklistReader.assignment(name + "=") != nil
            }
    }

    /// Whether the lines are boxes or numbered sentences, which no shell understands.
    private static func isSpoken(_ lines: [String]) -> Bool {
        // What begins otherwise is neither.
        let marked = lines.filter { $0.utf8.first.map(marks.contains) ?? false }
        if marked.contains(where: { ChecklistReader.boxedStep($0) != nil }) { return true }
        let numbered = marked.count { ChecklistReader.numberedStep($0) != nil }
        return numbered * 2 > lines.count
    }

    /// Whether lines are typed at the prompt of another program: they show it, or they are statements
    /// of a database outside any quotes.
    private static func isForPrompt(_ lines: [String]) -> Bool {
        let isPossible = lines.contains { line in
            line.utf8.first.map { (0x41...0x5A).contains($0) } ?? false || line.holds("> ")
        }
        guard isPossible else { return false }
        var quote: UInt8?
        var end: Substring?
        for line in lines {
            if let word = end {
                if line == word { end = nil }
                continue
            }
            if quote == nil {
                let first = line.prefix { !$0.isWhitespace }
                if statements.contains(first) || first.hasSuffix(")>") || prompts.contains(first) {
                    return true
                }
                end = hereDocumentEnd(in: line)
            }
            quote = openQuote(after: line, from: quote)
        }
        return false
    }

    /// The word that ends what begins with `<<WORD` in this line.
    private static func hereDocumentEnd(in line: String) -> Substring? {
        guard let mark = line.firstRange(of: "<<") else { return nil }
        let word = line[mark.upperBound...].drop { "-'\" ".contains($0) }
            .prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        return word.isEmpty ? nil : word
    }

    /// The quote that is open after a line.
    private static func openQuote(after line: String, from start: UInt8?) -> UInt8? {
        var quote = start
        var before: UInt8 = 0x20
        for byte in line.utf8 {
            defer { before = byte }
            guard before != UInt8(ascii: "\\") else { continue }
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "#"), before == 0x20 {
                return nil
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
            }
        }
        return quote
    }

    /// Whether the lines are a list of names: one word each, and none that could be a command.
    private static func areNames(_ lines: [String]) -> Bool {
        lines.count >= 3
            && lines.allSatisfy { line in
                line.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "/") }
            }
            && !lines.contains { ChecklistReader.programs.contains($0) }
    }

    /// Whether each line begins with a sign that begins no command: a tick, a brace, a branch.
    private static func areSigns(_ lines: [String]) -> Bool {
        lines.allSatisfy { line in
            guard let first = line.utf8.first else { return false }
            return first >= 0x80 || signs.contains(first)
        }
    }

    private static let marks = Set("[0123456789Ss".utf8)
    private static let signs = Set("{}],\"|+".utf8)
    private static let prompts: Set<Substring> = [
        "mysql>", "sqlite>", "redis>", "postgres=#", ">>>", "irb>", "MariaDB>", "127.0.0.1:6379>",
    ]
    private static let statements: Set<Substring> = [
        "SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "TRUNCATE", "GRANT",
        "REVOKE", "BEGIN;", "COMMIT;", "EXPLAIN", "VACUUM", "KEYS", "DEL", "FLUSHDB", "FLUSHALL",
        "HGETALL", "LRANGE",
    ]
}
