// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// How many people must sign for a gate, and who may: the Swift form of a ``SignOffSlot``.
public struct SignOffPlace: Hashable, Sendable {
    let label: String
    let count: Int
    let assurance: Actor.Assurance?
    let validFor: Duration?

    /// One person who holds a role; the approval counts for as long as `validFor` says.
    public static func one(
        of role: String,
        assurance: Actor.Assurance? = nil,
        validFor: Duration? = nil
    ) -> Self {
        people(1, of: role, assurance: assurance, validFor: validFor)
    }

    /// Two different people who hold a role.
    public static func two(
        of role: String,
        assurance: Actor.Assurance? = nil,
        validFor: Duration? = nil
    ) -> Self {
        people(2, of: role, assurance: assurance, validFor: validFor)
    }

    /// Several different people who hold a role; at least one.
    public static func people(
        _ count: Int,
        of role: String,
        assurance: Actor.Assurance? = nil,
        validFor: Duration? = nil
    ) -> Self {
        Self(label: role, count: max(1, count), assurance: assurance, validFor: validFor)
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

    /// A level of the rollback plan rehearsed in an environment, not longer ago than `limit`, where
    /// that is given.
    public static func rehearsed(
        _ level: RollbackLevelID,
        in environment: Environment.ID,
        within limit: Duration? = nil
    ) -> Self {
        Self(conditions: [.rehearsed(level, environment: environment, within: limit)])
    }

    /// These metrics met, or all that decide where none is named; with `bake`, measured for so long
    /// after the phases before were done.
    public static func metrics(_ metrics: MetricID..., bake: Duration? = nil) -> Self {
        Self(conditions: [.metrics(metrics, bake: bake)])
    }

    /// Several things, all of them.
    public static func all(_ gates: PhaseGate...) -> Self {
        Self(places: gates.flatMap(\.places), conditions: gates.flatMap(\.conditions))
    }
}
