// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// What the rules across prose look at: the expressions of a page, its alerts, its thresholds.
struct LintContext {
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

    let reader: ChecklistReader
    /// The expressions in the order of the page.
    let statements: [Statement]
    /// The headings around each threshold, outermost first.
    let headings: [Int: [String]]

    init(_ reader: ChecklistReader) {
        self.reader = reader
        var collector = StatementCollector(reader: reader)
        collector.collect()
        statements = collector.statements.sorted { $0.line < $1.line }
        var headings: [Int: [String]] = [:]
        if !reader.thresholds.isEmpty {
            let starts = reader.nodes.indices.sorted {
                reader.nodes[$0].line < reader.nodes[$1].line
            }
            var next = starts.makeIterator()
            var (node, following) = (0, next.next())
            for threshold in reader.thresholds.sorted(by: { $0.line < $1.line }) {
                while let index = following, reader.nodes[index].line <= threshold.line {
                    node = index
                    following = next.next()
                }
                headings[threshold.line] = reader.path(of: node)
            }
        }
        self.headings = headings
    }

    var thresholds: [ChecklistDocument.ThresholdLine] { reader.thresholds }

    /// The expressions of alerts.
    var alerts: [Statement] { statements.filter { $0.alert?.name != nil } }

    /// The thresholds whose words for what is measured are these, however they are written.
    func thresholds(about subject: String) -> [ChecklistDocument.ThresholdLine] {
        let name = Self.name(subject)
        return thresholds.filter { Self.name($0.phrase.metric ?? "") == name }
    }

    /// A metric's words in one spelling: lower case, without what stands in parentheses.
    static func name(_ words: String) -> String {
        var text = words
        if text.hasSuffix(")"), let open = text.lastIndex(of: "(") {
            text = text[..<open].trimmed
        }
        return Naming.slug(text)
    }

    /// The documented formula that an alert is about: one over the same counters, or else one whose
    /// words are all part of the names that the alert uses.
    func formula(of alert: Statement) -> Statement? {
        let counters = alert.expression.counters
        let documented = statements.filter { $0.alert == nil }
        if let same = documented.first(where: { counters.isSubset(of: $0.expression.counters) }) {
            return same
        }
        return nil
    }

    /// The words for what an alert measures, where the page has thresholds about it.
    func subject(of alert: Statement) -> String? {
        if let formula = formula(of: alert), !thresholds(about: formula.subject).isEmpty {
            return formula.subject
        }
        let words = Set(
            alert.expression.counters.flatMap { $0.split(separator: "_").map(String.init) }
        )
        return thresholds.lazy.compactMap(\.phrase.metric).first { metric in
            let parts = Self.name(metric).split(separator: "-").map(String.init)
            return parts.count >= 2 && words.isSuperset(of: parts)
        }
    }
}

/// Collects the expressions of a page out of fences, comments, code and formulas in prose.
private struct StatementCollector {
    let reader: ChecklistReader
    var statements: [LintContext.Statement] = []

    init(reader: ChecklistReader) { self.reader = reader }

    mutating func collect() {
        let document = reader.document
        for node in reader.nodes {
            for block in node.blocks {
                for inner in block...max(block, reader.descendants(of: block).upperBound - 1) {
                    switch document.blocks[inner].kind {
                    case .fencedCode: readFence(inner, node)
                    case .paragraph: readParagraph(inner, node)
                    default: break
                    }
                }
            }
        }
    }

    private mutating func readFence(_ block: Int, _ node: DocumentNode) {
        let lines = reader.document.lines(of: block).map { line in
            (text: reader.document.text(line.range), number: line.number)
        }
        let language = reader.language(of: block)
        switch language {
        case "yaml", "yml":
            readRules(lines, block, node)
        case "promql", "prometheus":
            readQueries(lines, block, node)
        case "", "text", "txt", "plaintext":
            if lines.contains(where: { $0.text.contains("expr:") }) {
                readRules(lines, block, node)
            } else {
                for line in lines { readFormula(line.text, line.number, block, node) }
            }
        default:
            for line in lines {
                guard let comment = ChecklistReader.comment(line.text.trimmed),
                    comment.contains(" = ")
                else { continue }
                readFormula(comment, line.number, block, node)
            }
        }
    }

    private mutating func readRules(
        _ lines: [(text: String, number: Int)],
        _ block: Int,
        _ node: DocumentNode
    ) {
        guard lines.contains(where: { $0.text.contains("expr:") }) else { return }
        for rule in AlertRule.read(lines) {
            guard let entry = rule.expression,
                let expression = ExpressionReader.read(entry.text, isProse: false)
            else { continue }
            statements.append(
                .init(
                    expression: expression,
                    text: entry.text,
                    line: entry.line,
                    subject: subject(of: block, node),
                    alert: rule,
                    isQuery: true
                )
            )
        }
    }

    // Queries are parted by empty lines, comments and the ends of expressions.
    private mutating func readQueries(
        _ lines: [(text: String, number: Int)],
        _ block: Int,
        _ node: DocumentNode
    ) {
        var query: (text: String, line: Int)?
        for line in lines + [(text: "", number: 0)] {
            let text = line.text.trimmed
            if text.isEmpty || text.hasPrefix("#") {
                if let query { add(query.text, query.line, block, node, isQuery: true) }
                query = nil
            } else if let open = query {
                query = (open.text + " " + text, open.line)
            } else {
                query = (text, line.number)
            }
        }
    }

    private mutating func readParagraph(_ block: Int, _ node: DocumentNode) {
        let document = reader.document
        let inlines = document.inlines(of: block)
        for span in inlines.spans where span.kind == .code {
            let code = span.text(in: inlines)
            guard code.contains("(") || code.contains("{") || code.contains(" / ") else { continue }
            let line = document.lineNumber(at: span.range.lowerBound)
            readFormula(code, line, block, node)
        }
        guard inlines.text.contains(" = "), inlines.text.contains(" / ") else { return }
        for line in document.lines(of: block) {
            readFormula(reader.plain(line.range), line.number, block, node)
        }
    }

    // `name = formula`, or the formula alone.
    private mutating func readFormula(
        _ text: String,
        _ line: Int,
        _ block: Int,
        _ node: DocumentNode
    ) {
        var formula = text.trimmed
        var name: String?
        if let equals = formula.firstRange(of: " = ") {
            name = formula[..<equals.lowerBound].trimmed
            formula = formula[equals.upperBound...].trimmed
        }
        guard formula.contains("_") || formula.contains(".") || formula.contains(" / ") else {
            return
        }
        add(formula, line, block, node, isQuery: false, name: name)
    }

    private mutating func add(
        _ text: String,
        _ line: Int,
        _ block: Int,
        _ node: DocumentNode,
        isQuery: Bool,
        name: String? = nil
    ) {
        guard let expression = ExpressionReader.read(text, isProse: !isQuery) else { return }
        // A lone word is a metric only where it looks like no other word.
        if case .selector(let selector) = expression, selector.labels.isEmpty,
            !selector.name.contains("_"), !selector.name.contains(".")
        {
            return
        }
        let around = subject(of: block, node)
        statements.append(
            .init(
                expression: expression,
                text: text,
                line: line,
                subject: reader.document.blocks[block].depth > 1 ? around : name ?? around,
                alert: nil,
                isQuery: isQuery
            )
        )
    }

    // The first paragraph of the list item around a block, else the heading.
    private func subject(of block: Int, _ node: DocumentNode) -> String {
        let document = reader.document
        var current = document.blocks[block].parent
        while let index = current {
            if case .item = document.blocks[index].kind,
                let first = document.blocks[index].firstChild,
                first != block
            {
                return reader.withoutComments(document.inlines(of: first))
            }
            current = document.blocks[index].parent
        }
        return node.title
    }
}
