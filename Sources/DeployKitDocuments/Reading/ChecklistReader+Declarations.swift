// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// A declaration that would have no effect is refused, with its line: nobody is left to believe that
/// it had one.
extension ChecklistReader {
    /// The keys that say something of an item of any kind.
    private static let itemKeys: Set<String> = [
        "id", "kind", "effect", "timeout", "after", "environment", "when", "secrets", "inherit",
        "cwd", "evidence", "suite", "waivable", "cleanup", "check", "hook",
    ]

    /// Refuses the keys that say nothing of an item of this kind.
    mutating func expectItemKeys(in declaration: Declaration, of kind: ItemKind, _ item: Int) {
        var keys = Self.itemKeys
        keys.formUnion(fieldKeys(of: item))
        if kind.command != nil { keys.insert("shell") }
        switch kind {
        case .capture: keys.formUnion(["capture", "network", "from", "deployer", "salt"])
        case .metric: keys.insert("metric")
        case .command:
            keys.insert("output")
            if declaration.values["output"] != nil { keys.insert("from") }
        case .probe(.http), .service(_, .http): keys.formUnion(Self.requestKeys)
        default: break
        }
        if kind.isAutomatic {
            keys.insert("attempts")
            if declaration.values["attempts"] != nil { keys.insert("delay") }
        }
        expect(keys, in: declaration, of: "an item of kind '\(kind.word)'")
    }

    /// The key of a list item that may also be a line to fill in.
    func fieldKeys(of item: Int) -> Set<String> {
        let isForm = document.blocks[item].firstChild.map { !formLines(of: $0).isEmpty } ?? false
        return isForm ? ["field"] : []
    }

    /// Refuses the keys of a declaration that say nothing of this part.
    mutating func expect(_ keys: Set<String>, in declaration: Declaration, of part: String) {
        for key in declaration.values.keys.sorted() where !keys.contains(key) {
            fault(Self.refusal(of: key, part), line: declaration.line)
        }
    }

    private static func refusal(of key: String, _ part: String) -> String {
        switch key {
        case "hook": "'hook' says which hooks are told of the page, a phase, a section or an item"
        case "json": "'json' belongs to a page with 'inference: none' in its front matter"
        default: "'\(key)' has no effect on \(part)"
        }
    }

    /// The value that a heading declares, which has its effect now.
    mutating func used(_ key: String, of node: Int) -> String? {
        guard let value = nodes[node].declaration?.values[key] else { return nil }
        nodes[node].usedKeys.insert(key)
        return value
    }

    /// The value that a heading or one above it declares, the page's title and top included.
    mutating func inherited(_ key: String, by node: Int) -> (value: String, node: Int)? {
        var current: Int? = node
        while let index = current {
            if let value = used(key, of: index) { return (value, index) }
            current = nodes[index].parent
        }
        return nil
    }

    /// What is declared for the page: below its title, or above every heading.
    mutating func usedOfPage(_ key: String) -> (value: String, declaration: Declaration)? {
        for node in [titleNode, 0].compactMap(\.self) {
            guard let value = used(key, of: node), let declaration = nodes[node].declaration else {
                continue
            }
            return (value, declaration)
        }
        return nil
    }

    /// Refuses what was declared and nobody asked for.
    mutating func refuseLostDeclarations() {
        for node in nodes {
            guard let declaration = node.declaration else { continue }
            let part = node.level == 0 ? "the page" : "the heading '\(node.title)'"
            expect(node.usedKeys, in: declaration, of: part)
        }
        for (index, block) in document.blocks.enumerated() {
            switch block.kind {
            case .comment:
                guard !readDeclarations.contains(block.range.lowerBound) else { continue }
                if let lost = blockDeclaration(of: index) { refuse(lost) }
            case .paragraph, .heading:
                let inlines = inlines(of: index)
                for span in inlines.spans where span.kind == .html {
                    guard !readDeclarations.contains(span.range.lowerBound),
                        Declaration.isOne(span.text(in: inlines))
                    else { continue }
                    fault(Self.lost, line: document.lineNumber(at: span.range.lowerBound))
                }
            case .table(let rows):
                for row in rows {
                    let line = document.rows[row].line
                    let holdsOne = document.source[document.line(line)].span.firstOffset(
                        of: Array("<!-- deploykit: ".utf8).span
                    )
                    if holdsOne != nil { fault(Self.lost, line: line) }
                }
            default: break
            }
        }
    }

    private static let lost =
        "a declaration has no effect here: it stands inside an item, right after a heading, or in a "
        + "line to fill in"

    private mutating func refuse(_ declaration: Declaration) {
        fault(Self.lost, line: declaration.line)
    }

    /// What the comments in one line of a paragraph declare, if they declare `key`.
    mutating func lineDeclaration(of block: Int, line: Int, with key: String) -> Declaration? {
        guard declares(key, in: block), let found = lineDeclaration(of: block, line: line),
            found.values[key] != nil
        else { return nil }
        // In a task the same comment speaks of its item.
        let isTask = document.blocks[block].parent.flatMap { taskOfBlock[$0] } != nil
        if !isTask { expect([key], in: found, of: "a line to fill in") }
        return found
    }

    /// What the comments in one line of a paragraph declare.
    mutating func lineDeclaration(of block: Int, line: Int) -> Declaration? {
        let inlines = inlines(of: block)
        var result: Declaration?
        for span in inlines.spans where span.kind == .html {
            let text = span.text(in: inlines)
            guard document.lineNumber(at: span.range.lowerBound) == line,
                Declaration.isOne(text)
            else { continue }
            readDeclarations.insert(span.range.lowerBound)
            let declared = Declaration(text, line: line, faults: &faults)
            if result == nil { result = declared } else { result?.add(declared, faults: &faults) }
        }
        return result
    }

    /// Whether a comment of a paragraph declares this key.
    func declares(_ key: String, in block: Int) -> Bool {
        let inlines = inlines(of: block)
        return inlines.spans.contains { span in
            guard span.kind == .html else { return false }
            let text = span.text(in: inlines)
            var faults: [DocumentError.Fault] = []
            return Declaration.isOne(text)
                && Declaration(text, line: 1, faults: &faults).values[key] != nil
        }
    }
}
