// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// An event of the metrics of a deployment with its circumstances.
public struct RecordedMetricEvent: Hashable, Sendable {
    /// What happened.
    public let event: MetricEvent
    /// Who caused it.
    public let actor: Actor
    /// When it was recorded.
    public let at: Timestamp
    /// How many events of the metrics stood before it.
    public let revision: Int
}

extension Deployments {
    private static let pageSize = 256

    /// Calls `body` for every event of the metrics of a deployment, oldest first.
    func forEachMetricEvent(
        of id: DeploymentID,
        from start: Int = 0,
        before end: Int = .max,
        _ body: (RecordedMetricEvent) -> Void
    ) async throws(DeploymentError) {
        var revision = start
        while revision < end {
            let entries: [AuditEntry]
            do {
                entries = try await log.entries(
                    of: .metrics(id),
                    from: revision,
                    limit: min(Self.pageSize, end - revision)
                )
            } catch {
                throw DeploymentError(.store(error))
            }
            for entry in entries {
                let (json, actor) = try Projections.parts(of: entry)
                let event: MetricEvent
                do {
                    event = try MetricEvent(kind: entry.kind, json: json)
                } catch {
                    throw DeploymentError(.damaged("entry \(entry.position): \(error)"))
                }
                body(
                    RecordedMetricEvent(
                        event: event,
                        actor: actor,
                        at: entry.at,
                        revision: entry.revision
                    )
                )
            }
            revision += entries.count
            if entries.count < Self.pageSize { return }
        }
    }

    /// How many events the metrics of a deployment have.
    func metricCount(of id: DeploymentID) async throws(DeploymentError) -> Int {
        do {
            return try await log.store.summary(of: .metrics(id))?.count ?? 0
        } catch {
            throw DeploymentError(.store(error))
        }
    }

    /// The answer to one question, from the events before a revision.
    func decision(
        _ question: MetricQuestion,
        of state: Deployment,
        before end: Int
    ) async throws(DeploymentError) -> MetricDecision {
        let answers = try await decisions([(before: end, question: question)], of: state)
        return answers[0]
    }

    /// The answers to several questions, in one pass over the events, and one more for each question
    /// about metrics that were not recorded in order.
    func decisions(
        _ questions: [(before: Int, question: MetricQuestion)],
        of state: Deployment
    ) async throws(DeploymentError) -> [MetricDecision] {
        guard let end = questions.map(\.before).max() else { return [] }
        var ledgers = questions.map { entry in
            MetricLedger(entry.question, of: state.checklist, since: state.startedAt)
        }
        try await forEachMetricEvent(of: state.id, before: end) { recorded in
            guard case .measured(let samples) = recorded.event else { return }
            for index in ledgers.indices where recorded.revision < questions[index].before {
                for sample in samples { ledgers[index].observe(sample) }
            }
        }
        for index in ledgers.indices where !ledgers[index].disordered.isEmpty {
            try await retake(&ledgers[index], of: state, before: questions[index].before)
        }
        return ledgers.map(\.decision)
    }

    /// Reads the metrics again that were not recorded in order, and takes their samples in order.
    func retake(
        _ ledger: inout MetricLedger,
        of state: Deployment,
        before end: Int
    ) async throws(DeploymentError) {
        let disordered = ledger.disordered
        var series: [MetricID: [Measurement]] = [:]
        try await forEachMetricEvent(of: state.id, before: end) { recorded in
            guard case .measured(let samples) = recorded.event else { return }
            for sample in samples where disordered.contains(sample.metric) {
                series[sample.metric, default: []].append(sample.measurement)
            }
        }
        for metric in state.checklist.metrics where disordered.contains(metric.id) {
            ledger.retake(series[metric.id, default: []], of: metric)
        }
    }

    // MARK: Baselines

    /// What violates the baselines of a deployment's metrics, of those that are known.
    func baselines(
        of state: Deployment,
        before moment: Timestamp
    ) async throws(DeploymentError) -> [MetricQuestion.KnownBaseline] {
        var found: [MetricQuestion.KnownBaseline] = []
        for metric in state.checklist.metrics {
            guard let baseline = metric.baseline else { continue }
            let values: [Measurement.Outcome]
            switch baseline.reference {
            case .previousDeployments(let count, let accepts):
                values = try await earlierValues(
                    of: metric.id,
                    count: count,
                    accepts: accepts,
                    before: state
                )
            case .beforeDeployment(let span):
                var earlier: [Measurement.Outcome] = []
                try await forEachMetricEvent(of: state.id) { recorded in
                    guard case .measured(let samples) = recorded.event else { return }
                    for sample in samples where sample.metric == metric.id {
                        let at = sample.measurement.at
                        if at < state.startedAt, state.startedAt - at <= span, at <= moment {
                            earlier.append(sample.measurement.outcome)
                        }
                    }
                }
                values = earlier
            }
            // Values that cannot be computed with leave the baseline unknown, which is said.
            let violation = try? baseline.violation(
                after: values,
                unit: metric.unit,
                direction: metric.direction
            )
            if let violation { found.append(.init(metric.id, violation)) }
        }
        return found
    }

    private func earlierValues(
        of metric: MetricID,
        count: Int,
        accepts: Baseline.Acceptance,
        before state: Deployment
    ) async throws(DeploymentError) -> [Measurement.Outcome] {
        let environment = try await projections.environment(
            state.subject.environment.name,
            of: state.subject.service
        )
        var values: [Measurement.Outcome] = []
        let earlier = environment.completions.filter { completion in
            completion.deployment != state.id && completion.at <= state.startedAt
        }
        for completion in earlier.reversed() where values.count < count {
            var last: Measurement?
            var verdict: Verdict?
            try await forEachMetricEvent(of: completion.deployment) { recorded in
                switch recorded.event {
                case .measured(let samples):
                    for sample in samples where sample.metric == metric {
                        if let known = last, known.at > sample.measurement.at { continue }
                        last = sample.measurement
                    }
                case .decided(let decision):
                    let finding = decision.findings.first { $0.metric == metric }
                    verdict = finding?.verdict ?? verdict
                default: break
                }
            }
            guard let last, accepts.lets(verdict) else { continue }
            switch last.outcome {
            case .value, .ratio: values.append(last.outcome)
            case .nan, .absent, .terminated, .error: continue
            }
        }
        return values
    }
}

extension Baseline.Acceptance {
    /// Tells whether a deployment counts whose metric was judged so last; `nil` was never judged.
    fileprivate func lets(_ verdict: Verdict?) -> Bool {
        guard self != .all else { return true }
        guard let verdict, verdict.isComplete else { return false }
        return verdict.severity <= (self == .pass ? .offTarget : .warning)
    }
}
