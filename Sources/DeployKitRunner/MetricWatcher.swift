// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// Measures again and again, judges after each measurement, and stops on a verdict or at the end.
///
/// Every measurement is in the log before it is judged. A watch that is interrupted stays open, and
/// the next watcher goes on at the moment where it would be: of a source that keeps the past the
/// missed moments are asked for, of another one they are recorded as measured by nobody.
public struct MetricWatcher: Sendable {
    /// What happens while it watches.
    @nonexhaustive
    public enum Progress: Sendable {
        /// A watch that was interrupted goes on; so many of its moments are recorded already.
        case resumed(MetricWatch, recorded: Int)
        /// So many moments passed while nobody watched, and cannot be asked for any more.
        case missed(Int)
        /// A moment was measured and judged.
        case measured(
            index: Int,
            of: MetricWatch,
            measurements: [NewMeasurement],
            decision: MetricDecision,
            remarks: [String]
        )
    }

    /// Why it stopped.
    public enum Ending: String, Hashable, Sendable {
        /// The measurements call for a rollback.
        case verdict
        /// The time was over.
        case end
        /// The task was cancelled; the watch stays open.
        case interrupted
    }

    /// How it ended.
    public struct Result: Sendable {
        /// Why it stopped.
        public let ending: Ending
        /// The last decision; `nil` when nothing was judged.
        public let decision: MetricDecision?
        /// The state of the deployment.
        public let state: Deployment
    }

    /// Tells the time and lets it pass.
    public struct Time: Sendable {
        let now: @Sendable () -> Timestamp
        let sleep: @Sendable (Duration) async throws -> Void

        /// A time of one's own, for tests.
        public init(
            now: @escaping @Sendable () -> Timestamp,
            sleep: @escaping @Sendable (Duration) async throws -> Void
        ) {
            self.now = now
            self.sleep = sleep
        }

        /// The time of the machine as it is now, going on without the jumps of a clock that is set.
        public static func steady() -> Time {
            let (start, zero) = (SystemClock().now(), ContinuousClock.now)
            return Time(
                now: { start + (ContinuousClock.now - zero) },
                sleep: { try await Task.sleep(for: $0) }
            )
        }
    }

    private let fetcher: any MetricFetching
    private let lock: String?
    private let time: Time

    /// A watcher.
    ///
    /// - Parameters:
    ///   - fetcher: What asks.
    ///   - lock: The file whose lock is held, so that there is one watcher of a deployment at a
    ///     time; `nil` for none.
    ///   - time: What tells the time.
    public init(_ fetcher: any MetricFetching, lock: String?, time: Time = .steady()) {
        self.fetcher = fetcher
        self.lock = lock
        self.time = time
    }

    // How many samples of each metric a sampler is given to go on with.
    private static let memory = 1024

    /// Watches until the measurements call for a rollback, the time is over or the task is
    /// cancelled.
    ///
    /// - Parameters:
    ///   - duration: How long, where no watch is open.
    ///   - cadence: The time from one measurement to the next.
    ///   - sampler: What is asked, and how the answers are read.
    ///   - live: The deployment.
    ///   - actor: In whose name.
    ///   - report: Called for everything that happens.
    /// - Returns: How it ended.
    /// - Throws: ``RunnerError``: `locked` when another watcher is at work, `invalid` when another
    ///   watch is open or the times make no watch; `DeploymentError`.
    public func watch(
        for duration: Duration,
        every cadence: Duration,
        _ sampler: any MetricSampling,
        on live: LiveDeployment,
        by actor: Actor,
        report: @escaping @Sendable (Progress) -> Void
    ) async throws -> Result {
        let held = try lock.map { path throws(RunnerError) in try AttemptLock(path: path) }
        defer { withExtendedLifetime(held) {} }
        let wanted: MetricWatch
        do {
            wanted = try MetricWatch(
                start: time.now(),
                duration: duration,
                cadence: cadence,
                metrics: sampler.metrics
            )
        } catch {
            throw RunnerError(.invalid, error.message)
        }
        let (watch, isResumed) = try await live.start(wanted, by: actor)
        guard watch.metrics == sampler.metrics else {
            throw RunnerError(
                .invalid,
                "a watch of \(watch.metrics.map(\.text).joined(separator: ", ")) is open since "
                    + "\(watch.start): go on with its sources, or end it with --stop"
            )
        }
        var session = Session(
            watch: watch,
            sampler: sampler,
            isResumed: isResumed,
            follower: MetricFollower(live, metrics: watch.metrics)
        )
        if isResumed { try await resume(&session, live, report) }
        return try await run(&session, live, actor, report)
    }

    private struct Session {
        let watch: MetricWatch
        var sampler: any MetricSampling
        let isResumed: Bool
        var follower: MetricFollower
        var recorded: Set<Timestamp> = []
        var last: MetricDecision?
    }

    private func resume(
        _ session: inout Session,
        _ live: LiveDeployment,
        _ report: (Progress) -> Void
    ) async throws {
        let start = session.watch.start
        let samples = try await live.samples(of: Set(session.watch.metrics), since: start)
        session.recorded = Set(samples.map(\.measurement.at))
        var kept: [(sample: MetricSample, raw: [UInt8])] = []
        let room = Self.memory * session.watch.metrics.count
        for sample in samples.suffix(room) {
            guard let raw = sample.raw,
                let blob = try await live.deployments.log.store.blob(raw.digest)
            else { continue }
            kept.append((sample, blob.bytes))
        }
        session.sampler.resume(from: kept)
        report(.resumed(session.watch, recorded: session.recorded.count))
    }

    private func run(
        _ session: inout Session,
        _ live: LiveDeployment,
        _ actor: Actor,
        _ report: (Progress) -> Void
    ) async throws -> Result {
        let watch = session.watch
        var missed: [Timestamp] = []
        for index in 0..<watch.momentCount {
            let moment = watch.moment(index)
            if session.recorded.contains(moment) { continue }
            // What is due next is measured now; what was due before that has passed. Who began the
            // watch measures its first moment, however slow the machine is.
            let isPast = moment + watch.cadence <= time.now() && (index > 0 || session.isResumed)
            if !session.sampler.knowsThePast, isPast {
                missed.append(moment)
                continue
            }
            if !missed.isEmpty { try await record(&missed, session, live, actor, report) }
            guard await isDue(moment) else { return try await stop(.interrupted, session, live) }
            try await measure(index, &session, live, actor, report)
            if session.last?.recommendation == .rollBack {
                try await live.endWatch(by: actor)
                return try await stop(.verdict, session, live)
            }
        }
        if !missed.isEmpty { try await record(&missed, session, live, actor, report) }
        session.last = try await session.follower.conclude(at: time.now(), by: actor)
        try await live.endWatch(by: actor)
        let ending = session.last?.recommendation == .rollBack ? Ending.verdict : .end
        return try await stop(ending, session, live)
    }

    private func stop(
        _ ending: Ending,
        _ session: Session,
        _ live: LiveDeployment
    ) async throws -> Result {
        Result(ending: ending, decision: session.last, state: try await live.state())
    }

    private func isDue(_ moment: Timestamp) async -> Bool {
        while !Task.isCancelled {
            let now = time.now()
            if now >= moment { return true }
            do {
                try await time.sleep(min(moment - now, .seconds(60)))
            } catch {
                // Sleeping ends early for one reason: the task was cancelled.
                return false
            }
        }
        return false
    }

    private func record(
        _ missed: inout [Timestamp],
        _ session: Session,
        _ live: LiveDeployment,
        _ actor: Actor,
        _ report: (Progress) -> Void
    ) async throws {
        let measurements = missed.flatMap { moment in
            session.watch.metrics.map { metric in
                NewMeasurement(
                    metric,
                    Measurement(at: moment, .terminated, source: "nobody watched")
                )
            }
        }
        try await live.measure(measurements, by: actor)
        report(.missed(missed.count))
        missed = []
    }

    // What cannot be a measurement of the metric is an error of its source, and ends no watch.
    private static func withoutImpossible(
        _ measurements: [NewMeasurement],
        _ remarks: [String],
        of live: LiveDeployment
    ) async throws -> (measurements: [NewMeasurement], remarks: [String]) {
        let metrics = try await live.state().checklist.metrics
        var remarks = remarks
        let sound = measurements.map { new in
            guard let metric = metrics.first(where: { $0.id == new.metric }),
                let fault = metric.impossibility(of: new.measurement)
            else { return new }
            remarks.append(fault)
            return NewMeasurement(
                new.metric,
                Measurement(
                    at: new.measurement.at,
                    .error(.unit),
                    source: new.measurement.source,
                    query: new.measurement.query,
                    digest: new.measurement.digest
                ),
                raw: new.raw
            )
        }
        return (sound, remarks)
    }

    private func measure(
        _ index: Int,
        _ session: inout Session,
        _ live: LiveDeployment,
        _ actor: Actor,
        _ report: (Progress) -> Void
    ) async throws {
        let watch = session.watch
        let moment = watch.moment(index)
        var answers: [Swift.Result<MetricAnswer, MetricFailure>] = []
        for request in session.sampler.requests(for: moment) {
            do throws(MetricFailure) {
                answers.append(.success(try await fetcher.answer(to: request)))
            } catch {
                answers.append(.failure(error))
            }
        }
        let (found, told) = session.sampler.measurements(from: answers, at: moment)
        let (measurements, remarks) = try await Self.withoutImpossible(found, told, of: live)
        // Two watchers of two hosts must not record one moment twice.
        let key = "watch/\(live.id)/\(watch.start)/\(index)"
        try await live.measure(measurements, by: actor, key: key)
        let decision = try await session.follower.decision(at: moment)
        let isNews =
            decision.verdict != session.last?.verdict
            || decision.triggers != session.last?.triggers
        if isNews { _ = try await session.follower.conclude(at: moment, by: actor) }
        session.last = decision
        report(
            .measured(
                index: index,
                of: watch,
                measurements: measurements,
                decision: decision,
                remarks: remarks
            )
        )
    }
}
