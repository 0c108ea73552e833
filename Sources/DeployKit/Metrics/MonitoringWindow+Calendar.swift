// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A name for a ``MonitoringWindow``.
public typealias WindowID = Identifier<MonitoringWindow>

extension MonitoringWindow {
    /// How many observations one window may ask for.
    public static let mostOccurrences = 1000

    /// The time from one observation to the next, or, where there is one alone, as long as the
    /// window: what an observation has before it counts as missed.
    public var allowance: Duration { cadence ?? duration }

    /// When the observations are due after a deployment that ended at `start`, oldest first.
    ///
    /// Days and weeks are those of the calendar: the same time of day, whether or not the clocks
    /// were set meanwhile. Hours and minutes are hours and minutes, across such a change too.
    public func dueTimes(after start: Timestamp, in zone: ZoneRules) -> [Timestamp] {
        guard let cadence else { return [zone.moment(startAfter + duration, after: start)] }
        let isByDay = cadence.wholeMilliseconds % 86_400_000 == 0
        return (0..<occurrenceCount).map { index in
            isByDay
                ? zone.moment(startAfter + initialDelay + cadence * index, after: start)
                : zone.moment(startAfter, after: start) + initialDelay + cadence * index
        }
    }

    /// When the window begins after a deployment that ended at `start`.
    public func begin(after start: Timestamp, in zone: ZoneRules) -> Timestamp {
        zone.moment(startAfter, after: start)
    }
}
