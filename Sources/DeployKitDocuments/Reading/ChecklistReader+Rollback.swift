// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension ChecklistReader {
    /// Reads a rollback section: each part that has steps is a level.
    mutating func readRollback(_ node: Int) {
        for part in subtree(of: node) {
            let title = nodes[part].title
            if isTriggers(part) {
                readTriggers(part)
            } else if isVerification(title), part != node {
                let steps = readSteps(part)
                planVerification += steps.map(\.step)
                if !steps.isEmpty {
                    rollbackLines.append(
                        .init(
                            line: nodes[part].line,
                            id: nil,
                            title: title,
                            steps: steps.map(\.line),
                            triggers: []
                        )
                    )
                }
            } else {
                readLevel(part)
            }
        }
    }

    private func subtree(of node: Int) -> [Int] {
        [node] + nodes[node].children.flatMap { subtree(of: $0) }
    }

    private func isTriggers(_ node: Int) -> Bool {
        let text = nodes[node].title.lowercased()
        if text.holds("do not") || text.holds("don't") { return false }
        return [
            "when to", "trigger", "rollback if", "roll back if", "if any", "rollback criteria",
            "rollback condition", "decision criteria", "quando ", "cuándo", "wann ", "トリガー", "触发",
            "判断",
        ].contains(where: text.holds)
            // "Critical issues (immediate rollback)" lists symptoms, "Immediate rollback" commands.
            || text.holds("immediate rollback")
                && !nodes[node].blocks.contains { isCommandFence($0) }
    }

    private func isVerification(_ title: String) -> Bool {
        let text = title.lowercased()
        return ["verif", "validat", "post-rollback", "after rollback", "post rollback", "検証", "確認"]
            .contains(where: text.holds)
    }

    private mutating func readTriggers(_ node: Int) {
        var lines: [Int] = []
        for block in nodes[node].blocks {
            for inner in whole(block) {
                switch document.blocks[inner].kind {
                case .paragraph:
                    guard let parent = document.blocks[inner].parent,
                        case .item = document.blocks[parent].kind,
                        document.blocks[parent].firstChild == inner
                    else { continue }
                    understood.insert(inner)
                    addTrigger(parent, document.blocks[inner].firstLine, &lines)
                case .table(let rows): readTriggers(rows, inner, &lines)
                default: break
                }
            }
        }
        appendTriggerLines(lines, node)
    }

    private mutating func readTriggers(_ rows: Range<Int>, _ block: Int, _ lines: inout [Int]) {
        understood.insert(block)
        for row in rows.dropFirst() {
            guard let first = cells(ofRow: row).first else { continue }
            addTrigger(plain(first), nil, line: document.rows[row].line, &lines)
        }
    }

    /// Whether the first column of a table lists what calls for a rollback.
    private func isTriggerTable(_ rows: Range<Int>) -> Bool {
        guard let first = cells(ofRow: rows.lowerBound).first else { return false }
        let title = plain(first).lowercased()
        return ["trigger", "condition", "トリガー", "触发", "gatilho", "condición", "auslöser"]
            .contains(where: title.holds)
    }

    private mutating func appendTriggerLines(_ lines: [Int], _ node: Int) {
        guard !lines.isEmpty else { return }
        rollbackLines.append(
            .init(
                line: nodes[node].line,
                id: nil,
                title: nodes[node].title,
                steps: [],
                triggers: lines
            )
        )
    }

    private mutating func addTrigger(_ item: Int, _ line: Int, _ lines: inout [Int]) {
        let parts = self.parts(of: item)
        if let task = taskOfBlock[item] { tasks[task].kind = "rollback" }
        addTrigger(parts.title, parts.declaration, line: line, &lines)
        if let id = triggers.last?.id { noteTrigger(item, id, parts.declaration) }
    }

    private mutating func addTrigger(
        _ title: String,
        _ declaration: Declaration?,
        line: Int,
        _ lines: inout [Int]
    ) {
        guard !title.isEmpty else { return }
        var metric = declaration?.values["metric"].map { MetricID($0) }
        if metric == nil,
            let phrase = boundOfLine[line].map({ thresholds[$0].phrase }),
            let name = phrase.metric, !name.isEmpty
        {
            var critical = phrase
            critical.role = .critical
            metric = addMetric(name, critical, line: line)
        }
        let policy =
            declaration?.value(
                "trigger",
                expected: "automatic, proposed or requiresSignOff",
                faults: &faults
            ) { RollbackTrigger.Policy(rawValue: $0) } ?? .proposed
        triggers.append(
            RollbackTrigger(
                id: RollbackTriggerID(name(declaration, title, in: \.triggerNames)),
                title: title,
                metric: metric,
                suite: declaration?.values["suite"],
                level: declaration?.values["level"].map { RollbackLevelID($0) },
                policy: policy
            )
        )
        lines.append(line)
    }

    private mutating func readLevel(_ node: Int) {
        var situations: [String] = []
        var triggerLines: [Int] = []
        var checks: [Step] = []
        for block in nodes[node].blocks {
            if case .table(let rows) = document.blocks[block].kind, isTriggerTable(rows) {
                readTriggers(rows, block, &triggerLines)
            }
            guard case .paragraph = document.blocks[block].kind else { continue }
            let text = inlines(of: block).text
            let lower = text.lowercased()
            if let check = Self.verification(text) {
                understood.insert(block)
                checks.append(
                    Step(
                        step: RollbackStep(title: check, command: nil),
                        line: document.blocks[block].firstLine,
                        isVerification: true
                    )
                )
                continue
            }
            guard lower.hasPrefix("if ") || lower.hasPrefix("when ") || lower.hasPrefix("use when")
            else { continue }
            understood.insert(block)
            let situation = text.hasSuffix(":") ? String(text.dropLast()) : text
            if nodes[node].purpose == .rollback, isTopmost(node, of: .rollback) {
                addTrigger(situation, nil, line: document.blocks[block].firstLine, &triggerLines)
            } else {
                situations.append(situation)
            }
        }
        let steps = readSteps(node) + checks
        guard !steps.isEmpty else { return appendTriggerLines(triggerLines, node) }
        let title = nodes[node].title
        let words = title.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
        let isNumbered = ["level", "nível", "nivel", "stufe", "niveau"].contains(words.first ?? "")
        let verification = steps.filter { $0.isVerification }
        let level = RollbackLevel(
            id: RollbackLevelID(name(nodes[node].declaration, title, in: \.levelNames)),
            title: title,
            number: isNumbered ? words[safe: 1].flatMap { Int($0) } : nil,
            situations: situations,
            impact: Words.level(in: title, of: "impact"),
            mode: Self.mode(words),
            losesData: losesData(node),
            steps: steps.filter { !$0.isVerification }.map(\.step),
            verification: verification.map(\.step)
        )
        levels.append(level)
        noteHeading(node, id: level.id.text)
        rollbackLines.append(
            .init(
                line: nodes[node].line,
                id: level.id,
                title: title,
                steps: steps.map(\.line),
                triggers: triggerLines
            )
        )
    }

    /// What follows "Verification:".
    private static func verification(_ text: String) -> String? {
        for word in ["Verification:", "Verify:", "Verification steps:"] where text.hasPrefix(word) {
            let rest = text.dropFirst(word.count).trimmed
            return rest.isEmpty ? nil : rest
        }
        return nil
    }

    private static func mode(_ words: [String]) -> RollbackLevel.Mode? {
        for word in words {
            switch word {
            case "stop", "pause", "freeze", "disable", "halt": return .freeze
            case "redeploy", "reinstall": return .redeploy
            case "restore", "recover": return .restore
            case "revert", "undo": return .revert
            default: continue
            }
        }
        return nil
    }

    private func losesData(_ node: Int) -> Bool? {
        let text = ([nodes[node].title] + nodes[node].blocks.map { inlines(of: $0).text })
            .joined(separator: "\n").lowercased()
        if ["no data loss", "without data loss", "no data is lost"].contains(where: text.holds) {
            return false
        }
        return ["data loss", "data will be lost", "lose data"].contains(where: text.holds)
            ? true : nil
    }

    private struct Step {
        var step: RollbackStep
        var line: Int
        var isVerification = false
    }

    /// The steps directly under a heading: list items, and commands.
    private mutating func readSteps(_ node: Int) -> [Step] {
        var steps: [Step] = []
        let areBulletsSteps = hasBulletSteps(node)
        for block in nodes[node].blocks {
            switch document.blocks[block].kind {
            case .list where isProcedure(block, orBullets: areBulletsSteps):
                addSteps(block, to: &steps)
            case .fencedCode, .indentedCode:
                addSteps(fence: block, title: nodes[node].title, to: &steps)
            default: break
            }
        }
        return steps
    }

    /// Whether a list tells what to do: numbers, tasks or commands, or bullets where the node has
    /// nothing else; never a table of contents.
    private func isProcedure(_ list: Int, orBullets areBulletsSteps: Bool) -> Bool {
        guard case .list(let kind) = document.blocks[list].kind else { return false }
        let inside = descendants(of: list)
        let isContents = inside.contains { block in
            inlines(of: block).spans.contains { span in
                guard case .link(let destination) = span.kind else { return false }
                return destination.hasPrefix("#")
            }
        }
        guard !isContents else { return false }
        let acts = inside.contains { taskOfBlock[$0] != nil || isCommandFence($0) }
        return kind.isOrdered || acts || areBulletsSteps
    }

    /// Whether bullets are steps too, where a node has nothing else.
    private func hasBulletSteps(_ node: Int) -> Bool {
        let isAlone = !nodes[node].blocks.contains { block in
            if case .list(let other) = document.blocks[block].kind { return other.isOrdered }
            return isCommandFence(block)
        }
        return isAlone && (titleNode.map { nodes[$0].purpose } ?? .run) != .rollback
            && nodes[node].level > 1 && Purpose.isRollback(path(of: node).dropFirst())
    }

    /// Whether a fence is commands, or steps with boxes.
    private func isProcedure(fence: Int) -> Bool {
        if isCommandFence(fence) { return true }
        guard language(of: fence).isEmpty else { return false }
        return document.lines(of: fence).contains { line in
            let text = document.text(line.range)
            return Self.boxedStep(text) != nil || Self.isCommand(text.trimmed)
        }
    }

    private mutating func addSteps(_ list: Int, to steps: inout [Step]) {
        for item in Array(document.children(of: list)) {
            let parts = self.parts(of: item)
            let line = document.blocks[item].firstLine
            let command = offers(of: parts).first
            if let task = taskOfBlock[item] { tasks[task].kind = "rollback" }
            for fence in parts.fences { lintCommand(fence) }
            steps.append(
                Step(
                    step: RollbackStep(
                        title: parts.title,
                        command: command,
                        requirement: Self.requirement(ofStep: parts.title)
                    ),
                    line: line
                )
            )
            for inner in parts.lists { addSteps(inner, to: &steps) }
        }
    }

    /// "Database Restore: If schema changes are breaking, restore …" is conditional.
    private static func requirement(ofStep title: String) -> Requirement {
        let whole = Words.requirement(of: title)
        guard whole == .required, let colon = title.firstRange(of: ": ") else { return whole }
        return Words.requirement(of: String(title[colon.upperBound...]))
    }

    /// A fence is one step, with what follows "# Verify …" as its verification; numbered comments
    /// divide it. Where it holds nothing but comments, each is an instruction.
    private mutating func addSteps(fence: Int, title: String, to steps: inout [Step]) {
        guard isProcedure(fence: fence) else { return }
        understood.insert(fence)
        lintCommand(fence)
        let lines = document.lines(of: fence).map { line in
            (text: document.text(line.range), number: line.number)
        }
        let comments = lines.map { Self.comment($0.text.trimmed) }
        let isNumbered = comments.contains { $0.flatMap(Self.numberedStep) != nil }
        let isProse = zip(lines, comments).allSatisfy { $0.text.trimmed.isEmpty || $1 != nil }
        var parts: [(title: String, line: Int, code: [String], isKept: Bool)] = []
        for (line, comment) in zip(lines, comments) {
            if let comment {
                let step = Self.numberedStep(comment)
                let isBreak =
                    step != nil || parts.isEmpty || isNumbered || isProse
                    || comment.lowercased().hasPrefix("verify")
                guard isBreak, !comment.isEmpty else { continue }
                let isKept = step != nil || isProse && !isNumbered
                parts.append((step ?? comment, line.number, [], isKept))
            } else if let step = Self.boxedStep(line.text) {
                parts.append((step, line.number, [], true))
            } else if !line.text.trimmed.isEmpty {
                if parts.isEmpty { parts.append((title, line.number, [], true)) }
                parts[parts.count - 1].code.append(line.text)
            }
        }
        for part in parts where part.isKept || !part.code.isEmpty {
            let script = part.code.joined(separator: "\n").trimmed
            let lower = part.title.lowercased()
            steps.append(
                Step(
                    step: RollbackStep(
                        title: part.title,
                        command: script.isEmpty ? nil : .shell(script),
                        requirement: Self.requirement(ofStep: part.title)
                    ),
                    line: part.line,
                    isVerification: lower.hasPrefix("verify ") && !isNumbered
                )
            )
        }
    }

    /// The rest of "[ ] …", "[Step 2] …".
    private static func boxedStep(_ line: String) -> String? {
        let text = line.trimmed
        guard text.hasPrefix("["), let close = text.firstIndex(of: "]") else { return nil }
        let inner = text[text.index(after: text.startIndex)..<close].trimmed.lowercased()
        let isBox = inner.isEmpty || inner == "x"
        let isStep = ["step", "schritt", "etapa", "paso", "étape", "ステップ", "步骤"].contains {
            inner.hasPrefix($0)
        }
        guard isBox || isStep else { return nil }
        let title = text[text.index(after: close)...].trimmed
        return title.isEmpty ? nil : title
    }

    /// The rest of "Step 2: …", "2. …".
    private static func numberedStep(_ comment: String) -> String? {
        var rest = comment[...]
        for word in ["Step ", "step ", "STEP "] where rest.hasPrefix(word) {
            rest = rest.dropFirst(word.count)
        }
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, digits.count <= 2 else { return nil }
        rest = rest.dropFirst(digits.count)
        guard let mark = rest.first, ".:)".contains(mark) else { return nil }
        let title = rest.dropFirst().trimmed
        return title.isEmpty ? nil : title
    }
}
