// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A decision of the metrics that an item or a gate rests on, with what it was made from, so that it
/// can be made again.
public struct MetricJudgement: Hashable, Sendable, JSONConvertible {
    /// What the measurements said.
    public let decision: MetricDecision
    /// How many events of the deployment's metrics stood in the log when it was made.
    public let revision: Int

    /// A judgement on the first `revision` events of the metrics.
    public init(_ decision: MetricDecision, revision: Int) {
        self.decision = decision
        self.revision = revision
    }

    /// What is to be done. Every metric that was asked about counts, also one that only advises.
    public var recommendation: Recommendation {
        let asked = Set(decision.question.metrics)
        let findings = decision.findings.filter { asked.isEmpty ? $0.decides : true }
        return decision.question.policy.recommendation(for: .joined(findings.map(\.verdict)))
    }

    /// The metrics that stand in the way of going on.
    public var wanting: [MetricID] {
        decision.findings.filter { finding in
            decision.question.policy.recommendation(for: finding.verdict) != .promote
        }.map(\.metric)
    }

    /// An object of the decision and the number of events.
    public var json: JSONValue {
        .members(["decision": decision.json, "metricEvents": revision.json])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        decision = try members.required("decision")
        revision = try members.required("metricEvents")
        try members.finish()
    }
}

/// What in a deployment asks the metrics.
public enum MetricAsker: Hashable, Sendable {
    /// An item of kind `metric`.
    case item(ItemID)
    /// A gate with the condition ``GateCondition/metrics(_:bake:)``.
    case gate(GateID)
}
