// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A name for a ``Phase``: the slug of its title, with `~n` when it is not the first of that name.
public typealias PhaseID = Identifier<Phase>

/// A stretch of a deployment that begins only when what precedes it holds.
public struct Phase: Hashable, Sendable {
    /// The name that commands and records use.
    public internal(set) var id: PhaseID
    /// The heading as a person reads it.
    public let title: String
    /// The environments, tiers or networks for which the phase is meant; empty for all.
    public let scope: [String]
    /// What the phase waits for, besides the required items of the phases before it and the
    /// sign-offs whose ``SignOffSlot/gate`` is this phase.
    public internal(set) var conditions: [GateCondition]
    /// How many items may run at the same time; 1 unless the checklist declares more.
    public let concurrency: Int
    /// Whether the phase follows the deployment: monitoring and reviews over days and weeks, during
    /// which the environment is free for the next deployment.
    public let isFollowUp: Bool
    /// How much the phase can break, where the checklist says so.
    public let risk: Level?
    /// When it is to be done, in the checklist's own words.
    public let timing: String?
    /// The hooks of the project that are told of its items and of its gate.
    public let hooks: [String]
    /// Sign-offs of the phase's gate, until the checklist that is written around the phase takes
    /// them over.
    var places: [SignOffPlace] = []
    /// The parts of the phase in document order.
    public internal(set) var sections: [Section]

    /// A phase of these parts.
    public init(
        id: PhaseID,
        title: String,
        scope: [String] = [],
        conditions: [GateCondition] = [],
        concurrency: Int = 1,
        isFollowUp: Bool = false,
        risk: Level? = nil,
        timing: String? = nil,
        hooks: [String] = [],
        sections: [Section]
    ) {
        self.id = id
        self.title = title
        self.scope = scope
        self.conditions = conditions
        self.concurrency = concurrency
        self.isFollowUp = isFollowUp
        self.risk = risk
        self.timing = timing
        self.hooks = hooks
        self.sections = sections
    }

    /// Every item of the phase in document order, a group before its children.
    public var items: [Item] {
        sections.flatMap { $0.items.flatMap(\.withDescendants) }
    }
}

/// Low, medium or high, of a risk or an impact.
public enum Level: String, Hashable, Sendable, Comparable, CaseIterable, JSONConvertible {
    /// Little.
    case low
    /// Some.
    case medium
    /// Much.
    case high

    /// Low before medium before high.
    public static func < (left: Self, right: Self) -> Bool {
        allCases.firstIndex(of: left) ?? 0 < allCases.firstIndex(of: right) ?? 0
    }
}

extension Phase: JSONConvertible, JSONObjectForm {
    /// An object; `concurrency` 1, `isFollowUp` false and empty lists are left out.
    public var json: JSONValue { jsonObject }

    package func tell(_ members: inout some JSONMembersTaking) {
        if concurrency != 1 { members.take("concurrency", concurrency.json) }
        members.take("conditions", unlessEmpty: conditions)
        members.take("hooks", unlessEmpty: hooks)
        members.take("id", id.text)
        if isFollowUp { members.take("isFollowUp", true) }
        members.take("risk", ifAny: risk)
        members.take("scope", unlessEmpty: scope)
        if !sections.isEmpty { members.take("sections", sections) }
        members.take("timing", ifAny: timing)
        members.take("title", title)
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        id = try members.required("id")
        title = try members.required("title")
        scope = try members.list("scope")
        conditions = try members.list("conditions")
        concurrency = try members.optional("concurrency") ?? 1
        isFollowUp = try members.optional("isFollowUp") ?? false
        risk = try members.optional("risk")
        timing = try members.optional("timing")
        hooks = try members.list("hooks")
        sections = try members.list("sections")
        guard concurrency >= 1 else {
            throw JSONError(.value, "at least 1 item runs at a time", path: ["concurrency"])
        }
        try members.finish()
    }
}
