// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Readings of counters over a window of time, and by how much they grew in it.
///
/// A counter that is smaller than before was reset, and has grown by what it shows; one that appears
/// while others were read before has grown from 0; one that disappears has not shrunk. Nothing is
/// extrapolated: it is counted what was seen.
public struct CounterWindow: Hashable, Sendable {
    private struct Reading: Hashable, Sendable {
        var at: Timestamp
        /// By how much each counter had grown altogether, counted from the first reading.
        var grown: [String: ExactDecimal]
    }

    private let span: Duration
    private var readings: [Reading] = []
    private var last: [String: ExactDecimal] = [:]

    /// A window of this length.
    public init(_ span: Duration) {
        self.span = span
    }

    /// How many readings it holds.
    public var count: Int { readings.count }

    /// Takes the values of all counters, by a name that tells series apart. What is not later than
    /// the reading before it is passed over.
    ///
    /// - Throws: ``MetricError``: `value` for a counter below zero, `overflow`.
    public mutating func observe(
        _ values: [String: ExactDecimal],
        at moment: Timestamp
    ) throws(MetricError) {
        if let before = readings.last, moment <= before.at { return }
        var grown = readings.last?.grown ?? [:]
        let isFirst = readings.isEmpty
        for (name, value) in values {
            guard !value.isNegative else {
                throw MetricError(.value, "the counter '\(name)' is \(value), below zero")
            }
            let before = last[name] ?? (isFirst ? value : .zero)
            let step = value < before ? value : try value.adding(before.negated)
            grown[name] = try (grown[name] ?? .zero).adding(step)
            last[name] = value
        }
        readings.append(Reading(at: moment, grown: grown))
        // The last reading before the window is where it starts.
        while readings.count > 2, moment - readings[1].at >= span { readings.removeFirst() }
    }

    /// By how much each counter grew between the start of the window and the last reading; `nil`
    /// before there are two readings.
    ///
    /// - Throws: ``MetricError``, code `overflow`.
    public func increases() throws(MetricError) -> [String: ExactDecimal]? {
        guard let first = readings.first, let last = readings.last, readings.count > 1 else {
            return nil
        }
        var result: [String: ExactDecimal] = [:]
        for (name, value) in last.grown {
            result[name] = try value.adding((first.grown[name] ?? .zero).negated)
        }
        return result
    }

    /// The time between the start of the window and the last reading; `nil` before there are two.
    public var elapsed: Duration? {
        guard let first = readings.first, let last = readings.last, readings.count > 1 else {
            return nil
        }
        return last.at - first.at
    }
}
