// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What the measurements of a deployment say at a moment, and what is to be done about it.
public struct MetricDecision: Hashable, Sendable {
    /// What is known about one metric.
    public struct Finding: Hashable, Sendable {
        /// The metric.
        public let metric: MetricID
        /// Whether it takes part in the decision.
        public let decides: Bool
        /// What its measurements say.
        public let verdict: Verdict
        /// How many there are.
        public let count: Int
        /// When the last was taken; `nil` when there is none.
        public let lastAt: Timestamp?
        /// What the last one found.
        public let last: Measurement.Outcome?
    }

    /// What was asked.
    public let question: MetricQuestion
    /// What is known about each metric, in the order of the checklist.
    public let findings: [Finding]
    /// The join of the verdicts of those that decide.
    public let verdict: Verdict
    /// What is to be done.
    public let recommendation: Recommendation
    /// The triggers whose metric is critical, in the order of the plan.
    public let triggers: [RollbackTriggerID]

    /// The decision that these findings lead to.
    ///
    /// - Parameters:
    ///   - question: What was asked.
    ///   - findings: What is known about each metric.
    ///   - plan: The rollback plan, where there is one.
    public init(_ question: MetricQuestion, findings: [Finding], plan: RollbackPlan?) {
        self.question = question
        self.findings = findings
        verdict = Verdict.joined(findings.filter(\.decides).map(\.verdict))
        recommendation = question.policy.recommendation(for: verdict)
        let critical = Set(findings.filter { $0.verdict.severity == .critical }.map(\.metric))
        triggers = (plan?.triggers ?? []).filter { trigger in
            trigger.metric.map(critical.contains) == true
        }.map(\.id)
    }
}

extension MetricDecision.Finding: JSONConvertible {
    /// An object; `last` is a measurement of no more than its moment and what it found.
    public var json: JSONValue {
        let measurement = lastAt.flatMap { at in last.map { Measurement(at: at, $0) } }
        return .members([
            "metric": metric.json, "decides": decides.json, "verdict": verdict.json,
            "measurements": count.json, "last": measurement?.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        metric = try members.required("metric")
        decides = try members.required("decides")
        verdict = try members.required("verdict")
        count = try members.required("measurements")
        let measurement: Measurement? = try members.optional("last")
        lastAt = measurement?.at
        last = measurement?.outcome
        try members.finish()
    }
}

extension MetricDecision: JSONConvertible {
    /// An object of the question, the findings, the verdict, the recommendation and the triggers.
    public var json: JSONValue {
        .members([
            "question": question.json, "findings": findings.json, "verdict": verdict.json,
            "recommendation": recommendation.json,
            "triggers": triggers.jsonUnlessEmpty,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        question = try members.required("question")
        findings = try members.required("findings")
        verdict = try members.required("verdict")
        recommendation = try members.required("recommendation")
        triggers = try members.list("triggers")
        try members.finish()
    }
}
