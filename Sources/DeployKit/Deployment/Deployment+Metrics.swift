// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployment {
    /// How far ahead of the clock a measurement may be.
    public static let clockTolerance = Duration.seconds(60)
    // A record of the log has 10,000 members at the most.
    private static let samplesPerEvent = 256

    /// The metric that a person means: by its id, its title in upper or lower case, or the beginning
    /// or words of either.
    ///
    /// - Throws: ``Refusal``, code `unknownName`, when none or several fit.
    public func metric(named name: String) throws(Refusal) -> SuccessMetric {
        let metrics = checklist.metrics
        if let exact = metrics.first(where: { $0.id.text == name }) { return exact }
        let wanted = name.lowercased()
        var found = metrics.filter { $0.title.lowercased() == wanted }
        if found.isEmpty, !wanted.isEmpty {
            found = metrics.filter { metric in
                metric.id.text.hasPrefix(wanted) || metric.title.lowercased().hasPrefix(wanted)
            }
        }
        if found.isEmpty, !Naming.slug(name).isEmpty {
            let words = "-\(Naming.slug(name))-"
            found = metrics.filter { "-\($0.id)-".contains(words) }
        }
        guard let only = found.first, found.count == 1 else {
            let shown = (found.isEmpty ? metrics : found).map(\.id.text)
            throw Refusal(
                .unknownName,
                (found.isEmpty ? "the checklist has no metric" : "several metrics fit")
                    + " '\(name)'; "
                    + (metrics.isEmpty
                        ? "it names none" : "choose " + shown.joined(separator: ", "))
            )
        }
        return only
    }

    /// Decides whether measurements may be recorded, all of them or none.
    public func decide(recording new: [NewMeasurement], in context: DecisionContext) -> Decision {
        do throws(Refusal) {
            try acceptsMetrics()
            var attachments = Attachments(entropy: context.entropy)
            var samples: [MetricSample] = []
            samples.reserveCapacity(new.count)
            for (number, entry) in new.enumerated() {
                do throws(Refusal) {
                    try check(entry, at: context.facts.now)
                } catch {
                    if new.count == 1 { throw error }
                    throw Refusal(error.code, "measurement \(number + 1): \(error.message)")
                }
                let raw = entry.raw.map { attachments.attach($0) }
                samples.append(MetricSample(entry.metric, entry.measurement, raw: raw))
            }
            let starts = stride(from: 0, to: samples.count, by: Self.samplesPerEvent)
            let events = starts.map { start in
                let end = min(start + Self.samplesPerEvent, samples.count)
                return Decision.Event.metrics(.measured(Array(samples[start..<end])))
            }
            return events.isEmpty ? .already : .accepted(events, blobs: attachments.blobs)
        } catch {
            return .refused(error)
        }
    }

    /// Decides what follows from a decision about the metrics: it is recorded, and each trigger that
    /// fires for the first time, or again, proposes a rollback, or begins it where that is the
    /// policy.
    ///
    /// - Parameters:
    ///   - decision: What the measurements say.
    ///   - previous: The decision that was recorded last; `nil` when it is the first. A trigger that
    ///     was dismissed proposes again when it did not fire then.
    ///   - context: The circumstances.
    /// - Returns: The events.
    public func decide(
        recording decision: MetricDecision,
        after previous: MetricDecision?,
        in context: DecisionContext
    ) -> Decision {
        do {
            try acceptsMetrics()
        } catch {
            return .refused(error)
        }
        var planner = Planner(self, context)
        planner.emit(MetricEvent.decided(decision))
        planner.callForRollback(by: decision, after: previous)
        return .accepted(planner.events, blobs: planner.attachments.blobs)
    }

    /// Decides whether a watch may begin.
    public func decide(starting watch: MetricWatch) -> Decision {
        do throws(Refusal) {
            try acceptsMetrics()
            for metric in watch.metrics
            where !checklist.metrics.contains(where: { $0.id == metric }) {
                throw Refusal(.unknownName, "the checklist has no metric '\(metric)'")
            }
        } catch {
            return .refused(error)
        }
        return .accepted([.metrics(.watchStarted(watch))], blobs: [])
    }

    private func acceptsMetrics() throws(Refusal) {
        switch status {
        case .active, .halted, .observing, .rollingBack, .completed: return
        case .rolledBack, .aborted, .superseded:
            throw Refusal(
                .ended,
                "deployment \(id) is \(status.word): what is measured now says nothing about it"
            )
        }
    }

    private func check(_ new: NewMeasurement, at now: Timestamp) throws(Refusal) {
        guard let metric = checklist.metrics.first(where: { $0.id == new.metric }) else {
            throw Refusal(.unknownName, "the checklist has no metric '\(new.metric)'")
        }
        let measurement = new.measurement
        if let fault = metric.impossibility(of: measurement) {
            throw Refusal(.measurementRefused, fault)
        }
        guard measurement.at <= now + Self.clockTolerance else {
            throw Refusal(
                .measurementRefused,
                "'\(metric.id)' is said to be measured at \(measurement.at), and it is \(now): "
                    + "see to the clocks"
            )
        }
        switch measurement.outcome {
        case .value(let quantity):
            if metric.role == .informational || quantity.unit.isComparable(with: metric.unit) {
                return
            }
            let hint =
                metric.unit.dimension == .ratio && quantity.unit.dimension == .dimensionless
                ? "; write \(quantity.magnitude)% or '\(quantity.magnitude) ratio'" : ""
            throw Refusal(
                .measurementRefused,
                "'\(quantity)' is no value of '\(metric.id)', which is measured in "
                    + "'\(metric.unit)'\(hint)"
            )
        case .ratio:
            guard metric.unit.dimension == .ratio || metric.role == .informational else {
                throw Refusal(
                    .measurementRefused,
                    "a part of a whole is no value of '\(metric.id)', which is measured in "
                        + "'\(metric.unit)'"
                )
            }
        case .nan, .absent, .terminated, .error: return
        }
    }
}

extension SuccessMetric {
    /// Why a measurement cannot be one of the metric, or `nil`: a part is no larger than its whole.
    public func impossibility(of measurement: Measurement) -> String? {
        guard case .ratio? = aggregation else { return nil }
        switch measurement.outcome {
        case .ratio(let ratio) where ratio.denominator < ratio.numerator:
            return "\(ratio.numerator) of \(ratio.denominator) is no part of a whole, which "
                + "'\(id)' is"
        case .value(let quantity):
            guard let percent = try? quantity.converted(to: .percent).magnitude, percent > 100
            else { return nil }
            return "\(quantity) is no part of a whole, which '\(id)' is"
        default: return nil
        }
    }

    /// What is probably meant otherwise than it is written, in sentences: a value in percent that is
    /// so small beside the bounds that it will have been a ratio, or is above 100 % where all bounds
    /// are below.
    public func doubts(about measurement: Measurement) -> [String] {
        if let doubt = excess(of: measurement) { return [doubt] }
        guard case .value(let quantity) = measurement.outcome, quantity.unit == .percent,
            quantity.magnitude > 0, quantity.magnitude <= 1, direction == .higherIsBetter,
            let bound = bands.target ?? bands.warning ?? bands.critical,
            let limit = bound.limits.first,
            let percent = try? limit.converted(to: .percent).magnitude, percent >= 10,
            let meant = try? quantity.magnitude.multiplied(by: 100)
        else { return [] }
        return [
            "\(quantity) is recorded as it is written, and '\(id)' is bounded by '\(bound)': if "
                + "\(meant)% was meant, record that"
        ]
    }

    private func excess(of measurement: Measurement) -> String? {
        let limits = [bands.target, bands.warning, bands.critical].compactMap(\.self)
            .flatMap(\.limits).compactMap { try? $0.converted(to: .percent).magnitude }
        let isAbove: Bool
        let shown: String
        switch measurement.outcome {
        case .value(let quantity):
            guard quantity.unit.dimension == .ratio else { return nil }
            isAbove = (try? quantity.converted(to: .percent).magnitude > 100) ?? false
            shown = "\(quantity)"
        case .ratio(let ratio):
            isAbove = ratio.denominator < ratio.numerator
            shown = "\(ratio.numerator) of \(ratio.denominator)"
        default: return nil
        }
        guard isAbove, unit.dimension == .ratio, !limits.isEmpty, limits.allSatisfy({ $0 <= 100 })
        else { return nil }
        return "\(shown) is more than the whole, and '\(id)' is bounded at "
            + "\(limits.map { "\($0)%" }.joined(separator: ", ")): is it what was measured?"
    }
}
