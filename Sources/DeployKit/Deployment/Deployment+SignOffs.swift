// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployment {
    /// Whether a sign-off counts at its gate, and if not, why: the one place that says so, for every
    /// view of a gate.
    ///
    /// What a gate let pass is no more judged by what came after, but for a key that was revoked.
    public func standing(of signOff: SignOff, given facts: Facts) -> SignOffStanding {
        let terms = terms(of: signOff.gate, given: facts)
        guard let slot = terms.slots.first(where: { $0.id == signOff.slot }) else {
            return .notEligible
        }
        return standing(of: signOff, at: slot, terms, given: facts)
    }

    func standing(
        of signOff: SignOff,
        at slot: SignOffSlot,
        _ terms: GateTerms,
        given facts: Facts
    ) -> SignOffStanding {
        if signOff.decision != .approved { return .noApproval }
        if isOutdated(signOff) { return .checklistAmended }
        guard signOff.checklist == subject.checklist, signOff.subject == subject.digest,
            signOff.proof?.statement.deployment ?? id == id
        else { return .otherSubject }
        if let lapse = lapse(of: signOff, under: slot.rule, given: facts) { return lapse }
        if signOff.actor.assurance < slot.rule.assurance ?? .asserted { return .unsigned }
        if isExcluded(signOff.person, from: terms, at: slot.id) { return .excluded }
        return terms.directory.allows(signOff.person, for: slot.rule) ? .counts : .notEligible
    }

    /// Why a sign-off of whatever decision is not what the person would say now; `nil` when nothing
    /// has changed since.
    func lapse(
        of signOff: SignOff,
        under rule: SignOffRule,
        given facts: Facts
    ) -> SignOffStanding? {
        if isOfRevokedKey(signOff, facts.directory) { return .keyRevoked }
        if gates[signOff.gate]?.isConsumed == true { return nil }
        if isOutdated(signOff) { return .checklistAmended }
        if signOff.contracts != contractsDigest(given: facts) { return .contractsChanged }
        if isUndone(signOff) { return .itemReopened }
        return hasExpired(signOff, under: rule, at: facts.now) ? .expired : nil
    }

    /// Tells whether a sign-off no longer counts because what it was given for has changed since: the
    /// checklist, the contracts that the deployment's slots hold, or an item that the gate rests on.
    /// What a gate let pass stays as it was.
    public func isStale(_ signOff: SignOff, given facts: Facts) -> Bool {
        gates[signOff.gate]?.isConsumed != true
            && (signOff.contracts != contractsDigest(given: facts) || isUndone(signOff)
                || signOff.checklist != subject.checklist)
    }

    /// Whether a sign-off was given before an amendment, at a gate that was still ahead.
    private func isOutdated(_ signOff: SignOff) -> Bool {
        !amendments.isEmpty && signOff.checklist != subject.checklist
            && gates[signOff.gate]?.isConsumed != true
    }

    /// Whether an item that the gate rests on was opened again after a sign-off was recorded.
    public func isUndone(_ signOff: SignOff) -> Bool {
        guard !reopenings.isEmpty, let progress = gates[signOff.gate], !progress.isConsumed,
            progress.terms.isVoidedByReopening, let signed = recording(of: signOff)
        else { return false }
        return reopenings(behind: signOff.gate).contains { $0.revision > signed.revision }
    }

    /// Whether an item that a gate rests on was opened again after `moment`, by the clock.
    func isReopened(behind gate: GateID, since moment: Timestamp) -> Bool {
        reopenings(behind: gate).contains { $0.at > moment }
    }

    /// When items that a gate rests on were last opened again.
    private func reopenings(behind gate: GateID) -> [Recording] {
        let end: Int? =
            if case .phase(let id) = gate {
                checklist.phases.firstIndex { $0.id == id }
            } else { nil }
        return outline.leaves.compactMap { entry in
            guard entry.requirement != .optional, entry.phase < end ?? .max else { return nil }
            return reopenings[entry.item.id]
        }
    }

    /// Whether an approval is older than its rule lets it be.
    func hasExpired(_ signOff: SignOff, under rule: SignOffRule, at now: Timestamp) -> Bool {
        guard let limit = rule.validFor, let signed = moment(of: signOff) else { return false }
        return max(now, lastEventAt) > signed + limit
    }

    // Whoever has a key that fell into other hands may have signed from then on, also before
    // anybody knew. A key that only ran out, or is listed no more, leaves what it signed as it was.
    private func isOfRevokedKey(_ signOff: SignOff, _ directory: Directory) -> Bool {
        guard let proof = signOff.proof, let signed = moment(of: signOff),
            let key = directory.person(signOff.person)?.keys.first(where: { $0.id == proof.keyID }),
            let revoked = key.revokedAt
        else { return false }
        return signed >= revoked
    }

    /// The last sign-off of each person at a slot in the present round, oldest first: what a view of
    /// the slot shows.
    public func lastSignOffs(at slot: SignOffSlot) -> [SignOff] {
        let all = (gates[slot.gate]?.signOffs ?? []).filter { $0.slot == slot.id }
        return all.indices.filter { index in
            !all[(index + 1)...].contains { $0.person == all[index].person }
        }.map { all[$0] }
    }
}
