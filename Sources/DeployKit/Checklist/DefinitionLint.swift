// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Checklist {
    /// Where the definition breaks a rule of ``LintRule/definition``.
    ///
    /// - Parameter directory: The people who may sign; without any, anyone may hold any role.
    /// - Returns: Each breach, by kind and then in the order of the definition.
    public func findings(directory: Directory = Directory()) -> [ChecklistFinding] {
        DefinitionLint(self, directory, withCommands: true).findings
    }

    /// The findings but for those about the text of a command, which a reader of documents makes
    /// itself because it knows their lines.
    package func findingsBesidesCommands(directory: Directory = Directory()) -> [ChecklistFinding] {
        DefinitionLint(self, directory, withCommands: false).findings
    }
}

/// The rules about a definition alone.
struct DefinitionLint {
    let checklist: Checklist
    let directory: Directory
    let withCommands: Bool
    /// The items with what they inherit; none where no rule could object to one.
    let entries: [Outline.Entry]

    init(_ checklist: Checklist, _ directory: Directory, withCommands: Bool) {
        self.checklist = checklist
        self.directory = directory
        self.withCommands = withCommands
        // Besides its command an item is at fault only where one has an effect or an output.
        let isLookedAt =
            withCommands
            || checklist.phases.contains { phase in
                phase.sections.contains { $0.items.contains(where: Self.hasEffectOrOutput) }
            }
        entries = isLookedAt ? Outline(checklist).entries : []
    }

    private static func hasEffectOrOutput(_ item: Item) -> Bool {
        if case .capture = item.kind { return true }
        return item.effect != nil || item.children.contains(where: hasEffectOrOutput)
    }

    var findings: [ChecklistFinding] {
        var findings: [ChecklistFinding] = []
        if withCommands { findings += commandsOfItems }
        findings += outputsReadTooEarly + irreversibleItems + lateApprovals + signOffs + rollback
        if withCommands { findings += commandsBesidesItems }
        return findings + bands
    }

    // MARK: Commands

    private var commandsOfItems: [ChecklistFinding] {
        entries.flatMap { entry in
            ([entry.item.kind.command].compactMap(\.self) + entry.item.offers)
                .flatMap { Self.breaches(of: $0, .item(entry.item.id)) }
        }
    }

    private var commandsBesidesItems: [ChecklistFinding] {
        let levels = (checklist.rollbackPlan?.levels ?? []).flatMap { level in
            (level.steps + level.verification).compactMap(\.command)
                .flatMap { Self.breaches(of: $0, .level(level.id)) }
        }
        return levels
            + checklist.references.flatMap { reference in
                reference.commands.flatMap { Self.breaches(of: $0, .reference(reference.title)) }
            }
    }

    private static func breaches(
        of command: ItemCommand,
        _ subject: ChecklistFinding.Subject
    ) -> [ChecklistFinding] {
        CommandLint.breaches(in: command).map { line, breach in
            ChecklistFinding(breach.rule, subject, commandLine: line, breach.message)
        }
    }

    // MARK: Outputs

    // A contract's ID is in the environment of a command once an item has captured it.
    private var outputsReadTooEarly: [ChecklistFinding] {
        var writers: [String: Int] = [:]
        for (position, entry) in entries.enumerated() {
            guard case .capture(let slot, _, _, _) = entry.item.kind else { continue }
            if writers[slot.text] == nil { writers[slot.text] = position }
        }
        guard !writers.isEmpty else { return [] }
        var findings: [ChecklistFinding] = []
        for (position, entry) in entries.enumerated() {
            guard let command = entry.item.kind.command ?? entry.item.offers.first else { continue }
            for read in ShellVariables.reads(in: command.text) {
                guard let first = writers[read.name], first >= position,
                    Self.meet(entry.scopes, entries[first].scopes)
                else { continue }
                let writer =
                    first == position ? "itself" : "'\(entries[first].item.id)', which comes later"
                findings.append(
                    ChecklistFinding(
                        .outputReadBeforeWritten,
                        .item(entry.item.id),
                        commandLine: read.line,
                        "'\(read.name)' is read here and written only by \(writer)"
                    )
                )
            }
        }
        return findings
    }

    // Whether both apply somewhere: scopes that name different environments exclude each other.
    private static func meet(_ left: [[String]], _ right: [[String]]) -> Bool {
        left.allSatisfy { words in
            right.allSatisfy { others in words.contains { others.contains($0) } }
        }
    }

    // MARK: Effects

    private var irreversibleItems: [ChecklistFinding] {
        let guarded = firstGuardedPhase
        return entries.compactMap { entry in
            guard entry.item.effect == .irreversible, entry.phase < guarded,
                !Self.isRehearsal(entry.scopes)
            else { return nil }
            return ChecklistFinding(
                .irreversibleUngated,
                .item(entry.item.id),
                "'\(entry.item.title)' cannot be undone, and nobody signs before it"
            )
        }
    }

    // What can be wiped may be done without asking: scopes that name nothing but test environments.
    private static func isRehearsal(_ scopes: [[String]]) -> Bool {
        scopes.contains { words in
            words.allSatisfy { word in
                let name = word.lowercased().split(separator: ":").last.map(String.init) ?? ""
                return rehearsals.contains(name)
            }
        }
    }

    private static let rehearsals: Set<String> = [
        "test", "testnet", "staging", "stage", "development", "dev", "devnet", "local", "localnet",
        "futurenet", "sepolia", "qa",
    ]

    // From which phase on a person or another environment was asked.
    private var firstGuardedPhase: Int {
        let gates = Set(checklist.signOffSlots.filter { $0.requirement != .optional }.map(\.gate))
        return checklist.phases.firstIndex { phase in
            !phase.conditions.isEmpty || gates.contains(.phase(phase.id))
        } ?? checklist.phases.count
    }

    private var lateApprovals: [ChecklistFinding] { lateApprovalItems + lateApprovalSlots }

    private static func changesTheWorld(_ entry: Outline.Entry) -> Bool {
        entry.item.effect == .reversible || entry.item.effect == .irreversible
    }

    // What is approved between two steps may be the second; after the last there is nothing left.
    private var lateApprovalItems: [ChecklistFinding] {
        guard let last = entries.lastIndex(where: Self.changesTheWorld) else { return [] }
        let effect = entries[last]
        return entries[(last + 1)...].compactMap { entry in
            guard entry.item.kind == .manual, Self.asksForApproval(entry.item.title),
                Self.meet(entry.scopes, effect.scopes)
            else { return nil }
            return ChecklistFinding(
                .approvalAfterEffect,
                .item(entry.item.id),
                "'\(entry.item.title)' comes after '\(effect.item.id)', which has changed the world"
            )
        }
    }

    private var lateApprovalSlots: [ChecklistFinding] {
        guard let effect = entries.last(where: Self.changesTheWorld),
            effect.phase < firstGuardedPhase
        else { return [] }
        let positions = Dictionary(
            checklist.phases.enumerated().map { ($1.id, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        return checklist.signOffSlots.compactMap { slot in
            guard !slot.isStatement, Self.asksForApproval(slot.group ?? slot.label),
                let gate = position(of: slot.gate, among: positions), gate > effect.phase
            else { return nil }
            return ChecklistFinding(
                .approvalAfterEffect,
                .slot(slot.id),
                "'\(slot.label)' is asked at '\(slot.gate)', after '\(effect.item.id)', which "
                    + "has changed the world"
            )
        }
    }

    private static func asksForApproval(_ title: String) -> Bool {
        let text = title.lowercased()
        let words = text.split { !$0.isLetter }
        return words.contains { $0.hasPrefix("approv") || $0.hasPrefix("authoris") }
            || words.contains { $0.hasPrefix("authoriz") }
            || ["go/no-go", "go / no-go", "go-no-go"].contains { text.utf8.contains($0.utf8) }
    }

    // Where a gate stands among the phases; the closing review approves nothing.
    private func position(of gate: GateID, among positions: [PhaseID: Int]) -> Int? {
        switch gate {
        case .phase(let id): positions[id]
        case .completion: checklist.phases.count
        case .closure, .rollback: nil
        }
    }
}
