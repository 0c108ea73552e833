// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Declaration {
    /// What `gate="completed(testnet,7d); deadline(2d,escalate Release Manager); break-glass(SRE)"`
    /// declares for the gate before a phase.
    ///
    /// The parts stand in any order, each once at the most. `completed` names an environment and how
    /// long ago at the most; `deadline` a length of time and what happens then: `expire`, as without
    /// it, `reject`, or `escalate` and a role; `break-glass` the roles that may pass in an emergency.
    func gate(
        before phase: PhaseID,
        faults: inout [DocumentError.Fault]
    ) -> (conditions: [GateCondition], policy: GatePolicy?) {
        let parts = value(
            "gate",
            expected: "'completed(environment)', 'completed(environment,7d)', 'deadline(2d)', "
                + "'deadline(2d,escalate ROLE)' or 'break-glass(ROLE)', separated by semicolons,",
            faults: &faults
        ) { text in
            text.split(separator: ";").map(\.trimmed).reduce(GateParts?.some(GateParts())) {
                parts,
                part in
                parts?.adding(part)
            }
        }
        guard let parts else { return ([], nil) }
        let conditions = parts.condition.map { [$0] } ?? []
        if parts.deadline == nil, parts.breakGlass == nil { return (conditions, nil) }
        let policy = GatePolicy(
            gate: .phase(phase),
            deadline: parts.deadline?.0,
            atDeadline: parts.deadline?.1 ?? .expire,
            breakGlassRoles: parts.breakGlass ?? []
        )
        return (conditions, policy)
    }
}

/// The parts of the value of `gate`.
private struct GateParts {
    var condition: GateCondition?
    var deadline: (Duration, GatePolicy.AtDeadline)?
    var breakGlass: [Role]?

    /// With one part more, or `nil` when it is none, or stands there twice.
    func adding(_ text: String) -> Self? {
        guard text.hasSuffix(")"), let open = text.firstIndex(of: "(") else { return nil }
        let words = text[text.index(after: open)...].dropLast().split(
            separator: ",",
            omittingEmptySubsequences: false
        ).map(\.trimmed)
        guard let first = words.first, words.allSatisfy({ !$0.isEmpty }) else { return nil }
        var parts = self
        switch text[..<open] {
        case "completed" where condition == nil && words.count <= 2:
            let limit = words.count == 2 ? Declaration.duration(words[1]) : nil
            guard words.count == 1 || limit != nil else { return nil }
            parts.condition = .completed(environment: Environment.ID(first), within: limit)
        case "deadline" where deadline == nil && words.count <= 2:
            guard let limit = Declaration.duration(first), limit >= .seconds(1) else { return nil }
            let escalation = "escalate "
            switch words.count == 2 ? words[1] : "expire" {
            case "expire": parts.deadline = (limit, .expire)
            case "reject": parts.deadline = (limit, .reject)
            case let word where word.hasPrefix(escalation):
                let role = word.dropFirst(escalation.count).trimmed
                parts.deadline = (limit, .escalate([Role(role)]))
            default: return nil
            }
        case "break-glass" where breakGlass == nil: parts.breakGlass = words.map { Role($0) }
        default: return nil
        }
        return parts
    }
}
