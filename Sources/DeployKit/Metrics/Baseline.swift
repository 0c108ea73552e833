// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What a metric is compared with besides its own bands: how it was before.
public struct Baseline: Hashable, Sendable {
    /// Where the earlier values come from.
    @nonexhaustive
    public enum Reference: Hashable, Sendable {
        /// The last value of each of the last `count` completed deployments of the same service to
        /// the same environment, of those that `accepts` lets in.
        case previousDeployments(Int, accepts: Acceptance)
        /// The values of this deployment that were measured within this time before it began.
        case beforeDeployment(Duration)
    }

    /// Which earlier deployments count, by their last recorded decision about the metric.
    public enum Acceptance: String, Hashable, Sendable, CaseIterable, JSONConvertible {
        /// Those that met the target or missed it without a violation.
        case pass
        /// Those that were no worse than a warning.
        case passOrWarning
        /// All.
        case all
    }

    /// How several earlier values become one. The quantiles are of definition 6, p(n + 1).
    public enum Reduction: String, Hashable, Sendable, CaseIterable, JSONConvertible {
        /// The arithmetic mean, rounded to 18 places.
        case mean
        /// The median.
        case p50
        /// Nine tenths are below.
        case p90
        /// Nineteen twentieths are below.
        case p95
    }

    /// By how much a value may be worse.
    public enum Tolerance: Hashable, Sendable {
        /// By this part of the baseline's magnitude.
        case relative(Quantity)
        /// By this much.
        case absolute(Quantity)
    }

    /// What it means that there is no earlier value.
    public enum WhenMissing: String, Hashable, Sendable, CaseIterable, JSONConvertible {
        /// The verdict is incomplete.
        case incomplete
        /// Nothing is compared.
        case pass
    }

    /// Where the earlier values come from.
    public let reference: Reference
    /// How they become one.
    public let reduction: Reduction
    /// By how much a value may be worse; exactly so much is no violation.
    public let tolerance: Tolerance
    /// The band that is violated beyond the tolerance: warning or critical.
    public let severity: Severity
    /// What no earlier value means.
    public let whenMissing: WhenMissing

    /// A baseline.
    ///
    /// - Throws: ``MetricError``, code `value`, for fewer than one deployment, no time at all, a
    ///   negative tolerance, or a severity that is no violation; `dimension` for a relative
    ///   tolerance that is no ratio.
    public init(
        _ reference: Reference,
        reduction: Reduction = .mean,
        tolerance: Tolerance,
        severity: Severity = .warning,
        whenMissing: WhenMissing = .incomplete
    ) throws(MetricError) {
        let isSoundReference =
            switch reference {
            case .previousDeployments(let count, _): (1...100).contains(count)
            case .beforeDeployment(let span): span >= .milliseconds(1)
            }
        let amount =
            switch tolerance {
            case .relative(let quantity), .absolute(let quantity): quantity
            }
        guard isSoundReference, !amount.magnitude.isNegative, severity >= .warning else {
            throw MetricError(
                .value,
                "a baseline looks at 1 to 100 deployments or some time before, allows a tolerance "
                    + "of 0 or more, and warns or is critical beyond it"
            )
        }
        if case .relative = tolerance, amount.unit.dimension != .ratio {
            throw MetricError(.dimension, "'\(amount)' is no part of a baseline; write 10%")
        }
        self.reference = reference
        self.reduction = reduction
        self.tolerance = tolerance
        self.severity = severity
        self.whenMissing = whenMissing
    }

    /// What violates the baseline, or `nil` when there is no earlier value.
    ///
    /// - Parameters:
    ///   - values: The earlier values.
    ///   - unit: What the metric is measured in.
    ///   - direction: Which values are better.
    /// - Returns: The bound, in `unit`.
    /// - Throws: ``MetricError`` for values that do not compare or are too long to compute with.
    public func violation(
        after values: [Measurement.Outcome],
        unit: Unit,
        direction: Direction
    ) throws(MetricError) -> Bound? {
        var magnitudes: [ExactDecimal] = []
        for value in values {
            if let magnitude = try value.magnitude(in: unit) { magnitudes.append(magnitude) }
        }
        guard let base = try reduced(magnitudes.sorted()) else { return nil }
        let allowed: ExactDecimal
        switch tolerance {
        case .relative(let part):
            let ratio = try part.converted(to: .ratio).magnitude
            allowed = try (base.isNegative ? base.negated : base).multiplied(by: ratio)
        case .absolute(let quantity):
            allowed = try quantity.converted(to: unit).magnitude
        }
        let lower = Quantity(try base.adding(allowed.negated), unit)
        let upper = Quantity(try base.adding(allowed), unit)
        switch direction {
        case .higherIsBetter: return .compare(.less, lower)
        case .lowerIsBetter: return .compare(.greater, upper)
        case .withinRange: return .outside(try Bound.ClosedQuantities(lower, upper))
        }
    }

    private func reduced(_ ascending: [ExactDecimal]) throws(MetricError) -> ExactDecimal? {
        guard !ascending.isEmpty else { return nil }
        switch reduction {
        case .mean: return try ascending.mean()
        case .p50: return try ascending.quantile(ExactDecimal("0.5"), .r6)
        case .p90: return try ascending.quantile(ExactDecimal("0.9"), .r6)
        case .p95: return try ascending.quantile(ExactDecimal("0.95"), .r6)
        }
    }
}

extension Measurement.Outcome {
    /// The value in a unit, or `nil` when there is none. A ratio is rounded to 18 places, since it
    /// is used here as a statistic and not as what is judged.
    ///
    /// - Throws: ``MetricError`` when it measures something else.
    func magnitude(in unit: Unit) throws(MetricError) -> ExactDecimal? {
        switch self {
        case .value(let quantity): return try quantity.converted(to: unit).magnitude
        case .ratio(let ratio):
            guard ratio.denominator > 0 else { return nil }
            let value = try ratio.numerator.divided(by: ratio.denominator, places: 18)
            return try Quantity(value, .ratio).converted(to: unit).magnitude
        case .nan, .absent, .terminated, .error: return nil
        }
    }
}

extension Baseline: JSONConvertible {
    /// An object: `previousDeployments` (a number) with `accepts`, or `before` in milliseconds;
    /// `reduction`; `relative` or `absolute`, a quantity; `severity`; `whenMissing` unless it is
    /// `incomplete`.
    public var json: JSONValue {
        var members = JSONObject()
        switch reference {
        case .previousDeployments(let count, let accepts):
            members["previousDeployments"] = count.json
            members["accepts"] = accepts.json
        case .beforeDeployment(let span): members["before"] = span.json
        }
        members["reduction"] = reduction.json
        switch tolerance {
        case .relative(let quantity): members["relative"] = quantity.json
        case .absolute(let quantity): members["absolute"] = quantity.json
        }
        members["severity"] = severity.json
        if whenMissing != .incomplete { members["whenMissing"] = whenMissing.json }
        return .object(members)
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` for anything else than ``json`` writes.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let count: Int? = try members.optional("previousDeployments")
        let accepts: Acceptance? = try members.optional("accepts")
        let before: Duration? = try members.optional("before")
        let reduction: Reduction = try members.required("reduction")
        let relative: Quantity? = try members.optional("relative")
        let absolute: Quantity? = try members.optional("absolute")
        let severity: Severity = try members.required("severity")
        let whenMissing: WhenMissing? = try members.optional("whenMissing")
        try members.finish()
        let reference: Reference
        switch (count, accepts, before) {
        case (let count?, let accepts?, nil):
            reference = .previousDeployments(count, accepts: accepts)
        case (nil, nil, let span?): reference = .beforeDeployment(span)
        default: throw JSONError(.value, "either previousDeployments or before is expected")
        }
        let tolerance: Tolerance
        switch (relative, absolute) {
        case (let quantity?, nil): tolerance = .relative(quantity)
        case (nil, let quantity?): tolerance = .absolute(quantity)
        default: throw JSONError(.value, "either relative or absolute is expected")
        }
        do {
            try self.init(
                reference,
                reduction: reduction,
                tolerance: tolerance,
                severity: severity,
                whenMissing: whenMissing ?? .incomplete
            )
        } catch {
            throw error.inJSON
        }
    }
}
