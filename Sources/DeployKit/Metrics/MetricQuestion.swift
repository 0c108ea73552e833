// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What is asked of the measurements of a deployment.
///
/// Together with the entries of the log it is all that a decision depends on: the same question
/// over the same entries has the same answer on every machine.
public struct MetricQuestion: Hashable, Sendable {
    /// What violates a baseline, as it was known when the question was asked.
    public struct KnownBaseline: Hashable, Sendable, JSONConvertible {
        /// The metric.
        public let metric: MetricID
        /// What violates it.
        public let violation: Bound

        /// A baseline that is known.
        public init(_ metric: MetricID, _ violation: Bound) {
            self.metric = metric
            self.violation = violation
        }

        /// An object with `metric` and `violation`.
        public var json: JSONValue {
            .members(["metric": metric.json, "violation": violation.json])
        }

        /// Reads the object that ``json`` writes.
        ///
        /// - Throws: ``JSONError`` when `json` is anything else.
        public init(json: JSONValue) throws(JSONError) {
            var members = try JSONMembers(json)
            metric = try members.required("metric")
            violation = try members.required("violation")
            try members.finish()
        }
    }

    /// The moment; what was measured later is left out.
    public let at: Timestamp
    /// What was measured before this moment is left out, too; `nil` for the deployment's beginning.
    public let since: Timestamp?
    /// Only these metrics; empty for all.
    public let metrics: [MetricID]
    /// How old the last measurement of a metric may be: one that is older counts as absent. `nil`
    /// for no limit.
    public let longestAge: Duration?
    /// What violates the baselines, by metric.
    public let baselines: [KnownBaseline]
    /// What to do about the verdict.
    public let policy: DecisionPolicy

    /// A question.
    public init(
        at: Timestamp,
        since: Timestamp? = nil,
        metrics: [MetricID] = [],
        longestAge: Duration? = nil,
        baselines: [KnownBaseline] = [],
        policy: DecisionPolicy = .standard
    ) {
        self.at = at
        self.since = since
        self.metrics = metrics.sorted()
        self.longestAge = longestAge
        self.baselines = baselines.sorted { $0.metric < $1.metric }
        self.policy = policy
    }
}

extension MetricQuestion: JSONConvertible {
    /// An object; what is empty or absent is left out, and so is the standard policy.
    public var json: JSONValue {
        .members([
            "at": at.json, "since": since?.json, "metrics": metrics.jsonUnlessEmpty,
            "longestAge": longestAge?.json,
            "baselines": baselines.jsonUnlessEmpty,
            "policy": policy == .standard ? nil : policy.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        self.init(
            at: try members.required("at"),
            since: try members.optional("since"),
            metrics: try members.list("metrics"),
            longestAge: try members.optional("longestAge"),
            baselines: try members.list("baselines"),
            policy: try members.optional("policy") ?? .standard
        )
        try members.finish()
    }
}
