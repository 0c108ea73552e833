// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// Carries a deployment on as far as it goes without a person: the automatic items, in document
/// order, as many at a time as their phase allows.
///
/// Whatever may be missing for what it would do, and for going back by itself, is found out before
/// the first effect; what is missing only later fails its item. Each attempt is in the log before its
/// effect, and how it ended after it. What was under way when a runner died is found by the next one:
/// it is recorded as lost, which is a failure where the item may simply be done again, and a doubt
/// where it may not.
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
        /// The command of an item said something; secrets are taken out.
        case output(OutputChunk, of: ItemID)
        /// How the attempt ended is in the log. The state is the one after it. Processes that a
        /// command which is no service left behind are let run, and reported.
        case finished(Outline.Entry, Deployment, took: Duration, hasSurvivors: Bool)
        /// Something to know about an attempt that has passed.
        case remark(String, of: ItemID)
        /// How an attempt at a check of a smoke suite ended is in the log.
        case checked(Outline.Entry, SmokeRun.Check, took: Duration)
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
    /// cancelled: then the commands that are under way are ended, and that is recorded. What smoke
    /// suites have left behind is taken away before it returns.
    ///
    /// - Parameters:
    ///   - live: The deployment.
    ///   - actor: In whose name.
    ///   - report: Called for everything that happens, output on a thread of the runner.
    /// - Returns: Where it stopped.
    /// - Throws: ``RunnerError``: `locked` when another runner is at work; for what is missing, or
    ///   what this runner cannot do, before anything is done, see ``check(_:of:)``.
    ///   `DeploymentError` when the rules or the store refuse what was to be recorded.
    public func run(
        _ live: LiveDeployment,
        by actor: Actor,
        report: @escaping @Sendable (Progress) -> Void
    ) async throws -> Result {
        let lock = try AttemptLock(path: settings.lock)
        defer { withExtendedLifetime(lock) {} }
        let session = Session(live: live, actor: actor, report: report)
        return try await withThrowingTaskGroup(of: ItemID.self) { group in
            var course = Course()
            while true {
                let state = try await live.state()
                let facts = try await live.deployments.facts(for: state)
                let step = state.nextStep(
                    phase: settings.phase,
                    besides: course.inFlight,
                    given: facts
                )
                if Task.isCancelled {
                    while let item = try await group.next() { course.inFlight.remove(item) }
                    let last = try await cleanUp(session)
                    let end = try await live.deployments.facts(for: last)
                    return Result(
                        next: last.nextStep(phase: settings.phase, given: end),
                        wasCancelled: true,
                        state: last
                    )
                }
                if case .start(let id) = step, let entry = state.entry(of: id),
                    course.hasRoom(for: entry, in: state)
                {
                    try await checkPlan(from: entry, of: state, given: facts, live, &course)
                    guard try await pause(before: entry, of: state, at: facts.now) else { continue }
                    let begun = try await begin(entry, of: state, session, &course)
                    course.inFlight.insert(id)
                    group.addTask {
                        try await finish(begun, session)
                        return id
                    }
                    continue
                }
                if !course.inFlight.isEmpty {
                    if let item = try await group.next() { course.inFlight.remove(item) }
                    continue
                }
                guard try await recover(from: step, of: state, at: facts.now, session) else {
                    return Result(next: step, wasCancelled: false, state: state)
                }
            }
        }
    }

    /// Who works for whom, in one call.
    struct Session: Sendable {
        let live: LiveDeployment
        let actor: Actor
        let report: @Sendable (Progress) -> Void
    }

    /// What one call remembers from step to step.
    struct Course {
        /// What was begun and has not ended.
        var inFlight: Set<ItemID> = []
        private var phase: Int?
        /// What was looked at before it could be begun.
        var planned: Set<ItemID> = []
        /// When the time of each suite is up, counted from its first check.
        var deadlines: [String: ContinuousClock.Instant] = [:]

        /// Whether an item may be begun beside those that are under way, of the same phase.
        mutating func hasRoom(for entry: Outline.Entry, in state: Deployment) -> Bool {
            // The steps of a rollback belong to no phase, and are taken one by one.
            guard state.outline[entry.item.id] != nil else { return inFlight.isEmpty }
            if inFlight.isEmpty { phase = entry.phase }
            return phase == entry.phase
                && inFlight.count < state.checklist.phases[entry.phase].concurrency
        }
    }

    /// Sees to an attempt whose runner is gone.
    ///
    /// - Returns: Whether anything changed; otherwise it ends here.
    private func recover(
        from step: NextStep,
        of state: Deployment,
        at now: Timestamp,
        _ session: Session
    ) async throws -> Bool {
        switch step {
        case .judge(let item):
            guard let entry = state.entry(of: item) else { return false }
            let result = try await session.live.perform(.judge(item), by: session.actor)
            session.report(.finished(entry, result.state, took: .zero, hasSurvivors: false))
            return true
        case .underWay(let item, let attempt, let owner):
            guard let entry = state.entry(of: item),
                try isGone(owner, since: state.progress(of: item)?.startedAt, entry, at: now)
            else { return false }
            let survivors = Survivors(tag: tag(state.id, item.text, attempt))
            let note = survivors.isEmpty ? nil : "what still ran of it was ended by the next runner"
            try await survivors.end()
            session.report(.lost(entry, attempt: attempt))
            try await session.live.perform(
                .finish(item, attempt: attempt, AttemptOutcome(.failed(.lost), note: note)),
                by: session.actor
            )
            return true
        case .failed(let items):
            return try await retryLost(items, in: state, session)
        default:
            return false
        }
    }

    // A retry by itself is right only where doing it twice is as good as once.
    private func retryLost(
        _ items: [ItemID],
        in state: Deployment,
        _ session: Session
    ) async throws(DeploymentError) -> Bool {
        for id in items {
            guard state.progress(of: id)?.cause == .lost,
                state.entry(of: id)?.item.allowsBlindRetry == true
            else { return false }
        }
        for id in items {
            try await session.live.perform(
                .reopen(id, reason: "the runner was lost"),
                by: session.actor
            )
        }
        return true
    }

    // On this host nobody else can be at work: the lock is held here. Of another host only time
    // can tell.
    func isGone(
        _ owner: RunnerFacts?,
        since: Timestamp?,
        _ entry: Outline.Entry?,
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
        guard let since else { return false }
        return now - since > (entry?.item.timeout ?? settings.timeout) + .seconds(60)
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
