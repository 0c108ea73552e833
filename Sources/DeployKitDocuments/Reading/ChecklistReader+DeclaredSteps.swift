// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// What a comment in a step of a rollback declares: that it runs, what it undoes, or that it shows
/// that the level has worked.
extension ChecklistReader {
    private static let stepKeys: Set<String> = ["kind", "when", "compensates", "verification"]
    private static let commandKeys: Set<String> = [
        "effect", "timeout", "secrets", "inherit", "cwd", "shell",
    ]

    /// The step with what its declaration adds.
    ///
    /// - Parameters:
    ///   - step: The step as it was inferred.
    ///   - parts: What stands inside its list item.
    ///   - item: The list item.
    /// - Returns: The step, and whether it verifies.
    mutating func declaredStep(
        _ step: RollbackStep,
        _ parts: ItemParts,
        of item: Int
    ) -> (step: RollbackStep, isVerification: Bool) {
        guard let declaration = parts.declaration else { return (step, false) }
        let keys = Self.keys(ofStep: declaration).union(fieldKeys(of: item))
        expect(keys, in: declaration, of: "a step of the rollback")
        var (command, probe, ready) = (step.command, nil as Probe?, nil as Probe?)
        switch declaration.values["kind"] {
        case nil, "manual"?: break
        case "command"?, "probe"?, "service"?:
            let name = ItemID(step.title)
            switch declaredKind(declaration, parts, id: name, hasChildren: false) {
            case .command(let declared)?: command = declared
            case .probe(let declared)?: (command, probe) = (nil, declared)
            case .service(let declared, let answer)?: (command, ready) = (declared, answer)
            default: break
            }
        case let other?:
            fault(
                "'\(other)' is no kind of a step; manual, command, service and probe are",
                line: declaration.line
            )
        }
        return (
            declared(step, declaration, command, probe, ready),
            declaration.flag("verification", faults: &faults) ?? false
        )
    }

    /// Declares the step that the only fence below a heading is, where the heading says so:
    ///
    ///     ### Level 1: Stop
    ///     <!-- deploykit: id=stop kind=command effect=idempotent compensates=switch-on -->
    mutating func declareFence(among steps: inout [Step], of node: Int) {
        guard let declaration = nodes[node].declaration, declaration.values["kind"] == "command"
        else { return }
        for key in Self.keys(ofStep: declaration).subtracting(["verification"]) {
            _ = used(key, of: node)
        }
        let acts = steps.indices.filter { !steps[$0].isVerification }
        let fences = nodes[node].blocks.filter { block in
            guard case .fencedCode = document.blocks[block].kind else { return false }
            return isCommandFence(block) || language(of: block).isEmpty
        }
        guard acts.count == 1, steps[acts[0]].isInFence, fences.count == 1,
            case .script(let script, let interpreter)? = steps[acts[0]].step.command
        else {
            return fault(
                "'kind=command' below a heading is about the one command in the one fence there; "
                    + "several steps stand in list items, each with its own declaration",
                line: declaration.line
            )
        }
        let shell = declaration.values["shell"]
        let word = language(of: fences[0])
        guard shell != nil || word.isEmpty || Self.shells.contains(word) else {
            return fault("a fence of '\(word)' runs with shell=", line: declaration.line)
        }
        if declaration.values["effect"] == nil {
            fault(
                "a declared command says with effect= what it does to the world",
                line: declaration.line
            )
        }
        let command = ItemCommand.script(script, interpreter: shell ?? interpreter)
        steps[acts[0]].step = declared(steps[acts[0]].step, declaration, command, nil, nil)
    }

    private static func keys(ofStep declaration: Declaration) -> Set<String> {
        switch declaration.values["kind"] {
        case "command"?, "service"?: stepKeys.union(commandKeys)
        case "probe"?: stepKeys.union(["timeout"])
        default: stepKeys
        }
    }

    private mutating func declared(
        _ step: RollbackStep,
        _ declaration: Declaration,
        _ command: ItemCommand?,
        _ probe: Probe?,
        _ ready: Probe?
    ) -> RollbackStep {
        let runs = declaration.values["kind"] == "command" || ready != nil
        if runs, case .conditional(let words) = step.requirement {
            fault(
                "a step '\(words)' is a person's to decide; declare when= or word it without",
                line: declaration.line
            )
        }
        let name = declaration.values["compensates"].map { ItemID($0) }
        if let name { rollbackNames.items.append((name, declaration.line)) }
        return RollbackStep(
            title: step.title,
            command: command,
            effect: runs
                ? declaration.value(
                    "effect",
                    expected: "none, idempotent, reversible or irreversible",
                    faults: &faults
                ) { Effect(rawValue: $0) } : nil,
            probe: probe,
            ready: ready,
            compensates: name,
            requirement: step.requirement,
            when: declaration.value(
                "when",
                expected: "'tier=production' or the like",
                faults: &faults
            ) { Condition($0) },
            timeout: declaration.value(
                "timeout",
                expected: "a time such as 30s or 5m",
                faults: &faults
            ) { Declaration.duration($0) },
            secrets: declaration.list("secrets"),
            inherits: declaration.list("inherit"),
            directory: declaration.values["cwd"]
        )
    }

    /// Refuses what a step or a trigger says of an item, a suite, a metric or a level that the page
    /// does not have.
    mutating func refuseUnknownReferences() {
        guard !rollbackNames.items.isEmpty || !rollbackNames.triggers.isEmpty else { return }
        let items = Set(phases.flatMap(\.items).map(\.id))
        for (name, line) in rollbackNames.items where !items.contains(name) {
            fault("a step undoes '\(name)', and the page has no such item", line: line)
        }
        for (trigger, line) in rollbackNames.triggers {
            if let item = trigger.item, !items.contains(item) {
                fault("a trigger waits for '\(item)', and the page has no such item", line: line)
            }
            if let level = trigger.level, !levels.contains(where: { $0.id == level }) {
                fault(
                    "a trigger calls for '\(level)', and the plan has no such level; it has "
                        + levels.map(\.id.text).joined(separator: ", "),
                    line: line
                )
            }
            if let metric = trigger.metric, !metrics.contains(where: { $0.id == metric }) {
                fault(
                    "a trigger watches '\(metric)', and the page has no such metric; it has "
                        + metrics.map(\.id.text).joined(separator: ", "),
                    line: line
                )
            }
            if let suite = trigger.suite,
                !phases.flatMap(\.items).contains(where: { $0.suite == suite })
            {
                fault(
                    "a trigger waits for the suite '\(suite)', and no item belongs to it",
                    line: line
                )
            }
        }
    }
}
