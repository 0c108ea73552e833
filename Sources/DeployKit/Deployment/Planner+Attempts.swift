// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Planner {
    mutating func begin(
        _ id: ItemID,
        _ runner: RunnerFacts?,
        _ offered: [Int]
    ) throws(Refusal) -> Bool {
        let (entry, progress) = try leaf(id)
        try check(offered, of: entry.item)
        // What a suite has left behind is taken away whatever has happened since.
        let cleansUp = state.mayCleanUp(entry)
        if case .halted = state.status, !cleansUp {
            throw Refusal(.halted, "the deployment is halted; see to the cause first")
        }
        guard progress.state == .pending else {
            throw Refusal(.wrongState, "'\(id)' is \(progress.state.word), not ready")
        }
        if let suite = entry.item.suite, offered.isEmpty {
            _ = try SmokePlan(suite, of: state, directory: facts.directory)
            if !cleansUp { try pass(before: entry) }
            try reopenCleanup(after: entry)
        } else {
            try pass(before: entry)
        }
        emit(
            .attemptStarted(
                id,
                attempt: progress.attempts + 1,
                runner: runner,
                offered: offered
            )
        )
        return true
    }

    /// Refuses what no runner does, or no person has confirmed.
    private func check(_ offered: [Int], of item: Item) throws(Refusal) {
        guard !offered.isEmpty else {
            if item.kind.isAutomatic { return }
            throw Refusal(.wrongKind, "'\(item.id)' is \(item.kind.word): a person does it")
        }
        guard item.kind == .manual else {
            throw Refusal(
                .wrongKind,
                "'\(item.id)' is \(item.kind.word): no command of it has to be confirmed"
            )
        }
        guard zip(offered, offered.dropFirst()).allSatisfy(<),
            offered.allSatisfy(item.offers.indices.contains)
        else {
            throw Refusal(
                .unknownName,
                "'\(item.id)' shows \(item.offers.count) commands; \(offered) are not some of them "
                    + "in their order"
            )
        }
    }

    // A check that is made again leaves behind again what was taken away, and whatever was done after
    // that is to be done after it again.
    private mutating func reopenCleanup(after check: Outline.Entry) throws(Refusal) {
        guard !check.item.isCleanup else { return }
        let done = state.cleanup(of: check.item.suite).map(\.item.id).filter { id in
            switch state.items[id]?.state {
            case .passed, .failed: true
            default: false
            }
        }
        guard let first = done.first else { return }
        let dependents = try dependents(of: done)
        emit(.reopened(first, cascade: done.dropFirst() + dependents, reason: nil))
    }

    mutating func finish(
        _ id: ItemID,
        _ attempt: Int,
        _ outcome: AttemptOutcome
    ) throws(Refusal) -> Bool {
        let (entry, progress) = try leaf(id)
        guard progress.state == .running(attempt) || progress.state == .inDoubt(attempt) else {
            throw Refusal(
                .wrongState,
                "attempt \(attempt) of '\(id)' is not under way: the item is "
                    + "\(progress.state.word)"
            )
        }
        hasEndedAttempt = true
        // An attempt that passed has no note of its own: what was to be said is what it left.
        let hasPassed = if case .failed = outcome.ending { false } else { true }
        let said = outcome.output ?? (hasPassed ? outcome.note.map { .text($0) } : nil)
        let output = said.map { attachments.attach($0) }
        let note = hasPassed ? nil : attachments.attach(outcome.note)
        switch outcome.ending {
        case .passed:
            guard entry.item.output == nil || outcome.value != nil else {
                throw Refusal(.evidenceMissing, "'\(id)' passes with the value that it leaves")
            }
            emit(
                .attemptPassed(
                    id,
                    attempt: attempt,
                    output: output,
                    evidence: [],
                    value: attachments.attach(outcome.value)
                )
            )
        case .captured(let contract):
            guard case .capture(let slot, _, _, let capture) = entry.item.kind else {
                throw Refusal(.wrongKind, "'\(id)' captures no contract")
            }
            do {
                _ = try record(
                    slot,
                    contract,
                    item: id,
                    attempt: attempt,
                    details: capture.derivation.map { [.deployment(.init(derivation: $0))] } ?? [],
                    provenance: capture.source.provenance
                )
                emit(.attemptPassed(id, attempt: attempt, output: output, evidence: []))
            } catch {
                // The chain has changed, whatever the registry says of the ID.
                emit(
                    .attemptInDoubt(
                        id,
                        attempt: attempt,
                        cause: .noContract,
                        output: output,
                        note: attachments.attach(error.message)
                    )
                )
            }
        case .failed(let cause):
            // Who looked on and says that it failed leaves nothing in doubt.
            let isHarmless =
                entry.item.allowsBlindRetry || cause.excludesEffect || cause == .reported
            emit(
                isHarmless
                    ? .attemptFailed(id, attempt: attempt, cause: cause, output: output, note: note)
                    : .attemptInDoubt(
                        id,
                        attempt: attempt,
                        cause: cause,
                        output: output,
                        note: note
                    )
            )
            if entry.item.isRetried(after: attempt, cause), !outcome.isLast {
                emit(.reopened(id, cascade: [], reason: nil))
            } else if let suite = entry.item.suite, !entry.item.isCleanup, cause.showsFault {
                proposeRollback(afterFailureOf: suite)
            }
        }
        return true
    }
}

extension Item {
    /// Whether a lost attempt may simply be made again: by its effect, or because it only asks.
    public var allowsBlindRetry: Bool {
        if let effect { return effect.allowsBlindRetry }
        if case .probe(let probe) = kind { return probe.isReadOnly }
        return false
    }

    /// Whether an attempt that failed is followed by another one by itself.
    func isRetried(after attempt: Int, _ cause: FailureCause) -> Bool {
        guard let retry, allowsBlindRetry, attempt < retry.attempts else { return false }
        switch cause {
        case .interrupted, .notStarted, .reported, .notExecuted: return false
        default: return true
        }
    }
}
