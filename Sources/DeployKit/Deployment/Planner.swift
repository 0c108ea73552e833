// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Collects the events of one decision, and the state that they lead to.
struct Planner {
    private(set) var state: Deployment
    private(set) var events: [Decision.Event] = []
    var attachments: Attachments
    let context: DecisionContext
    /// What the rules must know, with the contracts as the events so far leave them.
    private(set) var facts: Facts
    /// Whether it became known what has become of an attempt.
    var hasEndedAttempt = false

    init(_ state: Deployment, _ context: DecisionContext) {
        self.state = state
        self.context = context
        facts = context.facts
        attachments = Attachments(entropy: context.entropy)
    }

    /// Records an event that the state contains already.
    mutating func planned(_ event: DeploymentEvent) {
        events.append(.deployment(event))
    }

    mutating func emit(_ event: DeploymentEvent, definition: Checklist? = nil) {
        events.append(.deployment(event))
        state.apply(
            RecordedEvent(event, by: context.actor, at: facts.now, definition: definition)
        )
    }

    mutating func emit(_ event: MetricEvent) {
        events.append(.metrics(event))
    }

    mutating func emit(_ event: EnvironmentEvent) {
        events.append(.environment(event))
    }

    mutating func emit(_ event: ContractRegistry.Event) {
        events.append(.registry(event))
        facts = facts.adding(event, to: state.subject.environment.name)
    }

    mutating func enter() {
        emit(EnvironmentEvent.entered(state.id, state.subject))
    }

    /// Records what the project declares of freezes and maintenance windows, before anything that
    /// was decided by it, where the log knows otherwise: a gate is decided anew by what the log
    /// knows.
    mutating func stateCalendar() {
        let environment = state.subject.environment
        guard state.subject.kind.locksEnvironment else { return }
        let declared = facts.calendar.concerning(environment)
        let known = facts.environments[environment.name]?.calendar ?? EnvironmentCalendar()
        guard declared != known else { return }
        // A deployment begins with its own first event.
        let isStarting = if case .deployment(.started)? = events.first { true } else { false }
        events.insert(.environment(.scheduled(declared)), at: isStarting ? 1 : 0)
    }

    mutating func supersede(_ observed: Deployment) {
        let cancelled = observed.outline.leaves.map(\.item.id).filter { id in
            observed.items[id]?.state == .pending
        }
        events.append(.other(observed.id, .superseded(by: state.id, cancelled: cancelled)))
        emit(EnvironmentEvent.left(observed.id))
    }

    /// Marks the items that do not apply: first those out of scope, then those whose condition is
    /// known to be false.
    mutating func leaveOut(_ outOfScope: [Outline.Entry]) {
        let environment = state.subject.environment
        var byScope: [[String]: [ItemID]] = [:]
        for entry in outOfScope {
            let words = entry.scopes.first { !$0.contains(where: environment.matches) } ?? []
            byScope[words, default: []].append(entry.item.id)
        }
        var inputs = environment.inputs
        let scopeInputs = Self.bindings(inputs)
        for words in byScope.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            emit(.notApplicable(byScope[words] ?? [], .scope(words), inputs: scopeInputs))
        }
        for variable in state.variables { inputs[variable.name] = variable.values }
        let left = Set(outOfScope.map(\.item.id))
        var byCondition: [(Condition, [ItemID])] = []
        for entry in state.outline.leaves where !left.contains(entry.item.id) {
            guard let when = entry.item.when, when.holds(for: inputs) == false else { continue }
            if let position = byCondition.firstIndex(where: { $0.0 == when }) {
                byCondition[position].1.append(entry.item.id)
            } else {
                byCondition.append((when, [entry.item.id]))
            }
        }
        for (condition, items) in byCondition {
            emit(.notApplicable(items, .condition(condition), inputs: Self.bindings(inputs)))
        }
    }

    private static func bindings(_ inputs: [String: [String]]) -> [DeploymentEvent.Binding] {
        inputs.sorted { $0.key < $1.key }
            .map { DeploymentEvent.Binding(name: $0.key, values: $0.value) }
    }

    /// Lets happen what follows by itself, until nothing does.
    mutating func settle() {
        rejectIfNeeded()
        if state.status.isTerminal { return }
        callForRollback()
        if state.isGoingBack { return settleRollback() }
        haltOrResume()
        openReachedGates()
        observeOrComplete()
    }

    // What is under way may end; nothing new starts.
    private mutating func haltOrResume() {
        var (doubt, failure): (ItemID?, ItemID?) = (nil, nil)
        for entry in state.outline.leaves {
            switch state.items.state(of: entry) {
            case .inDoubt where entry.requirement != .optional: doubt = doubt ?? entry.item.id
            case .failed where entry.requirement != .optional: failure = failure ?? entry.item.id
            default: break
            }
        }
        let lost = state.lostGate
        let cause: HaltCause? =
            doubt.map { .itemInDoubt($0) } ?? failure.map { .itemFailed($0) }
            ?? state.failedObservation.map { .observationFailed($0) }
            ?? lost.map { $0.isExpired ? .gateExpired($0.gate) : .gateRejected($0.gate) }
        switch (state.status, cause) {
        case (.active, let cause?):
            emit(.halted(cause))
        case (.observing, let cause?):
            emit(.halted(cause))
            reclaim()
        case (.halted(let current), let cause?):
            if current != cause { emit(.halted(cause)) }
        case (.halted, nil):
            emit(.resumed)
        default:
            break
        }
    }

    // A gate is reached when nothing but signatures or conditions is missing.
    private mutating func openReachedGates() {
        guard state.status == .active || state.status == .observing else { return }
        var gates = state.checklist.phases.indices
            .filter { !state.isOutOfScope($0) && state.openItems(before: $0).isEmpty }
            .map { GateID.phase(state.checklist.phases[$0].id) }
        if state.openItems(before: nil).isEmpty { gates += [.completion, .closure] }
        for gate in gates where state.gates[gate] == nil {
            open(gate)
        }
    }

    /// Opens a gate for signatures, if it asks for anything.
    mutating func open(_ gate: GateID) {
        let terms = state.terms(of: gate, given: facts)
        guard state.gates[gate] == nil, !terms.slots.isEmpty || !terms.conditions.isEmpty else {
            return
        }
        emit(.gateOpened(gate, round: state.round(of: gate), terms))
    }

    // What is under way ends first, so that its outcome is recorded; until then the loss halts.
    private mutating func rejectIfNeeded() {
        guard let lost = state.lostGate, mayEndByLoss, state.itemUnderWay == nil,
            !state.outline.leaves.contains(where: {
                state.hasBegun($0) && $0.item.kind.isAutomatic && $0.item.effect != Effect.none
                    || state.offeredItems.contains($0.item.id)
            })
        else { return }
        let cause: AbortCause =
            lost.isExpired ? .gateExpired(lost.gate) : .gateRejected(lost.gate)
        end(.aborted(cause, cancelled: unsettled, reason: nil))
        emit(EnvironmentEvent.left(state.id))
    }

    private var mayEndByLoss: Bool {
        switch state.status {
        case .active: true
        case .halted(.gateRejected), .halted(.gateExpired): hasEndedAttempt
        default: false
        }
    }

    /// The items that would be cancelled if the deployment ended now: those of phases that have
    /// begun and that nobody did. What failed goes on saying so, and what stands in a later phase was
    /// never reached: three facts.
    var unsettled: [ItemID] {
        let reached = state.checklist.phases.indices.filter { state.hasBegun($0) }
        return state.outline.leaves.filter { entry in
            reached.contains(entry.phase) && state.items.state(of: entry) == .pending
        }.map(\.item.id)
    }

    mutating func end(_ event: DeploymentEvent) {
        emit(event)
    }

    private mutating func observeOrComplete() {
        guard state.status == .active || state.status == .observing else { return }
        let phases = state.checklist.phases
        let open = state.openItems(before: nil)
        let isDeployed = open.allSatisfy { phases[$0.phase].isFollowUp }
        if isDeployed, state.status == .active { startWindows() }
        if open.isEmpty, state.verdict(of: .completion, given: facts) == .open,
            state.verdict(of: .closure, given: facts) == .open
        {
            for gate in [GateID.completion, .closure] {
                if let progress = state.gates[gate], !progress.isConsumed {
                    emit(.gateConsumed(gate, round: progress.round))
                }
            }
            emit(.completed)
            emit(EnvironmentEvent.completed(state.id))
            return
        }
        if state.status == .observing, !isDeployed {
            // Something of the deployment itself was opened again.
            emit(.resumed)
            reclaim()
        }
        guard state.status == .active else { return }
        let followUps = phases.indices.filter { phases[$0].isFollowUp }
        let hasFollowUp =
            followUps.contains { !state.isOutOfScope($0) }
            || !state.windows.isEmpty
            || state.checklist.signOffSlots.contains { $0.gate == .closure }
        if hasFollowUp, isDeployed {
            emit(.observing)
            if state.subject.kind.locksEnvironment {
                emit(EnvironmentEvent.released(state.id))
            }
        }
    }

    /// Takes the environment's lock again, which observing gave back.
    private mutating func reclaim() {
        if state.subject.kind.locksEnvironment { emit(EnvironmentEvent.reclaimed(state.id)) }
    }
}
