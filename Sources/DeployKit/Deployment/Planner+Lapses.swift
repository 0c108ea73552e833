// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Planner {
    /// Records what time alone has brought about until now, in the order in which it came about.
    ///
    /// It happened at `effectiveAt`, which follows from what was recorded before; noticing it
    /// earlier or later makes no difference but to when it is recorded.
    mutating func lapse() {
        while !state.status.isTerminal {
            let now = state.moment(facts)
            let missed = state.nextLapse(until: now)
            let lapsed = state.nextGateLapse(until: now, given: facts)
            if let lapsed, missed.map({ lapsed.0 <= $0.at }) ?? true {
                emit(.gate(lapsed.1))
                // A round that is lost halts or ends the deployment at once.
                settle()
            } else if let missed {
                emit(.window(.missed(missed.id, effectiveAt: missed.at)))
            } else {
                return
            }
        }
    }
}

extension Deployment {
    /// The first observation that was missed and the log does not know of yet.
    func nextLapse(until now: Timestamp) -> (at: Timestamp, id: ObservationID)? {
        var first: (at: Timestamp, id: ObservationID)?
        for plan in windows {
            for id in plan.observations where observations[id] == nil {
                guard let at = plan.times(of: id.number)?.missedAt, at <= now else { break }
                if first.map({ ($0.at, $0.id) > (at, id) }) ?? true { first = (at, id) }
                break
            }
        }
        return first
    }
}
