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
        default: nil
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
