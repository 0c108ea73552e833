// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployment {
    /// The items that a runner will start one after the other, in document order, when each of them
    /// passes: up to the next one that is a person's, or the end of the phase.
    ///
    /// - Parameters:
    ///   - phase: Only this phase; `nil` for all.
    ///   - facts: What the rules must know.
    /// - Returns: The items; none when ``nextStep(phase:besides:given:)`` is no start.
    public func automaticStretch(
        phase: PhaseID? = nil,
        given facts: Facts
    ) -> [ItemID] {
        guard case .start(let first) = nextStep(phase: phase, given: facts),
            let start = outline[first]
        else { return [] }
        var found: [ItemID] = []
        let leaves = outline.leaves.filter { entry in
            entry.phase == start.phase
        }
        for entry in leaves.drop(while: { $0.item.id != first }) {
            guard items.state(of: entry) == .pending else { continue }
            guard entry.item.kind.isAutomatic else {
                if entry.requirement == .optional { continue }
                break
            }
            // What waits for a group waits for its items.
            let waitsFor = blockers(of: entry).flatMap { id in
                outline[id]?.item.withDescendants.filter { !$0.isGroup }.map(\.id) ?? [id]
            }
            let open = waitsFor.filter { items[$0]?.state.isSatisfying != true }
            guard open.allSatisfy(found.contains) else { break }
            found.append(entry.item.id)
        }
        return found
    }
}
