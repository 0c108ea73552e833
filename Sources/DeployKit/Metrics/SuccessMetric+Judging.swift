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
    ///
    /// - Parameters:
    ///   - moment: The moment.
    ///   - series: The measurements.
    ///   - violation: What violates the ``baseline``, where the metric has one and it is known.
    /// - Returns: The verdict.
    public func verdict(
        at moment: Timestamp,
        of series: [Measurement],
        baseline violation: Bound? = nil
    ) -> Verdict {
        var judge = SeriesJudge(self, baseline: violation)
        for measurement in Self.inOrder(series) where measurement.at <= moment {
            judge.observe(measurement)
        }
        return judge.verdict
    }

    // Two measurements of one moment are ordered by their content, so that replay is one.
    static func inOrder(_ series: [Measurement]) -> [Measurement] {
        series.sorted { left, right in
            if left.at != right.at { return left.at < right.at }
            return left.tieBreaker < right.tieBreaker
        }
    }

    /// Tells whether two measurements come in this order.
    static func precedes(_ left: Measurement, _ right: Measurement) -> Bool {
        left.at < right.at || left.at == right.at && left.tieBreaker <= right.tieBreaker
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
    func reading(of measurement: Measurement) -> Reading {
        reading(of: measurement, requiring: requiredSamples)
    }

    /// The same, where the number of samples is known already.
    func reading(of measurement: Measurement, requiring requiredSamples: Int) -> Reading {
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
enum Reading {
    case judgeable(Measurement.Outcome)
    case none(Incompleteness)
}

extension Bound {
    func admits(_ outcome: Measurement.Outcome) throws(MetricError) -> Bool {
        switch outcome {
        case .value(let quantity): try contains(quantity)
        case .ratio(let ratio): try contains(ratio)
        case .nan, .absent, .terminated, .error: false
        }
    }
}

extension Measurement {
    var tieBreaker: String {
        [
            "\(outcome)", sampleCount.map(String.init) ?? "", source ?? "", query ?? "",
            digest.map { "\($0)" } ?? "",
        ].joined(separator: "\0")
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
