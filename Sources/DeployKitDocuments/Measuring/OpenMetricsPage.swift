// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// A page of metrics as a service exposes it.
///
/// OpenMetrics text 1.0 is read as its specification asks for it, errors included: `# EOF` at the
/// end, `_total` at counters, units as suffixes, buckets in order with `+Inf`, no negative or NaN
/// counters, no series twice. The older Prometheus text format 0.0.4 has fewer rules: comments and
/// blank lines stand anywhere, counters are named as they like, and nothing marks the end; negative
/// counters and series that are given twice are refused there, too. Exemplars are checked and
/// passed over. Names in quotes and native histograms, which later versions add, are refused.
public struct OpenMetricsPage: Hashable, Sendable {
    /// The format of a page.
    public enum Dialect: String, Hashable, Sendable {
        /// `application/openmetrics-text`.
        case openMetrics
        /// `text/plain; version=0.0.4`.
        case prometheusText

        /// The dialect of a page of this media type.
        public init(mediaType: String?) {
            let isOpen = mediaType?.lowercased().hasPrefix("application/openmetrics-text") == true
            self = isOpen ? .openMetrics : .prometheusText
        }
    }

    /// What a family of series is.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A value that goes up and down.
        case gauge
        /// A count that only grows, until its process starts anew.
        case counter
        /// Flags of which each is 0 or 1.
        case stateset
        /// Texts as labels.
        case info
        /// Counts by size.
        case histogram
        /// Counts by size that go up and down.
        case gaugehistogram
        /// Quantiles.
        case summary
        /// Nobody said.
        case unknown
    }

    /// A label with its value.
    public struct Label: Hashable, Sendable {
        /// The name.
        public let name: String
        /// The value.
        public let value: String
    }

    /// One line of the page.
    public struct Sample: Hashable, Sendable {
        /// The name of the series.
        public let name: String
        /// The labels by name, ascending.
        public let labels: [Label]
        /// The value.
        public let value: MetricNumber
        /// The family that it belongs to.
        public let family: String
        /// What the family is.
        public let kind: Kind
        /// The number of the line, from 1.
        public let line: Int
        /// The time that the page states, in seconds; it is checked, and not used.
        let time: Double?

        /// The value of a label, or `nil` where there is none.
        public subscript(label: String) -> String? { labels.first { $0.name == label }?.value }
    }

    /// The samples in the order of the page.
    public let samples: [Sample]

    /// Reads a page.
    ///
    /// - Throws: ``AnswerError``, kind `parse`, with the line.
    public init(_ bytes: [UInt8], dialect: Dialect = .openMetrics) throws(AnswerError) {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw AnswerError(.parse, "the page is not UTF-8")
        }
        var reader = OpenMetricsReader(dialect)
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        for (number, line) in lines.enumerated() { try reader.read(line, number + 1) }
        try reader.finish()
        samples = reader.samples
    }

    /// Reads lines of samples that were kept of a page; the kinds of families are not known any more.
    init(excerpt bytes: [UInt8]) throws(AnswerError) {
        try self.init(bytes, dialect: .prometheusText)
    }
}
