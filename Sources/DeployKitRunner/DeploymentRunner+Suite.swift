// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// What came of a run of a smoke suite.
public struct SmokeResult: Hashable, Sendable {
    /// The run, with its verdict.
    public let run: SmokeRun
    /// Whether the run had been made before, under the same idempotency key.
    public let isRepeated: Bool
    /// Whether the task was cancelled; what was left behind is taken away nevertheless.
    public let wasCancelled: Bool
    /// The state of the deployment afterwards.
    public let state: Deployment
}

extension DeploymentRunner {
    /// Makes the checks of a smoke suite, whatever the deployment has come to: as often as somebody
    /// asks, also after its end. The items of the deployment stay as they are.
    ///
    /// Checks are made one after the other; one that comes after a check which did not pass is left
    /// out. The deadline of the suite wins over retries. Cleanup steps are done after that in any
    /// case.
    ///
    /// - Parameters:
    ///   - suite: The suite.
    ///   - live: The deployment.
    ///   - actor: In whose name.
    ///   - key: An idempotency key: the same key again gives the run that was made under it.
    ///   - report: Called for everything that happens.
    /// - Returns: The run, and what it showed.
    /// - Throws: `DeploymentError` when the suite must not run here (`SmokePlan`) or the store
    ///   fails; ``RunnerError`` as ``run(_:by:report:)``.
    public func run(
        suite: String,
        of live: LiveDeployment,
        by actor: Actor,
        key: String? = nil,
        report: @escaping @Sendable (Progress) -> Void
    ) async throws -> SmokeResult {
        let lock = try AttemptLock(path: settings.lock)
        defer { withExtendedLifetime(lock) {} }
        let session = Session(live: live, actor: actor, report: report)
        try await endLostRuns(session)
        let state = try await live.state()
        let facts = try await live.deployments.facts(for: state)
        let plan: SmokePlan
        do throws(Refusal) {
            plan = try SmokePlan(suite, of: state, directory: facts.directory)
        } catch {
            throw DeploymentError(.refused(error))
        }
        let items = (plan.checks + plan.cleanup).map(\.item.id)
        try throwAll(try await faults(of: items, in: state, live))
        let started = try await live.perform(
            .smoke(.start(suite, runner: try runnerFacts())),
            by: actor,
            key: key
        )
        guard started.hasChanged, let run = started.state.smokeRuns.last else {
            return try await repeated(suite, key: key, started.state, live)
        }
        try await check(plan, in: run.number, session)
        let wasCancelled = Task.isCancelled
        let last = try await cleanUp(plan, after: run.number, session)
        let result = last.smokeRuns[run.number - 1]
        return SmokeResult(
            run: result,
            isRepeated: false,
            wasCancelled: wasCancelled,
            state: last
        )
    }

    private func repeated(
        _ suite: String,
        key: String?,
        _ state: Deployment,
        _ live: LiveDeployment
    ) async throws -> SmokeResult {
        let number = try await live.smokeRun(under: key ?? "")
        guard let run = state.smokeRuns.first(where: { $0.number == number }) else {
            throw RunnerError(.invalid, "the idempotency key belongs to no run of '\(suite)'")
        }
        return SmokeResult(run: run, isRepeated: true, wasCancelled: false, state: state)
    }

    // This runner holds the lock, so whoever left a run open on this machine is gone.
    private func endLostRuns(_ session: Session) async throws {
        let state = try await session.live.state()
        guard let run = state.smokeRuns.last, run.endedAt == nil else { return }
        let now = try await session.live.deployments.facts(for: state).now
        guard try isGone(run.runner, since: run.startedAt, nil, at: now) else {
            throw RunnerError(
                .locked,
                "run \(run.number) of the smoke suite '\(run.suite)' is under way elsewhere"
            )
        }
        for check in run.checks where check.isOpen {
            let tag = smokeTag(state.id, run.number, check.item, check.attempts)
            try await Survivors(tag: tag).end()
            if let entry = state.outline[check.item] {
                session.report(.lost(entry, attempt: check.attempts))
            }
            try await session.live.perform(
                .smoke(.finish(check.item, run: run.number, AttemptOutcome(.failed(.lost)))),
                by: session.actor
            )
        }
        let facts = try await session.live.deployments.facts(for: state)
        let plan = try? SmokePlan(run.suite, of: state, directory: facts.directory)
        _ = try await cleanUp(plan, after: run.number, session)
    }

    private func check(_ plan: SmokePlan, in run: Int, _ session: Session) async throws {
        let end = ContinuousClock.now + plan.suite.deadline
        for entry in plan.checks {
            var attempt = 0
            while true {
                let left = end - ContinuousClock.now
                guard left > .zero, !Task.isCancelled else { return }
                let state = try await session.live.state()
                let waitsInVain = entry.after.contains { id in
                    plan.checks.contains { $0.item.id == id }
                        && state.smokeRuns[run - 1].check(id)?.isPassed != true
                }
                if waitsInVain { break }
                attempt += 1
                let check = try await attemptCheck(
                    entry,
                    attempt,
                    in: run,
                    of: state,
                    within: left,
                    session
                )
                guard let check, !check.isPassed, let retry = entry.item.retry,
                    entry.item.allowsBlindRetry, attempt < retry.attempts,
                    ContinuousClock.now + retry.pause(after: attempt) < end
                else { break }
                do {
                    try await Task.sleep(for: retry.pause(after: attempt))
                } catch {
                    return
                }
            }
        }
    }

    private func cleanUp(
        _ plan: SmokePlan?,
        after run: Int,
        _ session: Session
    ) async throws -> Deployment {
        // An unstructured task does not inherit the cancellation.
        try await Task {
            for entry in plan?.cleanup ?? [] {
                let state = try await session.live.state()
                let attempt = (state.smokeRuns[run - 1].check(entry.item.id)?.attempts ?? 0) + 1
                try await attemptCheck(entry, attempt, in: run, of: state, within: nil, session)
            }
            return try await session.live.perform(
                .smoke(.end(run: run)),
                by: session.actor
            ).state
        }.value
    }

    @discardableResult
    private func attemptCheck(
        _ entry: Outline.Entry,
        _ attempt: Int,
        in run: Int,
        of state: Deployment,
        within limit: Duration?,
        _ session: Session
    ) async throws -> SmokeRun.Check? {
        let item = entry.item.id
        let tag = smokeTag(state.id, run, item, attempt)
        let occasion = Occasion(
            state: state,
            values: try await RunValues(of: state, in: session.live.deployments),
            tag: tag,
            limit: limit
        )
        let effect: Swift.Result<Effect, RunnerError>
        do throws(RunnerError) {
            effect = .success(try self.effect(of: entry, occasion))
        } catch {
            effect = .failure(error)
        }
        try await session.live.perform(.smoke(.begin(item, run: run)), by: session.actor)
        session.report(.started(entry, attempt: attempt))
        let start = ContinuousClock.now
        let outcome = await outcome(of: effect, by: item, tag: tag, session.report).outcome
        let after = try await session.live.perform(
            .smoke(.finish(item, run: run, outcome)),
            by: session.actor
        ).state
        let check = after.smokeRuns[run - 1].check(item)
        if let check {
            let took = ContinuousClock.now - start
            session.report(.checked(entry, check, took: took))
        }
        return check
    }

    private func smokeTag(
        _ deployment: DeploymentID,
        _ run: Int,
        _ item: ItemID,
        _ attempt: Int
    ) -> String {
        tag(deployment, "smoke\u{0}\(run)\u{0}\(item)", attempt)
    }
}

extension DeploymentRunner {
    /// Says what a run of a smoke suite would do; nothing is recorded and nothing is started.
    ///
    /// - Throws: As ``run(suite:of:by:key:report:)`` for what would make the run refuse.
    public func forecast(suite: String, of live: LiveDeployment) async throws -> SmokePlan {
        let state = try await live.state()
        let facts = try await live.deployments.facts(for: state)
        do {
            let plan = try SmokePlan(suite, of: state, directory: facts.directory)
            let items = (plan.checks + plan.cleanup).map(\.item.id)
            try throwAll(try await faults(of: items, in: state, live))
            return plan
        } catch let refusal as Refusal {
            throw DeploymentError(.refused(refusal))
        }
    }
}
