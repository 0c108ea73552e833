// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A moment at which somebody may want to be told.
@nonexhaustive
public enum HookPoint: String, Hashable, Sendable, CaseIterable, JSONConvertible {
    /// A deployment began.
    case started
    /// A gate waits for signatures.
    case gateWaiting = "gate.waiting"
    /// A round of a gate was rejected.
    case gateRejected = "gate.rejected"
    /// Somebody signed.
    case signed
    /// Nothing new may start until a person has seen to it.
    case halted
    /// It goes on.
    case resumed
    /// Something calls for a rollback.
    case rollbackProposed = "rollback.proposed"
    /// A run of a smoke suite ended.
    case smokeEnded = "smoke.ended"
    /// What was deployed is looked after from here on.
    case observing
    /// Everything is done.
    case completed
    /// It ended early.
    case aborted
    /// A later deployment took its place.
    case superseded
    /// An item, or a step of a rollback, was done, or found to have been.
    case itemPassed = "item.passed"
    /// An attempt at an item or a step failed, or is found not to have happened.
    case itemFailed = "item.failed"
    /// Whether an item or a step happened is not known.
    case itemInDoubt = "item.inDoubt"
}

extension DeploymentEvent {
    /// The moment that the event is, where it is one.
    public var hookPoint: HookPoint? {
        switch self {
        case .started: .started
        case .gateOpened: .gateWaiting
        case .gateRejected: .gateRejected
        case .signedOff: .signed
        case .halted: .halted
        case .resumed: .resumed
        case .rollback(.proposed): .rollbackProposed
        case .smoke(.ended): .smokeEnded
        case .observing: .observing
        case .completed: .completed
        case .aborted: .aborted
        case .superseded: .superseded
        case .attemptPassed, .done: .itemPassed
        case .attemptFailed, .failed: .itemFailed
        case .attemptInDoubt: .itemInDoubt
        case .judged(_, _, let judgement, _):
            judgement.recommendation == .rollBack ? .itemFailed : .itemPassed
        case .doubtResolved(_, _, let happened, _, _): happened ? .itemPassed : .itemFailed
        default: nil
        }
    }

    /// The item that the event is about, where it is about one.
    fileprivate var item: ItemID? {
        switch self {
        case .attemptPassed(let id, _, _, _, _), .attemptFailed(let id, _, _, _, _),
            .attemptInDoubt(let id, _, _, _, _), .done(let id, _, _, _), .failed(let id, _, _),
            .judged(let id, _, _, _), .doubtResolved(let id, _, _, _, _),
            .halted(.itemFailed(let id)), .halted(.itemInDoubt(let id)):
            id
        default: nil
        }
    }

    /// The gate that the event is about, where it is about one.
    fileprivate var gate: GateID? {
        switch self {
        case .gateOpened(let gate, _, _), .gateRejected(let gate, _, _, _),
            .halted(.gateRejected(let gate)), .halted(.gateExpired(let gate)):
            gate
        case .signedOff(let signOff): signOff.gate
        default: nil
        }
    }
}

extension Checklist {
    /// The hooks that it names: for itself, its phases and its items.
    public var namedHooks: Set<String> {
        Set(hooks + phases.flatMap(\.hooks) + phases.flatMap(\.items).flatMap(\.hooks))
    }

    /// Whether a hook is told of an event.
    ///
    /// One that the checklist names for itself is told of everything; one that a phase or an item
    /// names, of what is about that alone: the phase's gate and items, the item or what is below it.
    /// One that nothing names is told of everything where the checklist names none for itself.
    ///
    /// - Parameters:
    ///   - hook: The name of the hook.
    ///   - event: What happened.
    /// - Returns: Whether it is.
    public func tells(_ hook: String, of event: DeploymentEvent) -> Bool {
        if hooks.contains(hook) { return true }
        guard namedHooks.contains(hook) else { return hooks.isEmpty }
        return phases.contains { phase in
            let isOwn = phase.hooks.contains(hook)
            if isOwn, event.gate == .phase(phase.id) { return true }
            guard let item = event.item else { return false }
            return phase.items.contains { part in
                (isOwn || part.hooks.contains(hook))
                    && part.withDescendants.contains { $0.id == item }
            }
        }
    }
}

/// What a hook is told: an event that is in the log.
public struct HookOccasion: Hashable, Sendable {
    /// Which moment it is.
    public let point: HookPoint
    /// Which deployment.
    public let deployment: DeploymentID
    /// What is deployed where.
    public let subject: DeploymentSubject
    /// What happened.
    public let event: DeploymentEvent
    /// Who caused it.
    public let actor: Actor
    /// When it was recorded.
    public let at: Timestamp

    /// What a hook reads on its standard input: an object with `v` 1, `on`, `at`, `actor`,
    /// `deployment`, `service`, `environment`, `tier`, `version`, `kind`, and `event`, whose `kind`
    /// and `body` are those of the log's entry.
    ///
    /// Free text, such as a reason, is in the log only and stands here as the digest of its
    /// attachment. Later versions may add members.
    public var json: JSONValue {
        .members([
            "v": 1.json, "on": point.json, "at": at.json, "actor": actor.id.json,
            "deployment": deployment.json, "service": subject.service.json,
            "environment": subject.environment.name.json,
            "tier": subject.environment.tier.json, "version": subject.version.json,
            "kind": subject.kind.json,
            "event": .members(["kind": event.kind.json, "body": event.json]),
        ])
    }
}

/// That a hook did not do its part.
public struct HookFailure: Hashable, Sendable {
    /// The name of the hook.
    public let hook: String
    /// What it was told.
    public let point: HookPoint
    /// Why it failed.
    public let cause: FailureCause
    /// A sentence about it, without secrets.
    public let note: String?

    /// A failure of these parts.
    public init(hook: String, point: HookPoint, cause: FailureCause, note: String?) {
        self.hook = hook
        self.point = point
        self.cause = cause
        self.note = note
    }
}

/// A failure of a hook as the log keeps it. It changes no state.
public struct HookEvent: Hashable, Sendable, JSONConvertible {
    /// The name of the event in the log.
    public static let kind = "hook-failed"

    /// The name of the hook.
    public let hook: String
    /// What it was told.
    public let point: HookPoint
    /// Why it failed.
    public let cause: FailureCause
    /// A sentence about it.
    public let note: AttachmentReference?

    init(hook: String, point: HookPoint, cause: FailureCause, note: AttachmentReference?) {
        self.hook = hook
        self.point = point
        self.cause = cause
        self.note = note
    }

    /// An object.
    public var json: JSONValue {
        .members([
            "hook": hook.json, "on": point.json, "cause": cause.json, "note": note?.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        hook = try members.required("hook")
        point = try members.required("on")
        cause = try members.required("cause")
        note = try members.optional("note")
        try members.finish()
    }
}

extension Deployments {
    /// The same deployments, with somebody who is told of everything that a hook could be told.
    ///
    /// - Parameter observer: Called after the event is in the log, in the order of the log; it must
    ///   not wait.
    /// - Returns: The deployments whose changes are told.
    public func observed(by observer: @escaping @Sendable (HookOccasion) -> Void) -> Deployments {
        var copy = self
        copy.observer = observer
        return copy
    }

    func tell(_ events: [Decision.Event], of basis: Basis, _ context: DecisionContext) {
        guard let observer else { return }
        for case .deployment(let event) in events {
            guard let point = event.hookPoint else { continue }
            observer(
                HookOccasion(
                    point: point,
                    deployment: basis.id,
                    subject: basis.subject,
                    event: event,
                    actor: context.actor,
                    at: context.facts.now
                )
            )
        }
    }
}
