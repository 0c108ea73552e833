// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// How long or how often a band must be violated before that counts, and how long it then counts.
public struct Sustain: Hashable, Sendable {
    /// What an observation without data does to a violation that is being counted.
    public enum Gap: String, Hashable, Sendable, CaseIterable, JSONConvertible {
        /// It ends it, as in Prometheus.
        case reset
        /// It changes nothing.
        case hold
    }

    /// When a violation counts.
    @nonexhaustive
    public enum Rule: Hashable, Sendable {
        /// At once.
        case instant
        /// When every observation of at least this time was a violation.
        case lasting(Duration, gap: Gap)
        /// At so many in a row. Observations without data are passed over.
        case consecutive(Int)
        /// At `count` among the last `window`. Observations without data are passed over.
        case mOfN(Int, of: Int)
        /// At so many altogether, and from then on for ever.
        case total(Int)
    }

    /// When a violation counts.
    public let rule: Rule
    /// How long it still counts after the first observation that is no violation any more.
    public let keepFor: Duration?

    /// At once, and no longer than it lasts.
    public static let instant = Sustain(unchecked: .instant, keepFor: nil)

    /// A rule.
    ///
    /// - Throws: ``MetricError``, code `value`, when a count is below one, `mOfN` asks for more
    ///   than there are, or a span is negative.
    public init(_ rule: Rule, keepFor: Duration? = nil) throws(MetricError) {
        let isSound =
            switch rule {
            case .instant: true
            case .lasting(let span, _): span >= .zero
            case .consecutive(let count), .total(let count): count >= 1
            case .mOfN(let count, let window): count >= 1 && count <= window
            }
        guard isSound, (keepFor ?? .zero) >= .zero else {
            throw MetricError(.value, "'\(rule)' can never be fulfilled as written")
        }
        self.init(unchecked: rule, keepFor: keepFor)
    }

    private init(unchecked rule: Rule, keepFor: Duration?) {
        self.rule = rule
        self.keepFor = keepFor
    }
}

extension Sustain: JSONConvertible {
    /// An object with one member for the rule (none for `instant`): `for` in milliseconds with
    /// `gap`, `consecutive`, `m` with `of`, or `total`; and `keepFor` in milliseconds.
    public var json: JSONValue {
        var members = JSONObject()
        switch rule {
        case .instant: break
        case .lasting(let span, let gap):
            members["for"] = span.json
            members["gap"] = gap.json
        case .consecutive(let count): members["consecutive"] = count.json
        case .mOfN(let count, let window):
            members["m"] = count.json
            members["of"] = window.json
        case .total(let count): members["total"] = count.json
        }
        members["keepFor"] = keepFor?.json
        return .object(members)
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` for anything else than ``json`` writes.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let span: Duration? = try members.optional("for")
        let gap: Gap? = try members.optional("gap")
        let consecutive: Int? = try members.optional("consecutive")
        let (count, window): (Int?, Int?) = (
            try members.optional("m"), try members.optional("of")
        )
        let total: Int? = try members.optional("total")
        let keepFor: Duration? = try members.optional("keepFor")
        try members.finish()
        let rule: Rule
        switch (span, gap, consecutive, count, window, total) {
        case (nil, nil, nil, nil, nil, nil): rule = .instant
        case (let span?, let gap?, nil, nil, nil, nil): rule = .lasting(span, gap: gap)
        case (nil, nil, let count?, nil, nil, nil): rule = .consecutive(count)
        case (nil, nil, nil, let count?, let window?, nil): rule = .mOfN(count, of: window)
        case (nil, nil, nil, nil, nil, let count?): rule = .total(count)
        default: throw JSONError(.value, "one rule is expected, with all its members")
        }
        do {
            try self.init(rule, keepFor: keepFor)
        } catch {
            throw error.inJSON
        }
    }
}
