// DeployKit
// SPDX-License-Identifier: Apache-2.0

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
