// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Where items stand.
struct ItemContext {
    /// The node that they stand under.
    var node: Int
    /// What their ids begin with, the slash included.
    var prefix: String
    /// Whether they are criteria, of which a threshold is a metric.
    var isCriteria: Bool
    /// Whether they follow the deployment.
    var isFollowUp: Bool
}

/// What stands inside one list item.
struct ItemParts {
    var title = ""
    var declaration: Declaration?
    /// Fences in order.
    var fences: [Int] = []
    /// Lists that hold items themselves.
    var lists: [Int] = []
    var expectations: [String] = []
    /// The code spans of the title's paragraph and of what follows.
    var codes: [String] = []
    /// Those of them that are whole commands in the title.
    var commands: [String] = []
    /// Further texts, the lines of plain lists among them.
    var texts: [String] = []
}

extension ChecklistReader {
    /// Adds the items of a list or of a quote around lists.
    mutating func readItems(_ block: Int, _ context: ItemContext, into items: inout [Item]) {
        guard case .list(let list) = document.blocks[block].kind else {
            for child in document.children(of: block) {
                switch document.blocks[child].kind {
                case .list: readItems(child, context, into: &items)
                case .blockQuote where document.blocks[child].depth < 100:
                    readItems(child, context, into: &items)
                default: break
                }
            }
            return
        }
        var previous: ItemID?
        let isSignOff = nodes[context.node].purpose == .signOff
        let isTaskList = document.children(of: block).contains { taskOfBlock[$0] != nil }
        for child in document.children(of: block) {
            let isTask = taskOfBlock[child] != nil
            let inside = descendants(of: child)
            let isStep =
                isTask || list.isOrdered && !isTaskList
                || inside.contains { taskOfBlock[$0] != nil || isCommandFence($0) }
            guard isStep, !isSignOff || statementTasks.contains(child),
                !readAsSlot(child, in: context.node)
            else { continue }
            let item = readItem(
                child,
                after: list.isOrdered ? previous.map { [$0] } ?? [] : [],
                context
            )
            previous = item.id
            items.append(item)
        }
    }

    private mutating func readItem(
        _ block: Int,
        after: [ItemID],
        _ context: ItemContext
    ) -> Item {
        let parts = self.parts(of: block)
        let declaration = parts.declaration
        let line = document.blocks[block].firstLine
        let id = ItemID(
            declaration?.values["id"].flatMap { $0.isEmpty ? nil : $0 } == nil
                ? itemNames.name(Naming.slug(parts.title, after: context.prefix))
                : name(declaration, parts.title, in: \.itemNames)
        )
        lineOfItem.append((id, line))
        var children: [Item] = []
        for list in parts.lists { readItems(list, context, into: &children) }
        var kind: ItemKind = children.isEmpty ? inferredKind(parts, line: line, context) : .group
        var offers = children.isEmpty ? self.offers(of: parts) : offers(ofFences: parts.fences)
        if let declaration {
            if let declared = declaredKind(
                declaration,
                parts,
                id: id,
                hasChildren: !children.isEmpty
            ) {
                kind = declared
                if kind.command != nil { offers = [] }
                if case .probe = kind { offers = [] }
            }
        }
        var expectations = parts.expectations
        for fence in parts.fences { expectations += self.expectations(inFence: fence) }
        if let task = taskOfBlock[block] {
            tasks[task].id = id
            tasks[task].kind = kind.word
            tasks[task].isDeclared = declaration != nil
            if let paragraph = document.blocks[block].firstChild,
                taskChoices(paragraph, of: block) != nil
            {
                addChoiceBoxes(of: id, paragraph, task)
            }
        } else {
            stepLines.append(.init(line: line, name: id.text))
        }
        if let declaration {
            expectItemKeys(in: declaration, of: kind, block)
            declaredItems.insert(id)
        }
        noteItem(block, id, kind, declaration)
        readContracts(of: parts, line: line)
        for fence in parts.fences { lintCommand(fence) }
        let item = Item(
            id: id,
            title: parts.title,
            kind: kind,
            requirement: Words.requirement(of: parts.title),
            after: after,
            offset: Words.timeOffset(in: parts.title),
            offers: offers,
            expectations: expectations,
            evidence: evidence(asked: parts.title),
            owner: owner(in: parts.title),
            children: children
        )
        guard let declaration else {
            return suites.isEmpty ? item : inSuite(item, below: context.node, line: line)
        }
        let declared = declared(item, by: declaration, network: declaration.values["network"])
        return inSuite(declared, below: context.node, line: declaration.line)
    }

    /// An item that is a command under a heading of its own.
    mutating func readFenceItem(
        _ block: Int,
        title: String,
        isFirst: Bool,
        _ context: ItemContext
    ) -> Item {
        understood.insert(block)
        let id = ItemID(itemNames.name(Naming.slug(title, after: context.prefix)))
        let line = document.blocks[block].firstLine
        lineOfItem.append((id, line))
        stepLines.append(.init(line: line, name: id.text))
        lintCommand(block)
        return Item(
            id: id,
            title: title,
            requirement: Words.requirement(of: title),
            offers: offers(ofFences: [block]),
            expectations: expectations(inFence: block)
        )
    }

    /// What stands inside a list item.
    mutating func parts(of block: Int, isWhole: Bool = true) -> ItemParts {
        var parts = ItemParts()
        var isFirst = true
        for child in document.children(of: block) {
            if !isWhole, case .list = document.blocks[child].kind { continue }
            understood.insert(child)
            switch document.blocks[child].kind {
            case .paragraph, .heading:
                let inlines = inlines(of: child)
                if let declared = inlineDeclaration(of: child) { add(declared, to: &parts) }
                for span in inlines.spans where span.kind == .code {
                    parts.codes.append(span.text(in: inlines))
                    if isFirst, Self.isCommand(span, in: inlines) {
                        parts.commands.append(span.text(in: inlines))
                    }
                }
                if isFirst {
                    parts.title = itemTitle(child, of: block)
                } else {
                    let text = withoutComments(inlines)
                    if let expected = Self.expectation(text) {
                        parts.expectations.append(expected)
                    }
                    parts.texts.append(text)
                }
                isFirst = false
            case .list:
                let inside = descendants(of: child)
                if inside.contains(where: { taskOfBlock[$0] != nil }) {
                    parts.lists.append(child)
                } else {
                    readDetails(inside, into: &parts)
                }
            case .fencedCode, .indentedCode: parts.fences.append(child)
            case .comment:
                if let declared = blockDeclaration(of: child) { add(declared, to: &parts) }
            case .blockQuote: readDetails(descendants(of: child), into: &parts)
            default: break
            }
        }
        if parts.title.isEmpty { parts.title = "Untitled" }
        return parts
    }

    private mutating func add(_ declaration: Declaration, to parts: inout ItemParts) {
        if parts.declaration == nil {
            parts.declaration = declaration
        } else {
            parts.declaration?.add(declaration, faults: &faults)
        }
    }

    private mutating func readDetails(_ inside: Range<Int>, into parts: inout ItemParts) {
        for block in inside {
            understood.insert(block)
            switch document.blocks[block].kind {
            case .fencedCode, .indentedCode: parts.fences.append(block)
            case .paragraph:
                if let declared = inlineDeclaration(of: block) { add(declared, to: &parts) }
                let text = withoutComments(inlines(of: block))
                parts.texts.append(text)
                if let expected = Self.expectation(text) { parts.expectations.append(expected) }
            default: break
            }
        }
    }

    /// The title of an item: its text without boxes, comments, blanks with their values, and a colon
    /// at the end.
    private func itemTitle(_ paragraph: Int, of item: Int) -> String {
        var text = withoutComments(inlines(of: paragraph))
        if let choices = taskChoices(paragraph, of: item) {
            return choices.joined(separator: " / ")
        }
        // What stands after the label of a declared field is its value.
        if declares("field", in: paragraph), let line = formLines(of: paragraph).first {
            return line.label
        }
        let traits = document.traits(of: paragraph)
        if traits.contains(.blank),
            let blank = blankRuns(in: document.blocks[paragraph].range).first,
            document.blocks[paragraph].firstLine == document.lineNumber(at: blank.lowerBound)
        {
            let start = document.blocks[paragraph].range.lowerBound
            let skipped =
                tasks.isEmpty
                ? start
                : max(
                    start,
                    taskOfBlock[item].map { tasks[$0].lastBox + 2 } ?? start
                )
            if skipped < blank.lowerBound { text = plain(skipped..<blank.lowerBound) }
        }
        if traits.contains(.dollar) {
            text = text.replacing("$\\rightarrow$", with: "→")
        }
        // The last byte of either colon; most titles end with neither.
        while text.utf8.last == 0x3A || text.utf8.last == 0x9A,
            text.hasSuffix(":") || text.hasSuffix("：")
        { text = text.dropLast().trimmed }
        return text
    }

    private func inferredKind(_ parts: ItemParts, line: Int, _ context: ItemContext) -> ItemKind {
        if context.isCriteria, let metric = metricOfLine[line] { return .metric(metric) }
        guard context.isFollowUp else { return .manual }
        let words = parts.title.lowercased().split { !$0.isLetter }
        let looks = ["monitor", "watch", "observe", "track"].contains(words.first ?? "")
        return looks ? .observation : .manual
    }

    /// What follows "Expected:", "Expect", "→ should …".
    static func expectation(_ text: String) -> String? {
        guard expectationBeginnings.beginInAnyCase(text) else { return nil }
        let lower = text.lowercased()
        for word in expectationWords where lower.hasPrefix(word) {
            let rest = text.dropFirst(word.count).trimmed
            return rest.isEmpty ? nil : rest
        }
        for arrow in ["→ ", "-> ", "=> "] where lower.hasPrefix(arrow) {
            return text.dropFirst(arrow.count).trimmed
        }
        return lower.hasPrefix("should ") ? text : nil
    }

    private static let expectationWords = [
        "expected output:", "expected result:", "expected:", "期待値:", "resultado esperado:",
        "erwartet:",
    ]
    private static let expectationBeginnings = PhraseList(
        expectationWords + ["→ ", "-> ", "=> ", "should "]
    )

    private static let requests: PhraseList = ["save", "record"]

    private func evidence(asked title: String) -> [String] {
        guard Self.requests.occurInAnyCase(in: title) else { return [] }
        let words = title.split(separator: " ")
        for (index, word) in words.enumerated()
        where ["save", "record"].contains(word.lowercased()) {
            // 60 characters have room for 30 words.
            let rest = words[(index + 1)...]
            guard rest.count <= 30 else { continue }
            let asked = rest.joined(separator: " ")
            if !asked.isEmpty, asked.count <= 60 { return [asked] }
        }
        return []
    }

    private func owner(in title: String) -> String? {
        guard title.holds(UInt8(ascii: "@")) else { return nil }
        for word in title.split(separator: " ") where word.hasPrefix("@") && word.count > 2 {
            let name = word.dropFirst().prefix { $0.isLetter || $0.isNumber || "-_/".contains($0) }
            if !name.isEmpty, !word.dropFirst().contains(".") { return "@" + name }
        }
        return nil
    }
}
