// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Why a measurement failed, as opposed to finding nothing.
@nonexhaustive
public enum MeasurementErrorKind: String, Hashable, Sendable, CaseIterable {
    /// The source could not be reached.
    case transport
    /// The source did not answer in time.
    case timeout
    /// The source refused who asked.
    case authentication
    /// The source refused what was asked.
    case query
    /// The answer could not be read.
    case parse
    /// There were several series where one was expected.
    case ambiguous
    /// The answer measures something else than the metric.
    case unit
}

/// What was measured at one moment, and where that is known from.
public struct Measurement: Hashable, Sendable {
    /// What a measurement found. Nothing stands for 0 but 0.
    public enum Outcome: Hashable, Sendable {
        /// A quantity.
        case value(Quantity)
        /// A part of a whole.
        case ratio(Ratio)
        /// The source said that it is no number.
        case nan
        /// The source has no value.
        case absent
        /// The measuring was ended before there was a value.
        case terminated
        /// The measurement failed.
        case error(MeasurementErrorKind)
    }

    /// When it was measured.
    public let at: Timestamp
    /// What was found.
    public let outcome: Outcome
    /// How many samples it rests on; a ratio's whole when absent.
    public let sampleCount: Int?
    /// Who or what said so, such as a person, a file or a server.
    public let source: String?
    /// What was asked, as it was sent.
    public let query: String?
    /// The digest of the answer as it came.
    public let digest: Digest?

    /// A measurement.
    public init(
        at: Timestamp,
        _ outcome: Outcome,
        sampleCount: Int? = nil,
        source: String? = nil,
        query: String? = nil,
        digest: Digest? = nil
    ) {
        self.at = at
        self.outcome = outcome
        self.sampleCount = sampleCount
        self.source = source
        self.query = query
        self.digest = digest
    }
}

extension Measurement: JSONConvertible {
    /// An object; exactly one of `value`, `ratio`, `noData` (`absent`, `nan` or `terminated`) and
    /// `error` says what was found.
    public var json: JSONValue {
        var (value, ratio, noData, error): (Quantity?, Ratio?, String?, String?)
        switch outcome {
        case .value(let quantity): value = quantity
        case .ratio(let parts): ratio = parts
        case .nan: noData = "nan"
        case .absent: noData = "absent"
        case .terminated: noData = "terminated"
        case .error(let kind): error = kind.rawValue
        }
        return .members([
            "at": at.json, "value": value?.json, "ratio": ratio?.json, "noData": noData?.json,
            "error": error?.json, "sampleCount": sampleCount?.json, "source": source?.json,
            "query": query?.json, "digest": digest?.json,
        ])
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` for anything else than ``json`` writes.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        at = try members.required("at")
        let value: Quantity? = try members.optional("value")
        let ratio: Ratio? = try members.optional("ratio")
        let noData: String? = try members.optional("noData")
        let error: String? = try members.optional("error")
        sampleCount = try members.optional("sampleCount")
        source = try members.optional("source")
        query = try members.optional("query")
        digest = try members.optional("digest")
        try members.finish()
        if let count = sampleCount, count < 0 {
            throw JSONError(.value, "\(count) samples are fewer than none")
        }
        let empty: Outcome? =
            switch noData {
            case "nan": .nan
            case "absent": .absent
            case "terminated": .terminated
            default: nil
            }
        let found = [
            value.map(Outcome.value), ratio.map(Outcome.ratio), empty,
            error.flatMap(MeasurementErrorKind.init(rawValue:)).map(Outcome.error),
        ].compactMap(\.self)
        let given = [value != nil, ratio != nil, noData != nil, error != nil].count { $0 }
        guard given == 1, let outcome = found.first else {
            throw JSONError(.value, "one known value, ratio, noData or error is expected")
        }
        self.outcome = outcome
    }
}
