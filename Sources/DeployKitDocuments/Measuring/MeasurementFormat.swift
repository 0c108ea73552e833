// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// How a document says what was measured.
public enum MeasurementFormat: String, Hashable, Sendable, CaseIterable {
    /// ``MeasurementTable`` in JSON.
    case json
    /// ``MeasurementTable`` in CSV.
    case csv
    /// ``JUnitReport``: the part of the tests that passed.
    case junit
    /// The answer of a Prometheus server that somebody saved.
    case prometheus
    /// ``OpenMetricsPage``, of one metric by its query.
    case openmetrics
    /// A value alone on one line, as a command prints it.
    case value

    /// The format that a file's name tells: `.json`, `.csv`, `.xml`.
    ///
    /// - Returns: `nil` for any other name.
    public init?(fileName: String) {
        switch fileName.split(separator: ".").last.map({ $0.lowercased() }) {
        case "json": self = .json
        case "csv": self = .csv
        case "xml": self = .junit
        case "om", "openmetrics": self = .openmetrics
        default: return nil
        }
    }

    /// What a document says.
    ///
    /// - Parameters:
    ///   - bytes: The document.
    ///   - metric: The metric that it is about, where it does not name any itself.
    ///   - query: What the metric is made of, for ``openmetrics``.
    ///   - deployment: The deployment, which knows the metrics by their names.
    ///   - moment: When it was measured, where the document does not say so.
    ///   - source: Who or what says so.
    /// - Returns: The measurements in the order of the document.
    /// - Throws: ``AnswerError`` for a document that cannot be read or holds no value of the
    ///   metric; `Refusal` for a metric that the checklist does not have.
    public func measurements(
        in bytes: [UInt8],
        of metric: SuccessMetric?,
        query: PageQuery? = nil,
        for deployment: Deployment,
        at moment: Timestamp,
        source: String
    ) throws -> [NewMeasurement] {
        let digest = SHA256.digest(of: bytes)
        func one(
            _ outcome: Measurement.Outcome,
            at: Timestamp = moment,
            count: Int? = nil,
            query: String? = nil
        ) throws(AnswerError) -> NewMeasurement {
            guard let metric else { throw Self.unnamed }
            return NewMeasurement(
                metric.id,
                Measurement(
                    at: at,
                    outcome,
                    sampleCount: count,
                    source: source,
                    query: query,
                    digest: digest
                )
            )
        }
        switch self {
        case .json, .csv:
            let table =
                try self == .json
                ? MeasurementTable(json: bytes) : MeasurementTable(csv: bytes)
            return try table.rows.map { row in
                let metric = try row.metric.map { try deployment.metric(named: $0) } ?? metric
                guard let metric else { throw Self.unnamed }
                return NewMeasurement(
                    metric.id,
                    try row.measurement(of: metric, at: moment, source: source, digest: digest)
                )
            }
        case .junit:
            let report = try JUnitReport(bytes)
            return [try one(try report.outcome(), count: report.passed + report.failed)]
        case .prometheus:
            guard let metric else { throw Self.unnamed }
            let points = try PrometheusAnswer(bytes).points()
            if points.isEmpty { return [try one(.absent)] }
            return try points.map { point in
                try one(point.value.outcome(in: metric.unit), at: point.at)
            }
        case .openmetrics:
            guard let metric else { throw Self.unnamed }
            guard let query, !query.isOverTime else {
                throw AnswerError(
                    .query,
                    "one page shows how much, not how fast: --query names a series or sum(…); what "
                        + "grows is measured with 'metric watch --page'"
                )
            }
            var series = PageSeries(query, unit: metric.unit, window: .zero)
            let (outcome, count) = try series.take(try OpenMetricsPage(bytes), at: moment)
            return [try one(outcome, count: count, query: "\(query)")]
        case .value:
            guard let metric else { throw Self.unnamed }
            let lines = String(decoding: bytes, as: UTF8.self)
                .split(separator: "\n").map { String($0).trimmed }.filter { !$0.isEmpty }
            guard let line = lines.first, lines.count == 1 else {
                throw AnswerError(.parse, "one line with a value is expected, not \(lines.count)")
            }
            do {
                return [try one(Measurement.Outcome(measured: line, of: metric))]
            } catch let error as MetricError {
                throw AnswerError(error.code == .dimension ? .unit : .parse, error.message)
            }
        }
    }

    private static let unnamed = AnswerError(
        .query,
        "the document does not say which metric it is about: name it"
    )
}
