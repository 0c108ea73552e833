// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension LiveDeployment {
    /// What came of recording.
    public struct Recording: Sendable {
        /// Whether anything changed; `false` when the same key recorded the same already.
        public let hasChanged: Bool
        /// The state of the deployment afterwards.
        public let state: Deployment
    }

    /// Records measurements, all of them or none.
    ///
    /// - Parameters:
    ///   - measurements: What was measured.
    ///   - actor: Who says so.
    ///   - key: An idempotency key: the same request under it is recorded once.
    ///   - request: What the request is, where its measurements are not the same each time, such as
    ///     their moments; the measurements themselves when absent.
    /// - Returns: Whether anything changed.
    /// - Throws: ``DeploymentError`` when the rules do not allow it or the store fails.
    @discardableResult
    public func measure(
        _ measurements: [NewMeasurement],
        by actor: Actor,
        key: String? = nil,
        request: JSONValue? = nil
    ) async throws(DeploymentError) -> Recording {
        let request = key.map { key in
            let samples = measurements.map { MetricSample($0.metric, $0.measurement).json }
            let body = JSONValue.array([key.json, request ?? .array(samples)])
            return SHA256.digest(of: body.canonicalBytes)
        }
        return try await append(by: actor, key: key, request: request) { state, context, _ in
            state.decide(recording: measurements, in: context)
        }
    }

    /// What the measurements that are recorded say.
    ///
    /// - Parameter question: What is asked.
    /// - Returns: The decision; nothing is recorded.
    /// - Throws: ``DeploymentError`` when the store fails.
    public func decision(
        on question: MetricQuestion
    ) async throws(DeploymentError) -> MetricDecision {
        let state = try await state()
        let count = try await deployments.metricCount(of: id)
        return try await deployments.decision(question, of: state, before: count)
    }

    /// Records what the measurements say, and proposes the rollbacks that their triggers call for.
    ///
    /// - Parameters:
    ///   - question: What is asked.
    ///   - actor: Who asks.
    /// - Returns: The decision and the state afterwards.
    /// - Throws: ``DeploymentError`` when the rules do not allow it or the store fails.
    public func conclude(
        _ question: MetricQuestion,
        by actor: Actor
    ) async throws(DeploymentError) -> (decision: MetricDecision, state: Deployment) {
        for _ in 0..<Deployments.rounds {
            let state = try await state()
            let count = try await deployments.metricCount(of: id)
            let decision = try await deployments.decision(question, of: state, before: count)
            let previous = try await lastDecision(before: count)
            if let after = try await record(decision, after: previous, of: state, count, by: actor)
            {
                return (decision, after)
            }
        }
        throw DeploymentError(.store(Deployments.contention))
    }

    /// Records a decision about the events before revision `count`, unless more were recorded
    /// meanwhile: then there is no state.
    func record(
        _ decision: MetricDecision,
        after previous: MetricDecision?,
        of state: Deployment,
        _ count: Int,
        by actor: Actor
    ) async throws(DeploymentError) -> Deployment? {
        try await appendOnce(state, count, by: actor) { state, context in
            state.decide(recording: decision, after: previous, in: context)
        }
    }

    private func lastDecision(before end: Int) async throws(DeploymentError) -> MetricDecision? {
        var last: MetricDecision?
        try await deployments.forEachMetricEvent(of: id, before: end) { recorded in
            if case .decided(let decision) = recorded.event { last = decision }
        }
        return last
    }

    /// The question about a moment, with the baselines as they are known now.
    ///
    /// - Parameters:
    ///   - moment: The moment; `nil` for now.
    ///   - metrics: Only these metrics; empty for all.
    ///   - longestAge: How old the last measurement may be.
    /// - Returns: The question.
    /// - Throws: ``DeploymentError`` when the store fails.
    public func question(
        at moment: Timestamp? = nil,
        about metrics: [MetricID] = [],
        longestAge: Duration? = nil
    ) async throws(DeploymentError) -> MetricQuestion {
        let state = try await state()
        let moment = moment ?? deployments.clock.now()
        return MetricQuestion(
            at: moment,
            metrics: metrics,
            longestAge: longestAge,
            baselines: try await deployments.baselines(of: state, before: moment)
        )
    }

    /// Begins a watch, unless one is under way.
    ///
    /// - Parameters:
    ///   - watch: What is measured when.
    ///   - actor: Who watches.
    /// - Returns: The watch that is under way, and whether it had begun before.
    /// - Throws: ``DeploymentError`` when the rules do not allow it or the store fails.
    public func start(
        _ watch: MetricWatch,
        by actor: Actor
    ) async throws(DeploymentError) -> (watch: MetricWatch, isResumed: Bool) {
        for _ in 0..<Deployments.rounds {
            if let open = try await openWatch() { return (open, true) }
            let count = try await deployments.metricCount(of: id)
            let after = try await appendOnce(state(), count, by: actor) { state, _ in
                state.decide(starting: watch)
            }
            if after != nil { return (watch, false) }
        }
        throw DeploymentError(.store(Deployments.contention))
    }

    /// Ends the watch that is under way, if there is one.
    ///
    /// - Throws: ``DeploymentError`` when the store fails.
    public func endWatch(by actor: Actor) async throws(DeploymentError) {
        guard try await openWatch() != nil else { return }
        try await append(by: actor, key: nil, request: nil) { _, context, _ in
            .accepted([.metrics(.watchEnded(at: context.facts.now))], blobs: [])
        }
    }

    /// The watch that is under way, or `nil`.
    ///
    /// - Throws: ``DeploymentError`` when the store fails.
    public func openWatch() async throws(DeploymentError) -> MetricWatch? {
        var open: MetricWatch?
        try await deployments.forEachMetricEvent(of: id) { recorded in
            switch recorded.event {
            case .watchStarted(let watch): open = watch
            case .watchEnded: open = nil
            default: break
            }
        }
        return open
    }

    /// The samples of some metrics, in the order of the log.
    ///
    /// - Parameters:
    ///   - metrics: The metrics.
    ///   - start: Only those measured at this moment or later; `nil` for all.
    /// - Returns: The samples. They are kept in memory, all of them.
    /// - Throws: ``DeploymentError`` when the store fails.
    public func samples(
        of metrics: Set<MetricID>,
        since start: Timestamp? = nil
    ) async throws(DeploymentError) -> [MetricSample] {
        var found: [MetricSample] = []
        try await deployments.forEachMetricEvent(of: id) { recorded in
            guard case .measured(let samples) = recorded.event else { return }
            for sample in samples where metrics.contains(sample.metric) {
                if let start, sample.measurement.at < start { continue }
                found.append(sample)
            }
        }
        return found
    }

    /// What was measured last of some metrics; what found no value does not count.
    ///
    /// - Parameter metrics: The metrics.
    /// - Returns: The measurements; none of a metric that was never measured.
    /// - Throws: ``DeploymentError`` when the store fails.
    public func lastValues(
        of metrics: Set<MetricID>
    ) async throws(DeploymentError) -> [MetricID: Measurement] {
        var last: [MetricID: Measurement] = [:]
        try await deployments.forEachMetricEvent(of: id) { recorded in
            guard case .measured(let samples) = recorded.event else { return }
            for sample in samples where metrics.contains(sample.metric) {
                switch sample.measurement.outcome {
                case .value, .ratio: break
                default: continue
                }
                if let known = last[sample.metric],
                    !SuccessMetric.precedes(known, sample.measurement)
                {
                    continue
                }
                last[sample.metric] = sample.measurement
            }
        }
        return last
    }

    /// The samples of the last events, in the order of the log.
    ///
    /// - Parameter events: How many events are looked at.
    /// - Returns: The samples.
    /// - Throws: ``DeploymentError`` when the store fails.
    public func recentSamples(
        events: Int = 32
    ) async throws(DeploymentError) -> [MetricSample] {
        let count = try await deployments.metricCount(of: id)
        var found: [MetricSample] = []
        try await deployments.forEachMetricEvent(of: id, from: max(0, count - events)) { recorded in
            if case .measured(let samples) = recorded.event { found += samples }
        }
        return found
    }

    /// A recorded decision, and what the same question says of the same entries now.
    public struct Replay: Hashable, Sendable {
        /// How many events of the metrics stood before it.
        public let revision: Int
        /// When it was recorded.
        public let recordedAt: Timestamp
        /// Who recorded it.
        public let actor: Actor
        /// The decision as it was recorded.
        public let recorded: MetricDecision
        /// The decision as it is computed now.
        public let replayed: MetricDecision

        /// Whether both are the same in every part.
        public var isIdentical: Bool { recorded == replayed }
    }

    /// Makes every recorded decision again, from the entries that stood before it.
    ///
    /// - Returns: The decisions, oldest first.
    /// - Throws: ``DeploymentError`` when the store fails.
    public func replay() async throws(DeploymentError) -> [Replay] {
        let state = try await state()
        var recorded: [RecordedMetricEvent] = []
        try await deployments.forEachMetricEvent(of: id) { event in
            if case .decided = event.event { recorded.append(event) }
        }
        let questions = recorded.compactMap { event in
            if case .decided(let decision) = event.event {
                (before: event.revision, question: decision.question)
            } else {
                nil
            }
        }
        let replayed = try await deployments.decisions(questions, of: state)
        return zip(recorded, replayed).compactMap { event, replayed in
            guard case .decided(let decision) = event.event else { return nil }
            return Replay(
                revision: event.revision,
                recordedAt: event.at,
                actor: event.actor,
                recorded: decision,
                replayed: replayed
            )
        }
    }

    // MARK: Appending

    @discardableResult
    private func append(
        by actor: Actor,
        key: String?,
        request: Digest?,
        _ decide: (Deployment, DecisionContext, Int) -> Decision
    ) async throws(DeploymentError) -> Recording {
        for _ in 0..<Deployments.rounds {
            if let key, let request, try await deployments.wasDone(request, key: key) {
                return Recording(hasChanged: false, state: try await state())
            }
            let state = try await state()
            let count = try await deployments.metricCount(of: id)
            let after = try await appendOnce(
                state,
                count,
                by: actor,
                key: key.flatMap { key in request.map { (key, $0) } }
            ) { state, context in
                decide(state, context, count)
            }
            if let after { return Recording(hasChanged: true, state: after) }
        }
        throw DeploymentError(.store(Deployments.contention))
    }

    /// Appends what is decided, unless somebody was faster: then there is no state.
    private func appendOnce(
        _ state: Deployment,
        _ count: Int,
        by actor: Actor,
        key: (key: String, request: Digest)? = nil,
        _ decide: (Deployment, DecisionContext) -> Decision
    ) async throws(DeploymentError) -> Deployment? {
        let (context, basis) = try await deployments.context(for: state, .advance, actor, .current)
        let decision = decide(state, context)
        if case .already = decision { return state }
        var revisions = basis.revisions
        revisions[.metrics(id)] = count
        let events = try await deployments.append(
            decision,
            on: Deployments.Basis(id: id, subject: state.subject, revisions: revisions),
            blobs: [],
            context: context,
            key: key
        )
        return events == nil ? nil : try await self.state()
    }
}
