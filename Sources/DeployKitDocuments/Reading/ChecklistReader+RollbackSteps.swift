// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension ChecklistReader {
    /// A step and where it stands.
    struct Step {
        var step: RollbackStep
        /// The line of the step, or of the fence that is one.
        var line: Int
        var isVerification = false
        var isInFence = false
    }

    /// The steps directly under a heading: list items, and commands.
    mutating func readSteps(_ node: Int) -> [Step] {
        var steps: [Step] = []
        let areBulletsSteps = hasBulletSteps(node)
        for block in nodes[node].blocks {
            switch document.blocks[block].kind {
            case .list where isProcedure(block, orBullets: areBulletsSteps):
                addSteps(block, to: &steps)
            case .fencedCode, .indentedCode:
                guard !RollbackPart.isInspection(nodes[node].title) else { continue }
                addSteps(fence: block, title: nodes[node].title, to: &steps)
            default: break
            }
        }
        return steps
    }

    /// Whether a list tells what to do: numbers, tasks or commands, or bullets where the node has
    /// nothing else; never a table of contents, what a command does by itself, or attributes.
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
        if acts { return true }
        return kind.isOrdered ? !isDescription(list) : areBulletsSteps && !isAttributes(list)
    }

    /// Whether every line tells what something does: "Reads the snapshot", "Calls `upgrade`".
    private func isDescription(_ list: Int) -> Bool {
        let verbs = document.children(of: list).map { item in
            firstText(of: item).words(of: .letters).first ?? ""
        }
        return verbs.count > 1 && verbs.allSatisfy { $0.hasSuffix("s") && !$0.hasSuffix("ss") }
    }

    /// Whether most lines are a label with what a procedure is like: "**Impact**: one service".
    private func isAttributes(_ list: Int) -> Bool {
        let labels = document.children(of: list).map { firstText(of: $0) }
        let attributes = labels.count { text in
            guard let colon = text.firstRange(of: ":") else { return false }
            return RollbackPart.isAttribute(text[..<colon.lowerBound].trimmed)
        }
        return attributes * 2 > labels.count
    }

    private func firstText(of item: Int) -> String {
        document.blocks[item].firstChild.map { inlines(of: $0).text } ?? ""
    }

    /// Whether bullets are steps too, where a node has nothing else.
    private func hasBulletSteps(_ node: Int) -> Bool {
        let isAlone = !nodes[node].blocks.contains { block in
            if case .list(let other) = document.blocks[block].kind { return other.isOrdered }
            return isCommandFence(block)
        }
        return isAlone && nodes[node].level > 1 && Purpose.isRollback(path(of: node).dropFirst())
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

    /// The steps of lists inside an item.
    mutating func readSteps(ofLists lists: [Int]) -> [Step] {
        var steps: [Step] = []
        for list in lists { addSteps(list, to: &steps) }
        return steps
    }

    private mutating func addSteps(_ list: Int, to steps: inout [Step]) {
        for item in Array(document.children(of: list)) {
            // A place for a signature is no step.
            if let first = document.blocks[item].firstChild, signedBlocks.contains(first) {
                continue
            }
            let parts = self.parts(of: item)
            let line = document.blocks[item].firstLine
            let command = offers(of: parts).first
            if let task = taskOfBlock[item] { tasks[task].kind = "rollback" }
            for fence in parts.fences { lintCommand(fence) }
            let inferred = RollbackStep(
                title: parts.title,
                command: command,
                requirement: Self.requirement(ofStep: parts.title)
            )
            let (step, isVerification) = declaredStep(inferred, parts, of: item)
            steps.append(Step(step: step, line: line, isVerification: isVerification))
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
    /// divide it. Where it holds nothing but comments, each is an instruction. A step that nothing
    /// marks stands at the line of the fence.
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
        var parts: [(title: String, line: Int?, code: [String], isKept: Bool)] = []
        for (line, comment) in zip(lines, comments) {
            if let comment {
                let step = Self.numberedStep(comment)
                let isBreak =
                    step != nil || parts.isEmpty || isNumbered || isProse
                    || comment.lowercased().hasPrefix("verif")
                guard isBreak, !comment.isEmpty else { continue }
                let isKept = step != nil || isProse && !isNumbered
                let isMarked = isKept || !parts.isEmpty
                parts.append((step ?? comment, isMarked ? line.number : nil, [], isKept))
            } else if let step = Self.boxedStep(line.text) {
                parts.append((step, line.number, [], true))
            } else if !line.text.trimmed.isEmpty {
                if parts.isEmpty { parts.append((title, nil, [], true)) }
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
                    line: part.line ?? document.blocks[fence].firstLine,
                    isVerification: lower.hasPrefix("verif") && !isNumbered,
                    isInFence: true
                )
            )
        }
    }

    /// The rest of "[ ] …", "[Step 2] …".
    static func boxedStep(_ line: String) -> String? {
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
    static func numberedStep(_ comment: String) -> String? {
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
