// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Planner {
    mutating func handleAtGate(_ command: DeploymentCommand) throws(Refusal) -> Bool {
        try notEnded()
        switch command {
        case .sign(let slot, let decision, let reason):
            return try sign(slot, decision, reason)
        case .withdraw(let slot, let reason):
            return try withdraw(slot, reason)
        case .skipSignOff(let slot, let reason):
            return try skipSignOff(slot, reason)
        case .reopenGate(let gate, let reason):
            return try reopen(gate, reason)
        default:
            return false
        }
    }

    private mutating func sign(
        _ id: SignOffSlotID,
        _ decision: SignOff.Decision,
        _ reason: String?
    ) throws(Refusal) -> Bool {
        let slot = try slot(id)
        let gate = slot.gate
        if decision == .rejected { try required(reason ?? "", "a reason for the rejection") }
        let terms = state.terms(of: gate, given: facts)
        let person = terms.directory.canonical(context.actor.id)
        if let progress = state.gates[gate] {
            if let mine = progress.signOffs.last(where: { $0.slot == id && $0.person == person }) {
                guard mine.decision == decision else {
                    throw Refusal(
                        .conflict,
                        "\(person) has \(mine.decision.rawValue) at '\(id)' already; "
                            + "'withdraw' it first"
                    )
                }
                return false
            }
            if progress.isConsumed {
                throw Refusal(.wrongState, "the gate '\(gate)' is behind the deployment")
            }
            if let rejection = progress.rejection {
                throw Refusal(
                    .wrongState,
                    "round \(progress.round) of the gate '\(gate)' was rejected by "
                        + "\(rejection.person); it must be reopened first"
                )
            }
        }
        try checkRight(to: slot, person, terms)
        open(gate)
        let round = state.gates[gate]?.round ?? 1
        emit(
            .signedOff(
                SignOff(
                    slot: id,
                    gate: gate,
                    round: round,
                    decision: decision,
                    actor: context.actor,
                    person: person,
                    authority: terms.directory.isEmpty ? .none : .directory,
                    reason: attachments.attach(reason),
                    checklist: state.subject.checklist,
                    subject: state.subject.digest,
                    head: context.head
                )
            )
        )
        if decision == .rejected {
            emit(.gateRejected(gate, round: round, slot: id, person: person))
        }
        return true
    }

    private func checkRight(
        to slot: SignOffSlot,
        _ person: ActorID,
        _ terms: GateTerms
    ) throws(Refusal) {
        guard terms.directory.allows(person, for: slot.rule) else {
            let eligible = terms.directory.eligible(for: slot.rule).map(\.text)
            throw Refusal(
                .notEligible,
                "\(person) may not sign '\(slot.label)'; eligible: "
                    + (eligible.isEmpty ? "nobody who is listed" : eligible.joined(separator: ", "))
            )
        }
        if state.isExcluded(person, from: terms) {
            let isRequester = terms.directory.canonical(state.requester.id) == person
            throw Refusal(
                .notEligible,
                "\(person) may not sign '\(slot.label)': "
                    + (isRequester ? "they started this deployment" : "they did items of it")
            )
        }
        let group = Set(terms.slots.filter { $0.group == slot.group }.map(\.id))
        let earlier = state.gates[slot.gate]?.signOffs.first { signOff in
            signOff.person == person && signOff.slot != slot.id && group.contains(signOff.slot)
                && signOff.decision == .approved
        }
        if let earlier {
            throw Refusal(
                .notEligible,
                "\(person) has signed '\(earlier.slot)' in the same group, where one person "
                    + "counts once"
            )
        }
    }

    private mutating func withdraw(_ id: SignOffSlotID, _ reason: String) throws(Refusal) -> Bool {
        let slot = try slot(id)
        try required(reason, "a reason")
        let terms = state.terms(of: slot.gate, given: facts)
        let person = terms.directory.canonical(context.actor.id)
        guard let progress = state.gates[slot.gate],
            progress.signOffs.contains(where: { $0.slot == id && $0.person == person })
        else {
            throw Refusal(.wrongState, "\(person) has not signed '\(id)'")
        }
        guard !progress.isConsumed, progress.rejection == nil else {
            throw Refusal(
                .wrongState,
                "the gate '\(slot.gate)' is decided; a sign-off cannot be withdrawn any more"
            )
        }
        if let text = attachments.attach(reason) {
            emit(
                .withdrawn(id, slot.gate, round: progress.round, person: person, reason: text)
            )
        }
        return true
    }

    private mutating func skipSignOff(
        _ id: SignOffSlotID,
        _ reason: String
    ) throws(Refusal) -> Bool {
        let slot = try slot(id)
        try required(reason, "a reason")
        if state.skippedSlots.contains(id) { return false }
        guard slot.requirement != .required else {
            throw Refusal(
                .wrongKind,
                "'\(id)' has no condition that could fail to hold; it must be signed"
            )
        }
        if let text = attachments.attach(reason) { emit(.signOffSkipped(id, reason: text)) }
        return true
    }

    private mutating func reopen(_ gate: GateID, _ reason: String) throws(Refusal) -> Bool {
        try required(reason, "a reason")
        guard let progress = state.gates[gate], progress.rejection != nil else {
            throw Refusal(.wrongState, "the gate '\(gate)' was not rejected")
        }
        if let text = attachments.attach(reason) {
            emit(.gateReopened(gate, round: progress.round + 1, reason: text))
        }
        return true
    }

    private func slot(_ id: SignOffSlotID) throws(Refusal) -> SignOffSlot {
        guard let slot = state.checklist.signOffSlots.first(where: { $0.id == id }) else {
            let known = state.checklist.signOffSlots.map(\.id.text).joined(separator: ", ")
            throw Refusal(
                .unknownName,
                "the checklist has no sign-off '\(id)'; it has \(known.isEmpty ? "none" : known)"
            )
        }
        return slot
    }
}
