// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Which gate: before a phase, or at the end.
public enum GateID: Hashable, Sendable, CustomStringConvertible {
    /// Before the first item of a phase.
    case phase(PhaseID)
    /// Before the deployment is completed.
    case completion
    /// After the observation: the review that closes the deployment for good.
    case closure
    /// Before a level of the rollback plan begins.
    case rollback(RollbackLevelID)

    /// `phase/<id>`, `completion`, `closure` or `rollback/<id>`.
    public var description: String {
        switch self {
        case .phase(let id): "phase/\(id)"
        case .completion: "completion"
        case .closure: "closure"
        case .rollback(let id): "rollback/\(id)"
        }
    }

    /// Whether it stands before a level of the rollback plan, and not in the way forward.
    var isOfRollback: Bool { if case .rollback = self { true } else { false } }
}

extension GateID: JSONConvertible {
    /// The text of ``description``.
    public var json: JSONValue { description.json }

    /// Reads the text of ``description``.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        let text = try String(json: json)
        switch text {
        case "completion": self = .completion
        case "closure": self = .closure
        case _ where text.utf8.starts(with: "rollback/".utf8) && text.utf8.count > 9:
            self = .rollback(RollbackLevelID(String(Substring(text.utf8.dropFirst(9)))))
        default:
            guard text.utf8.starts(with: "phase/".utf8), text.utf8.count > 6 else {
                throw JSONError(.value, "'\(text)' is no gate")
            }
            // By bytes: a mark at the start of the id joins with the slash to one character.
            self = .phase(PhaseID(String(Substring(text.utf8.dropFirst(6)))))
        }
    }
}

/// What a gate waits for, besides items and sign-offs.
@nonexhaustive
public enum GateCondition: Hashable, Sendable {
    /// The same checklist with the same artifacts was completed in another environment, not longer
    /// ago than `within`, where that is given.
    case completed(environment: Environment.ID, within: Duration?)
    /// A level of this checklist's rollback plan was rehearsed in an environment, not longer ago than
    /// `within`, where that is given.
    case rehearsed(RollbackLevelID, environment: Environment.ID, within: Duration?)
    /// These metrics, or all that decide where none is named, are met. With `bake`, what counts was
    /// measured after the phases before were done, and so much time has passed since.
    case metrics([MetricID], bake: Duration?)
}

extension GateCondition: JSONConvertible {
    /// An object with `completed`, or with `rehearsed` and `level`, each an environment, and where it
    /// is limited `within` in milliseconds; or with `metrics`, a list, and `bake` in milliseconds.
    public var json: JSONValue {
        switch self {
        case .completed(let environment, let within):
            .members(["completed": environment.json, "within": within?.json])
        case .rehearsed(let level, let environment, let within):
            .members([
                "rehearsed": environment.json, "level": level.json, "within": within?.json,
            ])
        case .metrics(let metrics, let bake):
            .members(["metrics": metrics.json, "bake": bake?.json])
        }
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        if let metrics = try members.optional("metrics", as: [MetricID].self) {
            self = .metrics(metrics, bake: try members.optional("bake"))
        } else if let environment = try members.optional("rehearsed", as: Environment.ID.self) {
            self = .rehearsed(
                try members.required("level"),
                environment: environment,
                within: try members.optional("within")
            )
        } else {
            self = .completed(
                environment: try members.required("completed"),
                within: try members.optional("within")
            )
        }
        try members.finish()
    }
}

/// What a gate asks for, copied when it opens for signatures: later changes of the checklist, the
/// directory or the defaults do not reach it.
public struct GateTerms: Hashable, Sendable {
    /// The slots with everything decided, the assurance included.
    public let slots: [SignOffSlot]
    /// The further conditions.
    public let conditions: [GateCondition]
    /// Whether the requester of the deployment may not sign.
    public let excludesRequester: Bool
    /// Whether whoever did an item may not sign.
    public let excludesExecutors: Bool
    /// The people as they were listed.
    public let directory: Directory
    /// How long a round waits for its sign-offs; `nil` for as long as it takes.
    public let deadline: Duration?
    /// What happens then.
    public let atDeadline: GatePolicy.AtDeadline
    /// Who may go through the gate in an emergency; empty for anybody whom the log knows.
    public let breakGlassRoles: [Role]
    /// What whoever signs is asked.
    public let prompt: String?
    /// Whether what was signed counts no more once an item that the gate rests on is opened again.
    public let isVoidedByReopening: Bool

    /// Terms of these parts.
    public init(
        slots: [SignOffSlot],
        conditions: [GateCondition],
        excludesRequester: Bool,
        excludesExecutors: Bool,
        directory: Directory,
        deadline: Duration? = nil,
        atDeadline: GatePolicy.AtDeadline = .expire,
        breakGlassRoles: [Role] = [],
        prompt: String? = nil,
        isVoidedByReopening: Bool = true
    ) {
        self.slots = slots
        self.conditions = conditions
        self.excludesRequester = excludesRequester
        self.excludesExecutors = excludesExecutors
        self.directory = directory
        self.deadline = deadline
        self.atDeadline = atDeadline
        self.breakGlassRoles = breakGlassRoles
        self.prompt = prompt
        self.isVoidedByReopening = isVoidedByReopening
    }
}

extension GateTerms: JSONConvertible {
    /// An object; what is absent, empty lists, an `atDeadline` of `expire`, and `voidedByReopening`
    /// where it is false, are left out.
    public var json: JSONValue {
        .members([
            "slots": slots.jsonUnlessEmpty,
            "conditions": conditions.jsonUnlessEmpty,
            "excludesRequester": excludesRequester.json,
            "excludesExecutors": excludesExecutors.json,
            "people": directory.people.jsonUnlessEmpty,
            "deadline": deadline?.json,
            "atDeadline": atDeadline == .expire ? nil : atDeadline.json,
            "breakGlass": breakGlassRoles.jsonUnlessEmpty,
            "prompt": prompt?.json,
            "voidedByReopening": isVoidedByReopening ? true.json : nil,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        slots = try members.list("slots")
        conditions = try members.list("conditions")
        excludesRequester = try members.required("excludesRequester")
        excludesExecutors = try members.required("excludesExecutors")
        directory = Directory(people: try members.list("people"))
        deadline = try members.optional("deadline")
        atDeadline = try members.optional("atDeadline") ?? .expire
        breakGlassRoles = try members.list("breakGlass")
        prompt = try members.optional("prompt")
        // Gates that were opened before this rule existed go on without it.
        isVoidedByReopening = try members.optional("voidedByReopening") ?? false
        try members.finish()
    }
}

/// Whether a gate lets the deployment on.
public enum GateVerdict: Hashable, Sendable {
    /// It does.
    case open
    /// It does not, for these reasons, each of which would have to go away.
    case closed([GateReason])
    /// It cannot be told, for these reasons.
    case inconclusive([GateReason])
}

/// Why a gate does not let the deployment on.
@nonexhaustive
public enum GateReason: Hashable, Sendable {
    /// These items must be done first.
    case itemsOpen([ItemID])
    /// These items failed.
    case itemsFailed([ItemID])
    /// Whether these items happened is not known; a person must find out.
    case itemsInDoubt([ItemID])
    /// A slot lacks signatures: how many count, how many are asked for, who may sign (empty when
    /// nobody is listed), and how many approvals are there that do not count for want of a
    /// signature.
    case signOffMissing(
        SignOffSlotID,
        counted: Int,
        required: Int,
        eligible: [ActorID],
        unsigned: Int
    )
    /// What these people approved has lapsed (``SignOffStanding/lapse``); they would have to look
    /// again.
    case signOffStale(SignOffSlotID, by: [ActorID], SignOffStanding)
    /// Somebody rejected.
    case rejected(SignOffSlotID, by: ActorID)
    /// The same checklist and artifacts were not completed in this environment recently enough;
    /// what comes closest differs so.
    case notCompleted(environment: Environment.ID, within: Duration?, closest: PromotionGap?)
    /// The level of the rollback plan was not rehearsed in this environment recently enough.
    case notRehearsed(RollbackLevelID, environment: Environment.ID, within: Duration?)
    /// These metrics stand in the way: what they recommend.
    case metrics([MetricID], Recommendation)
    /// The metrics are looked at until then before the gate can open.
    case baking(until: Timestamp)
    /// Nothing new may go out now.
    case frozen(CalendarObstacle)
    /// The round was not satisfied in time, which was over at this moment.
    case expired(Timestamp)
    /// Observations of this window are still to come or to be made, were missed, or failed.
    case observations(WindowID, open: Int, missed: [Int], failed: [Int])
    /// The deployment has ended.
    case ended

    /// Whether it is a matter of the calendar, which time alone settles.
    public var isOfCalendar: Bool { if case .frozen = self { true } else { false } }

    /// Whether it cannot be told yet whether the reason stands.
    public var isDoubtful: Bool {
        switch self {
        case .itemsInDoubt, .baking, .metrics(_, .inconclusive): true
        default: false
        }
    }

    /// Whether a person's doing, or time that the measurements need, would make the reason go away.
    public var waitsForPerson: Bool {
        switch self {
        case .itemsOpen, .itemsInDoubt, .signOffMissing, .signOffStale, .observations: true
        case .metrics(_, let recommendation): recommendation != .rollBack
        case .baking: true
        case .itemsFailed, .rejected, .notCompleted, .notRehearsed, .frozen, .expired, .ended:
            false
        }
    }
}
