// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Gives the parts of a checklist written in Swift their names.
struct ChecklistAssembly {
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
                    assurance: place.assurance,
                    validFor: place.validFor
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
            if let fault = item.suiteFault { throw ChecklistError(.smokeSuite, fault) }
            if case .capture(let slot, _, let network, _) = item.kind,
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
        in names: WritableKeyPath<ChecklistAssembly, Naming>
    ) throws(ChecklistError) -> String {
        if declared.isEmpty { return self[keyPath: names].name(Naming.slug(title)) }
        guard self[keyPath: names].claim(declared) else {
            throw ChecklistError(.duplicateName, "two phases have the id '\(declared)'")
        }
        return declared
    }
}
