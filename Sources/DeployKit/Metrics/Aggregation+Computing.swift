// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Aggregation {
    /// What these samples are together, exactly.
    ///
    /// - Parameter samples: The samples in the order in which they were taken.
    /// - Returns: The value; `nil` of no samples.
    /// - Throws: ``MetricError``, code `value` for an aggregation that is not made of single
    ///   samples (a ratio, a rate, an increase, or a quantile whose estimator is not declared, or
    ///   works on buckets or digests); `overflow` when the result has more than 38 digits.
    public func value(of samples: [ExactDecimal]) throws(MetricError) -> ExactDecimal? {
        guard let last = samples.last else { return nil }
        switch self {
        case .last: return last
        case .min: return samples.min()
        case .max: return samples.max()
        case .sum: return try samples.sum()
        case .mean: return try samples.mean()
        case .quantile(let p, let estimator):
            return try samples.sorted().quantile(p, estimator)
        case .ratio, .rate, .increase:
            throw MetricError(.value, "a ratio, rate or increase is counted, not sampled")
        }
    }
}

extension [ExactDecimal] {
    /// - Throws: ``MetricError``, code `overflow`.
    func sum() throws(MetricError) -> ExactDecimal {
        var sum = ExactDecimal.zero
        for element in self { sum = try sum.adding(element) }
        return sum
    }

    /// The arithmetic mean, rounded to 18 places where it has no shorter form.
    ///
    /// - Throws: ``MetricError``, code `overflow`.
    func mean() throws(MetricError) -> ExactDecimal {
        try sum().divided(by: ExactDecimal(count), places: 18)
    }

    /// The quantile of values that ascend; there is one at least.
    ///
    /// - Throws: ``MetricError``, code `value` for an estimator that needs something else than
    ///   samples, or is not declared.
    func quantile(
        _ p: ExactDecimal,
        _ estimator: QuantileEstimator
    ) throws(MetricError) -> ExactDecimal {
        let n = ExactDecimal(count)
        let place: ExactDecimal
        switch estimator {
        case .r6: place = try p.multiplied(by: n.adding(1))
        case .r7: place = try p.multiplied(by: n.adding(-1)).adding(1)
        case .nearestRank:
            let rank = try p.multiplied(by: n)
            let floor = rank.floor
            return self[Swift.max(1, floor + (rank.isWhole ? 0 : 1)) - 1]
        case .histogram, .tDigest, .unspecified:
            throw MetricError(
                .value,
                "a quantile of samples needs its estimator declared: r6, r7 or nearestRank"
            )
        }
        // Counted from 1; what lies outside is the first or the last.
        let index = place.floor
        if index < 1 { return self[0] }
        if index >= count { return self[count - 1] }
        let rest = try place.adding(ExactDecimal(-index))
        let step = try self[index].adding(self[index - 1].negated)
        return try self[index - 1].adding(step.multiplied(by: rest))
    }
}

extension ExactDecimal {
    /// The largest whole number that is not above.
    fileprivate var floor: Int {
        let divisor = Int128(Self.power(scale))
        let quotient = coefficient / divisor
        let isBelow = coefficient < 0 && coefficient % divisor != 0
        return Int(clamping: isBelow ? quotient - 1 : quotient)
    }
}
