// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension DeploymentRunner {
    /// An attempt that is in the log, and what it will do.
    struct Begun: Sendable {
        let entry: Outline.Entry
        let attempt: Int
        let tag: String
        /// What it does, or why it is not done after all.
        let effect: Swift.Result<Effect, RunnerError>
        /// When no time is left for another attempt.
        let deadline: ContinuousClock.Instant?
    }

    /// Waits until an item may be tried again.
    ///
    /// - Returns: Whether the wait was not interrupted.
    func pause(
        before entry: Outline.Entry,
        of state: Deployment,
        at now: Timestamp
    ) async throws -> Bool {
        guard let retry = entry.item.retry, let progress = state.progress(of: entry.item.id),
            progress.attempts > 0, progress.attempts < retry.attempts,
            let since = progress.settledAt
        else { return true }
        let left = retry.pause(after: progress.attempts) - (now - since)
        guard left > .zero else { return true }
        do {
            try await Task.sleep(for: min(left, retry.pause(after: progress.attempts)))
            return true
        } catch {
            return false
        }
    }

    /// Records an attempt before its effect.
    func begin(
        _ entry: Outline.Entry,
        of state: Deployment,
        _ session: Session,
        _ course: inout Course
    ) async throws -> Begun {
        let item = entry.item
        let attempt = (state.progress(of: item.id)?.attempts ?? 0) + 1
        let tag = tag(state.id, item.id.text, attempt)
        var deadline: ContinuousClock.Instant?
        if let suite = item.suite.flatMap(state.checklist.suite), !item.isCleanup {
            let end = course.deadlines[suite.name] ?? (.now + suite.deadline)
            course.deadlines[suite.name] = end
            deadline = end
        }
        var occasion = Occasion(
            state: state,
            values: try await RunValues(of: state, in: session.live.deployments),
            tag: tag
        )
        occasion.limit = deadline.map { max($0 - .now, .zero) }
        let effect: Swift.Result<Effect, RunnerError> =
            if occasion.limit == .zero {
                .failure(RunnerError(.invalid, "the time of its smoke suite is up"))
            } else {
                // What was missing from the start was found out before the first effect; what is
                // missing only now is a failure of the item, from which the rules know how to go on.
                Swift.Result { () throws(RunnerError) in try self.effect(of: entry, occasion) }
            }
        try await session.live.perform(.begin(item.id, runner: runnerFacts()), by: session.actor)
        session.report(.started(entry, attempt: attempt))
        return Begun(
            entry: entry,
            attempt: attempt,
            tag: tag,
            effect: effect,
            deadline: deadline
        )
    }

    /// Has the effect, and records how it went.
    @discardableResult
    func finish(_ begun: Begun, _ session: Session) async throws -> Deployment {
        let start = ContinuousClock.now
        let ended = await outcome(
            of: begun.effect,
            by: begun.entry.item.id,
            tag: begun.tag,
            session.report
        )
        let isLast = Task.isCancelled || hasNoTime(begun)
        let outcome = isLast ? ended.outcome.asLast : ended.outcome
        let state = try await session.live.perform(
            .finish(begun.entry.item.id, attempt: begun.attempt, outcome),
            by: session.actor
        ).state
        session.report(
            .finished(
                begun.entry,
                state,
                took: ContinuousClock.now - start,
                hasSurvivors: ended.hasSurvivors
            )
        )
        return state
    }

    /// Takes away what suites have left behind, although the task may be cancelled.
    func cleanUp(_ session: Session) async throws -> Deployment {
        // An unstructured task does not inherit the cancellation.
        try await Task {
            var course = Course()
            var state = try await session.live.state()
            var tried: Set<ItemID> = []
            while let entry = state.leftToCleanUp.first(where: { !tried.contains($0.item.id) }) {
                tried.insert(entry.item.id)
                let begun = try await begin(entry, of: state, session, &course)
                state = try await finish(begun, session)
            }
            return state
        }.value
    }

    func outcome(
        of effect: Swift.Result<Effect, RunnerError>,
        by item: ItemID,
        tag: String,
        _ report: @escaping @Sendable (Progress) -> Void
    ) async -> Ended {
        switch effect {
        case .success(let effect): await outcome(of: effect, by: item, tag: tag, report)
        case .failure(let error):
            (AttemptOutcome(.failed(.notStarted), note: error.message), false)
        }
    }

    func runnerFacts() throws(RunnerError) -> RunnerFacts {
        let identity = try ProcessIdentity.current()
        return RunnerFacts(
            host: identity.host,
            bootID: identity.bootID,
            processID: Int(identity.processID),
            processStart: Int(clamping: identity.startTime)
        )
    }

    func tag(_ deployment: DeploymentID, _ step: String, _ attempt: Int) -> String {
        let name = "\(deployment)\u{0}\(step)\u{0}\(attempt)"
        return String(SHA256.digest(of: name.utf8).hex.prefix(32))
    }

    // The deadline of the whole wins over the retries of a part.
    private func hasNoTime(_ begun: Begun) -> Bool {
        guard let deadline = begun.deadline, let retry = begun.entry.item.retry else {
            return false
        }
        return ContinuousClock.now + retry.pause(after: begun.attempt) >= deadline
    }
}

extension AttemptOutcome {
    /// The same, with no attempt after it.
    var asLast: AttemptOutcome {
        AttemptOutcome(ending, output: output, note: note, value: value, isLast: true)
    }
}
