// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// How one observation of a monitoring window stands at a moment.
public enum ObservationStanding: String, Hashable, Sendable, JSONConvertible {
    /// It is not its time yet.
    case upcoming
    /// It may be made already, and is not due yet.
    case open
    /// It should be made now.
    case due
    /// It should have been made, and still can.
    case late
    /// The next one is due: it can no longer be made.
    case missed
    /// It was made, and all was well.
    case made
    /// It was made, and something was not.
    case failed
    /// Somebody decided to go on without it.
    case waived
    /// The deployment ended first.
    case cancelled

    /// Whether it can be made now.
    public var canBeMade: Bool { self == .open || self == .due || self == .late }

    /// Whether nothing of it is left to do.
    public var isSettled: Bool { self == .made || self == .waived }
}

/// What is recorded of an observation.
public struct ObservationRecord: Hashable, Sendable {
    /// `made`, `failed`, `missed` or `waived`.
    public let standing: ObservationStanding
    /// Who recorded it; `nil` when it was missed, which nobody does.
    public let actor: Actor?
    /// When it was recorded, or when it was missed.
    public let at: Timestamp
    /// The note or reason.
    public let note: AttachmentReference?
    /// The evidence.
    public let evidence: [AttachmentReference]
}

/// What somebody says of an observation.
public enum ObservationReport: Hashable, Sendable {
    /// All was well.
    case made(note: String?, evidence: [Evidence])
    /// Something was not.
    case failed(reason: String?)
    /// It is not needed.
    case waived(reason: String)
    /// What was said before does not hold.
    case reopened(reason: String?)
}

extension Deployment {
    /// The monitoring windows, once they run: in the order of the checklist.
    public var windows: [WindowPlan] { windowPlans ?? [] }

    /// The moment that counts: a clock that was set back takes nothing back that the log has seen.
    func moment(_ facts: Facts) -> Timestamp { max(facts.now, lastEventAt) }

    /// How an observation stands; `nil` when no running window has it.
    public func standing(
        of observation: ObservationID,
        given facts: Facts
    ) -> ObservationStanding? {
        guard let times = times(of: observation) else { return nil }
        if let record = observations[observation] { return record.standing }
        if status.isTerminal { return .cancelled }
        let now = moment(facts)
        if now >= times.missedAt { return .missed }
        if now >= times.lateAt { return .late }
        if now >= times.dueAt { return .due }
        return now >= times.opensAt ? .open : .upcoming
    }

    /// When an observation is due, late and missed; `nil` when no running window has it.
    public func times(of observation: ObservationID) -> ObservationTimes? {
        windows.first { $0.window == observation.window }?.times(of: observation.number)
    }

    /// What the windows keep the deployment from being completed for, one reason for each.
    func observationReasons(given facts: Facts) -> [GateReason] {
        windows.filter(\.isRequired).compactMap { plan in
            var open = 0
            var missed: [Int] = []
            var failed: [Int] = []
            for observation in plan.observations {
                switch standing(of: observation, given: facts) {
                case .missed: missed.append(observation.number)
                case .failed: failed.append(observation.number)
                case .upcoming, .open, .due, .late: open += 1
                case .made, .waived, .cancelled, nil: break
                }
            }
            guard open + missed.count + failed.count > 0 else { return nil }
            return .observations(plan.window, open: open, missed: missed, failed: failed)
        }
    }

    /// The first failed observation of a window that the deployment waits for.
    var failedObservation: ObservationID? {
        windows.lazy.filter(\.isRequired).flatMap(\.observations)
            .first { self.observations[$0]?.standing == .failed }
    }

    /// The title of a window, or its name when the checklist does not have it.
    public func title(_ window: WindowID) -> String {
        checklist.windows.first { $0.id == window }?.title ?? window.text
    }

    /// The window that a person means: by its id, its title in upper or lower case, or the
    /// beginning of either.
    ///
    /// - Returns: `nil` when none or several fit.
    public func window(named name: String) -> WindowID? {
        if let exact = checklist.windows.first(where: { $0.id.text == name }) { return exact.id }
        let wanted = name.lowercased()
        guard !wanted.isEmpty else { return nil }
        let found = checklist.windows.filter { window in
            window.id.text.hasPrefix(wanted) || window.title.lowercased().hasPrefix(wanted)
        }
        return found.count == 1 ? found.first?.id : nil
    }

    /// The windows that concern this deployment, and whether it waits for them.
    ///
    /// A window is about the items below the heading of the same title: it applies where one of
    /// them does, and is required where one of those is. One that no heading has applies unless
    /// nothing that follows the deployment is meant for the environment.
    func applicableWindows() -> [(window: MonitoringWindow, isRequired: Bool)] {
        // Trials, maintenance and recoveries put nothing new before anybody's eyes.
        guard subject.kind.locksEnvironment else { return [] }
        let phases = checklist.phases
        let followUps = phases.indices.filter { phases[$0].isFollowUp }
        let hasFollowUp = followUps.isEmpty || followUps.contains { !isOutOfScope($0) }
        return checklist.windows.compactMap { window in
            let own = outline.leaves.filter { entry in
                entry.section == window.title || phases[entry.phase].title == window.title
            }
            if own.isEmpty { return hasFollowUp ? (window, true) : nil }
            let applicable = own.filter { items.state(of: $0) != .notApplicable }
            if applicable.isEmpty { return nil }
            return (window, applicable.contains { $0.requirement != .optional })
        }
    }

    mutating func apply(_ event: WindowEvent, _ recorded: RecordedEvent) {
        func record(
            _ standing: ObservationStanding,
            _ note: AttachmentReference?,
            _ evidence: [AttachmentReference] = []
        ) -> ObservationRecord {
            ObservationRecord(
                standing: standing,
                actor: recorded.actor,
                at: recorded.at,
                note: note,
                evidence: evidence
            )
        }
        switch event {
        case .started(let plans, _, _): windowPlans = plans
        case .made(let id, let note, let evidence):
            observations[id] = record(.made, note, evidence)
        case .failed(let id, let reason): observations[id] = record(.failed, reason)
        case .missed(let id, let moment):
            observations[id] = ObservationRecord(
                standing: .missed,
                actor: nil,
                at: moment,
                note: nil,
                evidence: []
            )
        case .waived(let ids, let reason):
            for id in ids { observations[id] = record(.waived, reason) }
        case .reopened(let id, _): observations[id] = nil
        }
    }
}
