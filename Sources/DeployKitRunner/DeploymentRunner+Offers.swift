// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// Commands that a page shows below an item of a person's, and that this person had run. The attempt
/// is in the log; how it ended is not yet, so that the person can compare it with the page first.
public struct OfferedRun: Sendable {
    /// The item.
    public let entry: Outline.Entry
    /// Whether every command ended with 0.
    public var isPassed: Bool { if case .passed = outcome.ending { true } else { false } }
    let attempt: Int
    let tag: String
    let outcome: AttemptOutcome
    let took: Duration
    let session: DeploymentRunner.Session
    let lock: AttemptLock
}

extension DeploymentRunner {
    /// Why a command that a page shows cannot be run here.
    ///
    /// - Parameters:
    ///   - command: One of the item's `Item.offers`.
    ///   - item: The item.
    ///   - live: The deployment.
    /// - Returns: What is missing; `nil` when nothing is.
    /// - Throws: `DeploymentError` when the store fails.
    public func obstacle(
        to command: ItemCommand,
        of item: Item,
        in live: LiveDeployment
    ) async throws(DeploymentError) -> RunnerError? {
        let state = try await live.state()
        let values = try await RunValues(of: state, in: live.deployments)
        let occasion = Occasion(state: state, values: values, tag: "planned", isPlanned: true)
        do throws(RunnerError) {
            let invocation = try offered(command, item, occasion)
            try checkProgram(of: item, invocation, isFirst: true)
            return nil
        } catch {
            return error
        }
    }

    /// Runs commands that a page shows below a manual item, one after the other until one fails. A
    /// person has seen and confirmed each: that they did is in the log before the first begins.
    ///
    /// What such a command does to the world nobody has declared, so that an attempt which fails, or
    /// is lost, is in doubt.
    ///
    /// - Parameters:
    ///   - offers: The positions of the commands in the item's `Item.offers`, ascending.
    ///   - id: The item.
    ///   - live: The deployment.
    ///   - actor: Who has confirmed.
    ///   - report: Called for everything that happens, output on a thread of the runner.
    /// - Returns: How it went; ``settle(_:isAsExpected:)`` records it.
    /// - Throws: ``RunnerError``: `locked` when a runner is at work; for what is missing, as
    ///   ``obstacle(to:of:in:)`` says. `DeploymentError` when the rules or the store refuse.
    public func run(
        offers: [Int],
        of id: ItemID,
        in live: LiveDeployment,
        by actor: Actor,
        report: @escaping @Sendable (Progress) -> Void
    ) async throws -> OfferedRun {
        let lock = try AttemptLock(path: settings.lock)
        let state = try await live.state()
        guard let entry = state.entry(of: id), offers.allSatisfy(entry.item.offers.indices.contains)
        else { throw RunnerError(.invalid, "'\(id)' shows no such commands") }
        let attempt = (state.progress(of: id)?.attempts ?? 0) + 1
        let occasion = Occasion(
            state: state,
            values: try await RunValues(of: state, in: live.deployments),
            tag: tag(state.id, id.text, attempt)
        )
        let invocations = try offers.map { offer throws(RunnerError) in
            try offered(entry.item.offers[offer], entry.item, occasion)
        }
        let runner = try runnerFacts()
        try await live.perform(.begin(id, runner: runner, offered: offers), by: actor)
        report(.started(entry, attempt: attempt))
        let start = ContinuousClock.now
        let outcome = await outcome(of: invocations, by: id, tag: occasion.tag, report)
        return OfferedRun(
            entry: entry,
            attempt: attempt,
            tag: occasion.tag,
            outcome: outcome,
            took: ContinuousClock.now - start,
            session: Session(live: live, actor: actor, report: report),
            lock: lock
        )
    }

    /// Records how commands went.
    ///
    /// - Parameters:
    ///   - run: What was run.
    ///   - isAsExpected: Whether the person found what the page tells to expect; what ended with 0
    ///     and is not as expected failed. `nil` when the person did not say, which leaves a doubt.
    /// - Returns: The state after it.
    /// - Throws: `DeploymentError` when the store fails.
    @discardableResult
    public func settle(_ run: OfferedRun, isAsExpected: Bool?) async throws -> Deployment {
        var outcome = run.outcome
        if run.isPassed, isAsExpected != true {
            outcome = AttemptOutcome(
                .failed(isAsExpected == nil ? .interrupted : .reported),
                output: outcome.output,
                note: isAsExpected == nil
                    ? "nobody said whether it is as expected" : "it is not as the page expects"
            )
        }
        let session = run.session
        let state = try await session.live.perform(
            .finish(run.entry.item.id, attempt: run.attempt, outcome.asLast),
            by: session.actor
        ).state
        let hasSurvivors = !Survivors(tag: run.tag).isEmpty
        session.report(
            .finished(run.entry, state, took: run.took, hasSurvivors: hasSurvivors)
        )
        withExtendedLifetime(run.lock) {}
        return state
    }

    private func offered(
        _ command: ItemCommand,
        _ item: Item,
        _ occasion: Occasion
    ) throws(RunnerError) -> Invocation {
        if case .script(_, let interpreter) = command, !command.isShell {
            throw RunnerError(
                .invalid,
                "nothing here runs '\(interpreter)': declare the item a command, with shell="
            )
        }
        return try invocation(command, item, occasion)
    }

    private func outcome(
        of invocations: [Invocation],
        by item: ItemID,
        tag: String,
        _ report: @escaping @Sendable (Progress) -> Void
    ) async -> AttemptOutcome {
        var said = ""
        for (position, invocation) in invocations.enumerated() {
            let one = await outcome(
                of: .success(.command(invocation, leaving: nil, capturing: nil)),
                by: item,
                tag: tag,
                report
            ).outcome
            if let bytes = one.output?.bytes { said += String(decoding: bytes, as: UTF8.self) }
            let output: Evidence? = said.isEmpty ? nil : .text(said)
            guard case .failed(let cause) = one.ending else { continue }
            // Those before it have had their effect.
            let ending = cause == .notStarted && position > 0 ? FailureCause.exited(126) : cause
            return AttemptOutcome(.failed(ending), output: output, note: one.note)
        }
        return AttemptOutcome(.passed, output: said.isEmpty ? nil : .text(said))
    }
}
