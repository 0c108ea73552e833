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
            for breach in CommandLint.breaches(inLine: text) {
                findings.append(.init(breach.rule, line: line.number, breach.message))
            }
        }
    }

    /// The rules that look at the whole: at the definition, and across the prose.
    mutating func lint() {
        lintDefinition()
        findings += DocumentLint.findings(in: self)
    }

    /// The rules that look at the definition.
    mutating func lintDefinition() {
        let breaches = checklist.findingsBesidesCommands()
        guard !breaches.isEmpty else { return }
        let lines = linesOfSubjects
        for breach in breaches {
            findings.append(.init(breach.rule, line: lines[breach.subject] ?? 1, breach.message))
        }
    }

    /// Where the parts of the definition stand that a rule may object to.
    private var linesOfSubjects: [ChecklistFinding.Subject: Int] {
        var lines: [ChecklistFinding.Subject: Int] = [:]
        for (id, line) in lineOfItem { lines[.item(id)] = line }
        for (id, line) in lineOfPhase { lines[.phase(id)] = line }
        for line in signOffLines { lines[.slot(line.id)] = line.line }
        for line in rollbackLines { if let id = line.id { lines[.level(id)] = line.line } }
        for (trigger, line) in zip(triggers, rollbackLines.flatMap(\.triggers)) {
            lines[.trigger(trigger.id)] = line
        }
        for (line, id) in metricOfLine.sorted(by: { $0.key > $1.key }) { lines[.metric(id)] = line }
        return lines
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
                    text.holds(0x0A)
                    ? Substring(text.utf8.drop { $0 == 0x0A }.prefix { $0 != 0x0A }).trimmed
                    : text.trimmed
                proseBlocks.append(
                    .init(
                        line: document.blocks[block].firstLine,
                        text: line.beginning(80)
                    )
                )
            }
        }
    }

    /// "If any check fails: STOP" says what holds anyway: a failure stops what comes after it.
    private func isStopLine(_ block: Int) -> Bool {
        guard case .paragraph = document.blocks[block].kind else { return false }
        let words = inlines(of: block).text
        guard Self.conditions.beginInAnyCase(words) else { return false }
        let text = words.lowercased()
        return Self.failures.occur(in: text)
            && Self.stops.occur(in: text)
    }

    private static let conditions: PhraseList = ["if any", "wenn ein", "si alg", "se alg", "si un"]
    private static let failures: PhraseList = ["fail", "fehl", "falla", "falh", "échou", "échec"]
    private static let stops: PhraseList = [
        "stop", "do not proceed", "abort", "abbrech", "deten", "pare", "arrêt",
    ]

    private func isUnderstood(_ block: Int) -> Bool {
        if understood.contains(block) || isStopLine(block) { return true }
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
