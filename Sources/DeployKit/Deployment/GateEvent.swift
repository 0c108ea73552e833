// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Something that happened to a gate without anybody signing, as the log keeps it.
@nonexhaustive
public enum GateEvent: Hashable, Sendable {
    /// A round was not satisfied in time. It ended at `effectiveAt`, whenever that was noticed.
    case lapsed(GateID, round: Int, GatePolicy.AtDeadline, effectiveAt: Timestamp)
    /// Somebody went on without what the rules ask for.
    case glassBroken(BreakGlass)

    /// The name of the event in the log.
    public var kind: String {
        switch self {
        case .lapsed: "gate-lapsed"
        case .glassBroken: "glass-broken"
        }
    }

    /// The members of the event in the body of its entry.
    public var json: JSONValue {
        switch self {
        case .lapsed(let gate, let round, let outcome, let moment):
            .members([
                "gate": gate.json, "round": round.json, "outcome": outcome.json,
                "effectiveAt": moment.json,
            ])
        case .glassBroken(let glass): glass.json
        }
    }

    /// Reads an event from its name and the members of its body.
    ///
    /// - Returns: `nil` when the name is none of these.
    /// - Throws: ``JSONError`` when the members are not those of the event.
    init?(kind: String, json: JSONValue) throws(JSONError) {
        switch kind {
        case "gate-lapsed":
            var members = try JSONMembers(json)
            self = .lapsed(
                try members.required("gate"),
                round: try members.required("round"),
                try members.required("outcome"),
                effectiveAt: try members.required("effectiveAt")
            )
            try members.finish()
        case "glass-broken": self = .glassBroken(try BreakGlass(json: json))
        default: return nil
        }
    }
}

/// Going on in an emergency without what the rules ask for, and the review that it needs afterwards.
public struct BreakGlass: Hashable, Sendable {
    /// The gate that was passed; `nil` when the deployment was begun against the calendar.
    public let gate: GateID?
    /// The round of the gate.
    public let round: Int?
    /// The freezes and closed hours that were overridden, for the whole deployment.
    public let obstacles: [CalendarObstacle]
    /// The slots that lacked signatures.
    public let missing: [SignOffSlotID]
    /// The conditions that were not met.
    public let conditions: [GateCondition]
    /// Why.
    public let reason: AttachmentReference
    /// Where somebody else signs, before the deployment is completed, that they have looked into it.
    public let review: SignOffSlot

    /// A record of these parts.
    public init(
        gate: GateID?,
        round: Int?,
        obstacles: [CalendarObstacle],
        missing: [SignOffSlotID] = [],
        conditions: [GateCondition] = [],
        reason: AttachmentReference,
        review: SignOffSlot
    ) {
        self.gate = gate
        self.round = round
        self.obstacles = obstacles
        self.missing = missing
        self.conditions = conditions
        self.reason = reason
        self.review = review
    }
}

extension BreakGlass: JSONConvertible {
    /// An object; what is absent or empty is left out.
    public var json: JSONValue {
        .members([
            "gate": gate?.json, "round": round?.json, "obstacles": obstacles.jsonUnlessEmpty,
            "missing": missing.jsonUnlessEmpty, "conditions": conditions.jsonUnlessEmpty,
            "reason": reason.json, "review": review.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        gate = try members.optional("gate")
        round = try members.optional("round")
        obstacles = try members.list("obstacles")
        missing = try members.list("missing")
        conditions = try members.list("conditions")
        reason = try members.required("reason")
        review = try members.required("review")
        try members.finish()
    }
}
