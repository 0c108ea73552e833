// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Planner {
    mutating func handleAtGate(_ command: DeploymentCommand) throws(Refusal) -> Bool {
        switch command {
        case .sign(let slot, let decision, let reason):
            guard !context.actor.assurance.isSigned else {
                throw Refusal(
                    .signatureRefused,
                    "'\(context.actor.assurance.rawValue)' is proved by a signed statement, and "
                        + "there is none"
                )
            }
            return try sign(slot, decision, .text(reason))
        case .submit(let proof, let reason):
            return try submit(proof, reason)
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

    /// What a sign-off says besides its decision.
    private enum Grounds {
        /// A reason, perhaps.
        case text(String?)
        /// A signed statement, and the text of its reason, which fits it.
        case proof(SignOffProof, Blob?)

        var reason: String? {
            switch self {
            case .text(let reason): reason
            case .proof(_, let blob):
                blob.flatMap { String(validating: $0.bytes, as: UTF8.self) }
            }
        }

        var proof: SignOffProof? { if case .proof(let proof, _) = self { proof } else { nil } }
    }

    private mutating func sign(
        _ id: SignOffSlotID,
        _ decision: SignOff.Decision,
        _ grounds: Grounds
    ) throws(Refusal) -> Bool {
        let slot = try slot(id)
        let gate = slot.gate
        if decision == .rejected {
            try required(grounds.reason ?? "", "a reason for the rejection")
        }
        let terms = state.terms(of: gate, given: facts)
        try checkName(context.actor.id, terms)
        let person = terms.directory.canonical(context.actor.id)
        if let progress = state.gates[gate] {
            let mine = progress.signOffs.last { $0.slot == id && $0.person == person }
            if let mine, !isSurpassed(mine, at: slot, terms) {
                if mine.decision == decision { return false }
                let present = "\(person) has \(mine.decision.rawValue) at '\(id)' already"
                guard !progress.isConsumed, !progress.isLost else {
                    throw Refusal(
                        .wrongState,
                        "\(present), and the gate '\(gate)' is decided: it cannot be changed"
                    )
                }
                throw Refusal(.conflict, "\(present); 'withdraw' it first")
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
            if progress.isLost, let lapse = progress.lapse {
                throw Refusal(
                    .wrongState,
                    "the time of round \(progress.round) of the gate '\(gate)' was over at "
                        + "\(lapse.at); it must be reopened first"
                )
            }
        }
        try checkRight(to: terms.slots.first { $0.id == id } ?? slot, person, terms)
        open(gate)
        let round = state.round(of: gate)
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
                    reason: attach(grounds),
                    checklist: state.subject.checklist,
                    subject: state.subject.digest,
                    contracts: state.contractsDigest(given: facts),
                    head: grounds.proof?.statement.head ?? context.head,
                    proof: grounds.proof
                )
            )
        )
        if decision == .rejected {
            emit(.gateRejected(gate, round: round, slot: id, person: person))
        }
        return true
    }

    private mutating func attach(_ grounds: Grounds) -> AttachmentReference? {
        switch grounds {
        case .text(let reason): attachments.attach(reason)
        case .proof(_, let blob): blob.map { attachments.attach($0, mediaType: "text/plain") }
        }
    }

    /// Whether the same person may sign again where `mine` stands: with a key where there was none,
    /// and when it has lapsed.
    private func isSurpassed(
        _ mine: SignOff,
        at slot: SignOffSlot,
        _ terms: GateTerms
    ) -> Bool {
        let rule = terms.slots.first { $0.id == slot.id }?.rule ?? slot.rule
        return mine.actor.assurance < context.actor.assurance && context.actor.assurance.isSigned
            || state.lapse(of: mine, under: rule, given: facts) != nil
    }

    /// Refuses a name that cannot be seen for what it is, or looks like one that acted before: one
    /// person could count twice, or not be recognised as the one who is excluded.
    func checkName(_ name: ActorID, _ terms: GateTerms) throws(Refusal) {
        if let fault = name.fault { throw Refusal(.nameRefused, fault) }
        let listed = (terms.directory.people + facts.directory.people).flatMap { person in
            [person.id] + person.aliases
        }
        let known =
            listed + [state.requester.id] + state.executors.sorted()
            + state.signOffs.map(\.actor.id)
        if let twin = known.first(where: name.isTwin) {
            throw Refusal(
                .nameRefused,
                "'\(name)' looks like '\(twin)', which is known here, and has other bytes; use "
                    + "that one"
            )
        }
    }

    private mutating func submit(
        _ proof: SignOffProof,
        _ reason: Blob?
    ) throws(Refusal) -> Bool {
        let statement = proof.statement
        let slot = try slot(statement.slot)
        let terms = state.terms(of: slot.gate, given: facts)
        if let earlier = state.signOffs.first(where: { $0.proof?.statement == statement }) {
            if state.gates[earlier.gate]?.signOffs.contains(earlier) == true,
                state.lapse(of: earlier, under: rule(of: earlier.slot, terms), given: facts) == nil
            {
                return false
            }
            throw Refusal(
                .conflict,
                "this statement was handed in before, and does not count any more; sign anew"
            )
        }
        try checkAbout(statement, slot, terms)
        guard context.actor == Actor(id: statement.signer, assurance: statement.assurance) else {
            throw Refusal(.signatureRefused, "\(statement.signer) signed, not \(context.actor.id)")
        }
        do {
            _ = try facts.directory.evidence(
                for: proof.envelope,
                saying: statement,
                at: facts.now
            )
        } catch {
            throw Refusal(.signatureRefused, error.description)
        }
        let isText =
            reason.map { blob in
                blob.digest == statement.reason?.digest
                    && blob.bytes.count == statement.reason?.byteCount
                    && SHA256.digest(of: blob.salt + blob.bytes) == blob.digest
            } ?? (statement.reason == nil)
        guard isText else {
            throw Refusal(
                .signatureRefused,
                "the reason that was signed is not the one that is handed in with it"
            )
        }
        return try sign(slot.id, statement.decision, .proof(proof, reason))
    }

    /// Refuses a statement about anything but this deployment, gate and round, as they are.
    private func checkAbout(
        _ statement: SignOffStatement,
        _ slot: SignOffSlot,
        _ terms: GateTerms
    ) throws(Refusal) {
        guard statement.deployment == state.id else {
            throw Refusal(
                .conflict,
                "the statement is about deployment \(statement.deployment), not \(state.id)"
            )
        }
        guard statement.subject == state.subject else {
            throw Refusal(
                .conflict,
                "what is deployed is not what was signed; prepare the statement anew and sign it"
            )
        }
        let round = state.round(of: slot.gate)
        guard statement.gate == slot.gate, statement.round == round else {
            throw Refusal(
                .conflict,
                "the statement is for round \(statement.round) of '\(statement.gate)', and it is "
                    + "round \(round) of '\(slot.gate)'; prepare the statement anew and sign it"
            )
        }
        guard statement.contracts == state.contractsDigest(given: facts) else {
            throw Refusal(
                .conflict,
                "the contracts are not those that were signed for; prepare the statement anew and "
                    + "sign it"
            )
        }
        if terms.isVoidedByReopening, state.isReopened(behind: slot.gate, since: statement.signedAt)
        {
            throw Refusal(
                .conflict,
                "an item that '\(slot.id)' rests on was opened again after this was signed; prepare "
                    + "the statement anew and sign it"
            )
        }
        let person = terms.directory.canonical(statement.signer)
        if let moment = state.withdrawal(by: person, at: slot.id), statement.signedAt < moment {
            throw Refusal(
                .conflict,
                "\(person) has withdrawn at '\(slot.id)' after this was signed; prepare the "
                    + "statement anew and sign it"
            )
        }
        let place = terms.slots.first { $0.id == slot.id }
        guard place?.rule == statement.rule, place?.label == statement.label else {
            throw Refusal(
                .conflict,
                "the rule of '\(slot.id)' is not the one that was signed; prepare the statement "
                    + "anew and sign it"
            )
        }
    }

    private func checkRight(
        to slot: SignOffSlot,
        _ person: ActorID,
        _ terms: GateTerms
    ) throws(Refusal) {
        guard terms.directory.allows(person, for: slot.rule) else {
            let eligible = terms.directory.eligible(for: slot.rule).map(\.text)
            let isLate = !facts.directory.isEmpty && facts.directory.allows(person, for: slot.rule)
            throw Refusal(
                .notEligible,
                "\(person) may not sign '\(slot.label)'; eligible: "
                    + (eligible.isEmpty ? "nobody who is listed" : eligible.joined(separator: ", "))
                    + (isLate
                        ? "; the gate goes by the people whom the log knew when it was opened for "
                            + "signatures, and \(person) came later"
                        : "")
            )
        }
        if state.isExcluded(person, from: terms, at: slot.id) {
            let isRequester = terms.directory.canonical(state.requester.id) == person
            throw Refusal(
                .notEligible,
                "\(person) may not sign '\(slot.label)': "
                    + (state.hasBroken(person, for: slot.id, terms)
                        ? "they broke the glass"
                        : isRequester ? "they started this deployment" : "they did items of it")
            )
        }
        let group = Set(terms.slots.filter { $0.group == slot.group }.map(\.id))
        let earlier = state.gates[slot.gate]?.signOffs.first { signOff in
            signOff.person == person && signOff.slot != slot.id && group.contains(signOff.slot)
                && signOff.decision == .approved
                && state.lapse(of: signOff, under: rule(of: signOff.slot, terms), given: facts)
                    == nil
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
        guard !progress.isConsumed, !progress.isLost else {
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
        if state.slotSkips[id] != nil { return false }
        guard slot.requirement != .required else {
            throw Refusal(
                .wrongKind,
                "'\(id)' has no condition that could fail to hold; it must be signed"
            )
        }
        try checkRightToSkip(slot)
        if let text = attachments.attach(reason) { emit(.signOffSkipped(id, reason: text)) }
        return true
    }

    /// To leave a sign-off out opens a gate as an approval does: it is for those who could approve
    /// there, and where requester and executors may not approve, they may not leave out either.
    private func checkRightToSkip(_ slot: SignOffSlot) throws(Refusal) {
        let terms = state.terms(of: slot.gate, given: facts)
        try checkName(context.actor.id, terms)
        let person = terms.directory.canonical(context.actor.id)
        if state.isExcluded(person, from: terms) {
            throw Refusal(
                .notEligible,
                "\(person) may not decide that '\(slot.label)' need not sign: they started this "
                    + "deployment, or did items of it"
            )
        }
        guard terms.excludesRequester, !terms.directory.isEmpty else { return }
        guard terms.slots.contains(where: { terms.directory.allows(person, for: $0.rule) }) else {
            throw Refusal(
                .notEligible,
                "\(person) may not decide that '\(slot.label)' need not sign: only those may who "
                    + "can sign for '\(slot.gate)'"
            )
        }
    }

    private mutating func reopen(_ gate: GateID, _ reason: String) throws(Refusal) -> Bool {
        try required(reason, "a reason")
        guard let progress = state.gates[gate], progress.isLost else {
            throw Refusal(.wrongState, "the gate '\(gate)' was not rejected and did not expire")
        }
        if let text = attachments.attach(reason) {
            emit(.gateReopened(gate, round: progress.round + 1, reason: text))
        }
        return true
    }

    private func rule(of id: SignOffSlotID, _ terms: GateTerms) -> SignOffRule {
        terms.slots.first { $0.id == id }?.rule ?? SignOffRule()
    }

    private func slot(_ id: SignOffSlotID) throws(Refusal) -> SignOffSlot {
        guard let slot = state.signOffSlots.first(where: { $0.id == id }) else {
            let known = state.signOffSlots.map(\.id.text).joined(separator: ", ")
            throw Refusal(
                .unknownName,
                "the checklist has no sign-off '\(id)'; it has \(known.isEmpty ? "none" : known)"
            )
        }
        return slot
    }
}
