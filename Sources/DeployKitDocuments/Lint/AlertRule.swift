// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// A rule of Prometheus as a page shows it: what fires, how long it must last, how bad it is.
struct AlertRule {
    /// A value and where it stands.
    struct Entry {
        var text: String
        var line: Int
    }

    /// The name after `alert:`; `nil` for a recording rule or a part of a rule.
    var name: String?
    /// The expression after `expr:`.
    var expression: Entry?
    /// The time after `for:`.
    var lasting: Entry?
    /// The value of the label `severity`.
    var severity: Entry?

    /// Reads the rules out of the lines of a YAML fence. What is no rule is passed over.
    static func read(_ lines: [(text: String, number: Int)]) -> [AlertRule] {
        var rules: [AlertRule] = []
        var index = 0
        // How far the keys of the current rule are indented; a list item begins the next one.
        var indent = Int.max
        while index < lines.count {
            let line = lines[index]
            let blanks = line.text.prefix { $0 == " " || $0 == "\t" }.count
            var rest = line.text.trimmed
            var column = blanks
            let begins = rest.hasPrefix("- ")
            if begins {
                rest = rest.dropFirst(2).trimmed
                column += 2
            }
            index += 1
            guard let (key, value) = pair(rest), keys.contains(key) else { continue }
            if begins || column < indent, key != "severity" {
                rules.append(AlertRule())
                indent = column
            }
            guard !rules.isEmpty else { continue }
            let entry: Entry
            if value.isEmpty || "|>".contains(value.first ?? " ") {
                var scalar: [String] = []
                let first = index
                while index < lines.count, isInside(lines[index].text, column) {
                    scalar.append(lines[index].text.trimmed)
                    index += 1
                }
                let number = first < lines.count ? lines[first].number : line.number
                entry = Entry(text: scalar.joined(separator: " ").trimmed, line: number)
            } else {
                entry = Entry(text: unquoted(value), line: line.number)
            }
            switch key {
            case "alert": rules[rules.count - 1].name = entry.text
            case "expr": rules[rules.count - 1].expression = entry
            case "for": rules[rules.count - 1].lasting = entry
            case "severity": rules[rules.count - 1].severity = entry
            default: break
            }
        }
        return rules.filter { $0.expression != nil }
    }

    private static let keys: Set<String> = ["alert", "record", "expr", "for", "severity"]

    private static func isInside(_ line: String, _ column: Int) -> Bool {
        line.trimmed.isEmpty || line.prefix { $0 == " " || $0 == "\t" }.count > column
    }

    private static func pair(_ line: String) -> (key: String, value: String)? {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let value = line[line.index(after: colon)...]
        guard value.isEmpty || value.first == " " else { return nil }
        return (String(line[..<colon]), value.trimmed)
    }

    private static func unquoted(_ value: String) -> String {
        if let quote = value.first, "\"'".contains(quote) {
            let inner = value.dropFirst()
            guard let end = inner.lastIndex(of: quote) else { return value }
            return String(inner[..<end])
        }
        guard let comment = value.firstRange(of: " #") else { return value }
        return value[..<comment.lowerBound].trimmed
    }
}

/// How bad an alert or a band is, in words of our own.
enum AlertSeverity: Hashable {
    case information
    case warning
    case critical

    /// The usual words of labels.
    init?(label: String) {
        switch label.lowercased() {
        case "critical", "crit", "page", "emergency", "error", "high", "sev1", "p1":
            self = .critical
        case "warning", "warn", "ticket", "medium", "sev2", "p2": self = .warning
        case "info", "information", "notice", "low", "none": self = .information
        default: return nil
        }
    }
}
