// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A measurement of one metric, as the log keeps it.
public struct MetricSample: Hashable, Sendable, JSONConvertible {
    /// The metric.
    public let metric: MetricID
    /// What was measured.
    public let measurement: Measurement
    /// The answer that it was read from, where it is kept; its digest in the measurement is that of
    /// the answer alone, without a salt.
    public let raw: AttachmentReference?

    /// A sample.
    public init(_ metric: MetricID, _ measurement: Measurement, raw: AttachmentReference? = nil) {
        self.metric = metric
        self.measurement = measurement
        self.raw = raw
    }

    /// An object with `metric`, `measurement` and, where it is kept, `raw`.
    public var json: JSONValue {
        .members(["metric": metric.json, "measurement": measurement.json, "raw": raw?.json])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        metric = try members.required("metric")
        measurement = try members.required("measurement")
        raw = try members.optional("raw")
        try members.finish()
    }
}
