// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Planner {
    /// Records what time alone has brought about until now, in the order in which it came about.
    ///
    /// It happened at `effectiveAt`, which follows from what was recorded before; noticing it
    /// earlier or later makes no difference but to when it is recorded.
    mutating func lapse() {
        while !state.status.isTerminal, let next = state.nextLapse(until: state.moment(facts)) {
            emit(next)
        }
    }
}

extension Deployment {
    /// The first thing that time has brought about and the log does not know yet.
    func nextLapse(until now: Timestamp) -> DeploymentEvent? {
        var first: (at: Timestamp, id: ObservationID)?
        for plan in windows {
            for id in plan.observations where observations[id] == nil {
                guard let at = plan.times(of: id.number)?.missedAt, at <= now else { break }
                if first.map({ ($0.at, $0.id) > (at, id) }) ?? true { first = (at, id) }
                break
            }
        }
        return first.map { .window(.missed($0.id, effectiveAt: $0.at)) }
    }
}
