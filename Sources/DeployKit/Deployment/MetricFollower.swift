// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Asks again and again what the measurements of a deployment say, and reads each event once.
///
/// A watch asks at every moment: were its history read from the beginning each time, a watch of
/// twice the length would take four times as long. The answers are those of
/// ``LiveDeployment/decision(on:)``. Baselines are asked for once, and again after a value from
/// before the deployment was recorded.
package struct MetricFollower: Sendable {
    private let live: LiveDeployment
    private let metrics: [MetricID]
    private var known: Known?
    private var baselines: [MetricQuestion.KnownBaseline]?
    private var lastDecision: MetricDecision?

    // What was read for questions about one checklist.
    private struct Known {
        let checklist: Digest
        let startedAt: Timestamp
        var ledger: MetricLedger
        var revision = 0
        // Measured after the moment that was asked about: they count at a later one.
        var waiting: [MetricSample] = []
        var hasEarlierValues = false

        mutating func take(_ sample: MetricSample) {
            if sample.measurement.at < startedAt { hasEarlierValues = true }
            if sample.measurement.at > ledger.question.at {
                waiting.append(sample)
            } else {
                ledger.observe(sample)
            }
        }
    }

    /// A follower that has read nothing.
    ///
    /// - Parameters:
    ///   - live: The deployment.
    ///   - metrics: Only these metrics; empty for all.
    package init(_ live: LiveDeployment, metrics: [MetricID]) {
        self.live = live
        self.metrics = metrics
    }

    /// What the measurements say of a moment; nothing is recorded.
    ///
    /// - Parameter moment: The moment; the history is read again when it is before the last one.
    /// - Returns: The decision.
    /// - Throws: ``DeploymentError`` when the store fails.
    package mutating func decision(
        at moment: Timestamp
    ) async throws(DeploymentError) -> MetricDecision {
        let state = try await live.state()
        let count = try await live.deployments.metricCount(of: live.id)
        return try await decision(at: moment, of: state, before: count)
    }

    /// Records what the measurements say of a moment, and what follows from it.
    ///
    /// - Returns: The decision.
    /// - Throws: ``DeploymentError`` when the rules do not allow it or the store fails.
    package mutating func conclude(
        at moment: Timestamp,
        by actor: Actor
    ) async throws(DeploymentError) -> MetricDecision {
        for _ in 0..<Deployments.rounds {
            let state = try await live.state()
            let count = try await live.deployments.metricCount(of: live.id)
            let decision = try await decision(at: moment, of: state, before: count)
            if try await live.record(
                decision,
                after: lastDecision,
                of: state,
                count,
                by: actor
            ) != nil {
                return decision
            }
        }
        throw DeploymentError(.store(Deployments.contention))
    }

    private mutating func decision(
        at moment: Timestamp,
        of state: Deployment,
        before end: Int
    ) async throws(DeploymentError) -> MetricDecision {
        let hasBaselines = baselines != nil
        let question = try await question(at: moment, of: state)
        var now: Known
        if let known, known.checklist == state.subject.checklist, known.revision <= end,
            known.ledger.question.isSameQuestion(before: question)
        {
            now = known
            now.ledger.ask(at: moment)
        } else {
            now = Known(
                checklist: state.subject.checklist,
                startedAt: state.startedAt,
                ledger: MetricLedger(question, of: state.checklist, since: state.startedAt)
            )
        }
        let waiting = now.waiting
        now.waiting = []
        for sample in waiting { now.take(sample) }
        try await live.deployments.forEachMetricEvent(
            of: live.id,
            from: now.revision,
            before: end
        ) { recorded in
            switch recorded.event {
            case .measured(let samples): for sample in samples { now.take(sample) }
            case .decided(let decision): lastDecision = decision
            case .watchStarted, .watchEnded, .unknown: break
            }
        }
        now.revision = end
        if now.hasEarlierValues, hasBaselines {
            (known, baselines) = (nil, nil)
            return try await decision(at: moment, of: state, before: end)
        }
        now.hasEarlierValues = false
        if !now.ledger.disordered.isEmpty {
            try await live.deployments.retake(&now.ledger, of: state, before: end)
        }
        known = now
        return now.ledger.decision
    }

    private mutating func question(
        at moment: Timestamp,
        of state: Deployment
    ) async throws(DeploymentError) -> MetricQuestion {
        let found: [MetricQuestion.KnownBaseline]
        if let baselines {
            found = baselines
        } else {
            found = try await live.deployments.baselines(of: state, before: moment)
        }
        baselines = found
        return MetricQuestion(at: moment, metrics: metrics, baselines: found)
    }
}

extension MetricQuestion {
    fileprivate func isSameQuestion(before other: MetricQuestion) -> Bool {
        at <= other.at && since == other.since && metrics == other.metrics
            && longestAge == other.longestAge
            && baselines == other.baselines && policy == other.policy
    }
}
