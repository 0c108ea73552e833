// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// Carries a deployment on as far as it goes without a person: the automatic items, one at a time,
/// in document order.
///
/// Each attempt is in the log before its effect, and how it ended after it. What was under way when
/// a runner died is found by the next one: it is recorded as lost, which is a failure where the
/// item may simply be done again, and a doubt where it may not.
public struct DeploymentRunner: Sendable {
    /// Where and how commands run.
    public struct Settings: Sendable {
        /// The project's root, absolute: where commands run, and relative directories start.
        public var root: String
        /// The file whose lock this runner holds for as long as it works, so that there is one
        /// runner of a deployment at a time.
        public var lock: String
        /// The caller's environment; commands get what the items name, and the usual variables.
        public var environment: [String: String]
        /// Where secrets come from; one that is not listed is the variable of its name.
        public var secrets: [String: SecretSource] = [:]
        /// How long an item may take that says nothing about it.
        public var timeout: Duration = .seconds(3600)
        /// Only this phase; `nil` for all.
        public var phase: PhaseID?
        /// Only this smoke suite; `nil` for all.
        public var suite: String?

        /// Settings with the usual limits.
        public init(root: String, lock: String, environment: [String: String]) {
            self.root = root
            self.lock = lock
            self.environment = environment
        }
    }

    /// What happens while it runs.
    @nonexhaustive
    public enum Progress: Sendable {
        /// An attempt is in the log, and its effect begins.
        case started(Outline.Entry, attempt: Int)
        /// The command said something; secrets are taken out.
        case output(OutputChunk)
        /// How the attempt ended is in the log. The state is the one after it. Processes that a
        /// command which is no service left behind are let run, and reported.
        case finished(Outline.Entry, Deployment, took: Duration, hasSurvivors: Bool)
        /// An attempt was found whose runner is gone.
        case lost(Outline.Entry, attempt: Int)
    }

    /// Where it stopped.
    public struct Result: Sendable {
        /// What stands in the way, or `nothing`.
        public let next: NextStep
        /// Whether it stopped because the task was cancelled.
        public let wasCancelled: Bool
        /// The state at the end.
        public let state: Deployment
    }

    let runner: any CommandRunning
    let settings: Settings

    /// A runner with these settings.
    public init(
        _ settings: Settings,
        running runner: any CommandRunning = ProcessRunner(digester: { SHA256() })
    ) {
        self.settings = settings
        self.runner = runner
    }

    /// Runs until a person, a gate or a failure stands in the way, nothing is left, or the task is
    /// cancelled: then the command that is under way is ended, and that is recorded.
    ///
    /// - Parameters:
    ///   - live: The deployment.
    ///   - actor: In whose name.
    ///   - report: Called for everything that happens, output on a thread of the runner.
    /// - Returns: Where it stopped.
    /// - Throws: ``RunnerError``: `locked` when another runner is at work, `invalid` for what this
    ///   runner cannot do or a value that is missing, `secretUnavailable`. `DeploymentError` when
    ///   the rules or the store refuse what was to be recorded.
    public func run(
        _ live: LiveDeployment,
        by actor: Actor,
        report: @escaping @Sendable (Progress) -> Void
    ) async throws -> Result {
        let lock = try AttemptLock(path: settings.lock)
        defer { withExtendedLifetime(lock) {} }
        while true {
            let state = try await live.state()
            let facts = try await live.deployments.facts(for: state)
            let step = state.nextStep(phase: settings.phase, suite: settings.suite, given: facts)
            if Task.isCancelled { return Result(next: step, wasCancelled: true, state: state) }
            switch step {
            case .start(let item):
                guard let entry = state.entry(of: item) else { return stop(step, state) }
                try await attempt(entry, of: state, live, actor, report)
            case .judge(let item):
                guard let entry = state.entry(of: item) else { return stop(step, state) }
                let result = try await live.perform(.judge(item), by: actor)
                report(.finished(entry, result.state, took: .zero, hasSurvivors: false))
            case .underWay(let item, let attempt, let owner):
                guard let entry = state.entry(of: item),
                    try isGone(owner, entry, state, at: facts.now)
                else { return stop(step, state) }
                try await Survivors(tag: tag(state.id, item, attempt)).end()
                report(.lost(entry, attempt: attempt))
                try await live.perform(
                    .finish(item, attempt: attempt, AttemptOutcome(.failed(.lost))),
                    by: actor
                )
            case .failed(let items):
                guard try await retryLost(items, in: state, live, actor) else {
                    return stop(step, state)
                }
            default:
                return stop(step, state)
            }
        }
    }

    // A retry by itself is right only where doing it twice is as good as once.
    private func retryLost(
        _ items: [ItemID],
        in state: Deployment,
        _ live: LiveDeployment,
        _ actor: Actor
    ) async throws(DeploymentError) -> Bool {
        for id in items {
            guard state.progress(of: id)?.cause == .lost,
                state.entry(of: id)?.item.effect?.allowsBlindRetry == true
            else { return false }
        }
        for id in items {
            try await live.perform(.reopen(id, reason: "the runner was lost"), by: actor)
        }
        return true
    }

    private func stop(_ step: NextStep, _ state: Deployment) -> Result {
        Result(next: step, wasCancelled: false, state: state)
    }

    // On this host nobody else can be at work: the lock is held here. Of another host only time
    // can tell.
    private func isGone(
        _ owner: RunnerFacts?,
        _ entry: Outline.Entry,
        _ state: Deployment,
        at now: Timestamp
    ) throws(RunnerError) -> Bool {
        guard let owner else { return true }
        let identity = ProcessIdentity(
            host: owner.host,
            bootID: owner.bootID,
            processID: Int32(truncatingIfNeeded: owner.processID),
            startTime: UInt64(clamping: owner.processStart)
        )
        if let isAlive = try identity.isAlive() { return !isAlive }
        guard let since = state.progress(of: entry.item.id)?.startedAt else { return false }
        return now - since > (entry.item.timeout ?? settings.timeout) + .seconds(60)
    }

    private func attempt(
        _ entry: Outline.Entry,
        of state: Deployment,
        _ live: LiveDeployment,
        _ actor: Actor,
        _ report: @escaping @Sendable (Progress) -> Void
    ) async throws {
        let item = entry.item.id
        let attempt = (state.progress(of: item)?.attempts ?? 0) + 1
        // Whatever may be missing is found out before the log says that the effect begins.
        let effect = try effect(of: entry, in: state, tag: tag(state.id, item, attempt))
        let identity = try ProcessIdentity.current()
        let facts = RunnerFacts(
            host: identity.host,
            bootID: identity.bootID,
            processID: Int(identity.processID),
            processStart: Int(clamping: identity.startTime)
        )
        try await live.perform(.begin(item, runner: facts), by: actor)
        report(.started(entry, attempt: attempt))
        let start = ContinuousClock.now
        let outcome = await outcome(of: effect, tag: tag(state.id, item, attempt), report)
        let result = try await live.perform(
            .finish(item, attempt: attempt, outcome),
            by: actor
        )
        var hasSurvivors = false
        if case .service = entry.item.kind {
        } else {
            hasSurvivors = !Survivors(tag: tag(state.id, item, attempt)).isEmpty
        }
        let took = ContinuousClock.now - start
        report(.finished(entry, result.state, took: took, hasSurvivors: hasSurvivors))
    }

    private func tag(_ deployment: DeploymentID, _ item: ItemID, _ attempt: Int) -> String {
        let name = "\(deployment)\u{0}\(item)\u{0}\(attempt)"
        return String(SHA256.digest(of: name.utf8).hex.prefix(32))
    }
}

extension SHA256: ByteDigester {
    /// Takes the next bytes.
    public mutating func update(_ bytes: [UInt8]) {
        update(bytes[...])
    }

    /// The digest of all bytes so far.
    public func finish() -> Digest { finalize() }
}
