// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Items and gates that the metrics decide.
extension Deployment {
    /// What items and gates ask the metrics now: those that nothing else stands in the way of.
    func metricQuestions(at now: Timestamp) -> [(asker: MetricAsker, question: MetricQuestion)] {
        guard !status.isTerminal, !isGoingBack else { return [] }
        var questions: [(asker: MetricAsker, question: MetricQuestion)] = []
        for entry in outline.leaves {
            guard case .metric(let metric) = entry.item.kind, isJudged(metric),
                items.state(of: entry) == .pending, blockers(of: entry).isEmpty,
                openItems(before: entry.phase).isEmpty
            else { continue }
            questions.append(
                (.item(entry.item.id), MetricQuestion(at: now, metrics: [metric]))
            )
        }
        for (position, phase) in checklist.phases.enumerated() {
            let gate = GateID.phase(phase.id)
            guard gates[gate]?.isConsumed != true, openItems(before: position).isEmpty else {
                continue
            }
            for case .metrics(let metrics, let bake) in gates[gate]?.terms.conditions
                ?? phase.conditions
            {
                let since = bake == nil ? nil : readySince(position)
                questions.append(
                    (.gate(gate), MetricQuestion(at: now, since: since, metrics: metrics))
                )
            }
        }
        return questions
    }

    /// Whether measurements can decide about a metric: the checklist has it, and bounds it.
    func isJudged(_ id: MetricID) -> Bool {
        checklist.metrics.contains { $0.id == id && $0.role != .informational }
    }

    /// When the last item of the phases before was settled; when the deployment began, where there
    /// is none.
    private func readySince(_ phase: Int) -> Timestamp {
        outline.leaves.filter { $0.phase < phase }
            .compactMap { items[$0]?.settledAt }.max() ?? startedAt
    }

    func unmetMetrics(
        _ condition: GateCondition,
        at gate: GateID,
        _ terms: GateTerms,
        given facts: Facts
    ) -> GateReason? {
        guard case .metrics(let metrics, let bake) = condition, case .phase(let id) = gate,
            let position = checklist.phases.firstIndex(where: { $0.id == id }),
            // What is not done yet is a reason of its own.
            openItems(before: position).isEmpty
        else { return nil }
        if let bake {
            let until = readySince(position) + bake
            if facts.now < until { return .baking(until: until) }
        }
        guard let judgement = facts.judgements[.gate(gate)] else {
            return .metrics(metrics, .inconclusive)
        }
        switch judgement.recommendation {
        case .promote: return nil
        // Who signs has seen that a target is missed.
        case .promoteWithNote where terms.slots.contains(where: { $0.requirement != .optional }):
            return nil
        case let other: return .metrics(judgement.wanting, other)
        }
    }

    /// What a runner does about an item of kind `metric` that may start, or `nil` for one that a
    /// person does.
    func judging(_ entry: Outline.Entry, given facts: Facts) -> NextStep? {
        guard case .metric(let metric) = entry.item.kind, isJudged(metric) else { return nil }
        let id = entry.item.id
        switch facts.judgements[.item(id)]?.recommendation {
        case .promote, .rollBack: return .judge(id)
        case .promoteWithNote, .hold: return .person([id])
        case .inconclusive, nil: return .undecided([id])
        }
    }
}

extension Recommendation {
    /// Why it does not let a gate open.
    var reason: String {
        switch self {
        case .promote: "the metrics are met"
        case .promoteWithNote: "a target is missed, and nobody signs here"
        case .hold: "the metrics warn"
        case .inconclusive: "not measured enough to tell"
        case .rollBack: "the metrics are critical"
        }
    }
}

extension Planner {
    /// Lets the measurements decide an item.
    mutating func judge(_ id: ItemID, _ note: String?) throws(Refusal) -> Bool {
        let (entry, progress) = try leaf(id)
        guard case .metric(let metric) = entry.item.kind, state.isJudged(metric) else {
            throw Refusal(.wrongKind, "'\(id)' asks no metric that could be judged")
        }
        if case .halted = state.status {
            throw Refusal(.halted, "the deployment is halted; see to the cause first")
        }
        guard progress.state == .pending else {
            throw Refusal(.wrongState, "'\(id)' is \(progress.state.word), not ready")
        }
        try pass(before: entry)
        guard let judgement = facts.judgements[.item(id)] else {
            throw Refusal(.undecided, "'\(metric)' is not judged now; try again")
        }
        switch judgement.recommendation {
        case .promote, .rollBack: break
        case .promoteWithNote:
            try required(note ?? "", "'\(metric)' misses its target, so that a note about it")
        case .hold:
            throw Refusal(
                .unmet,
                "'\(metric)' warns: measure it again, or 'waive' the item with a reason"
            )
        case .inconclusive:
            throw Refusal(
                .undecided,
                "'\(metric)' was not measured enough to tell, and what was not measured is no "
                    + "success: 'metric record' it, or 'waive' the item with a reason"
            )
        }
        emit(
            .judged(
                id,
                attempt: progress.attempts + 1,
                judgement,
                note: attachments.attach(note)
            )
        )
        return true
    }
}
