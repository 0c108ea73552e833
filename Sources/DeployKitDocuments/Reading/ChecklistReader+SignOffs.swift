// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension ChecklistReader {
    private static let dateWords: PhraseList = [
        "date", "data", "fecha", "datum", "日付", "日期", "time", "when",
    ]
    private static let signatureWords: PhraseList = [
        "signature", "signed", "firma", "assinatura", "unterschrift", "签名", "署名",
    ]
    private static let nameWords: Set<String> = ["name", "nome", "nombre", "nom", "氏名", "姓名"]

    static func isDate(_ label: String) -> Bool {
        label.words(of: .letters).last.map(dateWords.begin) ?? false
    }

    private static func isSignature(_ label: String) -> Bool {
        signatureWords.beginInAnyCase(label)
    }

    /// Reads a list item as a place for a signature, when it is one.
    mutating func readAsSlot(_ item: Int, in node: Int) -> Bool {
        guard let paragraph = document.blocks[item].firstChild,
            let line = formLines(of: paragraph).first, isSlot(line, in: node)
        else { return false }
        if !signedBlocks.contains(paragraph) { addSlot(line, in: node) }
        return true
    }

    /// Whether a line is a label with a blank and a date, or in a sign-off section a label with one
    /// of them, filled or not.
    func isSlot(_ line: FormLine, in node: Int) -> Bool {
        let isSection = nodes[node].purpose == .signOff
        guard !Self.isDate(line.label), !Self.nameWords.contains(line.label.lowercased()),
            !Self.isSignature(line.label)
        else { return false }
        if line.blanks.count >= 2 {
            let between = line.blanks[0].upperBound..<line.blanks[1].lowerBound
            return Self.isDate(plain(between)) || isSection || Self.isSignature(plain(between))
        }
        guard isSection else { return false }
        return line.blanks.count == 1 || dateRange(in: line) != nil
            || line.task != nil && line.isBold
    }

    /// Where a date word with its colon stands in the value of a line.
    private func dateRange(in line: FormLine) -> Range<String.Index>? {
        guard line.value.holds(":") else { return nil }
        for word in ["Date:", "Data:", "Fecha:", "Datum:", "日付:", "日期:", "date:"] {
            if let range = line.value.firstRange(of: word) { return range }
        }
        return nil
    }

    mutating func addSlot(_ line: FormLine, in node: Int) {
        signedBlocks.insert(line.block)
        understood.insert(line.block)
        let declaration = lineDeclaration(of: line.block, line: line.number)
        let id = addSlot(
            label: line.label,
            line: line.number,
            task: line.task,
            in: node,
            declaration
        )
        sites.append(
            Site(
                place: .line(line.block, line.number),
                keys: declaration?.values["id"] == nil ? [("id", id.text)] : []
            )
        )
        addBlanks(ofSlot: id, line.blanks, from: line.range.lowerBound, line: line.number)
    }

    /// The places for a name, a date and a signature, told apart by the words before them.
    mutating func addBlanks(ofSlot id: SignOffSlotID, _ runs: [Range<Int>], from: Int, line: Int) {
        var start = from
        for (position, blank) in runs.enumerated() {
            let lead = plain(start..<blank.lowerBound)
            let word = lead.hasSuffix(":") ? String(lead.dropLast()) : lead
            let target: ChecklistDocument.Blank.Target =
                position > 0 && Self.isDate(word)
                ? .signOffDate(id)
                : position > 0 && Self.isSignature(word) ? .signOffSignature(id) : .signOffName(id)
            addBlank(.init(target: target, range: blank, line: line))
            start = blank.upperBound
        }
    }

    private mutating func addSlot(
        label: String,
        line: Int,
        task: Int?,
        in node: Int,
        _ own: Declaration? = nil
    ) -> SignOffSlotID {
        var label = label
        while label.hasSuffix(":") { label = label.dropLast().trimmed }
        if label.isEmpty { label = "Untitled" }
        let isStatement = Self.isStatement(label)
        if let own {
            expect(["id", "gate", "moment", "assurance"], in: own, of: "a place for a signature")
        }
        let id = SignOffSlotID(name(own, label, in: \.slotNames))
        let group = nodes[node].level == 0 ? nil : nodes[node].title
        let above = inherited("assurance", by: node).flatMap { nodes[$0.node].declaration }
        let declaration = own?.values["assurance"] == nil ? above : own
        let assurance =
            declaration?.value(
                "assurance",
                expected: "asserted, asserted(ci), osUser, sshKey or serviceKey",
                faults: &faults
            ) {
                Actor.Assurance(rawValue: $0)
            }
        var requirement = Words.requirement(of: label)
        if requirement == .required, let group { requirement = Words.requirement(of: group) }
        slots.append(
            SignOffSlot(
                id: id,
                label: label,
                isStatement: isStatement,
                group: group,
                requirement: requirement,
                rule: SignOffRule(roles: isStatement ? [] : [Role(label)], assurance: assurance),
                gate: .completion
            )
        )
        slotGates.append(own.flatMap { declaredGate($0) } ?? gate(of: node, label: label))
        nodeOfSlot[id] = node
        signOffLines.append(.init(line: line, id: id))
        if let task {
            tasks[task].slot = id
            tasks[task].kind = "sign-off"
        }
        return id
    }

    private static let states: Set<String> = [
        "verified", "successful", "met", "documented", "completed", "confirmed", "reviewed",
        "tested",
        "passed", "approved", "concluído", "concluída", "verificado", "verificada", "aprovado",
        "aprovada", "completado", "aprobado", "validé", "vérifié", "terminé", "geprüft",
        "bestätigt", "abgeschlossen", "erfolgreich",
    ]
    private static let roleNouns: Set<String> = [
        "engineer", "manager", "lead", "owner", "developer", "officer", "director", "qa",
        "security",
        "operations", "devops", "architect", "team", "sponsor", "champion",
    ]

    private static func isStatement(_ label: String) -> Bool {
        let words = label.lowercased().split { !$0.isLetter }.map(String.init)
        guard words.count >= 2, let last = words.last, !roleNouns.contains(last) else {
            return false
        }
        return words.contains { states.contains($0) }
            || ["successful", "met", "complete", "ready", "done", "ok", "green", "understood"]
                .contains(last)
            || last.hasSuffix("ed") && last.count > 4
    }

    /// Whether a list of a sign-off section holds tasks that are statements.
    func holdsStatements(_ block: Int) -> Bool {
        guard case .list = document.blocks[block].kind else { return false }
        return document.children(of: block).contains { statementTasks.contains($0) }
    }

    /// Finds the tasks of sign-off sections that say what must be so, with no place for a name: they
    /// are done by somebody, not signed. Among such tasks is one that names no role another.
    mutating func findStatementTasks() {
        for node in nodes where node.purpose == .signOff {
            for block in node.blocks {
                for inner in whole(block) {
                    guard case .list = document.blocks[inner].kind else { continue }
                    statementTasks.formUnion(statements(of: inner))
                }
            }
        }
    }

    private func statements(of list: Int) -> [Int] {
        let tasks = document.children(of: list).map { (item: $0, label: taskLabel($0)) }
        let unnamed = tasks.filter { $0.label.map { !namesRole($0) } ?? false }
        let statements = unnamed.filter { $0.label.map(Self.isStatement) ?? false }
        return (statements.count * 2 > tasks.count ? unnamed : statements).map(\.item)
    }

    /// What a task says that has no place for a name; without "sign-off" and the like at its end.
    private func taskLabel(_ item: Int) -> String? {
        guard taskOfBlock[item] != nil, let paragraph = document.blocks[item].firstChild else {
            return nil
        }
        let isForm = formLines(of: paragraph).contains { line in
            !line.blanks.isEmpty || dateRange(in: line) != nil || line.isBold
        }
        return isForm ? nil : Self.role(withoutComments(inlines(of: paragraph)))
    }

    /// Whether a label ends with a role, or with one and what it does: "The lead confirmed".
    private func namesRole(_ label: String) -> Bool {
        let words = label.words(of: .letters)
        return words.suffix(2).contains { Self.roleNouns.contains($0) }
    }

    /// The slots of a sign-off section: lines, blocks of lines, tables, and tasks that name a role.
    mutating func readSignOffs(_ node: Int) {
        var role: String?
        for block in nodes[node].blocks {
            if case .table(let rows) = document.blocks[block].kind {
                readSignOffTable(rows, block, in: node)
                continue
            }
            for inner in whole(block) {
                guard case .paragraph = document.blocks[inner].kind else { continue }
                readSignOffParagraph(inner, role: &role, in: node)
            }
        }
    }

    private mutating func readSignOffParagraph(_ block: Int, role: inout String?, in node: Int) {
        guard !signedBlocks.contains(block) else { return }
        let lines = formLines(of: block)
        let parent = document.blocks[block].parent
        let task = parent.flatMap { taskOfBlock[$0] }
        if lines.isEmpty || lines.allSatisfy({ $0.blanks.isEmpty && dateRange(in: $0) == nil }) {
            let text = withoutComments(inlines(of: block))
            if let task, tasks[task].id != nil {
                role = nil
            } else if let task, tasks[task].slot == nil,
                document.blocks[parent ?? 0].firstChild == block
            {
                understood.insert(block)
                signedBlocks.insert(block)
                let label = lines.first.map(\.label) ?? tasks[task].text
                _ = addSlot(
                    label: Self.role(label),
                    line: tasks[task].line,
                    task: task,
                    in: node,
                    inlineDeclaration(of: block)
                )
            } else if text.count <= 60, task == nil, !isDecision(block) {
                role = text
            }
            return
        }
        // A block of lines begins with the role in bold, without a colon.
        if let first = document.lines(of: block).first, first.number != lines.first?.number {
            role = plain(first.range)
        }
        var pending: SignOffSlotID?
        for line in lines {
            if isSlot(line, in: node) {
                addSlot(line, in: node)
                continue
            }
            guard let blank = line.blanks.first else { continue }
            understood.insert(block)
            let isDate = Self.isDate(line.label)
            let isSignature = Self.isSignature(line.label)
            if pending == nil, let label = role {
                pending = addSlot(label: label, line: line.number - 1, task: nil, in: node)
                role = nil
            } else if pending == nil, isDate || isSignature {
                pending = slots.last?.id
            }
            guard let pending else { continue }
            addBlank(
                .init(
                    target: isDate
                        ? .signOffDate(pending)
                        : isSignature ? .signOffSignature(pending) : .signOffName(pending),
                    range: blank,
                    line: line.number
                )
            )
        }
    }

    /// The role of "Engineering lead sign-off".
    private static func role(_ label: String) -> String {
        let lower = label.lowercased()
        for ending in [
            " sign-off", " signoff", " sign off", " approval", " approves", " confirms",
            " approved",
        ]
        where lower.hasSuffix(ending) {
            return label.dropLast(ending.count).trimmed
        }
        return label
    }

    private mutating func readSignOffTable(_ rows: Range<Int>, _ block: Int, in node: Int) {
        let titles = tables[block]?.titles ?? []
        let date = titles.firstIndex { Self.isDate($0) }
        let signature = titles.firstIndex { Self.isSignature($0) }
        let name = titles.firstIndex { title in
            Self.nameWords.contains(title) || ["approver", "owner", "signatory"].contains(title)
        }
        guard titles.count >= 2, date != nil || signature != nil || name != nil else { return }
        understood.insert(block)
        for row in rows.dropFirst() {
            let cells = cells(ofRow: row)
            guard let first = cells.first, !plain(first).isEmpty else { continue }
            let line = document.rows[row].line
            let id = addSlot(label: plain(first), line: line, task: nil, in: node)
            let places: [(Int?, ChecklistDocument.Blank.Target)] = [
                (name, .signOffName(id)), (signature, .signOffSignature(id)),
                (date, .signOffDate(id)),
            ]
            for (column, target) in places {
                guard let column, column > 0, let cell = cells[safe: column] else { continue }
                let blank = blankRuns(in: cell).first
                if cell.isEmpty || blank != nil {
                    addBlank(.init(target: target, range: blank ?? cell, line: line))
                }
            }
        }
    }

    func cells(ofRow row: Int) -> [Range<Int>] {
        document.rows[row].cells.map { document.cells[$0] }
    }

    /// Whether a table has a column for a role or gate and one for a signature.
    func isSignOffTable(_ block: Int) -> Bool {
        guard let titles = tables[block]?.titles else { return false }
        return titles.contains(where: Self.roleColumns.contains)
            && titles.contains { Self.isSignature($0) }
    }

    private static let roleColumns: Set<String> = [
        "role", "rol", "gate", "função", "rolle", "rôle",
    ]
}
