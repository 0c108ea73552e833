// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// Works through the automatic items of a deployment, in document order, one at a time.
///
/// Every attempt is recorded before its effect and again after it; a lock is held in between, so
/// that the death of the runner is known to whoever comes next. The runner stops where a person is
/// needed, and never answers for one.
public struct DeploymentRunner: Sendable {
    /// What happens while it works.
    @nonexhaustive
    public enum Progress: Sendable {
        /// An attempt begins.
        case started(Outline.Entry, attempt: Int)
        /// A command said something; control characters are not made visible yet.
        case output(ItemID, OutputChunk)
        /// An attempt has ended, and is recorded.
        case ended(Outline.Entry, ItemState, took: Duration, note: String?)
        /// An earlier attempt had lost its runner; the item is now in this state.
        case lost(Outline.Entry, attempt: Int, ItemState)
    }

    /// Why it stopped.
    @nonexhaustive
    public enum Stop: Hashable, Sendable {
        /// Nothing is left that could be run.
        case nothingLeft
        /// These items are a person's.
        case person([ItemID])
        /// A gate is closed, for these reasons.
        case gate(GateID, [GateReason])
        /// These items failed.
        case failed([ItemID])
        /// Whether these items happened is not known.
        case inDoubt([ItemID])
        /// Another runner works on this item.
        case underWay(ItemID)
        /// An item cannot be started as it stands: what is missing.
        case unprepared(ItemID, String)
        /// It was told to stop.
        case interrupted
    }

    let live: LiveDeployment
    let actor: Actor
    let commands: any CommandRunning
    let settings: RunSettings

    /// A runner for one deployment.
    ///
    /// - Parameters:
    ///   - live: The deployment.
    ///   - actor: In whose name the attempts are recorded.
    ///   - settings: Where and with what commands run.
    ///   - commands: What runs them.
    public init(
        _ live: LiveDeployment,
        by actor: Actor,
        settings: RunSettings,
        commands: any CommandRunning = ProcessRunner(digester: { SHA256() })
    ) {
        self.live = live
        self.actor = actor
        self.settings = settings
        self.commands = commands
    }

    /// Works until it has to stop.
    ///
    /// - Parameters:
    ///   - phase: Only this phase; `nil` for all.
    ///   - suite: Only the items of this smoke suite; `nil` for all.
    ///   - progress: Told what happens, on whatever thread it happens.
    /// - Returns: Why it stopped.
    /// - Throws: ``DeploymentError`` when the store fails or another writer got in the way.
    public func run(
        phase: PhaseID? = nil,
        suite: String? = nil,
        progress: @escaping @Sendable (Progress) -> Void = { _ in }
    ) async throws(DeploymentError) -> Stop {
        while true {
            if Task.isCancelled { return .interrupted }
            let state = try await live.state()
            let facts = try await live.deployments.facts(for: state)
            switch state.nextStep(phase: phase, suite: suite, given: facts) {
            case .nothing:
                return .nothingLeft
            case .person(let items):
                return .person(items)
            case .gate(let gate, let reasons):
                return .gate(gate, reasons)
            case .inDoubt(let items):
                return .inDoubt(items)
            case .failed(let items):
                guard try await retryLost(items, in: state) else { return .failed(items) }
            case .underWay(let item, let attempt, let runner):
                guard
                    try await settleLost(item, attempt, runner, in: state, at: facts, progress)
                else { return .underWay(item) }
            case .start(let item):
                guard let entry = state.outline[item] else { return .nothingLeft }
                if let stop = try await attempt(entry, in: state, progress) { return stop }
            }
        }
    }

    // MARK: One attempt

    private func attempt(
        _ entry: Outline.Entry,
        in state: Deployment,
        _ progress: @escaping @Sendable (Progress) -> Void
    ) async throws(DeploymentError) -> Stop? {
        let id = entry.item.id
        let number = (state.items[id]?.attempts ?? 0) + 1
        let work: PreparedItem
        let lock: AttemptLock
        let identity: ProcessIdentity
        do {
            work = try PreparedItem(entry.item, attempt: number, of: state, settings)
            lock = try AttemptLock(path: settings.lockPath(state.id, id, number))
            identity = try ProcessIdentity.current()
        } catch {
            if error.code == .locked { return .underWay(id) }
            return .unprepared(id, error.message)
        }
        defer { withExtendedLifetime(lock) {} }
        try await live.perform(.begin(id, runner: RunnerFacts(identity)), by: actor)
        progress(.started(entry, attempt: number))
        let start = ContinuousClock.now
        let outcome = await work.run(with: commands) { progress(.output(id, $0)) }
        let result = try await live.perform(
            .finish(id, attempt: number, outcome),
            by: actor
        )
        let ended = result.state.items[id]?.state ?? .pending
        let took = ContinuousClock.now - start
        progress(.ended(entry, ended, took: took, note: outcome.note))
        if case .failed(.interrupted) = outcome.ending { return .interrupted }
        return nil
    }

    // MARK: Attempts that lost their runner

    // A retry by itself is right only where doing it twice is as good as once.
    private func retryLost(
        _ items: [ItemID],
        in state: Deployment
    ) async throws(DeploymentError) -> Bool {
        for id in items {
            guard let progress = state.items[id], progress.cause == .lost,
                let item = state.outline[id]?.item, item.effect?.allowsBlindRetry == true
            else { return false }
            try await live.perform(
                .reopen(id, reason: "the runner of attempt \(progress.attempts) was lost"),
                by: actor
            )
        }
        return true
    }

    private func settleLost(
        _ id: ItemID,
        _ attempt: Int,
        _ runner: RunnerFacts?,
        in state: Deployment,
        at facts: Facts,
        _ progress: @escaping @Sendable (Progress) -> Void
    ) async throws(DeploymentError) -> Bool {
        guard let entry = state.outline[id] else { return false }
        let isLost: Bool
        do {
            isLost = try wasLost(entry.item, attempt, runner, in: state, at: facts)
        } catch {
            throw DeploymentError(
                .refused(Refusal(.wrongState, "whether '\(id)' still runs: \(error.message)"))
            )
        }
        guard isLost else { return false }
        let tag = settings.tag(state.id, id, attempt)
        if case .service = entry.item.kind {} else { await ProcessTree.end(attempt: tag) }
        let result = try await live.perform(
            .finish(
                id,
                attempt: attempt,
                AttemptOutcome(.failed(.lost), note: "the runner is gone")
            ),
            by: actor
        )
        progress(.lost(entry, attempt: attempt, result.state.items[id]?.state ?? .pending))
        return true
    }

    private func wasLost(
        _ item: Item,
        _ attempt: Int,
        _ runner: RunnerFacts?,
        in state: Deployment,
        at facts: Facts
    ) throws(RunnerError) -> Bool {
        guard let runner else { return true }
        if let isAlive = try ProcessIdentity(runner).isAlive() {
            if !isAlive { return true }
            // A living process that let go of the lock works on something else by now.
            return try !AttemptLock.isHeld(
                path: settings.lockPath(state.id, item.id, attempt)
            )
        }
        // From another machine only time tells.
        guard let started = state.items[item.id]?.startedAt else { return true }
        let limit = item.timeout ?? settings.timeout
        return facts.now > started + limit + settings.lostAfter
    }
}

extension SHA256: ByteDigester {
    /// The digest of all bytes so far.
    public func finish() -> Digest { finalize() }

    /// Takes the next bytes.
    public mutating func update(_ bytes: [UInt8]) {
        update(bytes[...])
    }
}

extension RunnerFacts {
    init(_ identity: ProcessIdentity) {
        self.init(
            host: identity.host,
            bootID: identity.bootID,
            processID: Int(identity.processID),
            processStart: Int(clamping: identity.startTime)
        )
    }
}

extension ProcessIdentity {
    init(_ facts: RunnerFacts) {
        self.init(
            host: facts.host,
            bootID: facts.bootID,
            processID: Int32(clamping: facts.processID),
            startTime: UInt64(clamping: facts.processStart)
        )
    }
}
