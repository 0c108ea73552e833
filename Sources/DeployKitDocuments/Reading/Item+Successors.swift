// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Item {
    /// The same item with other predecessors and children.
    func with(after: [ItemID], children: [Item]) -> Item {
        var item = self
        item.after = after
        item.children = children
        return item
    }
}

extension ChecklistReader {
    /// Looks up what `after=` names: an id, or the end of the only one that ends so.
    mutating func resolveSuccessors() {
        // What is inferred names items that are there.
        guard hasDeclaredSuccessor else { return }
        let ids = phases.flatMap(\.items).map(\.id)
        let known = Set(ids)
        let lines = Dictionary(lineOfItem.map { ($0.id, $0.line) }) { _, last in last }
        var byEnding: [Substring: (only: ItemID, count: Int)] = [:]
        for id in ids {
            var rest = id.text[...]
            while let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/")) {
                rest = rest[rest.utf8.index(after: slash)...]
                byEnding[rest, default: (id, 0)].count += 1
            }
        }
        func resolved(_ items: [Item]) -> [Item] {
            items.map { item in
                let after = item.after.map { name -> ItemID in
                    if known.contains(name) { return name }
                    let fitting = byEnding[name.text[...]]
                    if let fitting, fitting.count == 1 { return fitting.only }
                    fault(
                        "'\(item.id)' comes after '\(name)', which fits \(fitting?.count ?? 0) items",
                        line: lines[item.id] ?? 1
                    )
                    return name
                }
                return item.with(after: after, children: resolved(item.children))
            }
        }
        defer { refuseCircle(lines) }
        phases = phases.map { phase in
            Phase(
                id: phase.id,
                title: phase.title,
                scope: phase.scope,
                conditions: phase.conditions,
                concurrency: phase.concurrency,
                isFollowUp: phase.isFollowUp,
                risk: phase.risk,
                timing: phase.timing,
                hooks: phase.hooks,
                sections: phase.sections.map { section in
                    Section(
                        id: section.id,
                        title: section.title,
                        scope: section.scope,
                        requirement: section.requirement,
                        items: resolved(section.items)
                    )
                }
            )
        }
    }

    private mutating func refuseCircle(_ lines: [ItemID: Int]) {
        let outline = Outline(Checklist(title: "", phases: phases))
        guard let message = outline.cycleFault, let first = outline.cycle.first else { return }
        fault(message, line: lines[first] ?? 1)
    }
}
