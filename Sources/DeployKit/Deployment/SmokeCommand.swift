// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What a runner says about a run of a smoke suite.
@nonexhaustive
public enum SmokeCommand: Hashable, Sendable {
    /// Begin a run of a suite.
    case start(String, runner: RunnerFacts?)
    /// Start an attempt at a check or a cleanup step, before its effect.
    case begin(ItemID, run: Int)
    /// Say how the attempt that is under way ended.
    case finish(ItemID, run: Int, AttemptOutcome)
    /// End the run; what it shows follows from its checks.
    case end(run: Int)

    var request: JSONValue {
        switch self {
        case .start(let suite, _): .members(["smoke": suite.json])
        case .begin(let item, let run): .members(["smokeBegin": item.json, "run": run.json])
        case .finish(let item, let run, let outcome):
            .members(["smokeFinish": item.json, "run": run.json, "outcome": outcome.request])
        case .end(let run): .members(["smokeEnd": run.json])
        }
    }
}

extension Planner {
    mutating func plan(_ command: SmokeCommand) throws(Refusal) -> Bool {
        switch command {
        case .start(let suite, let runner):
            _ = try SmokePlan(suite, of: state, directory: facts.directory)
            if let open = state.smokeRuns.last(where: { $0.endedAt == nil }) {
                throw Refusal(
                    .wrongState,
                    "run \(open.number) of the smoke suite '\(open.suite)' has not ended"
                )
            }
            emit(
                .smoke(.started(run: state.smokeRuns.count + 1, suite: suite, runner: runner))
            )
        case .begin(let id, let number):
            let run = try run(number, with: id)
            guard run.check(id)?.isOpen != true else {
                throw Refusal(.wrongState, "an attempt at '\(id)' is under way")
            }
            let attempt = (run.check(id)?.attempts ?? 0) + 1
            emit(.smoke(.checkStarted(run: number, id, attempt: attempt)))
        case .finish(let id, let number, let outcome):
            guard let check = try openRun(number).check(id), check.isOpen else {
                throw Refusal(.wrongState, "no attempt at '\(id)' is under way")
            }
            let cause: FailureCause? =
                if case .failed(let cause) = outcome.ending { cause } else { nil }
            emit(
                .smoke(
                    .checkEnded(
                        run: number,
                        id,
                        attempt: check.attempts,
                        cause: cause,
                        output: outcome.output.map { attachments.attach($0) },
                        note: attachments.attach(outcome.note)
                    )
                )
            )
        case .end(let number):
            let run = try openRun(number)
            // What must not run any more, since the people have changed, may still end.
            let plan = try? SmokePlan(run.suite, of: state, directory: facts.directory)
            let verdict =
                plan.map { run.verdict(of: $0) }
                ?? SmokeVerdict(.inconclusive, open: run.checks.map(\.item))
            emit(.smoke(.ended(run: number, verdict)))
            if verdict.word == .failed { proposeRollback(afterFailureOf: run.suite) }
        }
        return true
    }

    /// Proposes the rollbacks that the failure of a suite calls for, each once for a deployment.
    mutating func proposeRollback(afterFailureOf suite: String) {
        // What was aborted or replaced is not what the checks looked at.
        switch state.status {
        case .aborted, .superseded: return
        default: break
        }
        guard !state.isGoingBack else { return }
        let proposed = Set(state.rollbackProposals.compactMap(\.trigger))
        for trigger in state.checklist.rollbackPlan?.triggers ?? []
        where trigger.suite == suite && !proposed.contains(trigger.id) {
            propose(trigger, at: facts.now)
        }
        if !state.status.isTerminal { settle() }
    }

    private func openRun(_ number: Int) throws(Refusal) -> SmokeRun {
        guard let run = state.smokeRuns.first(where: { $0.number == number }), run.endedAt == nil
        else { throw Refusal(.wrongState, "run \(number) of a smoke suite is not under way") }
        return run
    }

    private func run(_ number: Int, with id: ItemID) throws(Refusal) -> SmokeRun {
        let run = try openRun(number)
        let plan = try SmokePlan(run.suite, of: state, directory: facts.directory)
        guard (plan.checks + plan.cleanup).contains(where: { $0.item.id == id }) else {
            throw Refusal(.unknownName, "'\(id)' is no step of the smoke suite '\(run.suite)'")
        }
        return run
    }
}
