// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// One run of a smoke suite, besides what the deployment itself did.
public struct SmokeRun: Hashable, Sendable {
    /// How far one of its checks or cleanup steps has come.
    public struct Check: Hashable, Sendable {
        /// Which item.
        public let item: ItemID
        /// How many attempts were begun.
        public internal(set) var attempts = 1
        /// Whether an attempt is under way, or its end was never recorded.
        public internal(set) var isOpen = true
        /// Why the last attempt did not succeed; `nil` when it did, or is open.
        public internal(set) var cause: FailureCause?
        /// What was kept of its output.
        public internal(set) var output: AttachmentReference?
        /// A sentence about it.
        public internal(set) var note: AttachmentReference?

        /// Whether the last attempt succeeded.
        public var isPassed: Bool { !isOpen && cause == nil }
    }

    /// Which run of the deployment it is, counting from 1.
    public let number: Int
    /// The suite.
    public let suite: String
    /// Who asked for it.
    public let actor: Actor
    /// Which process runs it.
    public let runner: RunnerFacts?
    /// When it began.
    public let startedAt: Timestamp
    /// When it ended; `nil` while it runs, or when its runner was lost.
    public internal(set) var endedAt: Timestamp?
    /// What it showed.
    public internal(set) var verdict: SmokeVerdict?
    /// The checks and cleanup steps that were begun, in that order.
    public internal(set) var checks: [Check] = []

    /// How far an item has come; `nil` when it was not begun.
    public func check(_ item: ItemID) -> Check? { checks.first { $0.item == item } }

    /// What a run shows whose steps are settled as they are now.
    ///
    /// A transport error, an expired deadline or a lost runner is no proof that anything is wrong,
    /// and a cleanup step that fails says nothing about the service: both leave it open.
    func verdict(of plan: SmokePlan) -> SmokeVerdict {
        var (failed, open): ([ItemID], [ItemID]) = ([], [])
        var passed = 0
        for entry in plan.checks {
            let check = check(entry.item.id)
            if check?.isPassed == true {
                passed += 1
                continue
            }
            if entry.requirement == .optional { continue }
            if let cause = check?.cause, cause.showsFault {
                failed.append(entry.item.id)
            } else {
                open.append(entry.item.id)
            }
        }
        for entry in plan.cleanup where check(entry.item.id)?.isPassed != true {
            open.append(entry.item.id)
        }
        let word: SmokeVerdict.Word =
            !failed.isEmpty
            ? .failed
            : open.isEmpty && passed >= plan.suite.minimumChecks ? .passed : .inconclusive
        return SmokeVerdict(word, failed: failed, open: open)
    }
}

extension FailureCause {
    /// Whether what was looked at was seen, and is wrong; otherwise it could not be seen.
    public var showsFault: Bool {
        switch self {
        case .exited, .signaled, .unhealthy, .noContract, .noOutput, .unmet, .reported: true
        case .timedOut, .interrupted, .notStarted, .unreachable, .lost, .notExecuted: false
        }
    }
}

/// The runs of smoke suites of one deployment.
struct SmokeRuns: Hashable, Sendable {
    private(set) var all: [SmokeRun] = []

    mutating func apply(_ event: SmokeEvent, _ recorded: RecordedEvent) {
        switch event {
        case .started(let run, let suite, let runner):
            guard run == all.count + 1 else { return }
            all.append(
                SmokeRun(
                    number: run,
                    suite: suite,
                    actor: recorded.actor,
                    runner: runner,
                    startedAt: recorded.at
                )
            )
        case .checkStarted(let run, let item, let attempt):
            change(run) { run in
                if let place = run.checks.firstIndex(where: { $0.item == item }) {
                    run.checks[place] = SmokeRun.Check(item: item, attempts: attempt)
                } else {
                    run.checks.append(SmokeRun.Check(item: item, attempts: attempt))
                }
            }
        case .checkEnded(let run, let item, let attempt, let cause, let output, let note):
            change(run) { run in
                guard let place = run.checks.firstIndex(where: { $0.item == item }),
                    run.checks[place].attempts == attempt
                else { return }
                run.checks[place].isOpen = false
                run.checks[place].cause = cause
                run.checks[place].output = output
                run.checks[place].note = note
            }
        case .ended(let run, let verdict):
            change(run) { run in
                run.endedAt = recorded.at
                run.verdict = verdict
            }
        }
    }

    private mutating func change(_ number: Int, _ change: (inout SmokeRun) -> Void) {
        guard all.indices.contains(number - 1), all[number - 1].endedAt == nil else { return }
        change(&all[number - 1])
    }
}

extension LiveDeployment {
    /// The number of the run of a smoke suite that was begun under an idempotency key; `nil` when
    /// none was.
    ///
    /// - Throws: ``DeploymentError`` when the store fails.
    public func smokeRun(under key: String) async throws(DeploymentError) -> Int? {
        do {
            let entry = try await deployments.log.entries(forKey: key)?.first
            return entry?.body["run"]?.integer.flatMap { Int(exactly: $0) }
        } catch {
            throw DeploymentError(.store(error))
        }
    }
}
