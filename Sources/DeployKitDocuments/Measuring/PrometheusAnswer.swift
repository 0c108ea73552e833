// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// What a Prometheus server answers to a query: `/api/v1/query` and `/api/v1/query_range`.
///
/// Read are the members `status`, `data` with `resultType` and `result`, `errorType`, `error`,
/// `warnings` and `infos` (Prometheus, `docs/querying/api.md`); others are passed over. An answer
/// with the status 200 and `status` `error` is an error.
public struct PrometheusAnswer: Hashable, Sendable {
    /// A value and its moment.
    public struct Point: Hashable, Sendable {
        /// The moment.
        public let at: Timestamp
        /// The value.
        public let value: MetricNumber
    }

    /// A series: its labels, by name, and its points.
    public struct Series: Hashable, Sendable {
        /// The labels.
        public let labels: [String: String]
        /// The points, oldest first; one in a vector.
        public let points: [Point]
    }

    /// What was found.
    public enum Result: Hashable, Sendable {
        /// One point for each series.
        case vector([Series])
        /// Points over time for each series.
        case matrix([Series])
        /// A number without labels.
        case scalar(Point)
        /// A text.
        case string(String)
    }

    /// What was found.
    public let result: Result
    /// What the server warns of, as it says it.
    public let warnings: [String]
    /// What the server remarks, as it says it.
    public let infos: [String]

    /// Reads an answer.
    ///
    /// - Throws: ``AnswerError``: `parse` for what is no answer, and as the server's `errorType`
    ///   says: `timeout` for `timeout` and `canceled`, `transport` for `unavailable` and
    ///   `internal`, otherwise `query`.
    public init(_ bytes: [UInt8]) throws(AnswerError) {
        let json = try ForeignJSON(bytes)
        switch json["status"]?.string {
        case "success": break
        case "error":
            let type = json["errorType"]?.string ?? "unknown"
            let kind: MeasurementErrorKind =
                switch type {
                case "timeout", "canceled": .timeout
                case "unavailable", "internal": .transport
                default: .query
                }
            throw AnswerError(kind, "the server says \(type): \(json["error"]?.string ?? "")")
        default: throw AnswerError(.parse, "the answer has no status; is this a Prometheus server?")
        }
        guard let data = json["data"], let type = data["resultType"]?.string,
            let result = data["result"]
        else { throw AnswerError(.parse, "the answer has no data with resultType and result") }
        self.result = try Self.result(type, result)
        warnings = (json["warnings"]?.array ?? []).compactMap(\.string)
        infos = (json["infos"]?.array ?? []).compactMap(\.string)
    }

    private static func result(
        _ type: String,
        _ json: ForeignJSON
    ) throws(AnswerError) -> Result {
        switch type {
        case "scalar": return .scalar(try point(json))
        case "string":
            guard let parts = json.array, parts.count == 2, let text = parts[1].string else {
                throw AnswerError(.parse, "a string is expected as [time, text]")
            }
            return .string(text)
        case "vector", "matrix":
            guard let elements = json.array else {
                throw AnswerError(.parse, "the result of a \(type) is no array")
            }
            var series: [Series] = []
            for element in elements { series.append(try Self.series(element, type)) }
            return type == "vector" ? .vector(series) : .matrix(series)
        default: throw AnswerError(.parse, "the result type '\(type)' is unknown")
        }
    }

    private static func series(
        _ json: ForeignJSON,
        _ type: String
    ) throws(AnswerError) -> Series {
        var labels: [String: String] = [:]
        if case .object(let members)? = json["metric"] {
            for (name, value) in members { labels[name] = value.string }
        }
        if json["histogram"] != nil || json["histograms"] != nil {
            throw AnswerError(
                .query,
                "the series is a native histogram, which is no value; ask for histogram_quantile()"
            )
        }
        if type == "vector" {
            guard let value = json["value"] else {
                throw AnswerError(.parse, "a series of the vector has no value")
            }
            return Series(labels: labels, points: [try point(value)])
        }
        guard let values = json["values"]?.array else {
            throw AnswerError(.parse, "a series of the matrix has no values")
        }
        var points: [Point] = []
        for value in values { points.append(try point(value)) }
        return Series(labels: labels, points: points)
    }

    private static func point(_ json: ForeignJSON) throws(AnswerError) -> Point {
        guard let parts = json.array, parts.count == 2, let time = parts[0].scalarText,
            let text = parts[1].string
        else { throw AnswerError(.parse, "a value is expected as [time, \"number\"]") }
        guard let value = MetricNumber(text) else {
            throw AnswerError(.parse, "'\(text)' is no number")
        }
        guard let at = Timestamp(unixSeconds: time) else {
            throw AnswerError(.parse, "'\(time)' is no time in seconds")
        }
        return Point(at: at, value: value)
    }

    /// The points of the only series, oldest first; none where the answer is empty.
    ///
    /// - Throws: ``AnswerError``: `ambiguous` for several series, `query` for a text.
    public func points() throws(AnswerError) -> [Point] {
        switch result {
        case .scalar(let point): return [point]
        case .string:
            throw AnswerError(.query, "the query answers with a text, which is no value")
        case .vector(let series), .matrix(let series):
            guard series.count <= 1 else {
                throw AnswerError(
                    .ambiguous,
                    "\(series.count) series answer where one is expected; aggregate them, such as "
                        + "with sum(): " + series.prefix(3).map(\.name).joined(separator: ", ")
                )
            }
            return series.first?.points ?? []
        }
    }
}

extension PrometheusAnswer.Series {
    fileprivate var name: String {
        let others = labels.filter { $0.key != "__name__" }.sorted { $0.key < $1.key }
            .map { "\($0.key)=\"\($0.value)\"" }
        return (labels["__name__"] ?? "") + "{\(others.joined(separator: ","))}"
    }
}

extension Timestamp {
    /// A moment as seconds since 1970, in decimals; parts of a millisecond are cut off.
    ///
    /// - Returns: `nil` for what is no number, and before 1970 or after 9999: milliseconds taken for
    ///   seconds land there.
    init?(unixSeconds text: String) {
        guard let seconds = try? ExactDecimal(text), !seconds.isNegative,
            let milliseconds = try? seconds.multiplied(by: 1000),
            milliseconds < ExactDecimal(253_402_300_800_000)
        else { return nil }
        let whole = milliseconds.description.prefix { $0 != "." }
        guard let value = Int64(whole) else { return nil }
        self.init(milliseconds: value)
    }
}
