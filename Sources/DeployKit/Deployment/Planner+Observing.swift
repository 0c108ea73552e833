// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Planner {
    /// Starts the windows, once nothing of the deployment itself is left to do.
    mutating func startWindows() {
        guard state.windowPlans == nil else { return }
        let windows = state.applicableWindows()
        guard !windows.isEmpty else { return }
        // `start` refuses a zone of which no rules are known; they can only be gone since.
        let zone = facts.calendar.zone(of: state.subject.environment)
        let plans = windows.map { window, isRequired in
            WindowPlan(window, isRequired: isRequired, after: facts.now, in: zone)
        }
        emit(.window(.started(plans, start: facts.now, zone: zone.name)))
    }

    /// Records what somebody says of an observation.
    ///
    /// - Parameters:
    ///   - window: The window.
    ///   - number: Which of its observations; `nil` for the one that can be made now, or all that
    ///     are left when they are waived.
    ///   - report: What is said.
    /// - Returns: `false` when it was said already.
    /// - Throws: ``Refusal`` when it may not be said.
    mutating func observe(
        _ window: WindowID,
        _ number: Int?,
        _ report: ObservationReport
    ) throws(Refusal) -> Bool {
        guard let plan = state.windows.first(where: { $0.window == window }) else {
            let known = state.windows.map(\.window.text).joined(separator: ", ")
            throw Refusal(
                .wrongState,
                known.isEmpty
                    ? "no window of the deployment runs; they start when its last item is settled"
                    : "the window '\(window)' does not run; there are \(known)"
            )
        }
        switch report {
        case .waived(let reason): return try waive(plan, number, reason)
        case .reopened(let reason):
            let id = try observation(number, of: plan, whereAny: { $0 == .failed })
            return try reopen(id, reason)
        case .made(let note, let evidence):
            let id = try observation(number, of: plan, whereAny: \.canBeMade)
            if let record = state.observations[id], record.standing == .made {
                return try repeated(record.note, note, what: "'\(id)' was made")
            }
            try checkTime(of: id)
            let references = evidence.map { attachments.attach($0) }
            emit(.window(.made(id, note: attachments.attach(note), evidence: references)))
        case .failed(let reason):
            let id = try observation(number, of: plan, whereAny: \.canBeMade)
            if let record = state.observations[id], record.standing == .failed {
                return try repeated(record.note, reason, what: "'\(id)' was reported as failed")
            }
            try checkTime(of: id)
            emit(.window(.failed(id, reason: attachments.attach(reason))))
        }
        return true
    }

    private mutating func waive(
        _ plan: WindowPlan,
        _ number: Int?,
        _ reason: String
    ) throws(Refusal) -> Bool {
        try required(reason, "a reason")
        if let number {
            let id = try observation(number, of: plan, whereAny: { _ in false })
            if let record = state.observations[id] {
                if record.standing == .waived {
                    return try repeated(record.note, reason, what: "'\(id)' was waived")
                }
                if record.standing == .made {
                    throw Refusal(.wrongState, "'\(id)' is made; 'reopen' it first")
                }
            }
            if let text = attachments.attach(reason) { emit(.window(.waived([id], reason: text))) }
            return true
        }
        let left = plan.observations.filter { id in
            state.standing(of: id, given: facts)?.isSettled == false
        }
        if left.isEmpty { return false }
        if let text = attachments.attach(reason) { emit(.window(.waived(left, reason: text))) }
        return true
    }

    private mutating func reopen(_ id: ObservationID, _ reason: String?) throws(Refusal) -> Bool {
        switch state.observations[id]?.standing {
        case .failed: break
        case .made, .waived: try required(reason ?? "", "a reason")
        default:
            throw Refusal(.wrongState, "of '\(id)' nothing is recorded that could be taken back")
        }
        emit(.window(.reopened(id, reason: attachments.attach(reason))))
        return true
    }

    /// The observation of this number, or without one the first whose standing fits.
    private func observation(
        _ number: Int?,
        of plan: WindowPlan,
        whereAny fits: (ObservationStanding) -> Bool
    ) throws(Refusal) -> ObservationID {
        guard let number else {
            let found = plan.observations.first { id in
                state.standing(of: id, given: facts).map(fits) == true
            }
            if let found { return found }
            // Saying it twice changes nothing.
            let now = state.moment(facts)
            let current = plan.observations.last { id in
                plan.times(of: id.number).map { $0.opensAt <= now && now < $0.missedAt } == true
            }
            if let current, state.observations[current] != nil { return current }
            let next = plan.due.first { $0 > state.moment(facts) }
            throw Refusal(
                .wrongState,
                "no observation of '\(plan.window)' is due now"
                    + (next.map { "; the next is at \($0)" } ?? "; the last one is over")
            )
        }
        guard plan.times(of: number) != nil else {
            throw Refusal(
                .unknownName,
                "the window '\(plan.window)' has \(plan.due.count) observations, and no #\(number)"
            )
        }
        return ObservationID(window: plan.window, number: number)
    }

    private func checkTime(of id: ObservationID) throws(Refusal) {
        guard let times = state.times(of: id), let standing = state.standing(of: id, given: facts)
        else { return }
        switch standing {
        case .open, .due, .late: return
        case .upcoming: throw Refusal(.notReady, "'\(id)' is due at \(times.dueAt)")
        case .missed:
            throw Refusal(
                .wrongState,
                "'\(id)' was due at \(times.dueAt) and missed at \(times.missedAt); 'waive' goes on "
                    + "without it"
            )
        case .made, .failed, .waived, .cancelled:
            throw Refusal(.wrongState, "'\(id)' is \(standing.rawValue); 'reopen' it first")
        }
    }
}
