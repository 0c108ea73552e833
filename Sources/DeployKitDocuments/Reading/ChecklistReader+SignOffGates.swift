// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// When signatures are given: what each place for one opens.
extension ChecklistReader {
    /// What a declaration says of the gate that a signature opens: by its name, or by when it is
    /// signed.
    mutating func declaredGate(_ declaration: Declaration) -> SlotGate? {
        if let gate = declaration.values["gate"], !gate.hasPrefix("completed(") {
            if declaration.values["moment"] != nil {
                fault("'gate' and 'moment' say the same of a signature", line: declaration.line)
            }
            switch gate {
            case "completion": return .completion
            case "closure": return .closure
            default: return .declared(.phase(PhaseID(gate)))
            }
        }
        return declaration.value(
            "moment",
            expected: "before-deploy, completion or review",
            faults: &faults
        ) { word -> SlotGate? in
            switch word {
            case "before-deploy": .firstEffect
            case "completion": .completion
            case "review": .closure
            default: nil
            }
        }
    }

    mutating func gate(of node: Int) -> SlotGate {
        var current: Int? = node
        while let index = current {
            if let declaration = nodes[index].declaration, let gate = declaredGate(declaration) {
                for key in ["gate", "moment"] { _ = used(key, of: index) }
                return gate
            }
            current = nodes[index].parent
        }
        for title in path(of: node).reversed().map({ $0.lowercased() }) {
            if title.hasPrefix("post-") || title.hasPrefix("post "), title.holds("review") {
                return .closure
            }
            if ["go/no-go", "go / no-go", "go-no-go"].contains(where: title.holds)
                || title.hasPrefix("pre-") || title.hasPrefix("pre ") || title.holds("approval")
            {
                return title.holds("sign") && title.holds("approval")
                    ? .completion : .firstEffect
            }
        }
        return .completion
    }

    /// Gives the slots their gates, once the phases are known.
    mutating func resolveGates() {
        let first = firstPhaseWithEffect().map { GateID.phase($0) } ?? .completion
        let known = Set(phases.map(\.id))
        let order = signOffLines.indices.sorted { signOffLines[$0].line < signOffLines[$1].line }
        slots = order.map { index in
            let slot = slots[index]
            let gate: GateID
            switch slotGates[index] {
            case .completion: gate = .completion
            case .closure: gate = .closure
            case .firstEffect: gate = first
            case .declared(let declared):
                gate = declared
                if case .phase(let id) = declared, !known.contains(id) {
                    fault(
                        "'\(id)' is no phase that a sign-off could guard",
                        line: signOffLines[index].line
                    )
                }
            }
            return SignOffSlot(
                id: slot.id,
                label: slot.label,
                isStatement: slot.isStatement,
                group: slot.group,
                requirement: slot.requirement,
                rule: slot.rule,
                gate: gate
            )
        }
        signOffLines = order.map { signOffLines[$0] }
    }

    /// The first phase with an item that changes something; where nothing is declared, the first
    /// that is neither preparation nor follow-up.
    private func firstPhaseWithEffect() -> PhaseID? {
        func hasEffect(_ item: Item) -> Bool {
            item.effect.map { $0 != .none } ?? false || item.children.contains(where: hasEffect)
        }
        if hasDeclaredEffect,
            let declared = phases.first(where: { phase in
                phase.sections.contains { $0.items.contains(where: hasEffect) }
            })
        {
            return declared.id
        }
        let preparations = [
            "pre-", "pre ", "prepar", "plan", "review", "readiness", "prerequisite", "before",
        ]
        return phases.first { phase in
            let title = phase.title.lowercased()
            return !phase.isFollowUp && !preparations.contains(where: title.holds)
        }?.id
    }
}
