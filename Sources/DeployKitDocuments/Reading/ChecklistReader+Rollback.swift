// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension ChecklistReader {
    /// Reads a rollback section: each part that has steps is a level.
    mutating func readRollback(_ node: Int) { readRollbackPart(node, within: nil) }

    private mutating func readRollbackPart(_ node: Int, within above: RollbackPart?) {
        let part = part(of: node, within: above)
        switch part {
        case .triggers: readTriggers(node)
        case .verification: readVerification(node)
        case .steps: readLevel(node)
        case .aside: mark(node, as: "rollback")
        }
        for child in nodes[node].children { readRollbackPart(child, within: part) }
    }

    /// What a node of a rollback section is for: what its heading says, else what the one above
    /// says.
    private func part(of node: Int, within above: RollbackPart?) -> RollbackPart {
        let title = nodes[node].title
        if above == .aside { return .aside }
        let own = RollbackPart(heading: title, isWhole: isRollbackAsAWhole)
        let text = title.lowercased()
        // "Critical issues (immediate rollback)" lists symptoms, "Immediate rollback" what to do.
        if own == .triggers || text.holds("immediate rollback") || own == nil && above == .triggers
        {
            return own == .triggers || listsSymptoms(node) ? .triggers : .steps
        }
        if own == .verification, above == nil,
            ["plan", "procedure", "&", " and "].contains(where: text.holds)
        {
            return .steps
        }
        return own ?? (above == .verification ? .verification : .steps)
    }

    /// Whether what stands under a heading is plain bullets or tables, with nothing to do.
    private func listsSymptoms(_ node: Int) -> Bool {
        !nodes[node].blocks.contains { block in
            switch document.blocks[block].kind {
            case .list(let list):
                list.isOrdered || descendants(of: block).contains { taskOfBlock[$0] != nil }
            case .fencedCode: isCommandFence(block)
            default: false
            }
        }
    }

    /// What shows that the plan as a whole has worked. Commands and what is looked at later, in a
    /// window of time, are told apart from the steps of a list.
    private mutating func readVerification(_ node: Int) {
        let steps = readSteps(node)
        guard !steps.isEmpty else { return }
        planVerification += steps.map(\.step)
        let isLater = Words.parentheses(in: nodes[node].title).contains(where: Words.namesTime)
        let acts = isLater ? [] : steps.filter { !$0.isInFence }
        let checks = isLater ? steps : steps.filter { $0.isInFence }
        rollbackLines.append(
            .init(
                line: nodes[node].line,
                id: nil,
                title: nodes[node].title,
                steps: acts.map(\.line),
                verification: checks.map(\.line),
                triggers: []
            )
        )
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
                guard text.hasSuffix(":") else { continue }
                addTrigger(situation, nil, line: document.blocks[block].firstLine, &triggerLines)
            } else {
                situations.append(situation)
            }
        }
        var steps = readSteps(node) + checks
        declareFence(among: &steps, of: node)
        guard !steps.isEmpty else { return appendTriggerLines(triggerLines, node) }
        let title = nodes[node].title
        let words = title.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
        let isNumbered = ["level", "nível", "nivel", "stufe", "niveau"].contains(words.first ?? "")
        let verification = steps.filter { $0.isVerification }
        _ = used("id", of: node)
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
                steps: steps.filter { !$0.isVerification }.map(\.line),
                verification: verification.map(\.line),
                triggers: triggerLines
            )
        )
    }

    /// Reads the parts of a procedure that go back: "3. **Recovery steps**" with its tasks.
    mutating func readRecoveries(_ node: Int) {
        for block in nodes[node].blocks {
            guard case .list = document.blocks[block].kind else { continue }
            for item in Array(document.children(of: block)) where taskOfBlock[item] == nil {
                let parts = self.parts(of: item)
                if let declaration = parts.declaration {
                    expect([], in: declaration, of: "a part of a procedure")
                }
                guard RollbackPart.isAct(parts.title), !parts.lists.isEmpty else { continue }
                let steps = readSteps(ofLists: parts.lists)
                let (acts, checks) = (
                    steps.filter { !$0.isVerification }, steps.filter { $0.isVerification }
                )
                let title = "\(nodes[node].title): \(parts.title)"
                let level = RollbackLevel(
                    id: RollbackLevelID(name(nil, title, in: \.levelNames)),
                    title: title,
                    steps: acts.map(\.step),
                    verification: checks.map(\.step)
                )
                levels.append(level)
                rollbackLines.append(
                    .init(
                        line: document.blocks[item].firstLine,
                        id: level.id,
                        title: title,
                        steps: acts.map(\.line),
                        verification: checks.map(\.line),
                        triggers: []
                    )
                )
            }
        }
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
}
