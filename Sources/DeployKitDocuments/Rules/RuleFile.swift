// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// The rules of a Prometheus rule file, or of a fence that shows a part of one.
///
/// Read are `groups` with `name`, `interval`, `limit`, `query_offset`, `labels` and `rules`; a list
/// of rules alone; and of rules `alert` or `record` with `expr`, `for`, `keep_firing_for`, `labels`
/// and `annotations`. Other members are refused, as Prometheus does. Which YAML is read says
/// ``RuleError``'s reader: blocks, quotes and braces, no anchors or tags. Expressions are kept as they
/// are written.
public struct RuleFile: Hashable, Sendable {
    /// One rule.
    public struct Rule: Hashable, Sendable {
        /// The name after `alert` or `record`.
        public let name: String
        /// Whether it only records a series.
        public let isRecording: Bool
        /// The expression as it is written.
        public let expression: String
        /// How long it must hold; `nil` when the rule does not say.
        public let lasting: Duration?
        /// How long it fires on; `nil` when the rule does not say.
        public let keepFor: Duration?
        /// The labels, by name.
        public let labels: [String: String]
        /// The annotations, by name.
        public let annotations: [String: String]
        /// The line that the rule begins in, from 1.
        public let line: Int
    }

    /// The rules in the order of the file, of all groups.
    public let rules: [Rule]

    /// Reads a file.
    ///
    /// - Throws: ``RuleError`` with the line.
    public init(_ bytes: [UInt8]) throws(RuleError) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw RuleError(message: "the file is not UTF-8", line: 1)
        }
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated().map { (text: String(Substring($0.element)), number: $0.offset + 1) }
        try self.init(lines: lines)
    }

    /// Reads the lines of a fence.
    ///
    /// - Throws: ``RuleError`` with the line.
    init(lines: [(text: String, number: Int)]) throws(RuleError) {
        let yaml = try RuleYAML.read(lines)
        var rules: [Rule] = []
        switch yaml {
        case .mapping(let members, let line):
            let known = Set(members.map(\.key))
            if known.contains("groups") {
                for member in members {
                    guard member.key == "groups" else { throw Self.unknown(member) }
                    for group in try Self.sequence(member.value, "groups") {
                        rules += try Self.group(group)
                    }
                }
            } else if known.contains("rules") {
                rules += try Self.group(yaml)
            } else if known.contains("expr") {
                rules = [try Self.rule(members, line)]
            } else {
                throw RuleError(
                    message: "'groups' is expected, and '\(members[0].key)' is found",
                    line: line
                )
            }
        case .sequence(let entries, _):
            for entry in entries {
                guard case .mapping(let members, let line) = entry else {
                    throw RuleError(message: "a rule is expected", line: entry.line)
                }
                let isGroup = members.contains { $0.key == "rules" }
                rules += isGroup ? try Self.group(entry) : [try Self.rule(members, line)]
            }
        case .scalar(_, let line):
            throw RuleError(message: "'groups' is expected", line: line)
        }
        self.rules = rules
    }

    private static func group(_ yaml: RuleYAML) throws(RuleError) -> [Rule] {
        guard case .mapping(let members, let line) = yaml else {
            throw RuleError(message: "a group is expected", line: yaml.line)
        }
        var rules: [Rule] = []
        var labels: [String: String] = [:]
        var hasName = false
        for member in members {
            switch member.key {
            case "name": hasName = true
            case "interval", "query_offset": _ = try duration(member)
            case "limit": break
            case "labels": labels = try texts(member)
            case "rules":
                for entry in try sequence(member.value, "rules") {
                    guard case .mapping(let members, let line) = entry else {
                        throw RuleError(message: "a rule is expected", line: entry.line)
                    }
                    rules.append(try rule(members, line))
                }
            default: throw unknown(member)
            }
        }
        guard hasName || members.count == 1 else {
            throw RuleError(message: "the group has no name", line: line)
        }
        if labels.isEmpty { return rules }
        return rules.map { rule in
            Rule(
                name: rule.name,
                isRecording: rule.isRecording,
                expression: rule.expression,
                lasting: rule.lasting,
                keepFor: rule.keepFor,
                labels: labels.merging(rule.labels) { _, own in own },
                annotations: rule.annotations,
                line: rule.line
            )
        }
    }

    private static func rule(
        _ members: [RuleYAML.Member],
        _ line: Int
    ) throws(RuleError) -> Rule {
        var (alert, record, expression): (String?, String?, String?)
        var (lasting, keepFor): (Duration?, Duration?)
        var (labels, annotations): ([String: String], [String: String]) = ([:], [:])
        for member in members {
            switch member.key {
            case "alert": alert = try text(member)
            case "record": record = try text(member)
            case "expr": expression = try text(member).trimmed
            case "for": lasting = try duration(member)
            case "keep_firing_for": keepFor = try duration(member)
            case "labels": labels = try texts(member)
            case "annotations": annotations = try texts(member)
            default: throw unknown(member)
            }
        }
        guard let expression, !expression.isEmpty else {
            throw RuleError(message: "the rule has no expr", line: line)
        }
        switch (alert, record) {
        case (let name?, nil), (nil, let name?):
            guard !name.isEmpty else {
                throw RuleError(message: "the rule has no name", line: line)
            }
            if record != nil, lasting != nil || keepFor != nil || !annotations.isEmpty {
                throw RuleError(
                    message: "'\(name)' records a series, and has no for or annotations",
                    line: line
                )
            }
            return Rule(
                name: name,
                isRecording: record != nil,
                expression: expression,
                lasting: lasting,
                keepFor: keepFor,
                labels: labels,
                annotations: annotations,
                line: line
            )
        default:
            throw RuleError(message: "either alert or record is expected", line: line)
        }
    }

    private static func sequence(
        _ yaml: RuleYAML,
        _ name: String
    ) throws(RuleError) -> [RuleYAML] {
        switch yaml {
        case .sequence(let entries, _): return entries
        case .scalar("", _): return []
        case .scalar, .mapping:
            throw RuleError(message: "'\(name)' is a list, each entry after '- '", line: yaml.line)
        }
    }

    private static func text(_ member: RuleYAML.Member) throws(RuleError) -> String {
        guard case .scalar(let text, _) = member.value else {
            throw RuleError(message: "'\(member.key)' is a text", line: member.line)
        }
        return text
    }

    private static func texts(_ member: RuleYAML.Member) throws(RuleError) -> [String: String] {
        if case .scalar("", _) = member.value { return [:] }
        guard case .mapping(let members, _) = member.value else {
            throw RuleError(message: "'\(member.key)' has names and texts", line: member.line)
        }
        var texts: [String: String] = [:]
        for member in members { texts[member.key] = try text(member) }
        return texts
    }

    private static func duration(_ member: RuleYAML.Member) throws(RuleError) -> Duration {
        let text = try text(member)
        guard let span = Duration(prometheus: text) else {
            throw RuleError(
                message: "'\(text)' is no time such as 5m or 1h30m, in whole numbers, from the "
                    + "largest unit to the smallest",
                line: member.line
            )
        }
        return span
    }

    private static func unknown(_ member: RuleYAML.Member) -> RuleError {
        RuleError(
            message: "'\(member.key)' is no member that Prometheus knows here",
            line: member.line
        )
    }
}

extension Duration {
    /// Reads a time as Prometheus writes it: whole numbers with `y`, `w`, `d`, `h`, `m`, `s`, `ms`,
    /// each unit once, from the largest to the smallest, without spaces; or `0`.
    ///
    /// - Returns: `nil` for anything else, and beyond a thousand years.
    public init?(prometheus text: String) {
        if text == "0" {
            self = .zero
            return
        }
        let units: [(name: String, milliseconds: Int64)] = [
            ("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000),
            ("m", 60_000), ("s", 1000), ("ms", 1),
        ]
        var rest = text[...]
        var next = 0
        var total: Int64 = 0
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(name.count)
            guard digits.count <= 12, let count = Int64(digits),
                let place = units.firstIndex(where: { $0.name == name }), place >= next
            else { return nil }
            let (product, isTooLarge) = count.multipliedReportingOverflow(
                by: units[place].milliseconds
            )
            guard !isTooLarge, product <= 31_536_000_000_000 else { return nil }
            total += product
            next = place + 1
        }
        guard next > 0 else { return nil }
        self = .milliseconds(total)
    }
}
