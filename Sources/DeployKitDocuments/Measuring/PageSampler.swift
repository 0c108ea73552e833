// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// Measures by reading the page of an exporter again and again, without a server between.
///
/// Of each page it keeps the lines of counters that matter, so that a watch that was interrupted
/// still knows by how much they grew.
public struct PageSampler: MetricSampling {
    private let url: String
    private var series: [(metric: SuccessMetric, query: PageQuery, series: PageSeries)]

    /// How far back counters are looked at where a metric does not say so.
    public static let usualWindow = Duration.seconds(300)

    /// A sampler.
    ///
    /// - Parameters:
    ///   - url: The address of the page.
    ///   - queries: The metrics, and what each is made of on the page.
    public init(url: String, queries: [(metric: SuccessMetric, query: PageQuery)]) {
        self.url = url
        series = queries.map { metric, query in
            let window = metric.window ?? Self.usualWindow
            return (metric, query, PageSeries(query, unit: metric.unit, window: window))
        }
    }

    /// The metrics that it measures.
    public var metrics: [MetricID] { series.map(\.metric.id) }
    /// A page shows the present alone.
    public var knowsThePast: Bool { false }

    /// The page, once for all metrics.
    public func requests(for moment: Timestamp) -> [MetricRequest] {
        [
            .page(
                url: url,
                accept: "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
            )
        ]
    }

    /// What the page says.
    public mutating func measurements(
        from answers: [Result<MetricAnswer, MetricFailure>],
        at moment: Timestamp
    ) -> (measurements: [NewMeasurement], remarks: [String]) {
        var remarks: [String] = []
        let page: Result<(OpenMetricsPage, Digest), AnswerError>
        do throws(AnswerError) {
            page = .success(try Self.page(answers.first))
        } catch {
            page = .failure(error)
            remarks.append("the page cannot be used: \(error)")
        }
        var measurements: [NewMeasurement] = []
        for index in series.indices {
            measurements.append(read(index, page, moment, &remarks))
        }
        return (measurements, remarks)
    }

    /// Takes the kept lines of earlier pages.
    public mutating func resume(from samples: [(sample: MetricSample, raw: [UInt8])]) {
        for (sample, raw) in samples {
            // What cannot be read is no beginning to count from: the next page is the first one.
            guard let page = try? OpenMetricsPage(excerpt: raw) else { continue }
            for index in series.indices where series[index].metric.id == sample.metric {
                // Only the growth of counters matters; what the line says was recorded then.
                _ = try? series[index].series.take(page, at: sample.measurement.at)
            }
        }
    }

    private mutating func read(
        _ index: Int,
        _ page: Result<(OpenMetricsPage, Digest), AnswerError>,
        _ moment: Timestamp,
        _ remarks: inout [String]
    ) -> NewMeasurement {
        let (metric, query) = (series[index].metric, series[index].query)
        func measurement(
            _ outcome: Measurement.Outcome,
            count: Int? = nil,
            digest: Digest? = nil,
            raw: [UInt8] = []
        ) -> NewMeasurement {
            NewMeasurement(
                metric.id,
                Measurement(
                    at: moment,
                    outcome,
                    sampleCount: count,
                    source: MetricRequest.page(url: url, accept: "").source,
                    query: "\(query)",
                    digest: digest
                ),
                raw: raw.isEmpty ? nil : Evidence(mediaType: "text/plain", bytes: raw)
            )
        }
        switch page {
        case .failure(let error): return measurement(.error(error.kind))
        case .success(let (page, digest)):
            do throws(AnswerError) {
                let (outcome, count) = try series[index].series.take(page, at: moment)
                let raw = series[index].series.excerpt(of: page)
                return measurement(outcome, count: count, digest: digest, raw: raw)
            } catch {
                remarks.append("\(metric.id): \(error)")
                return measurement(.error(error.kind), digest: digest)
            }
        }
    }

    static func page(
        _ answer: Result<MetricAnswer, MetricFailure>?
    ) throws(AnswerError) -> (OpenMetricsPage, Digest) {
        switch answer {
        case nil: throw AnswerError(.transport, "nobody answered")
        case .failure(let failure): throw AnswerError(failure.kind, failure.message)
        case .success(let answer):
            if answer.status == 401 || answer.status == 403 {
                throw AnswerError(.authentication, "the server refuses who asks")
            }
            if let status = answer.status, status != 200 {
                throw AnswerError(.transport, "the server answers with the status \(status)")
            }
            let dialect = OpenMetricsPage.Dialect(mediaType: answer.mediaType)
            let page = try OpenMetricsPage(answer.bytes, dialect: dialect)
            return (page, SHA256.digest(of: answer.bytes))
        }
    }
}
