// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What a gate does besides waiting for its sign-offs and conditions.
public struct GatePolicy: Hashable, Sendable {
    /// What happens when a gate is not satisfied in time. Nothing approves by itself.
    public enum AtDeadline: Hashable, Sendable {
        /// The round is over; somebody must open another.
        case expire
        /// The round is lost, as if somebody had rejected.
        case reject
        /// Holders of these roles may sign as well.
        case escalate([Role])
    }

    /// The gate.
    public let gate: GateID
    /// How long a round waits for its sign-offs; `nil` for as long as it takes.
    public let deadline: Duration?
    /// What happens then.
    public let atDeadline: AtDeadline
    /// Who may go through the gate without its sign-offs in an emergency; empty for anybody whom
    /// the log knows.
    public let breakGlassRoles: [Role]
    /// What whoever signs is asked.
    public let prompt: String?

    /// A policy of these parts.
    public init(
        gate: GateID,
        deadline: Duration? = nil,
        atDeadline: AtDeadline = .expire,
        breakGlassRoles: [Role] = [],
        prompt: String? = nil
    ) {
        self.gate = gate
        self.deadline = deadline
        self.atDeadline = atDeadline
        self.breakGlassRoles = breakGlassRoles
        self.prompt = prompt
    }
}

extension GatePolicy: JSONConvertible {
    /// An object with `gate`, `deadline` in milliseconds, `atDeadline` unless that is `expire`,
    /// `breakGlass` and `prompt`; what is absent is left out.
    public var json: JSONValue {
        .members([
            "gate": gate.json, "deadline": deadline?.json,
            "atDeadline": atDeadline == .expire ? nil : atDeadline.json,
            "breakGlass": breakGlassRoles.jsonUnlessEmpty, "prompt": prompt?.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        gate = try members.required("gate")
        deadline = try members.optional("deadline")
        atDeadline = try members.optional("atDeadline") ?? .expire
        breakGlassRoles = try members.list("breakGlass")
        prompt = try members.optional("prompt")
        try members.finish()
        if let deadline, deadline < .seconds(1) {
            throw JSONError(.value, "a deadline of less than a second", path: ["deadline"])
        }
    }
}

extension GatePolicy.AtDeadline: JSONConvertible {
    /// `"expire"`, `"reject"`, or an object with the roles of `escalate`.
    public var json: JSONValue {
        switch self {
        case .expire: "expire".json
        case .reject: "reject".json
        case .escalate(let roles): .members(["escalate": roles.json])
        }
    }

    /// Reads what ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else, or nobody is escalated to.
    public init(json: JSONValue) throws(JSONError) {
        switch json.string {
        case "expire": self = .expire
        case "reject": self = .reject
        default:
            var members = try JSONMembers(json)
            let roles: [Role] = try members.required("escalate")
            try members.finish()
            guard !roles.isEmpty else {
                throw JSONError(.value, "no role is named to escalate to", path: ["escalate"])
            }
            self = .escalate(roles)
        }
    }
}
