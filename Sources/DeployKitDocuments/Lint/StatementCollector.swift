// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Collects the expressions of a page out of fences, comments, code and formulas in prose.
struct StatementCollector {
    private let reader: ChecklistReader
    private var statements: [LintContext.Statement] = []

    private init(reader: ChecklistReader) { self.reader = reader }

    /// The expressions of a page. Formulas matter beside queries only, so that a page without one is
    /// not searched for them.
    static func statements(of reader: ChecklistReader) -> [LintContext.Statement] {
        var collector = StatementCollector(reader: reader)
        for node in reader.nodes {
            for block in node.blocks {
                collector.readQueries(block, node)
                for inner in reader.descendants(of: block) { collector.readQueries(inner, node) }
            }
        }
        guard !collector.statements.isEmpty else { return [] }
        for node in reader.nodes {
            for block in node.blocks {
                collector.readFormulas(block, node)
                for inner in reader.descendants(of: block) { collector.readFormulas(inner, node) }
            }
        }
        return collector.statements
    }

    private static let plainText: Set<String> = ["", "text", "txt", "plaintext"]

    private mutating func readQueries(_ block: Int, _ node: DocumentNode) {
        guard case .fencedCode = reader.document.blocks[block].kind else { return }
        let language = reader.language(of: block)
        switch language {
        case "promql", "prometheus": readQueries(lines(of: block), block, node)
        case "yaml", "yml": readRules(block, node)
        default: if Self.plainText.contains(language) { readRules(block, node) }
        }
    }

    private mutating func readFormulas(_ block: Int, _ node: DocumentNode) {
        switch reader.document.blocks[block].kind {
        case .paragraph: readParagraph(block, node)
        case .fencedCode:
            let isPlain = Self.plainText.contains(reader.language(of: block))
            for line in lines(of: block) {
                if isPlain {
                    readFormula(line.text, line.number, block, node)
                } else if let comment = ChecklistReader.comment(line.text.trimmed),
                    comment.contains(" = ")
                {
                    readFormula(comment, line.number, block, node)
                }
            }
        default: break
        }
    }

    private func lines(of block: Int) -> [(text: String, number: Int)] {
        reader.document.lines(of: block).map { (reader.document.text($0.range), $0.number) }
    }

    private mutating func readRules(_ block: Int, _ node: DocumentNode) {
        let lines = lines(of: block)
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
        let inlines = reader.inlines(of: block)
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
                return reader.withoutComments(reader.inlines(of: first))
            }
            current = document.blocks[index].parent
        }
        return node.title
    }
}
