// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Turns answers into measurements: knows what to ask, and how to read what comes back. It does
/// neither itself, so that it can be tested without a server.
public protocol MetricSampling: Sendable {
    /// The metrics that it measures.
    var metrics: [MetricID] { get }

    /// Whether it can be asked for a moment that has passed.
    var knowsThePast: Bool { get }

    /// What to ask about a moment.
    func requests(for moment: Timestamp) -> [MetricRequest]

    /// What the answers say, one for each request and in the same order.
    ///
    /// - Returns: One measurement for each metric, of a failure where there is no value, and
    ///   remarks for people: warnings of a server, reasons of failures.
    mutating func measurements(
        from answers: [Result<MetricAnswer, MetricFailure>],
        at moment: Timestamp
    ) -> (measurements: [NewMeasurement], remarks: [String])

    /// Goes on after an interruption: takes what was kept of earlier answers, oldest first.
    mutating func resume(from samples: [(sample: MetricSample, raw: [UInt8])])
}
