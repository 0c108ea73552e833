// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What a runner meets when it looks for the next thing to do, in document order.
public enum NextStep: Hashable, Sendable {
    /// This item may be started.
    case start(ItemID)
    /// This attempt is under way, or its runner is gone: the facts tell.
    case underWay(ItemID, attempt: Int, runner: RunnerFacts?)
    /// These required items failed; a person decides.
    case failed([ItemID])
    /// Whether these items happened is not known; a person finds out.
    case inDoubt([ItemID])
    /// These items are a person's.
    case person([ItemID])
    /// The gate before this phase is closed, for these reasons.
    case gate(GateID, [GateReason])
    /// The measurements decide this item, and have.
    case judge(ItemID)
    /// The measurements do not tell yet about these items.
    case undecided([ItemID])
    /// A rollback is proposed; a person authorises or dismisses it.
    case rollbackProposed(RollbackProposal)
    /// Nothing is left that could be run.
    case nothing
}

extension Deployment {
    /// What a runner does next.
    ///
    /// Items are taken in document order, one at a time, those of the deployment itself before what
    /// follows it. Optional items that are a person's are passed by. Of a deployment that goes back
    /// it is the step of the rollback, whatever phase or suite is asked for.
    ///
    /// - Parameters:
    ///   - phase: Only this phase; `nil` for all.
    ///   - inFlight: The items that the caller itself has begun and not yet ended.
    ///   - facts: What the rules must know.
    /// - Returns: The step.
    public func nextStep(
        phase: PhaseID? = nil,
        besides inFlight: Set<ItemID> = [],
        given facts: Facts
    ) -> NextStep {
        if status.isTerminal { return .nothing }
        if isGoingBack { return rollbackStep(given: facts) }
        let leaves =
            phase.map { id in
                outline.leaves.filter { checklist.phases[$0.phase].id == id }
            } ?? outline.leaves
        if let step = trouble(in: leaves, besides: inFlight, given: facts) { return step }
        let own = leaves.filter { !checklist.phases[$0.phase].isFollowUp }
        let following = leaves.filter { checklist.phases[$0.phase].isFollowUp }
        var blocked: ItemID?
        for entry in own + following {
            guard items.state(of: entry) == .pending else { continue }
            if entry.item.isCleanup, hasOpenChecks(before: entry) { continue }
            if !entry.item.kind.isAutomatic, entry.requirement == .optional { continue }
            switch verdict(before: entry.phase, given: facts) {
            case .open: break
            case .closed(let reasons), .inconclusive(let reasons):
                if let blocked { return .person([blocked]) }
                return .gate(.phase(checklist.phases[entry.phase].id), reasons)
            }
            if entry.item.kind.isAutomatic {
                if blockers(of: entry).isEmpty { return .start(entry.item.id) }
                // What it waits for may stand further down.
                blocked = blocked ?? entry.item.id
                continue
            }
            if blockers(of: entry).isEmpty, let step = judging(entry, given: facts) { return step }
            return .person(peopleItems(from: entry, in: leaves, given: facts))
        }
        if let blocked { return .person([blocked]) }
        return lastGate(given: facts)
    }

    /// What a run would do from here if everything went well.
    ///
    /// - Parameters:
    ///   - phase: Only this phase; `nil` for all.
    ///   - facts: What the rules must know.
    /// - Returns: The items that it would start, in that order, and where it would stop.
    public func forecast(
        phase: PhaseID? = nil,
        given facts: Facts
    ) -> (items: [ItemID], stop: NextStep) {
        var state = self
        var items: [ItemID] = []
        while true {
            let step = state.nextStep(phase: phase, given: facts)
            // A step of a rollback stays the next one until its end was decided.
            guard case .start(let item) = step, !items.contains(item) else { return (items, step) }
            items.append(item)
            let attempt = (state.progress(of: item)?.attempts ?? 0) + 1
            let passed = DeploymentEvent.attemptPassed(
                item,
                attempt: attempt,
                output: nil,
                evidence: []
            )
            state.apply(RecordedEvent(passed, by: requester, at: facts.now))
        }
    }

    private func trouble(
        in leaves: [Outline.Entry],
        besides inFlight: Set<ItemID>,
        given facts: Facts
    ) -> NextStep? {
        for entry in leaves where !inFlight.contains(entry.item.id) {
            if case .running(let attempt)? = items.state(of: entry) {
                return .underWay(
                    entry.item.id,
                    attempt: attempt,
                    runner: items[entry]?.runner
                )
            }
        }
        if let proposal = openProposals.first {
            // What checks left behind is taken away whatever follows.
            if let entry = leftToCleanUp.first { return .start(entry.item.id) }
            return step(about: proposal, given: facts)
        }
        var (inDoubt, failed): ([ItemID], [ItemID]) = ([], [])
        for entry in outline.leaves {
            switch items.state(of: entry) {
            case .inDoubt? where entry.requirement != .optional: inDoubt.append(entry.item.id)
            case .failed? where entry.requirement != .optional: failed.append(entry.item.id)
            default: break
            }
        }
        if inDoubt.isEmpty, failed.isEmpty { return nil }
        if let entry = leftToCleanUp.first { return .start(entry.item.id) }
        return inDoubt.isEmpty ? .failed(failed) : .inDoubt(inDoubt)
    }

    // Signatures at the level's gate decide, or else anybody's word.
    private func step(about proposal: RollbackProposal, given facts: Facts) -> NextStep {
        guard let level = proposal.level ?? recommendedLevel?.id, needsSignature(level) else {
            return .rollbackProposed(proposal)
        }
        switch verdict(of: .rollback(level), given: facts) {
        case .open: return .rollbackProposed(proposal)
        case .closed(let reasons), .inconclusive(let reasons):
            return .gate(.rollback(level), reasons)
        }
    }

    private func rollbackStep(given facts: Facts) -> NextStep {
        if status != .rollingBack, let proposal = openProposals.first,
            proposal.level.map(needsSignature) == true
        {
            return step(about: proposal, given: facts)
        }
        guard let run = rollback else { return .nothing }
        for entry in outline.leaves {
            if let progress = items[entry], case .running(let attempt) = progress.state {
                return .underWay(entry.item.id, attempt: attempt, runner: progress.runner)
            }
        }
        // What checks left behind is taken away first, while what they asked is still there.
        if let entry = leftToCleanUp.first { return .start(entry.item.id) }
        switch run.stage {
        case .waiting: return .nothing
        case .step(let id):
            return entry(of: id)?.item.kind.isAutomatic == true ? .start(id) : .person([id])
        case .underWay(let id):
            let progress = run.progress[id]
            return .underWay(
                id,
                attempt: progress?.state.attempt ?? 1,
                runner: progress?.runner
            )
        case .lost(let id): return .failed([id])
        case .failed(let id):
            if case .inDoubt = run.progress[id]?.state { return .inDoubt([id]) }
            return .failed([id])
        case .verified:
            return doubtfulItems.isEmpty ? .nothing : .inDoubt(doubtfulItems)
        }
    }

    // What a person can do now, up to the next automatic item of the phase.
    private func peopleItems(
        from first: Outline.Entry,
        in leaves: [Outline.Entry],
        given facts: Facts
    ) -> [ItemID] {
        var found: [ItemID] = []
        for entry in leaves.drop(while: { $0.item.id != first.item.id }) {
            guard entry.phase == first.phase else { break }
            guard items.state(of: entry) == .pending else { continue }
            if entry.item.kind.isAutomatic, blockers(of: entry).isEmpty { break }
            if !entry.item.kind.isAutomatic, blockers(of: entry).isEmpty {
                found.append(entry.item.id)
            }
        }
        return found.isEmpty ? [first.item.id] : found
    }

    private func lastGate(given facts: Facts) -> NextStep {
        for gate in [GateID.completion, .closure] {
            switch verdict(of: gate, given: facts) {
            case .open: continue
            case .closed(let reasons), .inconclusive(let reasons):
                let left = reasons.filter { reason in
                    if case .itemsOpen = reason { false } else { true }
                }
                if !left.isEmpty { return .gate(gate, left) }
            }
        }
        return .nothing
    }
}
