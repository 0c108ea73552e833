// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Answers one question from the samples of a deployment, in one pass and without keeping them.
///
/// Samples are judged in the order of their moments. They are recorded in that order as a rule; the
/// metrics of which that is not so are named, and are taken again in order.
package struct MetricLedger: Sendable {
    private struct Track: Sendable {
        var judge: SeriesJudge
        var count = 0
        var last: Measurement?
    }

    /// What is asked.
    package private(set) var question: MetricQuestion
    private let metrics: [SuccessMetric]
    private let plan: RollbackPlan?
    private let start: Timestamp
    private var tracks: [MetricID: Track] = [:]

    /// The metrics whose samples did not come in the order of their moments.
    package private(set) var disordered: Set<MetricID> = []

    /// A ledger that has seen nothing.
    ///
    /// - Parameters:
    ///   - question: What is asked.
    ///   - checklist: The metrics and the rollback plan.
    ///   - start: When the deployment began; what was measured before says nothing about it.
    package init(_ question: MetricQuestion, of checklist: Checklist, since start: Timestamp) {
        self.question = question
        self.start = question.since.map { max($0, start) } ?? start
        plan = checklist.rollbackPlan
        let asked = Set(question.metrics)
        metrics = checklist.metrics.filter { metric in
            metric.role != .informational && (asked.isEmpty || asked.contains(metric.id))
        }
        let baselines = Dictionary(
            question.baselines.map { ($0.metric, $0.violation) },
            uniquingKeysWith: { first, _ in first }
        )
        for metric in metrics {
            tracks[metric.id] = Track(judge: SeriesJudge(metric, baseline: baselines[metric.id]))
        }
    }

    /// Asks the same about a later moment; what was measured after the earlier one is to come.
    package mutating func ask(at moment: Timestamp) {
        question = MetricQuestion(
            at: moment,
            since: question.since,
            metrics: question.metrics,
            longestAge: question.longestAge,
            baselines: question.baselines,
            policy: question.policy
        )
    }

    /// Takes the next sample.
    package mutating func observe(_ sample: MetricSample) {
        take(sample.measurement, of: sample.metric)
    }

    /// Takes all samples of a metric again, in order.
    package mutating func retake(_ series: [Measurement], of metric: SuccessMetric) {
        guard tracks[metric.id] != nil else { return }
        let violation = question.baselines.first { $0.metric == metric.id }?.violation
        tracks[metric.id] = Track(judge: SeriesJudge(metric, baseline: violation))
        for measurement in SuccessMetric.inOrder(series) { take(measurement, of: metric.id) }
        disordered.remove(metric.id)
    }

    private mutating func take(_ measurement: Measurement, of metric: MetricID) {
        guard measurement.at >= start, measurement.at <= question.at,
            var track = tracks.removeValue(forKey: metric)
        else { return }
        if let last = track.last, !SuccessMetric.precedes(last, measurement) {
            disordered.insert(metric)
        }
        track.count += 1
        track.last = measurement
        track.judge.observe(measurement)
        tracks[metric] = track
    }

    /// The answer.
    package var decision: MetricDecision {
        let findings = metrics.compactMap { metric in
            tracks[metric.id].map { track in
                var judge = track.judge
                if let longest = question.longestAge, let last = track.last,
                    question.at - last.at > longest
                {
                    judge.observe(Measurement(at: question.at, .absent))
                }
                return MetricDecision.Finding(
                    metric: metric.id,
                    decides: metric.decides,
                    verdict: judge.verdict,
                    count: track.count,
                    lastAt: track.last?.at,
                    last: track.last?.outcome
                )
            }
        }
        return MetricDecision(question, findings: findings, plan: plan)
    }
}
