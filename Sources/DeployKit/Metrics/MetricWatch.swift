// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Measuring again and again: from when, how often and for how long.
///
/// The moments are counted from the start and never from the last measurement, so that a watch that
/// was interrupted goes on where it would have been, and a clock that is set changes none of them.
public struct MetricWatch: Hashable, Sendable, JSONConvertible {
    /// When the first measurement was due.
    public let start: Timestamp
    /// How long it lasts.
    public let duration: Duration
    /// The time from one measurement to the next.
    public let cadence: Duration
    /// The metrics that are measured.
    public let metrics: [MetricID]

    /// A watch.
    ///
    /// - Throws: ``MetricError``, code `value`, unless the cadence is a second or more, and no
    ///   longer than the duration, there are a million moments at most, and there is a metric.
    public init(
        start: Timestamp,
        duration: Duration,
        cadence: Duration,
        metrics: [MetricID]
    ) throws(MetricError) {
        guard cadence >= .seconds(1), cadence <= duration, !metrics.isEmpty,
            duration.wholeMilliseconds / cadence.wholeMilliseconds < 1_000_000
        else {
            throw MetricError(
                .value,
                "a watch measures every second at most, more than once, a million times at most, "
                    + "and something"
            )
        }
        self.start = start
        self.duration = duration
        self.cadence = cadence
        self.metrics = metrics
    }

    /// How many moments there are, the first and the last included.
    public var momentCount: Int {
        Int(duration.wholeMilliseconds / cadence.wholeMilliseconds) + 1
    }

    /// The moment number `index`, counting from 0.
    public func moment(_ index: Int) -> Timestamp {
        Timestamp(milliseconds: start.milliseconds + cadence.wholeMilliseconds * Int64(index))
    }

    /// How many of the moments are not after `now`.
    public func countOfMoments(until now: Timestamp) -> Int {
        guard now >= start else { return 0 }
        return min(
            momentCount,
            Int((now - start).wholeMilliseconds / cadence.wholeMilliseconds) + 1
        )
    }

    /// An object; spans are milliseconds.
    public var json: JSONValue {
        .members([
            "start": start.json, "duration": duration.json, "cadence": cadence.json,
            "metrics": metrics.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let start: Timestamp = try members.required("start")
        let duration: Duration = try members.required("duration")
        let cadence: Duration = try members.required("cadence")
        let metrics: [MetricID] = try members.required("metrics")
        try members.finish()
        do {
            try self.init(start: start, duration: duration, cadence: cadence, metrics: metrics)
        } catch {
            throw error.inJSON
        }
    }
}
