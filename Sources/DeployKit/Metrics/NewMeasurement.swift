// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A measurement that is to be recorded, with the answer that it was read from.
public struct NewMeasurement: Hashable, Sendable {
    /// The metric.
    public let metric: MetricID
    /// What was measured.
    public let measurement: Measurement
    /// The answer, where it is to be kept beside its digest.
    public let raw: Evidence?

    /// A measurement that is to be recorded.
    public init(_ metric: MetricID, _ measurement: Measurement, raw: Evidence? = nil) {
        self.metric = metric
        self.measurement = measurement
        self.raw = raw
    }
}
