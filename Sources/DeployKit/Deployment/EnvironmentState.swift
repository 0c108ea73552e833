// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What the log knows of one environment of one service: who deploys to it, and what was completed.
public struct EnvironmentState: Hashable, Sendable {
    /// A deployment as far as its environment is concerned.
    public struct Occupant: Hashable, Sendable {
        /// The deployment.
        public let deployment: DeploymentID
        /// What it deploys.
        public let subject: DeploymentSubject
        /// Whether it holds the environment.
        public internal(set) var holdsLock: Bool
        /// Whether it has ended.
        public internal(set) var hasEnded: Bool
    }

    /// A deployment that was completed.
    public struct Completion: Hashable, Sendable {
        /// The deployment.
        public let deployment: DeploymentID
        /// What it deployed.
        public let subject: DeploymentSubject
        /// When it was completed.
        public let at: Timestamp
    }

    /// That somebody went back, and nobody has said yet that others may deploy again.
    public struct Lock: Hashable, Sendable, JSONConvertible {
        /// The deployment that went back, or tried to.
        public let deployment: DeploymentID
        /// The level by which it did.
        public let level: RollbackLevelID
        /// Why, in words.
        public let reason: AttachmentReference?
        /// Since when.
        public let at: Timestamp

        /// A lock of these parts.
        init(
            deployment: DeploymentID,
            level: RollbackLevelID,
            reason: AttachmentReference?,
            at: Timestamp
        ) {
            self.deployment = deployment
            self.level = level
            self.reason = reason
            self.at = at
        }

        /// An object.
        public var json: JSONValue {
            .members([
                "deployment": deployment.json, "level": level.json, "reason": reason?.json,
                "at": at.json,
            ])
        }

        /// Reads the object that ``json`` writes.
        ///
        /// - Throws: ``JSONError`` when `json` is anything else.
        public init(json: JSONValue) throws(JSONError) {
            var members = try JSONMembers(json)
            deployment = try members.required("deployment")
            level = try members.required("level")
            reason = try members.optional("reason")
            at = try members.required("at")
            try members.finish()
        }
    }

    /// The deployments that entered, oldest first, those that ended among the last 100.
    public private(set) var occupants: [Occupant] = []
    /// The last 100 completions, oldest first.
    public private(set) var completions: [Completion] = []
    /// Why nobody may deploy although no deployment is open; `nil` where somebody may.
    public private(set) var lock: Lock?
    /// The freezes that are on record and were not lifted, oldest first.
    public private(set) var freezes: [RecordedFreeze] = []
    /// What the project declared of freezes and maintenance windows, when something last went out.
    public private(set) var calendar = EnvironmentCalendar()
    /// How many events were applied.
    public private(set) var revision = 0

    /// An environment to which nothing was ever deployed.
    public init() {}

    init(
        occupants: [Occupant],
        completions: [Completion],
        freezes: [RecordedFreeze],
        calendar: EnvironmentCalendar,
        lock: Lock?,
        revision: Int
    ) {
        self.occupants = occupants
        self.completions = completions
        self.freezes = freezes
        self.calendar = calendar
        self.lock = lock
        self.revision = revision
    }

    /// The completions of what was not taken back since, and not begun to be, oldest first.
    package var standingCompletions: [Completion] {
        let undone = Set(occupants.compactMap(\.subject.original))
        return completions.filter { !undone.contains($0.deployment) }
    }

    /// The deployment that holds the lock, or `nil` when the environment is free.
    public var holder: Occupant? { occupants.last { $0.holdsLock } }

    /// The deployment of a kind that locks which has not ended and looks after what it deployed.
    public var observer: Occupant? {
        occupants.last { !$0.hasEnded && !$0.holdsLock && $0.subject.kind.locksEnvironment }
    }

    /// Changes the state as an event says. Every event is accepted.
    public mutating func apply(_ event: EnvironmentEvent, at: Timestamp) {
        revision += 1
        switch event {
        case .entered(let deployment, let subject):
            occupants.append(
                Occupant(
                    deployment: deployment,
                    subject: subject,
                    holdsLock: subject.kind.locksEnvironment,
                    hasEnded: false
                )
            )
        case .released(let deployment):
            change(deployment) { $0.holdsLock = false }
        case .reclaimed(let deployment):
            change(deployment) { $0.holdsLock = true }
        case .left(let deployment):
            change(deployment) { $0 = Occupant(ended: $0) }
        case .completed(let deployment):
            if let occupant = occupants.last(where: { $0.deployment == deployment }) {
                completions.append(
                    Completion(deployment: deployment, subject: occupant.subject, at: at)
                )
            }
            change(deployment) { $0 = Occupant(ended: $0) }
        case .locked(let deployment, let level, let reason):
            lock = Lock(deployment: deployment, level: level, reason: reason, at: at)
        case .unlocked:
            lock = nil
        case .amended(let deployment, let checklist):
            change(deployment) { $0 = Occupant($0, following: checklist) }
        case .frozen(let freeze, _):
            freezes.removeAll { $0.name.hasSameBytes(as: freeze.name) }
            freezes.append(freeze)
        case .thawed(let name, _):
            freezes.removeAll { $0.name.hasSameBytes(as: name) }
        case .scheduled(let declared):
            calendar = declared
        case .unknown:
            break
        }
        // What is over stays in the log.
        freezes.removeAll { freeze in freeze.until.map { $0 <= at } ?? false }
        let ended = occupants.indices.filter { occupants[$0].hasEnded }
        if ended.count > 100 { occupants.remove(at: ended[0]) }
        if completions.count > 100 { completions.removeFirst() }
    }

    private mutating func change(_ deployment: DeploymentID, _ change: (inout Occupant) -> Void) {
        guard let position = occupants.lastIndex(where: { $0.deployment == deployment }) else {
            return
        }
        change(&occupants[position])
    }
}

extension EnvironmentState.Occupant {
    fileprivate init(_ occupant: Self, following checklist: Digest) {
        self.init(
            deployment: occupant.deployment,
            subject: occupant.subject.following(checklist),
            holdsLock: occupant.holdsLock,
            hasEnded: occupant.hasEnded
        )
    }

    fileprivate init(ended occupant: Self) {
        self = occupant
        holdsLock = false
        hasEnded = true
    }
}

/// Something that happened to one environment, as the log keeps it.
@nonexhaustive
public enum EnvironmentEvent: Hashable, Sendable {
    /// A deployment began, and holds the lock if its kind does.
    case entered(DeploymentID, DeploymentSubject)
    /// A deployment gave the lock back and goes on observing.
    case released(DeploymentID)
    /// A deployment that observed has something to do again, or goes back, and holds the lock.
    case reclaimed(DeploymentID)
    /// A deployment ended without being completed.
    case left(DeploymentID)
    /// A deployment was completed.
    case completed(DeploymentID)
    /// A deployment went back, or gave up going back: nobody deploys until somebody unlocks.
    case locked(DeploymentID, by: RollbackLevelID, reason: AttachmentReference?)
    /// Others may deploy again.
    case unlocked(reason: AttachmentReference?)
    /// A deployment follows another checklist.
    case amended(DeploymentID, checklist: Digest)
    /// Nothing new goes out for a while; a freeze of the same name is replaced.
    case frozen(RecordedFreeze, reason: AttachmentReference)
    /// A freeze is lifted.
    case thawed(name: String, reason: AttachmentReference)
    /// The project declares other freezes and maintenance windows than those on record.
    case scheduled(EnvironmentCalendar)
    /// Something that a later version wrote; it changes nothing here.
    case unknown(kind: String, body: JSONValue)

    /// The name of the event in the log.
    public var kind: String {
        switch self {
        case .entered: "environment-entered"
        case .released: "environment-released"
        case .reclaimed: "environment-reclaimed"
        case .left: "environment-left"
        case .completed: "environment-completed"
        case .locked: "environment-locked"
        case .unlocked: "environment-unlocked"
        case .amended: "environment-amended"
        case .frozen: "environment-frozen"
        case .thawed: "environment-thawed"
        case .scheduled: "environment-scheduled"
        case .unknown(let kind, _): kind
        }
    }

    /// The members of the event in the body of its entry.
    public var json: JSONValue {
        switch self {
        case .entered(let deployment, let subject):
            .members(["deployment": deployment.json, "subject": subject.json])
        case .released(let deployment), .left(let deployment), .completed(let deployment),
            .reclaimed(let deployment):
            .members(["deployment": deployment.json])
        case .locked(let deployment, let level, let reason):
            .members([
                "deployment": deployment.json, "level": level.json, "reason": reason?.json,
            ])
        case .unlocked(let reason): .members(["reason": reason?.json])
        case .amended(let deployment, let checklist):
            .members(["deployment": deployment.json, "checklist": checklist.json])
        case .frozen(let freeze, let reason):
            .members(["freeze": freeze.json, "reason": reason.json])
        case .thawed(let name, let reason):
            .members(["name": name.json, "reason": reason.json])
        case .scheduled(let calendar): calendar.json
        case .unknown(_, let body): body
        }
    }

    /// Reads an event from its name and the members of its body.
    ///
    /// - Throws: ``JSONError`` when the name is known and the members are not those of the event.
    public init(kind: String, json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        switch kind {
        case "environment-entered":
            self = .entered(try members.required("deployment"), try members.required("subject"))
        case "environment-released": self = .released(try members.required("deployment"))
        case "environment-reclaimed": self = .reclaimed(try members.required("deployment"))
        case "environment-left": self = .left(try members.required("deployment"))
        case "environment-completed": self = .completed(try members.required("deployment"))
        case "environment-locked":
            self = .locked(
                try members.required("deployment"),
                by: try members.required("level"),
                reason: try members.optional("reason")
            )
        case "environment-unlocked": self = .unlocked(reason: try members.optional("reason"))
        case "environment-amended":
            self = .amended(
                try members.required("deployment"),
                checklist: try members.required("checklist")
            )
        case "environment-frozen":
            self = .frozen(try members.required("freeze"), reason: try members.required("reason"))
        case "environment-thawed":
            self = .thawed(
                name: try members.required("name"),
                reason: try members.required("reason")
            )
        case "environment-scheduled":
            self = .scheduled(try EnvironmentCalendar(json: json))
            return
        default:
            self = .unknown(kind: kind, body: json)
            return
        }
        try members.finish()
    }
}
