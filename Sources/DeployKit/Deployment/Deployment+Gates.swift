// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployment {
    /// Whether a gate lets the deployment on.
    ///
    /// A gate before a phase that has begun is open: what begins it consumes it. Reasons are in the
    /// order failed, in doubt and open items, rejection, missing sign-offs, further conditions.
    public func verdict(of gate: GateID, given facts: Facts) -> GateVerdict {
        switch gate {
        case .phase(let id):
            guard let position = checklist.phases.firstIndex(where: { $0.id == id }) else {
                return .closed([.ended])
            }
            return verdict(before: position, given: facts)
        case .completion, .closure:
            let open = openItems(before: nil) + optionalItemsUnderWay
            return verdict(of: gate, opening: open, given: facts)
        case .rollback:
            return verdict(of: gate, opening: [], given: facts)
        }
    }

    /// What a gate asks for: as copied when it was opened, or as it would be copied now; open to
    /// more people where its time is over and that is what happens then.
    public func terms(of gate: GateID, given facts: Facts) -> GateTerms {
        let terms = statedTerms(of: gate, given: facts)
        guard case .escalate(let roles) = terms.atDeadline,
            unrecordedLapse(of: gate, until: moment(facts), given: facts) != nil
        else { return terms }
        return terms.extended(to: roles)
    }

    /// What a gate asks for, as far as the log knows.
    func statedTerms(of gate: GateID, given facts: Facts) -> GateTerms {
        let terms = gates[gate]?.terms ?? newTerms(of: gate, given: facts)
        let reviews = brokenGlass.map(\.glass.review).filter { review in
            review.gate == gate && !terms.slots.contains { $0.id == review.id }
        }
        return reviews.isEmpty ? terms : terms.replacing(slots: terms.slots + reviews)
    }

    private func newTerms(of gate: GateID, given facts: Facts) -> GateTerms {
        let isProduction = subject.environment.tier == .production
        var isApproval = false
        var conditions: [GateCondition] = []
        if gate.isOfRollback { isApproval = true }
        if case .phase(let id) = gate {
            isApproval = true
            conditions = checklist.phases.first { $0.id == id }?.conditions ?? []
        }
        let assurance: Actor.Assurance = isProduction && isApproval ? .sshKey : .asserted
        let slots = signOffSlots.filter { $0.gate == gate }.map { slot in
            SignOffSlot(
                id: slot.id,
                label: slot.label,
                isStatement: slot.isStatement,
                group: slot.group,
                requirement: slot.requirement,
                rule: SignOffRule(
                    count: slot.rule.count,
                    roles: slot.rule.roles,
                    people: slot.rule.people,
                    assurance: slot.rule.assurance ?? assurance,
                    validFor: slot.rule.validFor
                ),
                gate: slot.gate
            )
        }
        let policy = checklist.gatePolicies.first { $0.gate == gate }
        return GateTerms(
            slots: slots,
            conditions: conditions,
            excludesRequester: isProduction,
            excludesExecutors: isProduction,
            directory: facts.directory,
            deadline: policy?.deadline,
            atDeadline: policy?.atDeadline ?? .expire,
            breakGlassRoles: policy?.breakGlassRoles ?? [],
            prompt: policy?.prompt
        )
    }

    /// Tells whether a person may not sign at a gate, because of having asked for the deployment
    /// or done an item of it.
    public func isExcluded(_ person: ActorID, from terms: GateTerms) -> Bool {
        let person = terms.directory.canonical(person)
        if terms.excludesRequester, person == terms.directory.canonical(requester.id) {
            return true
        }
        return terms.excludesExecutors
            && executors.contains { terms.directory.canonical($0) == person }
    }

    /// Tells whether a person may not sign at a slot: as for the gate, and whoever broke the glass
    /// does not review it.
    func isExcluded(
        _ person: ActorID,
        from terms: GateTerms,
        at slot: SignOffSlotID
    ) -> Bool {
        isExcluded(person, from: terms) || hasBroken(person, for: slot, terms)
    }

    /// Whether a person broke the glass that is reviewed at a slot.
    func hasBroken(_ person: ActorID, for slot: SignOffSlotID, _ terms: GateTerms) -> Bool {
        let person = terms.directory.canonical(person)
        return brokenGlass.contains { broken in
            broken.glass.review.id == slot
                && terms.directory.canonical(broken.actor.id) == person
        }
    }

    func verdict(before phase: Int, given facts: Facts) -> GateVerdict {
        let gate = GateID.phase(checklist.phases[phase].id)
        if gates[gate]?.isConsumed == true || isOutOfScope(phase) { return .open }
        // What is half gone out is not stopped half-way, and looking after it is no change.
        let isNew = !hasBegun(phase) && !checklist.phases[phase].isFollowUp
        return verdict(
            of: gate,
            opening: openItems(before: phase),
            obstacle: isNew ? obstacle(at: gate, given: facts) : nil,
            given: facts
        )
    }

    private func verdict(
        of gate: GateID,
        opening open: [Outline.Entry],
        obstacle: CalendarObstacle? = nil,
        given facts: Facts
    ) -> GateVerdict {
        if status.isTerminal, status != .completed { return .closed([.ended]) }
        var reasons: [GateReason] = []
        let states = open.map { ($0.item.id, items.state(of: $0) ?? .pending) }
        let failed = states.filter { if case .failed = $0.1 { true } else { false } }.map(\.0)
        let inDoubt = states.filter { if case .inDoubt = $0.1 { true } else { false } }.map(\.0)
        let rest = states.map(\.0).filter { !failed.contains($0) && !inDoubt.contains($0) }
        if !failed.isEmpty { reasons.append(.itemsFailed(failed)) }
        if !inDoubt.isEmpty { reasons.append(.itemsInDoubt(inDoubt)) }
        if !rest.isEmpty { reasons.append(.itemsOpen(rest)) }
        if !isBypassed(gate) {
            let terms = terms(of: gate, given: facts)
            if let rejection = gates[gate]?.rejection {
                reasons.append(.rejected(rejection.slot, by: rejection.person))
            } else if gates[gate]?.isLost == true, let lapse = gates[gate]?.lapse {
                reasons.append(.expired(lapse.at))
            } else if !terms.lastsOnDeadline,
                let end = unrecordedLapse(of: gate, until: moment(facts), given: facts)
            {
                reasons.append(.expired(end))
            }
            reasons += missingSignOffs(at: gate, terms, given: facts)
            reasons += terms.conditions.compactMap { condition in
                guard case .metrics = condition else { return unmet(condition, given: facts) }
                return unmetMetrics(condition, at: gate, terms, given: facts)
            }
            if let obstacle { reasons.append(.frozen(obstacle)) }
        }
        if gate == .completion || gate == .closure {
            reasons += observationReasons(given: facts)
        }
        if reasons.isEmpty { return .open }
        let isDoubtful = reasons.contains(where: \.isDoubtful)
        let isRefused = reasons.contains { !$0.waitsForPerson }
        return isDoubtful && !isRefused ? .inconclusive(reasons) : .closed(reasons)
    }

    func missingSignOffs(
        at gate: GateID,
        _ terms: GateTerms,
        given facts: Facts
    ) -> [GateReason] {
        let needed = terms.slots.filter { slot in
            slot.requirement != .optional && slotSkips[slot.id] == nil
        }
        guard !needed.isEmpty else { return [] }
        let signOffs = gates[gate]?.signOffs ?? []
        let lapsed = needed.flatMap { lapses(at: $0, given: facts) }
        var filled: [SignOffSlotID: Int] = [:]
        // One person counts once within a group; slots of different groups do not compete.
        for group in Set(needed.map(\.group)) {
            let slots = needed.filter { $0.group == group }
            let voters = Dictionary(
                uniqueKeysWithValues: slots.map { slot in
                    (
                        slot.id,
                        Set(
                            signOffs.filter { signOff in
                                signOff.slot == slot.id
                                    && standing(of: signOff, at: slot, terms, given: facts)
                                        == .counts
                            }.map(\.person)
                        )
                    )
                }
            )
            filled.merge(
                Quorum.filled(slots.map { ($0.id, $0.rule.count) }, by: voters),
                uniquingKeysWith: { first, _ in first }
            )
        }
        let missing = needed.compactMap { slot -> GateReason? in
            let counted = filled[slot.id] ?? 0
            guard counted < slot.rule.count else { return nil }
            let unsigned = signOffs.filter { signOff in
                signOff.slot == slot.id
                    && standing(of: signOff, at: slot, terms, given: facts) == .unsigned
            }
            return .signOffMissing(
                slot.id,
                counted: counted,
                required: slot.rule.count,
                eligible: terms.directory.eligible(for: slot.rule)
                    .filter { !isExcluded($0, from: terms, at: slot.id) },
                unsigned: unsigned.count
            )
        }
        // Enough that still count make up for one that does not.
        return missing.isEmpty ? [] : missing + lapsed
    }

    // What was signed in the rounds that an amendment closed, and not withdrawn since.
    private func outdatedSignOffs(at slot: SignOffSlotID) -> [SignOff] {
        signOffs.filter { signOff in
            signOff.slot == slot && signOff.checklist != subject.checklist
                && withdrawal(by: signOff.person, at: slot).map { withdrawn in
                    moment(of: signOff).map { withdrawn < $0 } ?? false
                } ?? true
        }
    }

    /// The people whose approvals at a slot have lapsed, and who did not sign again, by cause.
    private func lapses(at slot: SignOffSlot, given facts: Facts) -> [GateReason] {
        let present = lastSignOffs(at: slot)
        let outdated = amendments.isEmpty ? [] : outdatedSignOffs(at: slot.id)
        let closed = outdated.filter { old in !present.contains { $0.person == old.person } }
        var people: [SignOffStanding: [ActorID]] = [:]
        for signOff in present + closed where signOff.decision == .approved {
            guard let lapse = lapse(of: signOff, under: slot.rule, given: facts),
                !people[lapse, default: []].contains(signOff.person)
            else { continue }
            people[lapse, default: []].append(signOff.person)
        }
        return SignOffStanding.allCases.compactMap { lapse in
            people[lapse].map { .signOffStale(slot.id, by: $0, lapse) }
        }
    }

    private func unmet(_ condition: GateCondition, given facts: Facts) -> GateReason? {
        switch condition {
        case .completed(let environment, let within):
            let promotion = facts.environments[environment]?.promotion(
                of: subject,
                within: within,
                at: moment(facts)
            )
            return promotion?.isMet == true
                ? nil
                : .notCompleted(
                    environment: environment,
                    within: within,
                    closest: promotion?.gap
                )
        case .rehearsed(let level, let environment, let within):
            let isMet = facts.environments[environment]?.completions.contains { completion in
                completion.subject.kind == .rehearsal && completion.subject.level == level
                    && completion.subject.checklist == subject.checklist
                    && within.map { facts.now - completion.at <= $0 } ?? true
            }
            return isMet == true
                ? nil : .notRehearsed(level, environment: environment, within: within)
        case .metrics: return nil
        }
    }
}
