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
        var keys = Self.stepKeys.union(fieldKeys(of: item))
        let word = declaration.values["kind"]
        if word == "command" { keys.formUnion(Self.commandKeys) }
        if word == "probe" { keys.insert("timeout") }
        expect(keys, in: declaration, of: "a step of the rollback")
        var command = step.command
        var probe: Probe?
        switch word {
        case nil, "manual"?: break
        case "command"?, "probe"?:
            let name = ItemID(step.title)
            let kind = declaredKind(declaration, parts, id: name, hasChildren: false)
            if case .command(let declared)? = kind { command = declared }
            if case .probe(let declared)? = kind { (command, probe) = (nil, declared) }
        case let other?:
            fault(
                "'\(other)' is no kind of a step; manual, command and probe are",
                line: declaration.line
            )
        }
        if word == "command", case .conditional(let words) = step.requirement {
            fault(
                "a step '\(words)' is a person's to decide; declare when= or word it without",
                line: declaration.line
            )
        }
        let name = declaration.values["compensates"].map { ItemID($0) }
        if let name { rollbackNames.items.append((name, declaration.line)) }
        let declared = RollbackStep(
            title: step.title,
            command: command,
            effect: word == "command"
                ? declaration.value(
                    "effect",
                    expected: "none, idempotent, reversible or irreversible",
                    faults: &faults
                ) { Effect(rawValue: $0) } : nil,
            probe: probe,
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
        return (declared, declaration.flag("verification", faults: &faults) ?? false)
    }

    /// Refuses what a step or a trigger says of an item, a suite, a metric or a level that the page
    /// does not have.
    mutating func refuseUnknownReferences() {
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
