// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What one person may do in a deployment now, and what somebody else must do.
public struct Inbox: Hashable, Sendable {
    /// A place for a signature whose gate still waits for it.
    public struct Signature: Hashable, Sendable {
        /// The slot.
        public let slot: SignOffSlotID
        /// The gate that the slot belongs to.
        public let gate: GateID
        /// How many approvals count so far.
        public let counted: Int
        /// How many are asked for.
        public let required: Int
        /// Who else may sign; empty when nobody is listed.
        public let eligible: [ActorID]
        /// Whether only a signature with a key counts.
        public let needsKey: Bool
        /// Who of those who may sign has no valid key, where one is needed.
        public let lackingKeys: [ActorID]
        /// Why this person may not sign, or `nil` when the person may.
        public let obstacle: Obstacle?
    }

    /// Why a person may not sign.
    @nonexhaustive
    public enum Obstacle: Hashable, Sendable {
        /// The person started the deployment.
        case isRequester
        /// The person did items of it.
        case isExecutor
        /// The person holds no role of the slot's rule.
        case holdsNoRole
        /// The person has signed at this slot, or at another of the same group.
        case hasSigned
        /// The round was rejected; the gate must be reopened first.
        case isRejected
        /// Only a signature with a key counts, and the log knows no valid key of the person.
        case hasNoKey
    }

    /// The items that a person can do now, in document order.
    public let items: [ItemID]
    /// The items that a runner can do now, in document order.
    public let automatic: [ItemID]
    /// The items that failed and have to be seen to.
    public let failed: [ItemID]
    /// The items of which nobody knows whether they happened.
    public let inDoubt: [ItemID]
    /// The rollbacks that are proposed, about which somebody has to decide.
    public let proposals: [RollbackProposal]
    /// The signatures that are missing, in document order of their slots.
    public let signatures: [Signature]

    /// Whether nothing waits for this person.
    public var isEmpty: Bool {
        items.isEmpty && failed.isEmpty && inDoubt.isEmpty
            && proposals.isEmpty && signatures.allSatisfy { $0.obstacle != nil }
    }
}

extension Deployment {
    /// What a person may do now, and what is missing from others.
    public func inbox(of person: ActorID, given facts: Facts) -> Inbox {
        let states = status.isTerminal ? [] : states(given: facts).filter { !$0.entry.item.isGroup }
        func items(_ matches: (Outline.Entry, ItemState) -> Bool) -> [ItemID] {
            states.filter { matches($0.entry, $0.state) }.map(\.entry.item.id)
        }
        let steps = rollbackInbox
        // While it is halted nothing new starts; what checks left behind is taken away all the same.
        let own =
            if case .halted = status {
                leftToCleanUp.map(\.item.id)
            } else {
                items { $1 == .ready && $0.item.kind.isAutomatic }
            }
        return Inbox(
            items: items { $1 == .ready && !$0.item.kind.isAutomatic } + steps.items,
            // Nothing new starts while it is halted.
            automatic: own + steps.automatic,
            failed: items { if case .failed = $1 { !isGoingBack } else { false } } + steps.failed,
            inDoubt: items { if case .inDoubt = $1 { true } else { false } } + steps.inDoubt,
            proposals: status.isTerminal ? [] : openProposals,
            signatures: status.isTerminal ? [] : missingSignatures(of: person, given: facts)
        )
    }

    /// The steps of the rollback, by what has to be done about them.
    private var rollbackInbox:
        (items: [ItemID], automatic: [ItemID], failed: [ItemID], inDoubt: [ItemID])
    {
        guard isGoingBack, let run = rollback else { return ([], [], [], []) }
        switch run.stage {
        case .step(let id):
            let isAutomatic = entry(of: id)?.item.kind.isAutomatic == true
            return isAutomatic ? ([], [id], [], []) : ([id], [], [], [])
        case .lost(let id): return ([], [id], [], [])
        case .failed(let id):
            if case .inDoubt = run.progress[id]?.state { return ([], [], [], [id]) }
            return ([], [], [id], [])
        case .waiting, .underWay, .verified: return ([], [], [], [])
        }
    }

    /// The first gate that is not open, in the order in which gates are met; `nil` when all are.
    public func nextGate(given facts: Facts) -> (id: GateID, verdict: GateVerdict)? {
        let gates =
            checklist.phases.map { GateID.phase($0.id) } + [GateID.completion, .closure]
        for gate in gates {
            let verdict = verdict(of: gate, given: facts)
            if verdict != .open { return (gate, verdict) }
        }
        return nil
    }

    private func missingSignatures(of person: ActorID, given facts: Facts) -> [Inbox.Signature] {
        var gates: [GateID] = []
        for slot in signOffSlots where !gates.contains(slot.gate) {
            // Nobody signs for a rollback that nobody has proposed.
            guard !slot.gate.isOfRollback || self.gates[slot.gate] != nil else { continue }
            gates.append(slot.gate)
        }
        return gates.flatMap { gate -> [Inbox.Signature] in
            let reasons: [GateReason] =
                switch verdict(of: gate, given: facts) {
                case .open: []
                case .closed(let reasons), .inconclusive(let reasons): reasons
                }
            let terms = terms(of: gate, given: facts)
            return reasons.compactMap { reason in
                guard
                    case .signOffMissing(let id, let counted, let required, let eligible, _) =
                        reason,
                    let slot = terms.slots.first(where: { $0.id == id })
                else { return nil }
                let needsKey = slot.rule.assurance?.isSigned == true
                return Inbox.Signature(
                    slot: id,
                    gate: gate,
                    counted: counted,
                    required: required,
                    eligible: eligible,
                    needsKey: needsKey,
                    lackingKeys: needsKey
                        ? eligible.filter { !hasKey($0, for: slot.rule, facts) } : [],
                    obstacle: obstacle(for: person, at: slot, terms, given: facts)
                        ?? (needsKey && !hasKey(person, for: slot.rule, facts) ? .hasNoKey : nil)
                )
            }
        }
    }

    private func hasKey(_ name: ActorID, for rule: SignOffRule, _ facts: Facts) -> Bool {
        facts.directory.person(name)?.keys.contains { key in
            key.assurance >= rule.assurance ?? .asserted && key.refusal(at: facts.now) == nil
        } == true
    }

    // The same questions, in the same order, as signing asks.
    private func obstacle(
        for name: ActorID,
        at slot: SignOffSlot,
        _ terms: GateTerms,
        given facts: Facts
    ) -> Inbox.Obstacle? {
        let person = terms.directory.canonical(name)
        let progress = gates[slot.gate]
        let group = Set(terms.slots.filter { $0.group == slot.group }.map(\.id))
        let hasSigned = progress?.signOffs.contains { signOff in
            signOff.person == person
                && lapse(of: signOff, under: slot.rule, given: facts) == nil
                && (signOff.slot == slot.id
                    || group.contains(signOff.slot) && signOff.decision == .approved)
        }
        if progress?.isLost == true { return .isRejected }
        if !terms.directory.allows(person, for: slot.rule) { return .holdsNoRole }
        if isExcluded(person, from: terms, at: slot.id) {
            return terms.directory.canonical(requester.id) == person ? .isRequester : .isExecutor
        }
        return hasSigned == true ? .hasSigned : nil
    }
}
