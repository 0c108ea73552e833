// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployment {
    /// A time at which somebody went on without what the rules ask for.
    public struct BrokenGlass: Hashable, Sendable {
        /// What was passed, and the review that is needed.
        public let glass: BreakGlass
        /// Who did it.
        public let actor: Actor
        /// When.
        public let at: Timestamp
    }

    /// The places for signatures: those of the checklist, one before each level of the rollback plan
    /// for which a trigger asks for a signature and the checklist has no place, and one for the review
    /// of each time that somebody went on without what the rules ask for.
    public var signOffSlots: [SignOffSlot] {
        checklist.signOffSlots + rollbackSlots + brokenGlass.map(\.glass.review)
    }

    /// The round that a gate is in, or would open with.
    public func round(of gate: GateID) -> Int {
        gates[gate]?.round ?? (lastRounds[gate] ?? 0) + 1
    }

    /// Whether somebody went through the present round of a gate in an emergency.
    public func isBypassed(_ gate: GateID) -> Bool {
        brokenGlass.contains { $0.glass.gate == gate && $0.glass.round == round(of: gate) }
    }

    /// A gate whose round can no longer be satisfied and that nobody passed in an emergency. Who
    /// rejects a rollback does not reject the deployment.
    var lostGate: (gate: GateID, isExpired: Bool)? {
        let lost = gates.filter { $0.value.isLost && !isBypassed($0.key) && !$0.key.isOfRollback }
            .min { "\($0.key)" < "\($1.key)" }
        return lost.map {
            ($0.key, $0.value.rejection == nil && $0.value.lapse?.outcome == .expire)
        }
    }

    /// Why nothing new may go out now behind a gate, unless that was overridden there, or for the
    /// whole deployment when it began.
    func obstacle(at gate: GateID, given facts: Facts) -> CalendarObstacle? {
        guard subject.kind.locksEnvironment,
            let obstacle = facts.obstacle(of: subject.environment),
            !brokenGlass.contains(where: { broken in
                (broken.glass.gate == nil || broken.glass.gate == gate)
                    && broken.glass.obstacles.contains { $0.isSame(as: obstacle) }
            })
        else { return nil }
        return obstacle
    }

    mutating func apply(_ event: GateEvent, _ recorded: RecordedEvent) {
        switch event {
        case .lapsed(let gate, let round, let outcome, let moment):
            guard var progress = gates[gate], progress.round == round else { return }
            progress.lapse = GateProgress.Lapse(outcome: outcome, at: moment)
            if case .escalate(let roles) = outcome {
                progress.terms = progress.terms.extended(to: roles)
            }
            gates[gate] = progress
        case .glassBroken(let glass):
            brokenGlass.append(BrokenGlass(glass: glass, actor: recorded.actor, at: recorded.at))
        }
    }

    /// The next round that nobody satisfied in time and the log does not know of yet.
    func nextGateLapse(until now: Timestamp, given facts: Facts) -> (Timestamp, GateEvent)? {
        let lapses = gates.compactMap { gate, progress -> (Timestamp, GateEvent)? in
            guard let end = unrecordedLapse(of: gate, until: now, given: facts) else { return nil }
            let outcome = progress.terms.atDeadline
            return (end, .lapsed(gate, round: progress.round, outcome, effectiveAt: end))
        }
        return lapses.min { ($0.0, "\($0.1)") < ($1.0, "\($1.1)") }
    }
}

extension Deployment {
    /// When the time of a gate's round was over, where it was not satisfied then and the log does not
    /// know of it yet.
    func unrecordedLapse(
        of gate: GateID,
        until now: Timestamp,
        given facts: Facts
    ) -> Timestamp? {
        guard let progress = gates[gate], let end = progress.deadline, end <= now,
            !progress.isConsumed, !progress.isLost, progress.lapse == nil, !isBypassed(gate)
        else { return nil }
        let then = facts.at(end)
        let terms = statedTerms(of: gate, given: then)
        return missingSignOffs(at: gate, terms, given: then).isEmpty ? nil : end
    }
}

extension Deployment.GateProgress {
    /// What became of a round that was not satisfied in time.
    public struct Lapse: Hashable, Sendable {
        /// What the terms say happens then.
        public let outcome: GatePolicy.AtDeadline
        /// When the time was over.
        public let at: Timestamp
    }

    /// When the round must be satisfied; `nil` when it may take as long as it takes.
    public var deadline: Timestamp? { terms.deadline.map { openedAt + $0 } }

    /// Whether the round can no longer be satisfied: it was rejected, or its time is over.
    public var isLost: Bool {
        if rejection != nil { return true }
        switch lapse?.outcome {
        case .expire, .reject: return true
        case .escalate, nil: return false
        }
    }
}

extension GateTerms {
    /// Whether a round goes on when its time is over, open to more people.
    var lastsOnDeadline: Bool { if case .escalate = atDeadline { true } else { false } }

    /// The same terms, with the slots that name who may sign open to these roles, too.
    func extended(to roles: [Role]) -> Self {
        replacing(
            slots: slots.map { slot in
                let rule = slot.rule
                if rule.roles.isEmpty, rule.people.isEmpty { return slot }
                return SignOffSlot(
                    id: slot.id,
                    label: slot.label,
                    isStatement: slot.isStatement,
                    group: slot.group,
                    requirement: slot.requirement,
                    rule: SignOffRule(
                        count: rule.count,
                        roles: rule.roles + roles.filter { !rule.roles.contains($0) },
                        people: rule.people,
                        assurance: rule.assurance,
                        validFor: rule.validFor
                    ),
                    gate: slot.gate
                )
            }
        )
    }

    /// The same terms with other slots.
    func replacing(slots: [SignOffSlot]) -> Self {
        Self(
            slots: slots,
            conditions: conditions,
            excludesRequester: excludesRequester,
            excludesExecutors: excludesExecutors,
            directory: directory,
            deadline: deadline,
            atDeadline: atDeadline,
            breakGlassRoles: breakGlassRoles,
            prompt: prompt,
            isVoidedByReopening: isVoidedByReopening
        )
    }
}

extension Facts {
    /// Why nothing new may go out to an environment now; `nil` when it may.
    public func obstacle(of environment: Environment) -> CalendarObstacle? {
        calendar.obstacle(
            of: environment,
            recorded: environments[environment.name]?.freezes ?? [],
            at: now
        )
    }

    /// The same at another moment.
    func at(_ moment: Timestamp) -> Facts {
        Facts(
            now: moment,
            directory: directory,
            environments: environments,
            registries: registries,
            calendar: calendar
        )
    }
}
