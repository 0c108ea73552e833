// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A name for a ``RollbackLevel``.
public typealias RollbackLevelID = Identifier<RollbackLevel>

/// One way to go back. Its place in the plan and its impact are two facts: a plan may well list a
/// level of low impact after one of last resort.
public struct RollbackLevel: Hashable, Sendable {
    /// What a level does in the first place.
    public enum Mode: String, Hashable, Sendable, JSONConvertible {
        /// It stops something and leaves the rest as it is.
        case freeze
        /// It deploys something older.
        case redeploy
        /// It restores data from a backup.
        case restore
        /// It undoes what was done.
        case revert
    }

    /// The name that commands and records use.
    public let id: RollbackLevelID
    /// The heading as a person reads it.
    public let title: String
    /// The number in the document's heading ("Level 3"), where there is one.
    public let number: Int?
    /// When the level is the one to choose, in the document's words.
    public let situations: [String]
    /// How much it hurts, where the document says so.
    public let impact: Level?
    /// What it does in the first place, where that is known.
    public let mode: Mode?
    /// Whether data are lost; `nil` when the document does not say.
    public let losesData: Bool?
    /// What to do, in order.
    public let steps: [RollbackStep]
    /// What must hold afterwards.
    public let verification: [RollbackStep]

    /// A level of these parts.
    public init(
        id: RollbackLevelID,
        title: String,
        number: Int? = nil,
        situations: [String] = [],
        impact: Level? = nil,
        mode: Mode? = nil,
        losesData: Bool? = nil,
        steps: [RollbackStep],
        verification: [RollbackStep] = []
    ) {
        self.id = id
        self.title = title
        self.number = number
        self.situations = situations
        self.impact = impact
        self.mode = mode
        self.losesData = losesData
        self.steps = steps
        self.verification = verification
    }
}

extension RollbackLevel: JSONConvertible {
    /// An object; what is absent or empty is left out.
    public var json: JSONValue {
        .members([
            "id": id.json,
            "title": title.json,
            "number": number?.json,
            "situations": situations.jsonUnlessEmpty,
            "impact": impact?.json,
            "mode": mode?.json,
            "losesData": losesData?.json,
            "steps": steps.jsonUnlessEmpty,
            "verification": verification.jsonUnlessEmpty,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        id = try members.required("id")
        title = try members.required("title")
        number = try members.optional("number")
        situations = try members.list("situations")
        impact = try members.optional("impact")
        mode = try members.optional("mode")
        losesData = try members.optional("losesData")
        steps = try members.list("steps")
        verification = try members.list("verification")
        try members.finish()
    }
}
