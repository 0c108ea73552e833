// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// Measures by asking a Prometheus server: `GET /api/v1/query` with the moment as `time`.
///
/// The server keeps the past, so that moments which were missed are asked for later.
public struct PrometheusSampler: MetricSampling {
    /// What to ask for a metric.
    public enum Query: Hashable, Sendable {
        /// An expression with one series or none.
        case value(String)
        /// Two expressions whose results are a part and the whole: nothing is divided by the server,
        /// so that the ratio stays exact.
        case ratio(part: String, whole: String)
        /// An expression with one series or none, and another one that counts its samples.
        case counted(String, samples: String)

        fileprivate var expressions: [String] {
            switch self {
            case .value(let expression): [expression]
            case .ratio(let part, let whole): [part, whole]
            case .counted(let expression, let samples): [expression, samples]
            }
        }
    }

    private let server: String
    private let queries: [(metric: SuccessMetric, query: Query)]
    private let timeout: Duration
    private let takesAllPoints: Bool

    /// A sampler.
    ///
    /// - Parameters:
    ///   - server: The address of the server, with the path below which `/api/v1` stands.
    ///   - queries: The metrics, and what to ask for each.
    ///   - timeout: How long the server may take for a query.
    ///   - takesAllPoints: Whether a matrix gives a measurement for each of its points, as for a
    ///     single look back; otherwise the last one counts, as in a watch.
    public init(
        server: String,
        queries: [(metric: SuccessMetric, query: Query)],
        timeout: Duration = .seconds(30),
        takesAllPoints: Bool = false
    ) {
        self.server = server.hasSuffix("/") ? String(server.dropLast()) : server
        self.queries = queries
        self.timeout = timeout
        self.takesAllPoints = takesAllPoints
    }

    /// The metrics that it measures.
    public var metrics: [MetricID] { queries.map(\.metric.id) }
    /// A server keeps the past.
    public var knowsThePast: Bool { true }

    /// One query for each expression.
    public func requests(for moment: Timestamp) -> [MetricRequest] {
        queries.flatMap(\.query.expressions).map { expression in
            let milliseconds = moment.milliseconds
            let rest = String(milliseconds % 1000)
            let zeros = String(repeating: "0", count: 3 - rest.utf8.count)
            return .page(
                url: "\(server)/api/v1/query?query=\(expression.percentEncoded)"
                    + "&time=\(milliseconds / 1000).\(zeros)\(rest)"
                    + "&timeout=\(max(1, timeout.wholeMilliseconds))ms",
                accept: "application/json"
            )
        }
    }

    /// What the server says.
    public mutating func measurements(
        from answers: [Result<MetricAnswer, MetricFailure>],
        at moment: Timestamp
    ) -> (measurements: [NewMeasurement], remarks: [String]) {
        var rest = answers[...]
        var remarks: [String] = []
        var measurements: [NewMeasurement] = []
        for (metric, query) in queries {
            let own = Array(rest.prefix(query.expressions.count))
            rest = rest.dropFirst(own.count)
            measurements += read(own, metric, query, moment, &remarks)
        }
        return (measurements, remarks)
    }

    /// There is nothing to go on with: the server keeps the past.
    public mutating func resume(from samples: [(sample: MetricSample, raw: [UInt8])]) {}

    private func read(
        _ answers: [Result<MetricAnswer, MetricFailure>],
        _ metric: SuccessMetric,
        _ query: Query,
        _ moment: Timestamp,
        _ remarks: inout [String]
    ) -> [NewMeasurement] {
        let bytes = answers.flatMap { answer in
            if case .success(let answer) = answer { answer.bytes } else { [UInt8]() }
        }
        let digest = bytes.isEmpty ? nil : SHA256.digest(of: bytes)
        func measurement(
            _ outcome: Measurement.Outcome,
            at moment: Timestamp,
            count: Int? = nil
        ) -> NewMeasurement {
            NewMeasurement(
                metric.id,
                Measurement(
                    at: moment,
                    outcome,
                    sampleCount: count,
                    source: MetricRequest.page(url: server, accept: "").source,
                    query: query.expressions.joined(separator: " ; "),
                    digest: digest
                )
            )
        }
        do {
            var found: [[PrometheusAnswer.Point]] = []
            for answer in answers {
                let parsed = try Self.parse(answer)
                remarks += parsed.warnings.map { "\(metric.id): the server warns: \($0)" }
                found.append(try parsed.points())
            }
            switch query {
            case .value:
                guard let last = found[0].last else { return [measurement(.absent, at: moment)] }
                guard takesAllPoints, found[0].count > 1 else {
                    return [measurement(last.value.outcome(in: metric.unit), at: moment)]
                }
                return found[0].map { point in
                    measurement(point.value.outcome(in: metric.unit), at: point.at)
                }
            case .ratio:
                let outcome = try Self.ratio(found[0].last, found[1].last)
                return [measurement(outcome, at: moment)]
            case .counted:
                let count = found[1].last?.value.finite.flatMap { number in
                    Int(number.description.prefix { $0 != "." })
                }
                let outcome = found[0].last?.value.outcome(in: metric.unit) ?? .absent
                return [measurement(outcome, at: moment, count: max(0, count ?? 0))]
            }
        } catch {
            remarks.append("\(metric.id): \(error.message)")
            return [measurement(.error(error.kind), at: moment)]
        }
    }

    private static func ratio(
        _ part: PrometheusAnswer.Point?,
        _ whole: PrometheusAnswer.Point?
    ) throws(AnswerError) -> Measurement.Outcome {
        // Nothing of something is 0 of it; something of nothing is not known.
        guard let whole else { return .absent }
        guard let total = whole.value.finite else { return .nan }
        guard let value = part.map(\.value) ?? MetricNumber("0"), let number = value.finite else {
            return .nan
        }
        do {
            return .ratio(try Ratio(number, of: total))
        } catch {
            throw AnswerError(.query, error.message)
        }
    }

    static func parse(
        _ answer: Result<MetricAnswer, MetricFailure>
    ) throws(AnswerError) -> PrometheusAnswer {
        switch answer {
        case .failure(let failure): throw AnswerError(failure.kind, failure.message)
        case .success(let answer):
            if answer.status == 401 || answer.status == 403 {
                throw AnswerError(
                    .authentication,
                    "the server refuses who asks (\(answer.status ?? 0))"
                )
            }
            do {
                return try PrometheusAnswer(answer.bytes)
            } catch {
                // An error page of something in between is no JSON, and its status says more.
                guard error.kind == .parse, let status = answer.status, status != 200 else {
                    throw error
                }
                throw AnswerError(
                    status >= 500 ? .transport : .query,
                    "the server answers with the status \(status)"
                )
            }
        }
    }
}

extension String {
    /// The text as a part of a query in an address (RFC 3986): all but unreserved characters are
    /// written as bytes.
    var percentEncoded: String {
        var result = ""
        for byte in utf8 {
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte) || "-._~".utf8.contains(byte)
            if isPlain {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }
}
