// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension ChecklistReader {
    /// The rules that look at one command: placeholders without a value, secrets in clear.
    mutating func lintCommand(_ block: Int) {
        guard Self.shells.contains(language(of: block)) || language(of: block) == "sql" else {
            return
        }
        for line in document.lines(of: block) {
            let text = document.text(line.range)
            guard Self.comment(text.trimmed) == nil else { continue }
            for placeholder in Self.placeholders(in: text) {
                finding(
                    "unbound-placeholder",
                    .warning,
                    line: line.number,
                    "'\(placeholder)' has no value; the command cannot run as it stands"
                )
            }
            if Self.holdsSecret(text) {
                finding(
                    "secret-in-command",
                    .warning,
                    line: line.number,
                    "the command holds a password in clear; a secret belongs into secrets="
                )
            }
        }
    }

    /// `<host>` and the like; not redirections, and not tags that close.
    static func placeholders(in text: String) -> [String] {
        var result: [String] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "<") {
            rest = rest[rest.index(after: open)...]
            guard let close = rest.firstIndex(of: ">") else { break }
            let name = rest[..<close]
            let isName =
                name.first?.isLetter == true && name.count <= 40
                && name.allSatisfy { $0.isLetter || $0.isNumber || "-_ .".contains($0) }
            if isName, !name.hasSuffix(" ") {
                result.append("<\(name)>")
                rest = rest[rest.index(after: close)...]
            }
        }
        return result
    }

    /// `scheme://user:password@host` with a password that is no variable and no placeholder.
    static func holdsSecret(_ text: String) -> Bool {
        var rest = text[...]
        while let scheme = rest.firstRange(of: "://") {
            rest = rest[scheme.upperBound...]
            let authority = rest.prefix { !$0.isWhitespace && $0 != "/" && $0 != "\"" && $0 != "'" }
            guard let at = authority.lastIndex(of: "@") else { continue }
            let user = authority[..<at]
            guard let colon = user.firstIndex(of: ":") else { continue }
            let password = user[user.index(after: colon)...]
            let isVariable =
                password.hasPrefix("$") || password.hasPrefix("<") || password.hasPrefix("{")
            if !password.isEmpty, !isVariable { return true }
        }
        return false
    }

    /// The rules that look at the whole.
    mutating func lint() {
        for line in rollbackLines {
            guard let level = levels.first(where: { $0.id == line.id }) else { continue }
            let words = ["verify", "check", "confirm", "validate", "test", "ensure"]
            let verifies = level.steps.contains { step in
                words.contains { step.title.lowercased().hasPrefix($0) }
            }
            guard level.verification.isEmpty, planVerification.isEmpty, !verifies else { continue }
            finding(
                "level-unverified",
                .warning,
                line: line.line,
                "rollback '\(level.title)' says nowhere how to see that it worked"
            )
        }
        for metric in metrics {
            let line = metricOfLine.filter { $0.value == metric.id }.keys.min() ?? 1
            for fault in metric.findings {
                finding(
                    fault.code.rawValue,
                    .warning,
                    line: line,
                    "'\(metric.title)': \(fault.message)"
                )
            }
        }
    }

    /// Lists what nothing was made of.
    mutating func collectProse() {
        for node in nodes {
            for block in node.blocks where !isUnderstood(block) {
                let text: String
                switch document.blocks[block].kind {
                case .paragraph: text = inlines(of: block).text
                default: text = document.text(document.blocks[block].range)
                }
                let line =
                    text.utf8.split(separator: 0x0A, maxSplits: 1).first
                    .map { Substring($0).trimmed } ?? ""
                proseBlocks.append(
                    .init(line: document.blocks[block].firstLine, text: String(line.prefix(80)))
                )
            }
        }
    }

    private func isUnderstood(_ block: Int) -> Bool {
        if understood.contains(block) { return true }
        let inside = descendants(of: block)
        return inside.contains { understood.contains($0) || taskOfBlock[$0] != nil }
    }
}

/// The keys that a front matter with `deploykit: 1` declares.
struct FrontMatter {
    /// The edition of the checklist.
    var edition: String?
    /// The service that is deployed.
    var service: String?

    init(_ document: MarkdownDocument) {
        let values = Self.values(document).values
        guard values["deploykit"] == "1" else { return }
        edition = values["edition"]
        service = values["service"]
    }

    /// The top-level `key: value` lines, and where each stands.
    static func values(_ document: MarkdownDocument) -> (
        values: [String: String], lines: [String: Int]
    ) {
        guard let range = document.frontMatter else { return ([:], [:]) }
        var values: [String: String] = [:]
        var lines: [String: Int] = [:]
        var number = document.lineNumber(at: range.lowerBound)
        for line in document.text(range).split(
            omittingEmptySubsequences: false,
            whereSeparator: \.isNewline
        ) {
            defer { number += 1 }
            guard let first = line.first, first.isLetter, let colon = line.firstIndex(of: ":")
            else {
                continue
            }
            let key = line[..<colon].trimmed
            var value = line[line.index(after: colon)...].trimmed
            if value.count >= 2, let quote = value.first, "\"'".contains(quote), value.last == quote
            {
                value = String(value.dropFirst().dropLast())
            }
            values[key] = value
            lines[key] = number
        }
        return (values, lines)
    }
}
