// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// When signatures are given: what each place for one opens.
extension ChecklistReader {
    /// What a declaration says of the gate that a signature opens: by its name, or by when it is
    /// signed.
    mutating func declaredGate(_ declaration: Declaration) -> SlotGate? {
        if let gate = declaration.values["gate"], !gate.contains("(") {
            if declaration.values["moment"] != nil {
                fault("'gate' and 'moment' say the same of a signature", line: declaration.line)
            }
            switch gate {
            case "completion": return .completion
            case "closure": return .closure
            case _ where gate.hasPrefix("rollback/"):
                return .declared(.rollback(RollbackLevelID(String(gate.dropFirst(9)))))
            default: return .declared(.phase(PhaseID(gate)))
            }
        }
        return declaration.value(
            "moment",
            expected: "before-deploy, completion or review",
            faults: &faults
        ) { word -> SlotGate? in
            switch word {
            case "before-deploy": .beforeDeploy
            case "completion": .completion
            case "review": .closure
            default: nil
            }
        }
    }

    /// When a signature is given by its place: what is declared above it, else what its label or a
    /// heading above it says, the nearest first.
    mutating func gate(of node: Int, label: String) -> SlotGate {
        var current: Int? = node
        while let index = current {
            if let declaration = nodes[index].declaration, let gate = declaredGate(declaration) {
                for key in ["gate", "moment"] { _ = used(key, of: index) }
                return gate
            }
            current = nodes[index].parent
        }
        if let gate = Self.gate(said: label.lowercased()) { return gate }
        for title in path(of: node).reversed().map({ $0.lowercased() }) {
            if let gate = Self.gate(said: title) { return gate }
            if title.holds("approval") {
                return title.holds("sign") ? .completion : .firstEffect
            }
        }
        return .completion
    }

    /// The moment that a text names; `nil` when it names none.
    private static func gate(said text: String) -> SlotGate? {
        if text.hasPrefix("post-") || text.hasPrefix("post "), text.holds("review") {
            return .closure
        }
        if decisions.occur(in: text) || preparing.begin(text) {
            return text.holds("sign") && text.holds("approval") ? .completion : .firstEffect
        }
        return nil
    }

    private static let decisions: PhraseList = ["go/no-go", "go / no-go", "go-no-go"]
    private static let preparing: PhraseList = [
        "pre-", "pre ", "before ", "prior to ", "vor dem ", "antes d", "avant ",
    ]

    /// Gives the slots their gates, once the phases are known.
    mutating func resolveGates() {
        let executing = firstPhaseWithEffect()
        let known = Set(phases.map(\.id))
        let order = signOffLines.indices.sorted { signOffLines[$0].line < signOffLines[$1].line }
        slots = order.map { index in
            let slot = slots[index]
            let gate: GateID
            switch slotGates[index] {
            case .completion: gate = .completion
            case .closure: gate = .closure
            case .firstEffect, .beforeDeploy:
                let line = signOffLines[index].line
                let phase = executing ?? firstPhase(after: line)
                gate = phase.map { .phase($0) } ?? .completion
                if case .beforeDeploy = slotGates[index], phase == nil {
                    fault("no phase is known to deploy; gate= names it", line: line)
                }
            case .declared(let declared):
                gate = declared
                if case .rollback(let id) = declared, !levels.contains(where: { $0.id == id }) {
                    fault(
                        "'\(id)' is no level of the rollback plan that a sign-off could guard",
                        line: signOffLines[index].line
                    )
                }
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
        readSignedGates()
    }

    /// What a heading above signatures says of the gate that they open, such as
    /// `gate="deadline(2d,escalate CTO)"`: how long it waits for them, and what then.
    private mutating func readSignedGates() {
        for node in nodes.indices where !phaseGateNodes.contains(node) {
            guard let declaration = nodes[node].declaration,
                declaration.values["gate"]?.contains("(") == true
            else { continue }
            let gates = Set(
                slots.filter { slot in
                    nodeOfSlot[slot.id].map { path(ofNode: $0).contains(node) } == true
                }.map(\.gate)
            )
            guard let gate = gates.first else { continue }
            _ = used("gate", of: node)
            guard gates.count == 1 else {
                fault(
                    "the signatures below open several gates ("
                        + gates.map(\.description).sorted().joined(separator: ", ")
                        + "); what 'gate' says is about one",
                    line: declaration.line
                )
                continue
            }
            let (conditions, policy) = declaration.gate(gate, faults: &faults)
            if !conditions.isEmpty {
                fault(
                    "a condition such as '\(declaration.values["gate"] ?? "")' stands below the heading "
                        + "of the phase that waits for it",
                    line: declaration.line
                )
            }
            guard let policy else { continue }
            if !policy.breakGlassRoles.isEmpty, gate == .completion || gate == .closure {
                fault(
                    "glass is broken for the gate before a phase; the end can wait",
                    line: declaration.line
                )
            }
            if gatePolicies.contains(where: { $0.gate == gate }) {
                fault("'\(gate)' is given terms twice", line: declaration.line)
            }
            gatePolicies.append(policy)
        }
    }

    // A node and those that it stands in.
    private func path(ofNode node: Int) -> [Int] {
        var (path, current) = ([Int](), node as Int?)
        while let index = current {
            path.append(index)
            current = nodes[index].parent
        }
        return path
    }

    /// The first phase with an item that changes something; where nothing is declared, the first
    /// whose heading says that it carries something out.
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
        return phases.first { phase in
            Self.mayHaveEffect(phase) && Self.executions.occur(in: phase.title.lowercased())
        }?.id
    }

    /// The first phase below a line that may change something: an approval opens what follows it,
    /// never the checks that it stands under.
    private func firstPhase(after line: Int) -> PhaseID? {
        phases.first { Self.mayHaveEffect($0) && lineOfPhase[$0.id] ?? 0 > line }?.id
    }

    private static func mayHaveEffect(_ phase: Phase) -> Bool {
        !phase.isFollowUp && !preparations.occur(in: phase.title.lowercased())
    }

    private static let preparations: PhraseList = [
        "pre-", "pre ", "prepar", "plan", "review", "readiness", "prerequisite", "before",
        "checklist", "verif", "valid", "post-", "post ", "require", "success criteria",
    ]
    private static let executions: PhraseList = [
        "deploy", "rollout", "roll out", "migrat", "cutover", "launch", "go-live", "go live",
        "release", "publish", "implant", "desplieg", "déploi", "ausroll", "veröffentlich",
        "lançamento", "lanzamiento", "部署", "发布", "上线", "デプロイ", "リリース",
    ]
}
