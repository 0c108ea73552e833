// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Planner {
    // MARK: What a person says

    mutating func rollback(_ command: RollbackCommand) throws(Refusal) -> Bool {
        if let fault = context.actor.id.fault { throw Refusal(.nameRefused, fault) }
        switch command {
        case .propose(let level, let reason): return try propose(level, reason)
        case .authorise(let level, let reason): return try authorise(level, reason)
        case .dismiss(let reason): return try dismiss(reason)
        }
    }

    private mutating func propose(
        _ level: RollbackLevelID?,
        _ reason: String
    ) throws(Refusal) -> Bool {
        try required(reason, "a reason")
        try checkNothingGoesBack()
        if let level { _ = try availableLevel(level) } else { _ = try plan() }
        let isThere = state.openProposals.contains { $0.trigger == nil && $0.level == level }
        if isThere { return false }
        emit(
            .rollback(
                .proposed(nil, level: level, at: facts.now, reason: attachments.attach(reason))
            )
        )
        return true
    }

    private mutating func dismiss(_ reason: String) throws(Refusal) -> Bool {
        try required(reason, "a reason")
        guard !state.openProposals.isEmpty else {
            if state.rollbackProposals.last?.outcome == .dismissed { return false }
            throw Refusal(.wrongState, "no rollback is proposed")
        }
        emit(.rollback(.dismissed(nil, reason: attachments.attach(reason))))
        return true
    }

    private mutating func authorise(
        _ wanted: RollbackLevelID?,
        _ reason: String?
    ) throws(Refusal) -> Bool {
        let isRepeated = wanted == nil || wanted == state.rollback?.level
        if state.status == .rollingBack, isRepeated { return false }
        try checkNothingGoesBack()
        if case .halted(.rollbackFailed(let failed)) = state.status {
            guard let wanted, wanted != failed else {
                throw Refusal(
                    .halted,
                    "the rollback by '\(failed)' has failed: see to the step ('reopen', 'resolve' "
                        + "or 'waive' it), or name another level"
                )
            }
        }
        guard let level = wanted ?? state.recommendedLevel?.id else {
            _ = try plan()
            throw Refusal(
                .wrongState,
                "nothing has begun that would have to be undone; 'abort' ends the deployment, and "
                    + "a level that is named is carried out all the same"
            )
        }
        _ = try availableLevel(level)
        let isCalledFor = state.openProposals.contains { $0.trigger != nil || $0.reason != nil }
        if !isCalledFor { try required(reason ?? "", "a reason") }
        guard state.needsSignature(level) else {
            begin(level, by: nil, attachments.attach(reason))
            return true
        }
        if let rejection = state.gates[.rollback(level)]?.rejection {
            throw Refusal(
                .wrongState,
                "\(rejection.person) has rejected the rollback by '\(level)'; 'reopen --gate "
                    + "rollback/\(level)' asks again"
            )
        }
        if !state.openProposals.contains(where: { $0.level == level }) {
            emit(
                .rollback(
                    .proposed(nil, level: level, at: facts.now, reason: attachments.attach(reason))
                )
            )
        }
        // Signatures authorise it: where they are missing, it waits for them.
        open(.rollback(level))
        return true
    }

    private func plan() throws(Refusal) -> RollbackPlan {
        guard let plan = state.checklist.rollbackPlan, !plan.levels.isEmpty else {
            throw Refusal(.unknownName, "the checklist has no level to roll back by")
        }
        return plan
    }

    private func availableLevel(_ id: RollbackLevelID) throws(Refusal) -> RollbackLevel {
        let plan = try plan()
        guard let level = plan.level(id) else {
            throw Refusal(
                .unknownName,
                "the rollback plan has no level '\(id)'; it has "
                    + plan.levels.map(\.id.text).joined(separator: ", ")
            )
        }
        guard state.availableLevels.contains(level) else {
            throw Refusal(.wrongState, "nothing that '\(id)' undoes has begun")
        }
        return level
    }

    /// Refuses another rollback while one is under way, or while nobody knows what a step of it did.
    private func checkNothingGoesBack() throws(Refusal) {
        if state.status == .rollingBack {
            throw Refusal(
                .wrongState,
                "the rollback by '\(state.rollback?.level.text ?? "")' is under way; one at a time"
            )
        }
        try checkNoDoubt()
    }

    // What may have been done is not done again by another rollback.
    private func checkNoDoubt() throws(Refusal) {
        guard let doubt = stepInDoubt else { return }
        throw Refusal(.wrongState, "whether '\(doubt)' happened is not known: 'resolve' it first")
    }

    /// Refuses what would carry a deployment on that goes back, or may have to.
    func checkRollback(_ command: DeploymentCommand) throws(Refusal) {
        let id: ItemID
        switch command {
        case .begin(let item, _, _), .judge(let item): id = item
        case .complete(let item, _, _), .fail(let item, _), .skip(let item, _),
            .reopen(let item, _):
            id = item
        case .waive(let item, _):
            // What is in doubt may be given up, so that the rollback can end.
            if case .inDoubt = state.items[item]?.state { return }
            id = item
        case .abort:
            guard state.status == .rollingBack else { return try checkNoDoubt() }
            throw Refusal(.halted, "a rollback is under way; it ends, or a step of it fails")
        default: return
        }
        if state.step(id) != nil { return try checkStep(id, command) }
        // What checks left behind is taken away whatever is decided.
        let isCleanup = state.outline[id].map { state.mayCleanUp($0) } ?? false
        if case .begin = command, isCleanup { return }
        if state.isGoingBack {
            throw Refusal(.halted, "the deployment goes back: nothing but the rollback is done")
        }
        if case .begin = command, let proposal = state.openProposals.first {
            throw Refusal(
                .halted,
                "a rollback is proposed"
                    + (proposal.trigger.map { " by '\($0)'" } ?? " by \(proposal.actor.id)")
                    + ": authorise or dismiss it first"
            )
        }
    }

    // What was done to go back is not done twice; what showed that it worked may be looked at again.
    private func checkStep(_ id: ItemID, _ command: DeploymentCommand) throws(Refusal) {
        guard state.isGoingBack else {
            throw Refusal(.wrongState, "'\(id)' is a step of a rollback that is over")
        }
        if case .reopen = command, case .passed = state.progress(of: id)?.state,
            state.step(id)?.isVerification == false
        {
            throw Refusal(.wrongState, "'\(id)' was done, and is not done twice")
        }
    }

    /// Lets a step start: it is the next one.
    func pass(beforeStep task: RollbackTask) throws(Refusal) {
        guard let run = state.rollback, run.hasBegun else {
            throw Refusal(.notReady, "the rollback waits for what is under way")
        }
        guard run.stage == .step(task.id) else {
            let next: ItemID? =
                switch run.stage {
                case .step(let id), .underWay(let id), .lost(let id), .failed(let id): id
                case .waiting, .verified: nil
                }
            // An optional step is passed by, and may still be done, but not beside another.
            if case .underWay = run.stage {
            } else if next == nil || task.entry.requirement == .optional {
                return
            }
            let before = next.map { state.entry(of: $0)?.number ?? $0.text } ?? ""
            throw Refusal(.notReady, "\(task.entry.number) comes after \(before)")
        }
    }

    // MARK: What follows by itself

    /// Proposes the rollbacks that failures of items call for, and authorises what may begin.
    mutating func callForRollback() {
        if !state.isGoingBack, state.subject.kind.locksEnvironment {
            for trigger in state.checklist.rollbackPlan?.triggers ?? []
            where state.isFired(trigger)
                && state.lastProposal(by: trigger.id).map(\.hasCleared) != false
            {
                propose(trigger, at: facts.now)
            }
        }
        if state.status != .rollingBack, stepInDoubt == nil { authoriseBySignatures() }
    }

    private var stepInDoubt: ItemID? {
        state.rollback?.tasks.map(\.id).first { id in
            if case .inDoubt = state.rollback?.progress[id]?.state { true } else { false }
        }
    }

    /// Proposes the rollbacks that measurements call for. A trigger that a person dismissed fires
    /// again after the recorded decision before, `previous`, had found it silent.
    mutating func callForRollback(by decision: MetricDecision, after previous: MetricDecision?) {
        // While something goes back, its metrics are as bad as they were.
        guard !state.isGoingBack else { return }
        for trigger in state.checklist.rollbackPlan?.triggers ?? []
        where decision.triggers.contains(trigger.id) {
            if let last = state.lastProposal(by: trigger.id) {
                guard last.outcome == .dismissed, let previous,
                    previous.findings.contains(where: { $0.metric == trigger.metric }),
                    !previous.triggers.contains(trigger.id)
                else { continue }
            }
            propose(trigger, at: decision.question.at)
        }
        if !state.status.isTerminal { settle() }
    }

    /// Records that a trigger fired, and begins the rollback where that is the policy: once, by a
    /// level that loses nothing for good and asks nobody.
    mutating func propose(_ trigger: RollbackTrigger, at moment: Timestamp) {
        emit(.rollback(.proposed(trigger.id, level: trigger.level, at: moment, reason: nil)))
        guard trigger.policy == .automatic, state.rollbacks.isEmpty, !state.status.isTerminal,
            state.subject.kind.locksEnvironment
        else { return }
        let available = state.availableLevels
        let level =
            trigger.level.map { id in available.first { $0.id == id } }
            ?? state.checklist.rollbackPlan?.byImpact(available).first
        guard let level, level.mayBeAutomatic, !state.needsSignature(level.id) else { return }
        begin(level.id, by: trigger.id, nil)
    }

    private mutating func authoriseBySignatures() {
        for proposal in state.openProposals {
            guard let level = proposal.level ?? state.recommendedLevel?.id,
                state.needsSignature(level)
            else { continue }
            let gate = GateID.rollback(level)
            open(gate)
            if state.gates[gate]?.rejection != nil {
                emit(.rollback(.dismissed(proposal.level, reason: nil)))
                continue
            }
            guard state.verdict(of: gate, given: facts) == .open,
                state.availableLevels.contains(where: { $0.id == level })
            else { continue }
            if let progress = state.gates[gate], !progress.isConsumed {
                emit(.gateConsumed(gate, round: progress.round))
            }
            begin(level, by: nil, proposal.reason)
            return
        }
    }

    private mutating func begin(
        _ level: RollbackLevelID,
        by trigger: RollbackTriggerID?,
        _ reason: AttachmentReference?
    ) {
        emit(.rollback(.authorised(level, by: trigger, reason: reason)))
        let environment = facts.environments[state.subject.environment.name]
        let occupant = environment?.occupants.last { $0.deployment == state.id }
        // Whoever observes has given the environment back.
        if let occupant, !occupant.holdsLock, state.subject.kind.locksEnvironment {
            emit(EnvironmentEvent.reclaimed(state.id))
        }
    }

    /// Takes the rollback as far as it goes without anybody.
    mutating func settleRollback() {
        guard let run = state.rollback else { return }
        if !run.hasBegun {
            let isBusy = state.items.values.contains { progress in
                if case .running = progress.state { true } else { false }
            }
            if isBusy { return }
            let left = run.tasks.filter { !state.applies($0) }.map(\.id)
            let steps = run.tasks.map(\.id).filter { !left.contains($0) }
            emit(.rollback(.began(run.level, steps: steps, left: left)))
        }
        switch state.rollback?.stage {
        case .failed(let step)?:
            if state.status == .rollingBack { emit(.rollback(.failed(run.level, at: step))) }
        case .verified?:
            resumeRollback(run)
            finishRollback()
        case .step?, .underWay?, .lost?: resumeRollback(run)
        case .waiting?, nil: break
        }
    }

    private mutating func resumeRollback(_ run: RollbackRun) {
        if state.status != .rollingBack { emit(.rollback(.resumed(run.level))) }
    }

    // An item in doubt ends with the step that undid it; any other doubt is a person's to resolve.
    private mutating func finishRollback() {
        guard let run = state.rollback, state.doubtfulItems.isEmpty else { return }
        let doubtful = state.outline.leaves.map(\.item.id).filter { id in
            if case .inDoubt = state.items[id]?.state { true } else { false }
        }
        let cancelled = unsettled + doubtful
        withdrawContracts()
        emit(.rollback(.verified(run.level, cancelled: cancelled)))
        if state.subject.kind == .rehearsal {
            emit(.completed)
            // A step that was waived was not tried.
            let wasTried = !run.progress.values.contains { $0.state == .waived }
            emit(
                wasTried ? EnvironmentEvent.completed(state.id) : EnvironmentEvent.left(state.id)
            )
        } else {
            leaveLocked(run)
        }
    }

    /// Takes the contracts out of use whose deployment was undone; a rehearsal has deployed none.
    private mutating func withdrawContracts() {
        let environment = state.subject.environment
        guard let registry = facts.registries[environment.name] else { return }
        let deployment = (state.rollbackBasis?.original ?? state.id).text
        let undone = state.undoneItems
        let events = registry.withdraw(
            where: { record in
                guard let origin = record.origin else { return false }
                return origin.deployment == deployment && undone.contains(ItemID(origin.item))
            },
            in: environment,
            at: facts.now,
            others: facts.registries.values.filter { $0.environment != environment.name }
        )
        for event in events { emit(event) }
    }

    /// Ends the deployment for its environment, which stays locked: somebody has gone back there.
    mutating func leaveLocked(_ run: RollbackRun) {
        emit(EnvironmentEvent.left(state.id))
        guard state.subject.kind.locksEnvironment else { return }
        let reason = run.reason ?? state.rollbackProposals.last { $0.reason != nil }?.reason
        emit(EnvironmentEvent.locked(state.id, by: run.level, reason: reason))
    }
}

extension Deployment {
    /// The items in doubt whose effect no step of a rollback has undone: a person finds out.
    var doubtfulItems: [ItemID] {
        let undone = undoneItems
        return outline.leaves.map(\.item.id).filter { id in
            guard case .inDoubt = items[id]?.state else { return false }
            return !undone.contains(id)
        }
    }
}
