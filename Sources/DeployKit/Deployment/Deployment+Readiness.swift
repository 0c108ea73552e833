// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What the rules must know besides the deployment itself.
public struct Facts: Hashable, Sendable {
    /// The moment of asking.
    public let now: Timestamp
    /// The people.
    public let directory: Directory
    /// What was deployed to the environments that conditions name, and to the deployment's own.
    public let environments: [Environment.ID: EnvironmentState]
    /// The contracts that are recorded for each environment.
    public let registries: [Environment.ID: ContractRegistry]
    /// What the measurements say to the items and gates that ask them now.
    public let judgements: [MetricAsker: MetricJudgement]
    /// The time zones.
    public let calendar: DeployCalendar

    /// Facts as they are at one moment.
    public init(
        now: Timestamp,
        directory: Directory = Directory(),
        environments: [Environment.ID: EnvironmentState] = [:],
        registries: [Environment.ID: ContractRegistry] = [:],
        judgements: [MetricAsker: MetricJudgement] = [:],
        calendar: DeployCalendar = DeployCalendar()
    ) {
        self.judgements = judgements
        self.now = now
        self.directory = directory
        self.environments = environments
        self.registries = registries
        self.calendar = calendar
    }
}

extension Facts {
    /// The facts after something happened to the contracts of an environment.
    func adding(_ event: ContractRegistry.Event, to environment: Environment.ID) -> Facts {
        var registries = registries
        var registry = registries[environment] ?? ContractRegistry(environment: environment)
        do {
            try registry.apply(event)
        } catch {
            // The registry decided the event itself.
            preconditionFailure("\(error)")
        }
        registries[environment] = registry
        return Facts(
            now: now,
            directory: directory,
            environments: environments,
            registries: registries,
            judgements: judgements,
            calendar: calendar
        )
    }
}

extension Deployment {
    /// The state of an item or a group, or `nil` when the checklist has no such item.
    public func state(of id: ItemID, given facts: Facts) -> ItemState? {
        guard let entry = outline[id] else { return nil }
        return state(of: entry, given: facts)
    }

    /// The state of every item and group, in document order.
    public func states(given facts: Facts) -> [(entry: Outline.Entry, state: ItemState)] {
        let verdicts = checklist.phases.indices.map { verdict(before: $0, given: facts) }
        return outline.entries.map { entry in
            (entry, state(of: entry, mayBegin: { verdicts[$0] == .open }))
        }
    }

    /// The items that stand in the way of one: what must be satisfied before it, and is not.
    public func blockers(of entry: Outline.Entry) -> [ItemID] {
        entry.after.filter { id in
            guard let before = outline[id] else { return false }
            return !isOutOfTheWay(before)
        }
    }

    /// Whether the first item of a phase has been started or settled by somebody.
    func hasBegun(_ phase: Int) -> Bool {
        outline.leaves.contains { entry in
            entry.phase == phase && hasBegun(entry)
        }
    }

    func hasBegun(_ entry: Outline.Entry) -> Bool {
        items.attempts(of: entry) > 0
    }

    /// The required items of the phases before `phase` that are not satisfied; with `nil`, those of
    /// all phases.
    ///
    /// What follows the deployment, for weeks perhaps, keeps a phase of the deployment itself
    /// waiting nowhere, also where a page has it further up.
    func openItems(before phase: Int?) -> [Outline.Entry] {
        let waitsForAll = phase.map { checklist.phases[$0].isFollowUp } ?? true
        return outline.leaves.filter { entry in
            // What most items are comes first: this is asked of all of them for each event.
            items.state(of: entry)?.isSatisfying != true && entry.phase < phase ?? .max
                && entry.requirement != .optional
                && (waitsForAll || !checklist.phases[entry.phase].isFollowUp)
        }
    }

    /// An item of which an attempt is under way, or in doubt: the deployment does not end before
    /// what became of it is recorded. `nil` where there is none.
    var itemUnderWay: ItemID? {
        outline.leaves.first { isUnderWay($0) }?.item.id
    }

    /// The optional items of which an attempt is under way, or in doubt. They are in nobody's way but
    /// at the end.
    var optionalItemsUnderWay: [Outline.Entry] {
        outline.leaves.filter { $0.requirement == .optional && isUnderWay($0) }
    }

    private func isUnderWay(_ entry: Outline.Entry) -> Bool {
        switch items.state(of: entry) {
        case .running, .inDoubt: true
        default: false
        }
    }

    /// Whether no item of a phase is meant for this environment.
    func isOutOfScope(_ phase: Int) -> Bool {
        var hasItems = false
        for entry in outline.leaves where entry.phase == phase {
            guard items.state(of: entry) == .notApplicable else { return false }
            hasItems = true
        }
        return hasItems
    }

    private func state(of entry: Outline.Entry, given facts: Facts) -> ItemState {
        state(of: entry, mayBegin: { verdict(before: $0, given: facts) == .open })
    }

    private func state(of entry: Outline.Entry, mayBegin: (Int) -> Bool) -> ItemState {
        if entry.item.isGroup {
            return .ofGroup(
                entry.children.map { state(of: outline.entries[$0], mayBegin: mayBegin) }
            )
        }
        guard let state = items.state(of: entry) else { return .pending }
        guard state == .pending, !status.isTerminal, !isGoingBack else { return state }
        return blockers(of: entry).isEmpty && mayBegin(entry.phase) ? .ready : .pending
    }

    // An optional item that nobody has begun is in nobody's way.
    private func isOutOfTheWay(_ entry: Outline.Entry) -> Bool {
        if entry.item.isGroup {
            return entry.children.allSatisfy { isOutOfTheWay(outline.entries[$0]) }
        }
        guard let state = items.state(of: entry) else { return true }
        return state.isSatisfying || (state == .pending && entry.requirement == .optional)
    }
}
