// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Collects the parts of a checklist, a phase or a section that are written one below the other.
@resultBuilder
public enum ChecklistBuilder<Part>: Sendable {
    /// One part.
    public static func buildExpression(_ part: Part) -> [Part] { [part] }
    /// Several parts that were made elsewhere.
    public static func buildExpression(_ parts: [Part]) -> [Part] { parts }
    /// Parts one after the other.
    public static func buildBlock(_ parts: [Part]...) -> [Part] { parts.flatMap(\.self) }
    /// Parts that are there or not.
    public static func buildOptional(_ parts: [Part]?) -> [Part] { parts ?? [] }
    /// One of two choices.
    public static func buildEither(first parts: [Part]) -> [Part] { parts }
    /// The other of two choices.
    public static func buildEither(second parts: [Part]) -> [Part] { parts }
    /// Parts made in a loop.
    public static func buildArray(_ parts: [[Part]]) -> [Part] { parts.flatMap(\.self) }
}

/// Why a checklist written in Swift does not fit together.
public struct ChecklistError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of fault.
    @nonexhaustive
    public enum Code: String, Hashable, Sendable {
        /// Two parts declare the same id.
        case duplicateName = "duplicate-name"
        /// An item names a predecessor that does not exist, or several fit.
        case unknownName = "unknown-name"
        /// A command or a capture that a run executes declares no effect.
        case effectMissing = "effect-missing"
        /// A contract has a name that cannot be a variable's.
        case contractName = "contract-name"
    }

    /// What kind of fault it is.
    public let code: Code
    /// What was found, and what was expected.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The code and the message.
    public var description: String { "\(code.rawValue): \(message)" }
}

/// How many people must sign for a gate, and who may: the Swift form of a ``SignOffSlot``.
public struct SignOffPlace: Hashable, Sendable {
    let label: String
    let count: Int
    let assurance: Actor.Assurance?

    /// One person who holds a role.
    public static func one(of role: String, assurance: Actor.Assurance? = nil) -> Self {
        Self(label: role, count: 1, assurance: assurance)
    }

    /// Two different people who hold a role.
    public static func two(of role: String, assurance: Actor.Assurance? = nil) -> Self {
        Self(label: role, count: 2, assurance: assurance)
    }

    /// Several different people who hold a role; at least one.
    public static func people(
        _ count: Int,
        of role: String,
        assurance: Actor.Assurance? = nil
    ) -> Self {
        Self(label: role, count: max(1, count), assurance: assurance)
    }
}

/// What a phase waits for besides the phases before it.
public struct PhaseGate: Hashable, Sendable {
    var places: [SignOffPlace] = []
    var conditions: [GateCondition] = []

    /// Signatures, all of them.
    public static func signOffs(_ places: SignOffPlace...) -> Self {
        Self(places: places)
    }

    /// The same checklist, version and artifacts completed in another environment, not longer ago
    /// than `limit`, where that is given.
    public static func completed(
        _ environment: Environment.ID,
        within limit: Duration? = nil
    ) -> Self {
        Self(conditions: [.completed(environment: environment, within: limit)])
    }

    /// Several things, all of them.
    public static func all(_ gates: PhaseGate...) -> Self {
        Self(places: gates.flatMap(\.places), conditions: gates.flatMap(\.conditions))
    }
}

extension Duration {
    /// A whole number of days of 24 hours.
    public static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }

    /// A whole number of hours.
    public static func hours(_ count: Int) -> Duration { .seconds(count * 3600) }

    /// A whole number of minutes.
    public static func minutes(_ count: Int) -> Duration { .seconds(count * 60) }
}

extension ItemKind {
    /// A program and its arguments, started without a shell.
    public static func command(_ program: String, _ arguments: String...) -> Self {
        .command(.arguments([program] + arguments))
    }

    /// A script for `bash -euo pipefail`.
    public static func shell(_ script: String) -> Self {
        .command(.shell(script))
    }
}

extension Item {
    /// An item as it is written in Swift. Its name comes from its title unless `id` is given.
    public init(
        _ title: String,
        _ kind: ItemKind = .manual,
        id: ItemID? = nil,
        effect: Effect? = nil,
        requirement: Requirement = .required,
        environment: String? = nil,
        when: Condition? = nil,
        after: [ItemID] = [],
        isWaivable: Bool = true,
        timeout: Duration? = nil,
        secrets: [String] = [],
        evidence: [String] = []
    ) {
        self.init(
            id: id ?? "",
            title: title,
            kind: kind,
            effect: effect,
            requirement: requirement,
            scope: environment.map { [$0] } ?? [],
            when: when,
            after: after,
            isWaivable: isWaivable,
            timeout: timeout,
            evidence: evidence,
            secrets: secrets
        )
    }

    /// A group as it is written in Swift.
    public init(
        group title: String,
        id: ItemID? = nil,
        requirement: Requirement = .required,
        after: [ItemID] = [],
        @ChecklistBuilder<Item> children: () -> [Item]
    ) {
        self.init(
            id: id ?? "",
            title: title,
            kind: .group,
            requirement: requirement,
            after: after,
            children: children()
        )
    }
}

extension Section {
    /// A section as it is written in Swift.
    public init(
        _ title: String,
        environment: String? = nil,
        requirement: Requirement = .required,
        @ChecklistBuilder<Item> items: () -> [Item]
    ) {
        self.init(
            id: "",
            title: title,
            scope: environment.map { [$0] } ?? [],
            requirement: requirement,
            items: items()
        )
    }
}

extension Phase {
    /// A phase of items as it is written in Swift. Its name comes from its title unless `id` is
    /// given.
    public init(
        _ title: String,
        id: PhaseID? = nil,
        environment: String? = nil,
        gate: PhaseGate? = nil,
        isFollowUp: Bool = false,
        @ChecklistBuilder<Item> items: () -> [Item]
    ) {
        self.init(
            title,
            id: id,
            environment: environment,
            gate: gate,
            isFollowUp: isFollowUp,
            sections: { Section(id: "", title: "", items: items()) }
        )
    }

    /// A phase of sections as it is written in Swift.
    public init(
        _ title: String,
        id: PhaseID? = nil,
        environment: String? = nil,
        gate: PhaseGate? = nil,
        isFollowUp: Bool = false,
        @ChecklistBuilder<Section> sections: () -> [Section]
    ) {
        self.init(
            id: id ?? "",
            title: title,
            scope: environment.map { [$0] } ?? [],
            conditions: gate?.conditions ?? [],
            isFollowUp: isFollowUp,
            sections: sections()
        )
        places = gate?.places ?? []
    }
}

extension Checklist {
    /// A checklist as it is written in Swift: names are given to its parts, predecessors are looked
    /// up, and contracts are collected from the items that capture them.
    ///
    /// - Parameters:
    ///   - title: What is deployed, in a few words.
    ///   - edition: The edition of the checklist itself.
    ///   - service: The service that is deployed.
    ///   - signOffs: Who signs before the deployment is completed.
    ///   - rollbackPlan: How to go back.
    ///   - metrics: What is measured to judge success.
    ///   - variables: The values that must be known.
    ///   - phases: The phases in order.
    /// - Throws: ``ChecklistError`` when parts do not fit together.
    public init(
        _ title: String,
        edition: String? = nil,
        service: String? = nil,
        signOffs: [SignOffPlace] = [],
        rollbackPlan: RollbackPlan? = nil,
        metrics: [SuccessMetric] = [],
        variables: [Variable] = [],
        @ChecklistBuilder<Phase> phases: () -> [Phase]
    ) throws(ChecklistError) {
        var assembly = Assembly()
        let named = try assembly.named(phases())
        self.init(
            title: title,
            edition: edition,
            service: service,
            phases: named,
            signOffSlots: assembly.slots + assembly.slots(for: signOffs, at: .completion),
            rollbackPlan: rollbackPlan,
            metrics: metrics,
            contractSlots: assembly.contracts,
            variables: variables
        )
    }
}

/// Gives the parts of a checklist written in Swift their names.
private struct Assembly {
    private(set) var slots: [SignOffSlot] = []
    private(set) var contracts: [ContractSlot] = []
    private var phaseNames = Naming()
    private var sectionNames = Naming()
    private var itemNames = Naming()
    private var slotNames = Naming()

    mutating func named(_ phases: [Phase]) throws(ChecklistError) -> [Phase] {
        var result: [Phase] = []
        for var phase in phases {
            phase.id = PhaseID(try name(phase.id.text, phase.title, in: \.phaseNames))
            for index in phase.sections.indices {
                let title = phase.sections[index].title
                let section = title.isEmpty ? phase.title : title
                phase.sections[index].id = SectionID(sectionNames.name(Naming.slug(section)))
                let prefix = Naming.slug(section)
                phase.sections[index].items = try named(phase.sections[index].items, in: prefix)
            }
            slots += slots(for: phase.places, at: .phase(phase.id))
            phase.places = []
            result.append(phase)
        }
        let ids = result.flatMap(\.items).map(\.id)
        for phase in result.indices {
            for section in result[phase].sections.indices {
                let items = result[phase].sections[section].items
                result[phase].sections[section].items = try linked(items, ids)
            }
        }
        return result
    }

    mutating func slots(for places: [SignOffPlace], at gate: GateID) -> [SignOffSlot] {
        places.map { place in
            SignOffSlot(
                id: SignOffSlotID(slotNames.name(Naming.slug(place.label))),
                label: place.label,
                rule: SignOffRule(
                    count: place.count,
                    roles: [Role(place.label)],
                    assurance: place.assurance
                ),
                gate: gate
            )
        }
    }

    private mutating func named(
        _ items: [Item],
        in section: String
    ) throws(ChecklistError) -> [Item] {
        var result: [Item] = []
        for var item in items {
            if item.id.text.isEmpty {
                item.id = ItemID(itemNames.name("\(section)/\(Naming.slug(item.title))"))
            } else if !itemNames.claim(item.id.text) {
                throw ChecklistError(.duplicateName, "two items have the id '\(item.id)'")
            }
            if item.kind.command != nil, item.effect == nil {
                throw ChecklistError(
                    .effectMissing,
                    "'\(item.title)' runs a command and does not say what that does to the world"
                )
            }
            if case .capture(let slot, _, let network) = item.kind,
                !contracts.contains(where: { $0.name == slot })
            {
                contracts.append(try self.slot(slot, of: item, on: network))
            }
            item.children = try named(item.children, in: section)
            result.append(item)
        }
        return result
    }

    private func slot(
        _ name: ContractSlot.Name,
        of item: Item,
        on network: Network?
    ) throws(ChecklistError) -> ContractSlot {
        do {
            return try ContractSlot(
                name,
                title: item.title,
                kind: network.map { ContractID.Kind(of: $0.family) } ?? .stellarContract
            )
        } catch {
            throw ChecklistError(.contractName, error.message)
        }
    }

    private func linked(_ items: [Item], _ ids: [ItemID]) throws(ChecklistError) -> [Item] {
        var result: [Item] = []
        for var item in items {
            var after: [ItemID] = []
            for name in item.after {
                let fitting = ids.filter { $0 == name || $0.text.hasSuffix("/" + name.text) }
                guard let only = fitting.first, fitting.count == 1 else {
                    throw ChecklistError(
                        .unknownName,
                        "'\(item.id)' comes after '\(name)', which fits \(fitting.count) items"
                    )
                }
                after.append(only)
            }
            item.after = after
            item.children = try linked(item.children, ids)
            result.append(item)
        }
        return result
    }

    private mutating func name(
        _ declared: String,
        _ title: String,
        in names: WritableKeyPath<Assembly, Naming>
    ) throws(ChecklistError) -> String {
        if declared.isEmpty { return self[keyPath: names].name(Naming.slug(title)) }
        guard self[keyPath: names].claim(declared) else {
            throw ChecklistError(.duplicateName, "two phases have the id '\(declared)'")
        }
        return declared
    }
}
