// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployment {
    /// The kinds of entries that ``gateFault(in:given:)`` judges.
    package static let gateKinds: Set<String> = ["gate-opened", "gate-consumed"]

    /// Why the rules do not make the next event of the deployment: it opens a gate for other
    /// signatures than the checklist and the tier ask for, or consumes one that is not open.
    ///
    /// Whoever owns the store can put entries there, use the gate that they open, and take them
    /// away again; the entry that consumed the gate stays, and what stands before it does not open
    /// it any more.
    ///
    /// - Parameters:
    ///   - event: The event that follows on this state.
    ///   - facts: What the rules knew then.
    /// - Returns: A sentence; `nil` for every other event, and for one that the rules make.
    package func gateFault(in event: DeploymentEvent, given facts: Facts) -> String? {
        switch event {
        case .gateOpened(let gate, _, let terms):
            if gates[gate] != nil { return "the gate '\(gate)' was open for signatures before" }
            let asked = self.terms(of: gate, given: facts)
            let isAsked =
                terms.slots == asked.slots && terms.conditions == asked.conditions
                && terms.excludesRequester == asked.excludesRequester
                && terms.excludesExecutors == asked.excludesExecutors
                && terms.directory == asked.directory
                && terms.deadline == asked.deadline && terms.atDeadline == asked.atDeadline
                && terms.breakGlassRoles == asked.breakGlassRoles
            return isAsked
                ? nil
                : "the gate '\(gate)' is opened for other signatures than the checklist asked for"
        case .gateConsumed(let gate, let round, let judgement):
            guard let progress = gates[gate], progress.round == round else {
                return "round \(round) of the gate '\(gate)' is consumed and was never opened"
            }
            if let judgement, !isAsked(judgement.decision.question, by: gate, at: facts.now) {
                return "the gate '\(gate)' is consumed on measurements that it did not ask for"
            }
            switch verdict(of: gate, given: facts.knowing(judgement, of: gate)) {
            case .open: return nil
            case .closed(let reasons), .inconclusive(let reasons):
                let standing = reasons.filter { !isOfOptionalItems($0) }
                if standing.isEmpty { return nil }
                return "the gate '\(gate)' is consumed and was not open: "
                    + standing.map { sentence(for: $0) }.joined(separator: "; ")
            }
        default:
            return nil
        }
    }

    // Earlier versions let a deployment end beside an optional item that was under way.
    private func isOfOptionalItems(_ reason: GateReason) -> Bool {
        switch reason {
        case .itemsOpen(let items), .itemsInDoubt(let items):
            items.allSatisfy { outline[$0]?.requirement == .optional }
        default: false
        }
    }

    // What the measurements said is made again by ``LiveDeployment/replayJudgements()``.
    private func isAsked(
        _ question: MetricQuestion,
        by gate: GateID,
        at now: Timestamp
    ) -> Bool {
        metricQuestions(at: now).contains { asked in
            asked.asker == .gate(gate) && asked.question.at == question.at
                && asked.question.since == question.since
                && asked.question.metrics == question.metrics
                && asked.question.policy == question.policy
        }
    }

    /// As ``gateFault(in:given:)``, of an entry.
    ///
    /// - Throws: ``DeploymentError``, cause `damaged`.
    package func gateFault(
        in entry: AuditEntry,
        given facts: Facts
    ) throws(DeploymentError) -> String? {
        gateFault(in: try Projections.recorded(entry).event, given: facts)
    }
}

extension Facts {
    /// The facts with what the measurements said to a gate.
    fileprivate func knowing(_ judgement: MetricJudgement?, of gate: GateID) -> Facts {
        guard let judgement else { return self }
        return Facts(
            now: now,
            directory: directory,
            environments: environments,
            registries: registries,
            judgements: [.gate(gate): judgement]
        )
    }
}
