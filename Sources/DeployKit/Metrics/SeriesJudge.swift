// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Judges the measurements of one metric, one after the other.
///
/// It keeps a bounded state, whatever the number of measurements: what `mOfN` looks back on, and the
/// last value.
public struct SeriesJudge: Sendable {
    private let metric: SuccessMetric
    private let baseline: Bound?
    private let requiredSamples: Int
    private var warning: SustainTracker
    private var critical: SustainTracker
    private var lastReading: Measurement.Outcome?
    private var latest: Verdict = .notYetRun

    /// A judge that has seen nothing.
    ///
    /// - Parameters:
    ///   - metric: What is judged.
    ///   - baseline: What violates the metric's ``SuccessMetric/baseline``, where it has one and it
    ///     is known.
    public init(_ metric: SuccessMetric, baseline: Bound? = nil) {
        self.metric = metric
        requiredSamples = metric.requiredSamples
        self.baseline = metric.baseline == nil ? nil : baseline
        warning = SustainTracker(metric.sustain)
        critical = SustainTracker(metric.sustain)
    }

    /// What is known after the measurements so far.
    public var verdict: Verdict {
        var missing = latest.incomplete
        if baseline == nil, metric.baseline?.whenMissing == .incomplete {
            missing.insert(.noBaseline)
        }
        if critical.isFiring { return Verdict(.critical, incomplete: missing) }
        if warning.isFiring { return Verdict(.warning, incomplete: missing) }
        return Verdict(latest.severity, incomplete: missing)
    }

    /// Takes the next measurement; times do not descend.
    public mutating func observe(_ measurement: Measurement) {
        switch metric.reading(of: measurement, requiring: requiredSamples) {
        case .judgeable(let outcome):
            lastReading = outcome
            take(outcome, at: measurement.at)
        case .none(let reason):
            switch metric.noData.policy(for: reason) {
            case .incomplete: miss(reason, at: measurement.at)
            case .treatAs(let quantity): take(.value(quantity), at: measurement.at)
            case .keepLast:
                if let lastReading {
                    take(lastReading, at: measurement.at)
                } else {
                    miss(reason, at: measurement.at)
                }
            case .breach:
                settle(metric.bands.warning == nil ? .clear : .violated, &warning, measurement.at)
                settle(metric.bands.critical == nil ? .clear : .violated, &critical, measurement.at)
                latest = Verdict(.offTarget)
            case .notBreach:
                settle(.clear, &warning, measurement.at)
                settle(.clear, &critical, measurement.at)
                latest = Verdict(.met)
            }
        }
    }

    private mutating func miss(_ reason: Incompleteness, at moment: Timestamp) {
        let state: BandState
        switch reason {
        case .error, .terminated, .notYetRun, .noBaseline: state = .unknown
        case .absent, .nan, .tooFew: state = .gap
        }
        settle(state, &warning, moment)
        settle(state, &critical, moment)
        latest = Verdict(.met, incomplete: [reason])
    }

    private mutating func take(_ outcome: Measurement.Outcome, at moment: Timestamp) {
        do {
            let isClear = try metric.bands.clear?.admits(outcome) ?? true
            let isWorse = try baseline?.admits(outcome) ?? false
            let isCritical =
                try metric.bands.critical?.admits(outcome) ?? false
                || isWorse && metric.baseline?.severity == .critical
            let isWarning =
                try metric.bands.warning?.admits(outcome) ?? false
                || isWorse && metric.baseline?.severity == .warning
            let isMet = try metric.bands.target?.admits(outcome) ?? !(isWarning || isCritical)
            let otherwise = isClear ? BandState.clear : .notYetClear
            settle(isWarning ? .violated : otherwise, &warning, moment)
            settle(isCritical ? .violated : otherwise, &critical, moment)
            latest = Verdict(isMet && !isWorse ? .met : .offTarget)
        } catch {
            miss(.error(.unit), at: moment)
        }
    }

    private func settle(_ state: BandState, _ tracker: inout SustainTracker, _ moment: Timestamp) {
        tracker.observe(state, at: moment)
    }
}
