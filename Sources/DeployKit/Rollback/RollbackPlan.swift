// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// How to go back: levels to choose from, and what makes one think of it.
public struct RollbackPlan: Hashable, Sendable, JSONConvertible {
    /// The levels in document order, which is not an order of severity.
    public let levels: [RollbackLevel]
    /// What calls for a rollback.
    public let triggers: [RollbackTrigger]
    /// What must hold after any rollback.
    public let verification: [RollbackStep]

    /// A plan of these parts.
    public init(
        levels: [RollbackLevel],
        triggers: [RollbackTrigger] = [],
        verification: [RollbackStep] = []
    ) {
        self.levels = levels
        self.triggers = triggers
        self.verification = verification
    }

    /// An object; empty lists are left out.
    public var json: JSONValue {
        .members([
            "levels": levels.jsonUnlessEmpty,
            "triggers": triggers.jsonUnlessEmpty,
            "verification": verification.jsonUnlessEmpty,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        levels = try members.list("levels")
        triggers = try members.list("triggers")
        verification = try members.list("verification")
        try members.finish()
    }
}
