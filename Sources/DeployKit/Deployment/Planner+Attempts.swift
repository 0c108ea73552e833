// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Planner {
    mutating func begin(_ id: ItemID, _ runner: RunnerFacts?) throws(Refusal) -> Bool {
        let (entry, progress) = try leaf(id)
        guard entry.item.kind.isAutomatic else {
            throw Refusal(.wrongKind, "'\(id)' is \(entry.item.kind.word): a person does it")
        }
        if case .halted = state.status {
            throw Refusal(.halted, "the deployment is halted; see to the cause first")
        }
        guard progress.state == .pending else {
            throw Refusal(.wrongState, "'\(id)' is \(progress.state.word), not ready")
        }
        try pass(before: entry)
        emit(.attemptStarted(id, attempt: progress.attempts + 1, runner: runner))
        return true
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
        let output = outcome.output.map { attachments.attach($0) }
        let note = attachments.attach(outcome.note)
        switch outcome.ending {
        case .passed:
            emit(.attemptPassed(id, attempt: attempt, output: output, evidence: []))
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
            let isHarmless = entry.item.effect?.allowsBlindRetry == true || cause.excludesEffect
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
        }
        return true
    }
}
