// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Items that are no list items: rows of tables with boxes or states, and decisions.
extension ChecklistReader {
    /// A table of items: which column says what, and its texts.
    struct ItemTable {
        var title: Int
        /// The columns of boxes; several make a row a group.
        var boxes: [Int]
        var expectation: Int?
        var evidence: Int?
        var owner: Int?
        /// Who saw to it, and when, where there is room to write that down.
        var actor: Int?
        var date: Int?
        /// The header and the rows below it, as text.
        var titles: [String]
        var body: [[String]]
    }

    /// The columns of a table whose rows are things to do or to check.
    ///
    /// It has a column of boxes; or one of states, beside one that says who saw to it or with nothing
    /// but the words of a task's life in it. A table that only tells how well things stand is prose,
    /// and one of targets is metrics.
    func itemTable(_ rows: Range<Int>) -> ItemTable? {
        let header = cells(ofRow: rows.lowerBound).map { plain($0) }
        let titles = header.map { $0.lowercased() }
        guard titles.count >= 2, rows.count >= 2, !isSignOffTable(rows),
            !titles.contains(where: Self.targetColumns.begin)
        else { return nil }
        let state = titles.firstIndex(where: Self.stateColumns.begin)
        guard state != nil || mayHoldBoxes(rows.lowerBound + 1) else { return nil }
        let body = rows.dropFirst().map { row in cells(ofRow: row).map { definedText($0) } }
        func texts(of column: Int) -> [String] {
            body.map { $0[safe: column] ?? "" }.filter { !$0.isEmpty }
        }
        let boxes = titles.indices.filter { column in
            let marks = texts(of: column)
            return !marks.isEmpty && marks.allSatisfy(Self.boxes.contains)
        }
        let owner = titles.firstIndex(where: Self.ownerColumns.begin)
        if boxes.isEmpty {
            guard let state else { return nil }
            let areTasks = texts(of: state).allSatisfy { Self.taskStates.begin($0.lowercased()) }
            guard owner != nil || areTasks && !texts(of: state).isEmpty else { return nil }
        }
        let taken = Set(boxes + [owner, state].compactMap(\.self))
        let title = titles.indices.first { column in
            !taken.contains(column) && !texts(of: column).isEmpty
                && !texts(of: column).allSatisfy(Self.isNumber)
        }
        return title.map { title in
            ItemTable(
                title: title,
                boxes: boxes,
                expectation: titles.firstIndex(where: Self.expectationColumns.begin),
                evidence: titles.firstIndex(where: Self.evidenceColumns.begin),
                owner: owner,
                actor: titles.firstIndex(where: Self.actorColumns.begin),
                date: titles.firstIndex(where: Self.isDate),
                titles: header,
                body: body
            )
        }
    }

    /// The text of a cell as the page has it for every run: nothing where it is to be filled in.
    private func definedText(_ cell: Range<Int>) -> String {
        blankRuns(in: cell).first == cell ? "" : plain(cell)
    }

    /// Whether a cell of a row begins like a box.
    private func mayHoldBoxes(_ row: Int) -> Bool {
        cells(ofRow: row).contains { cell in
            document.source[cell].first { $0 > 0x20 }.map { $0 == 0x5B || $0 == 0xE2 } ?? false
        }
    }

    /// One item for each row.
    mutating func readRows(
        _ rows: Range<Int>,
        _ block: Int,
        _ context: ItemContext
    ) -> [Item] {
        guard let columns = itemTables[block] else { return [] }
        understood.insert(block)
        var items: [Item] = []
        for (row, texts) in zip(rows.dropFirst(), columns.body) {
            let cells = cells(ofRow: row)
            guard let title = texts[safe: columns.title], !title.isEmpty else { continue }
            func text(_ column: Int?) -> [String] {
                guard let column, column != columns.title else { return [] }
                return [texts[safe: column]].compactMap(\.self).filter { !$0.isEmpty }
            }
            let line = document.rows[row].line
            let id = addItem(title, line: line, context)
            var children: [Item] = []
            for box in columns.boxes where columns.boxes.count > 1 && texts[safe: box] != "" {
                let part = columns.titles[safe: box] ?? title
                let id = addItem("\(title) \(part)", line: line, context)
                children.append(Item(id: id, title: part))
                addBoxes(of: id, in: cells[safe: box], line: line)
            }
            if children.isEmpty {
                addBoxes(of: id, in: columns.boxes.first.flatMap { cells[safe: $0] }, line: line)
            }
            addBlank(.itemActor(id), in: columns.actor.flatMap { cells[safe: $0] }, line: line)
            addBlank(.itemDate(id), in: columns.date.flatMap { cells[safe: $0] }, line: line)
            items.append(
                Item(
                    id: id,
                    title: title,
                    kind: children.isEmpty ? .manual : .group,
                    requirement: Words.requirement(of: title),
                    expectations: text(columns.expectation),
                    evidence: text(columns.evidence),
                    owner: text(columns.owner).first,
                    children: children
                )
            )
        }
        return items
    }

    private mutating func addItem(_ title: String, line: Int, _ context: ItemContext) -> ItemID {
        let id = ItemID(itemNames.name("\(context.prefix)/\(Naming.slug(title))"))
        lineOfItem.append((id, line))
        stepLines.append(.init(line: line, name: id.text))
        return id
    }

    /// The boxes of one item; of several beside each other the first says that it is done.
    private mutating func addBoxes(of item: ItemID, in range: Range<Int>?, line: Int) {
        guard let range else { return }
        let found = document.stateBoxes(in: range)
        for (choice, box) in found.enumerated() {
            boxes.append(.init(item: item, choice: choice, choices: found.count, box, line: line))
        }
    }

    private mutating func addBlank(
        _ target: ChecklistDocument.Blank.Target,
        in cell: Range<Int>?,
        line: Int
    ) {
        guard let cell, cell.isEmpty || blankRuns(in: cell).first == cell else { return }
        blanks.append(.init(target: target, range: cell, line: line))
    }

    /// Whether a paragraph asks for a decision: "Decision: [ ] GO / [ ] NO-GO".
    func isDecision(_ block: Int) -> Bool {
        guard case .paragraph = document.blocks[block].kind,
            Self.boxMarks.occur(in: inlines(of: block).text)
        else { return false }
        return document.lines(of: block).contains { Self.decision(plain($0.range)) != nil }
    }

    /// One item for each line that asks for a decision: done is what the first choice says, failed
    /// the others.
    mutating func readDecisions(_ block: Int, _ context: ItemContext) -> [Item] {
        understood.insert(block)
        var items: [Item] = []
        for line in document.lines(of: block) {
            guard let title = Self.decision(plain(line.range)) else { continue }
            let id = addItem(title, line: line.number, context)
            addBoxes(of: id, in: line.range, line: line.number)
            items.append(Item(id: id, title: title, requirement: Words.requirement(of: title)))
        }
        return items
    }

    /// The label and its choices without their boxes; `nil` for a line with fewer than two.
    private static func decision(_ line: String) -> String? {
        guard let colon = line.firstRange(of: ":"),
            decisionWords.occur(in: line[..<colon.lowerBound].lowercased())
        else { return nil }
        var text = line[colon.upperBound...].trimmed
        guard boxMarks.begin(text) else { return nil }
        for box in boxes { text = text.replacing(box, with: "\u{0}") }
        let choices = text.split(separator: "\u{0}").map { choice in
            String(
                choice.drop { " /|,".contains($0) }.reversed().drop { " /|,".contains($0) }
                    .reversed()
            )
        }.filter { !$0.isEmpty }
        guard choices.count >= 2 else { return nil }
        return "\(line[..<colon.lowerBound].trimmed): \(choices.joined(separator: " / "))"
    }

    /// "3", "REL-02": what numbers a row and names nothing.
    private static func isNumber(_ cell: String) -> Bool {
        cell.contains(where: \.isNumber) && cell.utf8.count <= 10 && !cell.contains(" ")
    }

    private static let boxes: Set<String> = ["[ ]", "[x]", "[X]", "☐", "☑", "☒", "⬜", "□"]
    private static let boxMarks = PhraseList(Array(boxes))
    private static let decisionWords: PhraseList = [
        "decision", "go/no-go", "go / no-go", "decisión", "decisão", "décision", "entscheid", "判断",
        "决定", "verdict", "outcome", "result", "status",
    ]
    private static let stateColumns: PhraseList = [
        "status", "state", "done", "complete", "estado", "statut", "stand", "状态", "ステータス",
        "situação", "result", "pass",
    ]
    private static let ownerColumns: PhraseList = [
        "verified by", "checked by", "tested by", "owner", "responsible", "assignee", "assigned",
        "verantwortlich", "geprüft", "responsable", "responsável", "担当", "负责人",
    ]
    private static let actorColumns: PhraseList = [
        "verified by", "checked by", "tested by", "done by", "completed by", "geprüft",
        "verificado por", "vérifié par",
    ]
    private static let expectationColumns: PhraseList = [
        "expected", "acceptance", "abnahmekriter", "erwartet", "resultado esperado", "esperado",
        "criteri", "期待",
    ]
    private static let evidenceColumns: PhraseList = [
        "evidence", "nachweis", "evidencia", "evidência", "proof", "preuve", "証跡", "证据",
    ]
    private static let targetColumns: PhraseList = [
        "target", "threshold", "actual", "goal", "meta", "ziel", "achieved", "metric", "objetivo",
        "severity", "trigger", "impact", "目标", "目標",
    ]
    private static let taskStates: PhraseList = [
        "open", "pending", "todo", "to do", "in_progress", "in progress", "in-progress", "done",
        "blocked", "not started", "planned", "offen", "erledigt", "in arbeit", "pendiente",
        "hecho", "pendente", "feito", "à faire", "fait", "未", "待",
    ]
}
