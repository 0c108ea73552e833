// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Declaration {
    /// What `gate="completed(testnet,7d); deadline(2d,escalate Release Manager); break-glass(SRE)"`
    /// declares for a gate.
    ///
    /// The parts stand in any order, with semicolons or spaces between them. Conditions:
    /// `completed(environment)` and `rehearsed(level, environment)`, each with a time such as `7d`
    /// behind them if it is limited, and `metrics(names…, 30m)`, whose time is how long they are looked
    /// at. Once at the most: `deadline` with a length of time and what happens then, `expire`, as
    /// without it, `reject`, or `escalate` and a role; `break-glass` with the roles that may pass in
    /// an emergency.
    func gate(
        _ gate: GateID,
        faults: inout [DocumentError.Fault]
    ) -> (conditions: [GateCondition], policy: GatePolicy?) {
        let parts = value(
            "gate",
            expected: "'completed(environment)', 'rehearsed(level, environment)', each with a time "
                + "such as 7d if it is limited, 'metrics(30m)', 'deadline(2d)', "
                + "'deadline(2d,escalate ROLE)', 'break-glass(ROLE)', or several,",
            faults: &faults,
            read: GateParts.init
        )
        guard let parts else { return ([], nil) }
        if parts.deadline == nil, parts.breakGlass == nil { return (parts.conditions, nil) }
        let policy = GatePolicy(
            gate: gate,
            deadline: parts.deadline?.0,
            atDeadline: parts.deadline?.1 ?? .expire,
            breakGlassRoles: parts.breakGlass ?? []
        )
        return (parts.conditions, policy)
    }
}

/// The parts of the value of `gate`.
private struct GateParts {
    private(set) var conditions: [GateCondition] = []
    private(set) var deadline: (Duration, GatePolicy.AtDeadline)?
    private(set) var breakGlass: [Role]?

    init?(_ text: String) {
        var rest = text[...]
        while let open = rest.firstIndex(of: "("), let close = rest[open...].firstIndex(of: ")") {
            let arguments = rest[rest.index(after: open)..<close]
                .split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed)
            let word = rest[..<open].trimmed
            guard add(word, arguments) else { return nil }
            rest = rest[rest.index(after: close)...].drop { $0 == ";" || $0 == " " }
        }
        let isEmpty = conditions.isEmpty && deadline == nil && breakGlass == nil
        guard rest.trimmed.isEmpty, !isEmpty else { return nil }
    }

    private mutating func add(_ word: String, _ arguments: [String]) -> Bool {
        if word == "metrics" {
            var names = arguments == [""] ? [] : arguments
            let bake = names.last.flatMap { Declaration.duration($0) }
            if bake != nil { names.removeLast() }
            guard !names.contains("") else { return false }
            conditions.append(.metrics(names.map { MetricID($0) }, bake: bake))
            return true
        }
        guard let first = arguments.first, !arguments.contains("") else { return false }
        switch word {
        case "completed" where arguments.count <= 2:
            guard let limit = Self.limit(arguments, after: 1) else { return false }
            conditions.append(.completed(environment: Environment.ID(first), within: limit))
        case "rehearsed" where arguments.count == 2 || arguments.count == 3:
            guard let limit = Self.limit(arguments, after: 2) else { return false }
            conditions.append(
                .rehearsed(
                    RollbackLevelID(first),
                    environment: Environment.ID(arguments[1]),
                    within: limit
                )
            )
        case "deadline" where deadline == nil && arguments.count <= 2:
            guard let limit = Declaration.duration(first), limit >= .seconds(1),
                let outcome = Self.outcome(arguments.count == 2 ? arguments[1] : "expire")
            else { return false }
            deadline = (limit, outcome)
        case "break-glass" where breakGlass == nil: breakGlass = arguments.map { Role($0) }
        default: return false
        }
        return true
    }

    /// The time behind `count` arguments: `.some(nil)` where there is none, `nil` for what is none.
    private static func limit(_ arguments: [String], after count: Int) -> Duration?? {
        guard arguments.count > count else { return .some(nil) }
        return Declaration.duration(arguments[count]).map { .some($0) }
    }

    private static func outcome(_ word: String) -> GatePolicy.AtDeadline? {
        let escalation = "escalate "
        switch word {
        case "expire": return .expire
        case "reject": return .reject
        case let word where word.hasPrefix(escalation):
            return .escalate([Role(word.dropFirst(escalation.count).trimmed)])
        default: return nil
        }
    }
}
