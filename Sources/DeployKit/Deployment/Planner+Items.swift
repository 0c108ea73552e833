// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Planner {
    /// Plans what a command asks for.
    ///
    /// A deployment that has ended changes no more; whoever repeats what was recorded before it
    /// ended, such as the sign-off that completed it, is told so.
    ///
    /// - Returns: `false` when it has happened already.
    /// - Throws: ``Refusal`` when it may not happen.
    mutating func handle(_ command: DeploymentCommand) throws(Refusal) -> Bool {
        lapse()
        if case .advance = command { return true }
        // What says nothing of the deployment's own course may come after its end.
        switch command {
        case .smoke, .hookFailed: return try plan(command)
        default: break
        }
        guard state.status.isTerminal else { return try plan(command) }
        let ended = Refusal(.ended, "deployment \(state.id) is \(state.status.word)")
        switch command {
        case .complete, .fail, .skip, .waive, .sign, .submit, .skipSignOff, .recordContract, .set,
            .abort, .observe:
            do throws(Refusal) {
                guard try plan(command) else { return false }
            } catch {
                throw error.code == .unknownName ? error : ended
            }
        case .rollback(.propose), .rollback(.dismiss):
            // What was deployed may have to be undone later; a deployment of its own does that.
            if state.status == .completed { return try plan(command) }
        case .begin, .finish, .judge, .resolve, .reopen, .reopenGate, .withdraw, .note, .noteIssue,
            .resolveIssue, .breakGlass, .rollback, .hookFailed, .smoke, .advance:
            break
        }
        throw ended
    }

    private mutating func plan(_ command: DeploymentCommand) throws(Refusal) -> Bool {
        try checkRollback(command)
        switch command {
        case .begin(let id, let runner, let offered):
            return try begin(id, runner, offered)
        case .finish(let id, let attempt, let outcome):
            return try finish(id, attempt, outcome)
        case .complete(let id, let note, let evidence):
            return try complete(id, note, evidence)
        case .fail(let id, let reason):
            return try fail(id, reason)
        case .skip(let id, let reason):
            return try skip(id, reason)
        case .waive(let id, let reason):
            return try waive(id, reason)
        case .resolve(let id, let happened, let reason, let evidence):
            return try resolve(id, happened, reason, evidence)
        case .reopen(let id, let reason):
            return try reopen(id, reason)
        case .recordContract(let slot, let contract, let details, let allowing):
            return try record(
                slot,
                contract,
                item: nil,
                attempt: 0,
                details: details,
                allowing: allowing
            )
        case .set(let field, let value):
            return try set(field, value)
        case .note(let text):
            try required(text, "a note")
            if let reference = attachments.attach(text) { emit(.noted(reference)) }
            return true
        case .judge(let item):
            return try judge(item, nil)
        case .abort(let reason):
            return try abort(reason)
        case .rollback(let command):
            return try rollback(command)
        case .skipSignOff, .reopenGate, .sign, .submit, .withdraw:
            return try handleAtGate(command)
        case .breakGlass(let gate, let reason):
            return try breakGlass(gate, reason)
        case .noteIssue(let text, let resolution):
            return try note(issue: text, resolution: resolution)
        case .resolveIssue(let number, let resolution):
            return try resolve(issue: number, resolution)
        case .observe(let window, let number, let report):
            return try observe(window, number, report)
        case .hookFailed(let failure):
            let event = HookEvent(
                hook: failure.hook,
                point: failure.point,
                cause: failure.cause,
                note: attachments.attach(failure.note)
            )
            emit(.hookFailed(event))
            return true
        case .smoke(let command):
            return try plan(command)
        case .advance:
            return true
        }
    }

    // MARK: What a person does

    private mutating func complete(
        _ id: ItemID,
        _ note: String?,
        _ evidence: [Evidence]
    ) throws(Refusal) -> Bool {
        let (entry, progress) = try leaf(id)
        if case .passed = progress.state {
            return try repeated(progress.note, note, what: "'\(id)' was done")
        }
        guard progress.state == .pending else {
            throw Refusal(
                .wrongState,
                "'\(id)' is \(progress.state.word)\(Self.wayOut(of: progress.state))"
            )
        }
        if entry.item.kind.isAutomatic {
            throw Refusal(
                .wrongKind,
                "'\(id)' is a \(entry.item.kind.word): 'run' does it, 'waive' goes on without it"
            )
        }
        if case .metric(let metric) = entry.item.kind, state.isJudged(metric) {
            return try judge(id, note)
        }
        try pass(before: entry)
        let references = evidence.map { attachments.attach($0) }
        emit(
            .done(
                id,
                attempt: progress.attempts + 1,
                note: attachments.attach(note),
                evidence: references
            )
        )
        return true
    }

    private mutating func fail(_ id: ItemID, _ reason: String?) throws(Refusal) -> Bool {
        let (entry, progress) = try leaf(id)
        if case .failed = progress.state, progress.cause == .reported {
            return try repeated(progress.note, reason, what: "'\(id)' was reported as failed")
        }
        guard progress.state == .pending, !entry.item.kind.isAutomatic else {
            throw Refusal(
                .wrongState,
                "'\(id)' is \(progress.state.word)\(Self.wayOut(of: progress.state))"
            )
        }
        try pass(before: entry)
        emit(.failed(id, attempt: progress.attempts + 1, reason: attachments.attach(reason)))
        return true
    }

    private mutating func skip(_ id: ItemID, _ reason: String) throws(Refusal) -> Bool {
        let (entry, progress) = try leaf(id)
        try required(reason, "a reason")
        if progress.state == .notApplicable, progress.inapplicability == .decided {
            return try repeated(progress.note, reason, what: "'\(id)' was skipped")
        }
        guard entry.requirement != .required || entry.item.when != nil else {
            throw Refusal(
                .wrongKind,
                "'\(id)' has no condition that could fail to hold; 'waive' goes on without it"
            )
        }
        guard progress.state == .pending else {
            throw Refusal(
                .wrongState,
                "'\(id)' is \(progress.state.word)\(Self.wayOut(of: progress.state))"
            )
        }
        if let reference = attachments.attach(reason) { emit(.skipped(id, reason: reference)) }
        return true
    }

    private mutating func waive(_ id: ItemID, _ reason: String) throws(Refusal) -> Bool {
        let (entry, progress) = try leaf(id)
        try required(reason, "a reason")
        if progress.state == .waived {
            return try repeated(progress.note, reason, what: "'\(id)' was waived")
        }
        guard entry.item.isWaivable else {
            throw Refusal(.notWaivable, "'\(id)' may not be waived: the checklist says so")
        }
        switch progress.state {
        case .pending, .failed, .inDoubt:
            if let reference = attachments.attach(reason) { emit(.waived(id, reason: reference)) }
            return true
        default:
            throw Refusal(
                .wrongState,
                "'\(id)' is \(progress.state.word)\(Self.wayOut(of: progress.state))"
            )
        }
    }

    private mutating func resolve(
        _ id: ItemID,
        _ happened: Bool,
        _ reason: String,
        _ evidence: [Evidence]
    ) throws(Refusal) -> Bool {
        let (entry, progress) = try leaf(id)
        try required(reason, "a reason, which says how it was found out,")
        guard case .inDoubt(let attempt) = progress.state else {
            throw Refusal(.wrongState, "'\(id)' is \(progress.state.word), not in doubt")
        }
        if happened, case .capture(let slot, _, _, _) = entry.item.kind,
            state.contracts[slot] == nil
        {
            throw Refusal(
                .evidenceMissing,
                "'\(id)' deploys \(slot): record its ID first ('contract record \(slot) ID')"
            )
        }
        let references = evidence.map { attachments.attach($0) }
        guard let text = attachments.attach(reason) else { return false }
        hasEndedAttempt = true
        emit(
            .doubtResolved(
                id,
                attempt: attempt,
                happened: happened,
                reason: text,
                evidence: references
            )
        )
        return true
    }

    private mutating func reopen(_ id: ItemID, _ reason: String?) throws(Refusal) -> Bool {
        let (_, progress) = try leaf(id)
        switch progress.state {
        case .failed:
            emit(.reopened(id, cascade: [], reason: attachments.attach(reason)))
        case .passed, .waived, .notApplicable:
            if progress.state == .notApplicable, progress.inapplicability != .decided {
                throw Refusal(
                    .wrongState,
                    "'\(id)' is not meant for '\(state.subject.environment.name)'"
                )
            }
            try required(reason ?? "", "a reason")
            let cascade = try dependents(of: [id])
            emit(.reopened(id, cascade: cascade, reason: attachments.attach(reason)))
        case .pending, .ready, .running, .inDoubt, .cancelled:
            throw Refusal(
                .wrongState,
                "'\(id)' is \(progress.state.word)\(Self.wayOut(of: progress.state))"
            )
        }
        return true
    }

    /// The passed items that named one of these, or a group that holds one, as done before them, and
    /// those that named such an item: what is to be done again once these are open.
    ///
    /// - Throws: ``Refusal`` where an attempt at such an item is under way, or in doubt: it would end
    ///   on nothing.
    func dependents(of items: [ItemID]) throws(Refusal) -> [ItemID] {
        var reopened = Set(items)
        var found: [ItemID] = []
        // Document order needs one pass per step of a chain that runs against it.
        var grows = true
        while grows {
            grows = false
            for entry in state.outline.leaves where !reopened.contains(entry.item.id) {
                guard let progress = state.items[entry],
                    entry.after.contains(where: { covers($0, reopened) })
                else { continue }
                switch progress.state {
                case .passed:
                    reopened.insert(entry.item.id)
                    found.append(entry.item.id)
                    grows = true
                case .running, .inDoubt:
                    throw Refusal(
                        .wrongState,
                        "'\(entry.item.id)' builds on it, and is \(progress.state.word)"
                            + Self.wayOut(of: progress.state)
                    )
                default: continue
                }
            }
        }
        return found
    }

    private func covers(_ id: ItemID, _ items: Set<ItemID>) -> Bool {
        if items.contains(id) { return true }
        guard let entry = state.outline[id] else { return false }
        return entry.children.contains { covers(state.outline.entries[$0].item.id, items) }
    }

    // MARK: Conditions

    func required(_ text: String, _ what: String) throws(Refusal) {
        guard !text.trimmed.isEmpty else {
            throw Refusal(.reasonMissing, "\(what) is required, and is blank")
        }
    }

    func leaf(_ id: ItemID) throws(Refusal) -> (Outline.Entry, ItemProgress) {
        if let step = state.step(id), let progress = state.progress(of: id) {
            return (step.entry, progress)
        }
        guard let entry = state.outline[id] else {
            throw Refusal(.unknownName, "the checklist has no item '\(id)'")
        }
        guard let progress = state.items[id] else {
            throw Refusal(
                .wrongKind,
                "'\(id)' is a group: its state follows from its "
                    + "\(entry.children.count) items"
            )
        }
        return (entry, progress)
    }

    /// Lets an item start: its predecessors are satisfied, and the gate before its phase, checked
    /// at this very moment, is consumed.
    mutating func pass(before entry: Outline.Entry) throws(Refusal) {
        if let step = state.step(entry.item.id) { return try pass(beforeStep: step) }
        let blockers = state.blockers(of: entry)
        guard blockers.isEmpty else {
            let names = blockers.map { "'\($0)'" }.joined(separator: ", ")
            throw Refusal(.notReady, "'\(entry.item.id)' comes after \(names)")
        }
        let gate = GateID.phase(state.checklist.phases[entry.phase].id)
        switch state.verdict(of: gate, given: facts) {
        case .open:
            open(gate)
            if let progress = state.gates[gate], !progress.isConsumed {
                emit(.gateConsumed(gate, round: progress.round, facts.judgements[.gate(gate)]))
            }
        case .closed(let reasons), .inconclusive(let reasons):
            throw Refusal(
                reasons.allSatisfy(\.isOfCalendar) ? .frozen : .gateClosed,
                "the gate before '\(state.checklist.phases[entry.phase].title)' is closed: "
                    + reasons.map { state.sentence(for: $0) }.joined(separator: "; ")
            )
        }
    }

    func repeated(
        _ present: AttachmentReference?,
        _ text: String?,
        what: String
    ) throws(Refusal) -> Bool {
        let isEqual =
            text == nil || present.flatMap { context.texts[$0.digest] } == text
        guard isEqual else {
            throw Refusal(.conflict, "\(what) already, with another note; 'reopen' it to change it")
        }
        return false
    }

    private static func wayOut(of state: ItemState) -> String {
        switch state {
        case .passed, .waived, .failed, .notApplicable: "; 'reopen' it first"
        case .inDoubt: "; 'resolve' it first"
        case .running: "; wait for it, or 'run' to find out what became of it"
        case .pending, .ready, .cancelled: ""
        }
    }
}
