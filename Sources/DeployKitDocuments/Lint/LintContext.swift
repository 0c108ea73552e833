// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// What the rules across prose look at: the expressions of a page, its alerts, its thresholds.
final class LintContext {
    /// An expression and where it stands.
    struct Statement {
        var expression: Expression
        /// The text as it is written.
        var text: String
        var line: Int
        /// The list item or heading that it stands under: what it measures, in words.
        var subject: String
        /// The alert that it belongs to, where it does.
        var alert: AlertRule?
        /// Whether it is written for Prometheus, and not as a formula of prose.
        var isQuery: Bool
    }

    /// The headings around a threshold, and what they say.
    struct Place {
        var headings: [String]
        /// How long after the deployment it is looked at.
        var window: Duration?
        /// The environments that it is about.
        var scope: [String]
    }

    /// The thresholds about one metric are compared up to this many: more are no checklist.
    static let mostThresholds = 32
    /// As many metrics may share a word.
    static let mostNames = 256

    let reader: ChecklistReader
    /// The expressions in the order of the page.
    let statements: [Statement]
    /// The expressions of alerts.
    let alerts: [Statement]
    private var places: [Int: Place] = [:]
    private var byName: [String: [ChecklistDocument.ThresholdLine]] = [:]
    private var names: [String: String] = [:]
    /// The names of metrics by each of their words, up to ``mostNames`` for a word.
    private var byWord: [String: [String]] = [:]
    /// The formulas by each of their counters.
    private var formulas: [String: [Int]] = [:]

    init(_ reader: ChecklistReader) {
        self.reader = reader
        statements = StatementCollector.statements(of: reader).sorted { $0.line < $1.line }
        alerts = statements.filter { $0.alert?.name != nil }
        for (index, statement) in statements.enumerated() where statement.alert == nil {
            for counter in statement.expression.counters {
                formulas[counter, default: []].append(index)
            }
        }
        readThresholds()
    }

    private func readThresholds() {
        let nodes = reader.nodes
        let starts = nodes.indices.sorted { nodes[$0].line < nodes[$1].line }
        var (position, current, place) = (0, -1, Place(headings: [], window: nil, scope: []))
        for threshold in reader.thresholds.sorted(by: { $0.line < $1.line }) {
            while position < starts.count, nodes[starts[position]].line <= threshold.line {
                position += 1
            }
            if position != current {
                current = position
                let path = reader.headings(of: starts[max(position - 1, 0)])
                let headings = path.map { nodes[$0].title }
                place = Place(
                    headings: headings,
                    window: path.compactMap { nodes[$0].window?.length }.last,
                    scope: headings.flatMap { Words.scope(ofHeading: $0) }
                )
            }
            places[threshold.line] = place
            guard let metric = threshold.phrase.metric else { continue }
            let name = names[metric] ?? Self.name(metric)
            if names.updateValue(name, forKey: metric) == nil, byName[name] == nil {
                for word in name.split(separator: "-").map(String.init)
                where byWord[word, default: []].count < Self.mostNames {
                    byWord[word, default: []].append(name)
                }
            }
            if byName[name, default: []].count < Self.mostThresholds {
                byName[name, default: []].append(threshold)
            }
        }
    }

    var thresholds: [ChecklistDocument.ThresholdLine] { reader.thresholds }

    /// Where a threshold stands.
    func place(of line: Int) -> Place {
        places[line] ?? Place(headings: [], window: nil, scope: [])
    }

    /// The thresholds whose words for what is measured are these, however they are written.
    func thresholds(about subject: String) -> [ChecklistDocument.ThresholdLine] {
        byName[name(of: subject)] ?? []
    }

    /// A metric's words in one spelling.
    func name(of words: String) -> String { names[words] ?? Self.name(words) }

    /// A metric's words in one spelling: lower case, without what stands in parentheses.
    static func name(_ words: String) -> String {
        var text = words
        if text.hasSuffix(")"), let open = text.lastIndex(of: "(") {
            text = text[..<open].trimmed
        }
        return Naming.slug(text)
    }

    /// The documented formulas over these counters, and maybe over others.
    func formulas(over counters: Set<String>) -> [Statement] {
        guard
            let rarest = counters.min(by: {
                formulas[$0, default: []].count < formulas[$1, default: []].count
            })
        else { return [] }
        return formulas[rarest, default: []].prefix(Self.mostThresholds).map { statements[$0] }
            .filter { counters.isSubset(of: $0.expression.counters) }
    }

    /// The documented formula that an alert is about: the first over the same counters.
    func formula(of alert: Statement) -> Statement? {
        formulas(over: alert.expression.counters).first
    }

    /// The words for what an alert measures, where the page has thresholds about it: those of its
    /// formula, or else words that are all part of the names that it uses.
    func subject(of alert: Statement) -> String? {
        if let formula = formula(of: alert), !thresholds(about: formula.subject).isEmpty {
            return formula.subject
        }
        let words = Set(
            alert.expression.counters.flatMap { $0.split(separator: "_").map(String.init) }
        )
        return words.sorted().lazy.flatMap { self.byWord[$0, default: []] }.first { name in
            let parts = name.split(separator: "-").map(String.init)
            return parts.count >= 2 && words.isSuperset(of: parts)
        }
    }

    /// The thresholds about metrics whose names share a word with one of these.
    func thresholds(sharing words: Set<String>) -> [ChecklistDocument.ThresholdLine] {
        Set(words.flatMap { byWord[$0, default: []] }).flatMap { byName[$0, default: []] }
            .sorted { $0.line < $1.line }
    }
}
