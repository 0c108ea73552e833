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
        /// The rows below the header, as text.
        var body: [[String]]
    }

    /// The texts of all tables by their blocks.
    func tableTexts() -> [Int: TableText] {
        var tables: [Int: TableText] = [:]
        for (block, content) in document.blocks.enumerated() {
            guard case .table(let rows) = content.kind else { continue }
            tables[block] = TableText(rows) { row in
                document.rows[row].cells.map { plain(document.cells[$0]) }
            }
        }
        return tables
    }

    /// The columns of a table whose rows are things to do or to check.
    ///
    /// It has a column of boxes; or one of states, beside one that says who saw to it or with nothing
    /// but the words of a task's life in it. A table that only tells how well things stand is prose,
    /// and one of targets is metrics.
    func itemTable(_ block: Int) -> ItemTable? {
        guard let table = tables[block] else { return nil }
        let titles = table.titles
        guard titles.count >= 2, !table.body.isEmpty, !isSignOffTable(block),
            !titles.contains(where: Self.targetColumns.begin)
        else { return nil }
        let state = titles.firstIndex(where: Self.stateColumns.begin)
        guard state != nil || mayHoldBoxes(table.rows.lowerBound + 1) else { return nil }
        let body = definedTexts(of: table, block)
        func texts(of column: Int) -> some Collection<String> {
            body.lazy.filter { column < $0.count && !$0[column].isEmpty }.map { $0[column] }
        }
        let boxes = titles.indices.filter { column in
            let marks = texts(of: column)
            return !marks.isEmpty && marks.allSatisfy(Self.boxes.contains)
        }
        let owner = titles.firstIndex(where: Self.ownerColumns.begin)
        if boxes.isEmpty {
            guard let state else { return nil }
            let areTasks = texts(of: state).allSatisfy { Self.taskStates.beginInAnyCase($0) }
            guard owner != nil || areTasks && !texts(of: state).isEmpty else { return nil }
        }
        let title = titles.indices.first { column in
            column != owner && column != state && !boxes.contains(column)
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
                body: body
            )
        }
    }

    /// The texts of the rows as the page has them for every run: nothing in what is to be filled in.
    private func definedTexts(of table: TableText, _ block: Int) -> [[String]] {
        let traits = ByteTraits(of: document.source.span, document.blocks[block].range)
        guard traits.contains(.blank) else { return table.body }
        return zip(table.rows.dropFirst(), table.body).map { row, texts in
            zip(document.rows[row].cells, texts).map { index, text in
                let cell = document.cells[index]
                return blankRuns(in: cell).first == cell ? "" : text
            }
        }
    }

    /// Whether a cell of a row begins like a box.
    private func mayHoldBoxes(_ row: Int) -> Bool {
        document.rows[row].cells.contains { cell in
            document.source[document.cells[cell]].first { $0 > 0x20 }
                .map { $0 == 0x5B || $0 == 0xE2 } ?? false
        }
    }

    /// One item for each row.
    mutating func readRows(
        _ block: Int,
        _ context: ItemContext
    ) -> [Item] {
        guard let columns = itemTables[block], let table = tables[block] else { return [] }
        understood.insert(block)
        var items: [Item] = []
        for (row, texts) in zip(table.rows.dropFirst(), columns.body) {
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
                let part = table.header[safe: box] ?? title
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
        let id = ItemID(itemNames.name(Naming.slug(title, after: context.prefix)))
        lineOfItem.append((id, line))
        stepLines.append(.init(line: line, name: id.text))
        return id
    }

    /// The boxes of one item; of several beside each other the first says that it is done.
    private mutating func addBoxes(of item: ItemID, in range: Range<Int>?, line: Int) {
        guard let range else { return }
        let found = document.stateBoxes(in: range)
        for (choice, box) in found.enumerated() {
            boxes.append(
                .init(.item(item, choice: choice, choices: found.count), box, line: line)
            )
        }
    }

    private mutating func addBlank(
        _ target: ChecklistDocument.Blank.Target,
        in cell: Range<Int>?,
        line: Int
    ) {
        guard let cell, cell.isEmpty || blankRuns(in: cell).first == cell else { return }
        addBlank(.init(target: target, range: cell, line: line))
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
            decisionWords.occur(in: line[..<colon.lowerBound].lowercased()),
            let choices = choices(in: line[colon.upperBound...].trimmed)
        else { return nil }
        return "\(line[..<colon.lowerBound].trimmed): \(choices.joined(separator: " / "))"
    }

    /// The choices of "[ ] GO / [ ] NO-GO", at least two.
    private static func choices(in text: String) -> [String]? {
        guard boxMarks.begin(text) else { return nil }
        var text = text
        for box in boxes { text = text.replacing(box, with: "\u{0}") }
        let choices = text.split(separator: "\u{0}").map { choice in
            String(
                choice.drop { separators.contains($0) }.reversed()
                    .drop { separators.contains($0) }.reversed()
            )
        }.filter { !$0.isEmpty }
        return choices.count >= 2 ? choices : nil
    }

    private static let separators: Set<Character> = [" ", "/", "|", ",", "-", "–", "·"]

    /// The choices of a task with further boxes in its first line, "- [ ] PASS - [ ] FAIL": done is
    /// what the first says, failed the others.
    func taskChoices(_ paragraph: Int, of item: Int) -> [String]? {
        guard let task = taskOfBlock[item], document.lines(of: paragraph).count == 1,
            document.traits(of: paragraph).contains(.box), let rest = restOfTask(task, paragraph)
        else { return nil }
        guard mayHoldBox(rest), let choices = Self.choices(in: "[ ] " + plain(rest)) else {
            return nil
        }
        // A box inside a sentence is no choice.
        let areShort = choices.allSatisfy { $0.words(of: [.letters, .numbers]).count <= 3 }
        return areShort ? choices : nil
    }

    private func mayHoldBox(_ range: Range<Int>) -> Bool {
        document.source[range].contains { $0 == UInt8(ascii: "[") || $0 == 0xE2 }
    }

    /// The further boxes of such a task.
    mutating func addChoiceBoxes(of id: ItemID, _ paragraph: Int, _ task: Int) {
        guard let rest = restOfTask(task, paragraph) else { return }
        let found = document.stateBoxes(in: rest)
        for (index, box) in found.enumerated() {
            let target = ChecklistDocument.Box.Target.item(
                id,
                choice: index + 1,
                choices: found.count + 1
            )
            boxes.append(.init(target, box, line: tasks[task].line))
        }
    }

    /// The first line of a task after its own boxes.
    private func restOfTask(_ task: Int, _ paragraph: Int) -> Range<Int>? {
        guard let line = document.lines(of: paragraph).first else { return nil }
        let last = tasks[task].lastBox
        let start = line.range.contains(last) ? last + 2 : line.range.lowerBound
        return min(start, line.range.upperBound)..<line.range.upperBound
    }

    /// The choices of a line with a label, "Risk: [ ] low / [ ] high", or in words,
    /// "Environment: staging / production".
    func lineChoices(_ line: FormLine) -> [String]? {
        guard line.blanks.isEmpty, line.task == nil else { return nil }
        if let choices = Self.choices(in: line.value) { return choices }
        guard Self.environmentWords.contains(line.label.lowercased()) else { return nil }
        let words = line.value.split(separator: "/").map(\.trimmed)
        let areNames = words.allSatisfy { !$0.isEmpty && $0.split(separator: " ").count <= 2 }
        return words.count >= 2 && areNames ? words : nil
    }

    private static let environmentWords: Set<String> = [
        "environment", "target environment", "umgebung", "ambiente", "entorno", "environnement",
        "环境", "環境",
    ]

    /// The boxes of such a line, one for each choice.
    mutating func addChoiceBoxes(of field: FieldID, _ line: FormLine, _ choices: [String]) {
        for (value, box) in zip(choices, document.stateBoxes(in: line.range)) {
            boxes.append(.init(.field(field, value: value), box, line: line.number))
        }
    }

    /// "3", "REL-02": what numbers a row and names nothing.
    private static func isNumber(_ cell: String) -> Bool {
        cell.utf8.count <= 10 && !cell.contains(" ") && cell.contains(where: \.isNumber)
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
