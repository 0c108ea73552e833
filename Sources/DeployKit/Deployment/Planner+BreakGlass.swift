// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Planner {
    /// Goes through the gate before a phase without its sign-offs and conditions, and against the
    /// calendar. Items that are open, failed or in doubt are not passed over.
    mutating func breakGlass(_ gate: GateID, _ reason: String) throws(Refusal) -> Bool {
        try required(reason, "a reason")
        guard case .phase(let id) = gate,
            let phase = state.checklist.phases.firstIndex(where: { $0.id == id })
        else {
            throw Refusal(
                .wrongKind,
                "'\(gate)' is the end of the deployment, and can wait: glass is broken for the gate "
                    + "before a phase"
            )
        }
        if state.isBypassed(gate) { return false }
        if state.gates[gate]?.isConsumed == true {
            throw Refusal(.wrongState, "the gate '\(gate)' is behind the deployment")
        }
        if let rejection = state.gates[gate]?.rejection {
            throw Refusal(
                .wrongState,
                "round \(state.round(of: gate)) of '\(gate)' was rejected by \(rejection.person), "
                    + "which no emergency undoes; 'reopen' it"
            )
        }
        let reasons: [GateReason] =
            switch state.verdict(before: phase, given: facts) {
            case .open: []
            case .closed(let reasons), .inconclusive(let reasons): reasons
            }
        let passed = reasons.filter(\.yieldsToBreakGlass)
        guard !passed.isEmpty else {
            throw Refusal(
                .wrongState,
                reasons.isEmpty
                    ? "the gate '\(gate)' is open: there is no glass to break"
                    : "nothing that keeps '\(gate)' closed yields to an emergency: "
                        + reasons.map { state.sentence(for: $0) }.joined(separator: "; ")
            )
        }
        let terms = state.terms(of: gate, given: facts)
        try checkRightToBreakGlass(terms)
        open(gate)
        try record(gate: gate, reason: reason, passed, roles: terms.breakGlassRoles)
        return true
    }

    /// Records that the deployment begins against the calendar.
    mutating func override(_ obstacle: CalendarObstacle, _ reason: String) throws(Refusal) {
        try required(reason, "a reason")
        try checkRightToBreakGlass(
            GateTerms(
                slots: [],
                conditions: [],
                excludesRequester: false,
                excludesExecutors: false,
                directory: facts.directory
            )
        )
        try record(gate: nil, reason: reason, [.frozen(obstacle)], roles: [])
    }

    private mutating func record(
        gate: GateID?,
        reason: String,
        _ passed: [GateReason],
        roles: [Role]
    ) throws(Refusal) {
        let obstacles = passed.compactMap { if case .frozen(let what) = $0 { what } else { nil } }
        let missing = passed.compactMap { reason -> SignOffSlotID? in
            if case .signOffMissing(let slot, _, _, _, _) = reason { slot } else { nil }
        }
        let unmet = passed.compactMap { reason -> GateCondition? in
            guard case .notCompleted(let environment, let within, _) = reason else { return nil }
            return .completed(environment: environment, within: within)
        }
        let number = state.brokenGlass.count + 1
        let isProduction = state.subject.environment.tier == .production
        let title =
            gate.flatMap { gate in
                guard case .phase(let id) = gate else { return nil }
                return state.checklist.phases.first { $0.id == id }?.title
            } ?? "start"
        guard let text = attachments.attach(reason) else { return }
        emit(
            .gate(
                .glassBroken(
                    BreakGlass(
                        gate: gate,
                        round: gate.map(state.round),
                        obstacles: obstacles,
                        missing: missing,
                        conditions: unmet,
                        reason: text,
                        review: SignOffSlot(
                            id: SignOffSlotID("break-glass-review~\(number)"),
                            label: "Review of the break-glass at '\(title)'",
                            isStatement: true,
                            group: "break-glass-review~\(number)",
                            rule: SignOffRule(assurance: isProduction ? .sshKey : .asserted),
                            gate: .completion
                        )
                    )
                )
            )
        )
    }

    private func checkRightToBreakGlass(_ terms: GateTerms) throws(Refusal) {
        try checkName(context.actor.id, terms)
        let directory = terms.directory
        if directory.isEmpty { return }
        let person = directory.canonical(context.actor.id)
        let roles = terms.breakGlassRoles
        let mayBreak =
            roles.isEmpty
            ? directory.person(person) != nil
            : directory.allows(person, for: SignOffRule(roles: roles))
        guard mayBreak else {
            let eligible =
                roles.isEmpty
                ? directory.people.map(\.id) : directory.eligible(for: SignOffRule(roles: roles))
            throw Refusal(
                .notEligible,
                "\(person) may not break glass here; eligible: "
                    + (eligible.isEmpty
                        ? "nobody who is listed" : eligible.map(\.text).joined(separator: ", "))
            )
        }
    }
}

extension GateReason {
    /// Whether somebody may go on in an emergency although this holds.
    var yieldsToBreakGlass: Bool {
        switch self {
        case .signOffMissing, .signOffStale, .notCompleted, .notRehearsed, .baking, .frozen,
            .expired:
            true
        case .metrics(_, let recommendation): recommendation != .rollBack
        case .itemsOpen, .itemsFailed, .itemsInDoubt, .rejected, .observations, .ended: false
        }
    }
}
