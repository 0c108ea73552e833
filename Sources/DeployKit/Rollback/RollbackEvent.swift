// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Something that happened to the rollbacks of one deployment, as the log keeps it.
///
/// What happens to a step is told by the same events as what happens to an item.
@nonexhaustive
public enum RollbackEvent: Hashable, Sendable {
    /// The deployment goes back, or tries to, on behalf of another: which one, and what had begun
    /// there; or with a rehearsal, all that could have.
    case based(on: DeploymentID?, begun: [ItemID], contracts: [Contract])
    /// A trigger fired, or a person proposed it; `at` is the moment that was judged.
    case proposed(
        RollbackTriggerID?,
        level: RollbackLevelID?,
        at: Timestamp,
        reason: AttachmentReference?
    )
    /// A person decided against what was proposed for a level, or `nil` for all levels.
    case dismissed(RollbackLevelID?, reason: AttachmentReference?)
    /// It may begin; with a trigger, it began by itself.
    case authorised(RollbackLevelID, by: RollbackTriggerID?, reason: AttachmentReference?)
    /// It began: the steps that apply, and those that do not.
    case began(RollbackLevelID, steps: [ItemID], left: [ItemID])
    /// A step failed, or its outcome is not known: a person decides.
    case failed(RollbackLevelID, at: ItemID)
    /// A person has seen to what failed, and it goes on.
    case resumed(RollbackLevelID)
    /// It was seen to have worked.
    case verified(RollbackLevelID, cancelled: [ItemID])

    /// A contract that another deployment deployed.
    public struct Contract: Hashable, Sendable, JSONConvertible {
        /// The slot.
        public let slot: ContractSlot.Name
        /// The ID, with the network that it belongs to.
        public let id: ContractID

        /// A contract in a slot.
        public init(slot: ContractSlot.Name, id: ContractID) {
            self.slot = slot
            self.id = id
        }

        /// An object.
        public var json: JSONValue { .members(["slot": slot.json, "contract": id.json]) }

        /// Reads the object that ``json`` writes.
        ///
        /// - Throws: ``JSONError`` when `json` is anything else.
        public init(json: JSONValue) throws(JSONError) {
            var members = try JSONMembers(json)
            slot = try members.required("slot")
            id = try members.required("contract")
            try members.finish()
        }
    }

    /// The name of the event in the log. Names are never changed or used again.
    public var kind: String {
        switch self {
        case .based: "rollback-based"
        case .proposed: "rollback-proposed"
        case .dismissed: "rollback-dismissed"
        case .authorised: "rollback-authorised"
        case .began: "rollback-began"
        case .failed: "rollback-failed"
        case .resumed: "rollback-resumed"
        case .verified: "rollback-verified"
        }
    }

    /// The members of the event in the body of its entry.
    public var json: JSONValue {
        switch self {
        case .based(let deployment, let begun, let contracts):
            .members([
                "on": deployment?.json, "begun": begun.jsonUnlessEmpty,
                "contracts": contracts.jsonUnlessEmpty,
            ])
        case .proposed(let trigger, let level, let at, let reason):
            .members([
                "trigger": trigger?.json, "level": level?.json, "at": at.json,
                "reason": reason?.json,
            ])
        case .dismissed(let level, let reason):
            .members(["level": level?.json, "reason": reason?.json])
        case .authorised(let level, let trigger, let reason):
            .members(["level": level.json, "trigger": trigger?.json, "reason": reason?.json])
        case .began(let level, let steps, let left):
            .members([
                "level": level.json, "steps": steps.jsonUnlessEmpty, "left": left.jsonUnlessEmpty,
            ])
        case .failed(let level, let step): .members(["level": level.json, "step": step.json])
        case .resumed(let level): .members(["level": level.json])
        case .verified(let level, let cancelled):
            .members(["level": level.json, "cancelled": cancelled.jsonUnlessEmpty])
        }
    }

    /// Reads an event from its name and the members of its body.
    ///
    /// - Returns: `nil` for the name of no event of a rollback.
    /// - Throws: ``JSONError`` when the members are not those of the event.
    public init?(kind: String, json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        switch kind {
        case "rollback-based":
            self = .based(
                on: try members.optional("on"),
                begun: try members.list("begun"),
                contracts: try members.list("contracts")
            )
        case "rollback-proposed":
            self = .proposed(
                try members.optional("trigger"),
                level: try members.optional("level"),
                at: try members.required("at"),
                reason: try members.optional("reason")
            )
        case "rollback-dismissed":
            self = .dismissed(
                try members.optional("level"),
                reason: try members.optional("reason")
            )
        case "rollback-authorised":
            self = .authorised(
                try members.required("level"),
                by: try members.optional("trigger"),
                reason: try members.optional("reason")
            )
        case "rollback-began":
            self = .began(
                try members.required("level"),
                steps: try members.list("steps"),
                left: try members.list("left")
            )
        case "rollback-failed":
            self = .failed(try members.required("level"), at: try members.required("step"))
        case "rollback-resumed": self = .resumed(try members.required("level"))
        case "rollback-verified":
            self = .verified(
                try members.required("level"),
                cancelled: try members.list("cancelled")
            )
        default: return nil
        }
        try members.finish()
    }
}
