// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension SuccessMetric {
    /// What one measurement says by itself, without ``sustain``: the band of its value, or why
    /// there is none.
    public func verdict(for measurement: Measurement) -> Verdict {
        switch reading(of: measurement) {
        case .none(let reason):
            switch noData.policy(for: reason) {
            case .breach: return Verdict(worstDeclared)
            case .notBreach: return Verdict(.met)
            case .treatAs(let quantity): return verdict(forReading: .value(quantity))
            case .incomplete, .keepLast: return Verdict(.met, incomplete: [reason])
            }
        case .judgeable(let outcome): return verdict(forReading: outcome)
        }
    }

    /// What a series says at a moment, as ``sustain`` counts; later measurements are left out.
    ///
    /// The same series gives the same verdict whenever it is computed, and in whatever order it is
    /// given. A violation that does not count yet is `offTarget`. Without a measurement the
    /// verdict is ``Verdict/notYetRun``.
    public func verdict(at moment: Timestamp, of series: [Measurement]) -> Verdict {
        var judge = SeriesJudge(self)
        for measurement in Self.inOrder(series) where measurement.at <= moment {
            judge.observe(measurement)
        }
        return judge.verdict
    }

    // Two measurements of one moment are ordered by their content, so that replay is one.
    private static func inOrder(_ series: [Measurement]) -> [Measurement] {
        series.sorted { left, right in
            if left.at != right.at { return left.at < right.at }
            return left.tieBreaker < right.tieBreaker
        }
    }

    /// The worst band that the metric declares, for what violates every band.
    private var worstDeclared: Severity {
        if bands.critical != nil { return .critical }
        return bands.warning != nil ? .warning : .offTarget
    }

    private func verdict(forReading outcome: Measurement.Outcome) -> Verdict {
        do {
            return Verdict(try severity(of: outcome))
        } catch {
            return Verdict(.met, incomplete: [.error(.unit)])
        }
    }

    private func severity(of outcome: Measurement.Outcome) throws(MetricError) -> Severity {
        if let bound = bands.critical, try bound.admits(outcome) { return .critical }
        if let bound = bands.warning, try bound.admits(outcome) { return .warning }
        if let bound = bands.target { return try bound.admits(outcome) ? .met : .offTarget }
        return .met
    }

    /// What can be judged of a measurement, or why nothing can.
    fileprivate func reading(of measurement: Measurement) -> Reading {
        switch measurement.outcome {
        case .absent: return .none(.absent)
        case .nan: return .none(.nan)
        case .terminated: return .none(.terminated)
        case .error(let kind): return .none(.error(kind))
        case .value(let quantity):
            guard quantity.unit.isComparable(with: unit) else { return .none(.error(.unit)) }
            // A source that does not count its samples is believed, except where the metric
            // asks for a number outright.
            let needed = measurement.sampleCount == nil ? minimumSamples ?? 0 : requiredSamples
            guard (measurement.sampleCount ?? 0) >= needed else { return .none(.tooFew) }
        case .ratio(let ratio):
            guard unit.dimension == .ratio else { return .none(.error(.unit)) }
            let needed = ExactDecimal(max(1, requiredSamples))
            let count = measurement.sampleCount.map { ExactDecimal($0) } ?? ratio.denominator
            guard count >= needed else { return .none(.tooFew) }
            guard ratio.denominator > 0 else { return .none(.nan) }
        }
        return .judgeable(measurement.outcome)
    }
}

/// What can be judged of a measurement, or why nothing can.
private enum Reading {
    case judgeable(Measurement.Outcome)
    case none(Incompleteness)
}

extension Bound {
    fileprivate func admits(_ outcome: Measurement.Outcome) throws(MetricError) -> Bool {
        switch outcome {
        case .value(let quantity): try contains(quantity)
        case .ratio(let ratio): try contains(ratio)
        case .nan, .absent, .terminated, .error: false
        }
    }
}

extension Measurement {
    fileprivate var tieBreaker: String {
        [
            "\(outcome)", sampleCount.map(String.init) ?? "", source ?? "", query ?? "",
            digest.map { "\($0)" } ?? "",
        ].joined(separator: "\0")
    }
}

/// Judges the measurements of one metric, one after the other.
package struct SeriesJudge: Sendable {
    private let metric: SuccessMetric
    private var warning: SustainTracker
    private var critical: SustainTracker
    private var lastReading: Measurement.Outcome?
    private var latest: Verdict = .notYetRun

    /// A judge that has seen nothing.
    package init(_ metric: SuccessMetric) {
        self.metric = metric
        warning = SustainTracker(metric.sustain)
        critical = SustainTracker(metric.sustain)
    }

    /// What is known after the measurements so far.
    package var verdict: Verdict {
        if critical.isFiring { return Verdict(.critical, incomplete: latest.incomplete) }
        if warning.isFiring { return Verdict(.warning, incomplete: latest.incomplete) }
        return latest
    }

    /// Takes the next measurement; times do not descend.
    package mutating func observe(_ measurement: Measurement) {
        switch metric.reading(of: measurement) {
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
        case .error, .terminated, .notYetRun: state = .unknown
        case .absent, .nan, .tooFew: state = .gap
        }
        settle(state, &warning, moment)
        settle(state, &critical, moment)
        latest = Verdict(.met, incomplete: [reason])
    }

    private mutating func take(_ outcome: Measurement.Outcome, at moment: Timestamp) {
        do {
            let isClear = try metric.bands.clear?.admits(outcome) ?? true
            let isWarning = try metric.bands.warning?.admits(outcome) ?? false
            let isCritical = try metric.bands.critical?.admits(outcome) ?? false
            let isMet = try metric.bands.target?.admits(outcome) ?? !(isWarning || isCritical)
            let otherwise = isClear ? BandState.clear : .notYetClear
            settle(isWarning ? .violated : otherwise, &warning, moment)
            settle(isCritical ? .violated : otherwise, &critical, moment)
            latest = Verdict(isMet ? .met : .offTarget)
        } catch {
            miss(.error(.unit), at: moment)
        }
    }

    private func settle(_ state: BandState, _ tracker: inout SustainTracker, _ moment: Timestamp) {
        tracker.observe(state, at: moment)
    }
}

extension Sequence where Element == SuccessMetric {
    /// The join of the verdicts of the metrics that decide; ``Verdict/notYetRun`` when none does.
    ///
    /// Measurements are looked up by the metric's id; a metric without any has not run yet.
    public func verdict(
        at moment: Timestamp,
        of measurements: [Identifier<SuccessMetric>: [Measurement]]
    ) -> Verdict {
        Verdict.joined(
            filter(\.decides).map { $0.verdict(at: moment, of: measurements[$0.id] ?? []) }
        )
    }
}
