// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What had begun elsewhere, where a deployment goes back on behalf of another or rehearses a level.
public struct RollbackBasis: Hashable, Sendable {
    /// The deployment that it goes back from; `nil` for a rehearsal.
    public let original: DeploymentID?
    /// The items that had begun there, less those whose effect was undone already.
    public let begun: Set<ItemID>
}

extension Deployment {
    /// The rollback that counts, or `nil` when none was authorised.
    public var rollback: RollbackRun? { rollbacks.last }

    /// The proposals about which a person has still to decide, oldest first.
    public var openProposals: [RollbackProposal] {
        rollbackProposals.filter { $0.outcome == .open }
    }

    /// Whether nothing but the steps of a rollback is to be done: one is under way, or has failed, or
    /// the deployment is for nothing else.
    public var isGoingBack: Bool {
        if subject.level != nil { return true }
        return switch status {
        case .rollingBack, .halted(.rollbackFailed): true
        default: false
        }
    }

    /// The item, or the step of the rollback that is under way or has failed, with this name.
    public func entry(of id: ItemID) -> Outline.Entry? {
        step(id)?.entry ?? outline[id]
    }

    /// How far an item or a step of the rollback has come; `nil` for a group.
    public func progress(of id: ItemID) -> ItemProgress? {
        if step(id) != nil { return rollback?.progress(of: id) }
        return items[id]
    }

    /// A step of the rollback that counts; none has the name of an item.
    public func step(_ id: ItemID) -> RollbackTask? {
        rollback?.task(id)
    }

    /// The item or step that a person means by `text`: an item as ``Outline/find(_:)`` finds it, or
    /// a step of the rollback by its id or number.
    public func find(_ text: String) -> [Outline.Entry] {
        let steps = (rollback?.tasks ?? []).map(\.entry)
        let found = steps.filter { entry in
            entry.item.id.text == text || entry.number == text.uppercased()
        }
        return found.isEmpty ? outline.find(text) : found
    }

    // MARK: What applies

    /// The levels by which the deployment could go back now: something that they undo has begun.
    public var availableLevels: [RollbackLevel] {
        (checklist.rollbackPlan?.levels ?? []).filter { level in
            let tasks = checklist.rollbackTasks(of: level.id) ?? []
            return tasks.contains { !$0.isVerification && applies($0) }
        }
    }

    /// The level that comes into question first, when nobody names one: that of the oldest open
    /// proposal which names one, else the one with the least impact. Where nothing has begun there
    /// is none.
    public var recommendedLevel: RollbackLevel? {
        let proposed = openProposals.lazy.compactMap(\.level).first
        if let proposed { return checklist.rollbackPlan?.level(proposed) }
        if begunItems.isEmpty { return nil }
        return checklist.rollbackPlan?.byImpact(availableLevels).first
    }

    /// Whether a step is to be done: its condition is not known to be false, and what it undoes has
    /// begun and was not undone before. What was done once is not done again.
    func applies(_ task: RollbackTask) -> Bool {
        if let when = task.when, when.holds(for: inputs) == false { return false }
        if task.isVerification { return true }
        let isDone = rollbacks.contains { run in
            if case .passed = run.progress[task.id]?.state { true } else { false }
        }
        if isDone { return false }
        guard let item = task.compensates else { return true }
        let undone = undoneItems
        return leaves(of: item).contains { hasEffect($0) && !undone.contains($0) }
    }

    /// The items whose effect was undone, those of a group each by itself.
    var undoneItems: Set<ItemID> {
        Set(rollbacks.flatMap(\.compensated).flatMap(leaves))
    }

    /// The item itself, or those of a group that are done themselves; none for an unknown name.
    private func leaves(of id: ItemID) -> [ItemID] {
        guard let entry = outline[id] else { return [] }
        if !entry.item.isGroup { return [id] }
        return entry.children.flatMap { leaves(of: outline.entries[$0].item.id) }
    }

    /// The steps of a level, and whether each would be done if the rollback began now; none when the
    /// plan has no such level.
    public func preview(of level: RollbackLevelID) -> [(task: RollbackTask, applies: Bool)] {
        (checklist.rollbackTasks(of: level) ?? []).map { ($0, applies($0)) }
    }

    /// The values that conditions are computed from.
    private var inputs: [String: [String]] {
        var inputs = subject.environment.inputs
        for variable in variables { inputs[variable.name] = variable.values }
        return inputs
    }

    /// Whether an item that is no group was begun here or where the deployment goes back from.
    private func hasEffect(_ id: ItemID) -> Bool {
        if rollbackBasis?.begun.contains(id) == true { return true }
        guard let progress = items[id], progress.attempts > 0 else { return false }
        // The only attempt is known to have had no effect.
        if case .failed = progress.state, progress.attempts == 1,
            progress.cause?.excludesEffect == true
        {
            return false
        }
        return true
    }

    /// The items that have begun and were not undone: what another deployment may go back from.
    var begunItems: [ItemID] {
        let undone = undoneItems
        return outline.leaves.map(\.item.id).filter { hasEffect($0) && !undone.contains($0) }
    }

    // MARK: Signatures

    /// A place for a signature before each level for which a trigger asks for one and the checklist
    /// has no place.
    var rollbackSlots: [SignOffSlot] {
        guard let plan = checklist.rollbackPlan,
            plan.triggers.contains(where: { $0.policy == .requiresSignOff })
        else { return [] }
        return plan.levels.filter { level in
            plan.triggers.contains { trigger in
                trigger.policy == .requiresSignOff && trigger.level ?? level.id == level.id
            } && !checklist.signOffSlots.contains { $0.gate == .rollback(level.id) }
        }.map { level in
            SignOffSlot(
                id: SignOffSlotID("rollback-\(level.id)"),
                label: "Rollback: \(level.title)",
                rule: SignOffRule(),
                gate: .rollback(level.id)
            )
        }
    }

    /// Whether a level begins by signatures at its gate, and not by anybody's word.
    public func needsSignature(_ level: RollbackLevelID) -> Bool {
        signOffSlots.contains { $0.gate == .rollback(level) && $0.requirement != .optional }
    }

    // MARK: Applying

    /// The last proposal that a trigger made.
    func lastProposal(by trigger: RollbackTriggerID) -> RollbackProposal? {
        rollbackProposals.last { $0.trigger == trigger }
    }

    /// Whether items have failed as a trigger says.
    func isFired(_ trigger: RollbackTrigger) -> Bool {
        guard trigger.item != nil || trigger.suite != nil else { return false }
        return outline.leaves.contains { entry in
            let id = entry.item.id
            guard entry.requirement != .optional, case .failed = items[id]?.state else {
                return false
            }
            // What was lost and may simply be done again has not failed yet.
            if items[id]?.cause == .lost, entry.item.effect?.allowsBlindRetry == true {
                return false
            }
            return trigger.item.map { isPart(id, of: $0) } == true
                || trigger.suite != nil && trigger.suite == entry.item.suite
                    && !entry.item.isCleanup
        }
    }

    private func isPart(_ id: ItemID, of whole: ItemID) -> Bool {
        if id == whole { return true }
        return outline[whole]?.children.contains { child in
            isPart(id, of: outline.entries[child].item.id)
        } == true
    }

    /// Notes, after an item changed, which dismissed proposals are about nothing any more.
    mutating func clearProposals() {
        for index in rollbackProposals.indices
        where rollbackProposals[index].outcome == .dismissed && !rollbackProposals[index].hasCleared
        {
            let trigger = checklist.rollbackPlan?.triggers.first {
                $0.id == rollbackProposals[index].trigger
            }
            guard let trigger, trigger.item != nil || trigger.suite != nil else { continue }
            rollbackProposals[index].hasCleared = !isFired(trigger)
        }
    }

    /// Proposals are recorded after the end, too: what was deployed is measured then.
    mutating func applyProposal(_ event: RollbackEvent, _ recorded: RecordedEvent) {
        switch event {
        case .proposed(let trigger, let level, let at, let reason):
            rollbackProposals.append(
                RollbackProposal(
                    trigger: trigger,
                    level: level,
                    at: at,
                    recordedAt: recorded.at,
                    actor: recorded.actor,
                    reason: reason
                )
            )
        case .dismissed(let level, _):
            for index in rollbackProposals.indices
            where rollbackProposals[index].outcome == .open
                && (level == nil || rollbackProposals[index].level == level)
            {
                rollbackProposals[index].outcome = .dismissed
            }
        default: break
        }
    }

    mutating func applyRollback(_ event: RollbackEvent, _ recorded: RecordedEvent) {
        switch event {
        case .based(let original, let begun, let known):
            rollbackBasis = RollbackBasis(original: original, begun: Set(begun))
            for contract in known {
                contracts[contract.slot] = Contract(id: contract.id, item: nil)
            }
        case .proposed, .dismissed: break
        case .authorised(let level, let trigger, let reason):
            guard let tasks = checklist.rollbackTasks(of: level) else { return }
            rollbacks.append(
                RollbackRun(
                    level: level,
                    trigger: trigger,
                    actor: recorded.actor,
                    at: recorded.at,
                    reason: reason,
                    tasks: tasks
                )
            )
            for index in rollbackProposals.indices where rollbackProposals[index].outcome == .open {
                rollbackProposals[index].outcome = .authorised
            }
            status = .rollingBack
        case .began(let level, _, let left): begin(level, leaving: Set(left), recorded)
        case .failed(let level, _): status = .halted(.rollbackFailed(level))
        case .resumed: status = .rollingBack
        case .verified(_, let cancelled):
            // A rehearsal undid nothing; it ends as any trial that went well.
            if subject.kind == .rehearsal { return }
            end(.rolledBack, cancelling: cancelled, recorded)
        }
    }

    private mutating func begin(
        _ level: RollbackLevelID,
        leaving left: Set<ItemID>,
        _ recorded: RecordedEvent
    ) {
        guard let last = rollbacks.indices.last, rollbacks[last].level == level else { return }
        for task in rollbacks[last].tasks {
            // An attempt of an earlier rollback by the same level has its own number.
            let before = rollbacks[..<last].reversed().lazy.compactMap { $0.progress[task.id] }
            var progress = ItemProgress(state: .pending, attempts: before.first?.attempts ?? 0)
            if left.contains(task.id) {
                progress.state = .notApplicable
                progress.settledAt = recorded.at
            }
            rollbacks[last].progress[task.id] = progress
        }
        rollbacks[last].hasBegun = true
    }

    /// Changes how far a step of the rollback has come.
    mutating func changeStep(
        _ id: ItemID,
        _ recorded: RecordedEvent,
        _ change: (inout ItemProgress) -> Void
    ) {
        guard let last = rollbacks.indices.last, var progress = rollbacks[last].progress[id] else {
            return
        }
        change(&progress)
        progress.actor = recorded.actor
        if case .running = progress.state {
            progress.settledAt = nil
        } else {
            progress.settledAt = recorded.at
        }
        rollbacks[last].progress[id] = progress
    }
}
