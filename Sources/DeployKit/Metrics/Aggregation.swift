// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// How many samples become one value.
@nonexhaustive
public enum Aggregation: Hashable, Sendable {
    /// The newest sample.
    case last
    /// The sum.
    case sum
    /// The smallest.
    case min
    /// The largest.
    case max
    /// The arithmetic mean.
    case mean
    /// The value below which a part `p` of the samples lies, 0 < p < 1.
    ///
    /// The same samples have several p95: the estimator is part of what was measured.
    case quantile(ExactDecimal, QuantileEstimator)
    /// A part of a whole.
    case ratio(RatioTerms)
    /// Events per this length of time.
    case rate(per: Duration)
    /// By how much a counter grew.
    case increase
}

/// How a quantile is taken from samples.
@nonexhaustive
public enum QuantileEstimator: String, Hashable, Sendable, CaseIterable, JSONConvertible {
    /// Hyndman and Fan's definition 6, p(n + 1).
    case r6
    /// Hyndman and Fan's definition 7, p(n − 1) + 1: k6, NumPy.
    case r7
    /// The sample of rank ⌈pn⌉.
    case nearestRank
    /// Interpolated inside histogram buckets, as Prometheus does.
    case histogram
    /// Estimated by a t-digest.
    case tDigest
    /// Nobody said.
    case unspecified
}

/// The names of the counters that make up a ratio.
public struct RatioTerms: Hashable, Sendable {
    /// What the part is counted against.
    public enum Counterpart: Hashable, Sendable {
        /// The whole, which includes the part.
        case total(String)
        /// The others, which together with the part are the whole.
        case others(String)
    }

    /// The counter of the part.
    public let part: String
    /// The counter of what it is counted against.
    public let counterpart: Counterpart

    /// The ratio of `part` to the whole.
    public init(_ part: String, _ counterpart: Counterpart) {
        self.part = part
        self.counterpart = counterpart
    }
}

extension Aggregation: JSONConvertible {
    /// An object with a `kind` and its members: `p` (a decimal) and `estimator`; `part` with
    /// `total` or `others`; `per` in milliseconds.
    public var json: JSONValue {
        switch self {
        case .last: Self.plain("last")
        case .sum: Self.plain("sum")
        case .min: Self.plain("min")
        case .max: Self.plain("max")
        case .mean: Self.plain("mean")
        case .increase: Self.plain("increase")
        case .quantile(let p, let estimator):
            .members(["kind": "quantile".json, "p": p.json, "estimator": estimator.json])
        case .rate(let span): .members(["kind": "rate".json, "per": span.json])
        case .ratio(let terms):
            switch terms.counterpart {
            case .total(let name):
                .members(["kind": "ratio".json, "part": terms.part.json, "total": name.json])
            case .others(let name):
                .members(["kind": "ratio".json, "part": terms.part.json, "others": name.json])
            }
        }
    }

    private static func plain(_ kind: String) -> JSONValue { .members(["kind": kind.json]) }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` for anything else than ``json`` writes, and for a quantile that is
    ///   not between 0 and 1.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let kind: String = try members.required("kind")
        switch kind {
        case "last": self = .last
        case "sum": self = .sum
        case "min": self = .min
        case "max": self = .max
        case "mean": self = .mean
        case "increase": self = .increase
        case "quantile":
            let p: ExactDecimal = try members.required("p")
            guard p > 0, p < 1 else {
                throw JSONError(.value, "the quantile \(p) is not between 0 and 1")
            }
            self = .quantile(p, try members.required("estimator"))
        case "rate": self = .rate(per: try members.required("per"))
        case "ratio":
            let part: String = try members.required("part")
            let total: String? = try members.optional("total")
            let others: String? = try members.optional("others")
            switch (total, others) {
            case (let name?, nil): self = .ratio(RatioTerms(part, .total(name)))
            case (nil, let name?): self = .ratio(RatioTerms(part, .others(name)))
            default: throw JSONError(.value, "either total or others is expected")
            }
        default: throw JSONError(.value, "'\(kind)' is no known aggregation")
        }
        try members.finish()
    }
}
