// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Something that is asked for measurements.
@nonexhaustive
public enum MetricRequest: Hashable, Sendable {
    /// An HTTP GET; `accept` is the media type that is asked for. The address stands in the log with
    /// the measurement, without what identifies the one who asks: see ``source``.
    case page(url: String, accept: String)
    /// A command, whose standard output is the answer when it exits with 0.
    case command(ItemCommand)

    /// What the log says of where the answer comes from: an address without user, password and
    /// query, or the command's text.
    public var source: String {
        switch self {
        case .command(let command): command.text
        case .page(let url, _):
            String(url.prefix { $0 != "?" && $0 != "#" }).withoutUser
        }
    }
}

extension String {
    /// The address without what stands before `@` in its authority.
    fileprivate var withoutUser: String {
        guard let scheme = firstRange(of: "://") else { return self }
        let rest = self[scheme.upperBound...]
        let end = rest.firstIndex(of: "/") ?? rest.endIndex
        guard let at = rest[..<end].lastIndex(of: "@") else { return self }
        return String(self[..<scheme.upperBound] + rest[rest.index(after: at)...])
    }
}

/// An answer as it came.
public struct MetricAnswer: Hashable, Sendable {
    /// The bytes.
    public let bytes: [UInt8]
    /// What kind of document it says it is.
    public let mediaType: String?
    /// The HTTP status, or `nil` for a command.
    public let status: Int?

    /// An answer.
    public init(bytes: [UInt8], mediaType: String? = nil, status: Int? = nil) {
        self.bytes = bytes
        self.mediaType = mediaType
        self.status = status
    }
}

/// Why there is no answer.
public struct MetricFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure a measurement records of it.
    public let kind: MeasurementErrorKind
    /// What was found and what was expected; never a secret.
    public let message: String

    /// A failure.
    public init(_ kind: MeasurementErrorKind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// The kind and the message.
    public var description: String { "\(kind.rawValue): \(message)" }
}

/// Asks for measurements. DeployKitRunner does it with `curl`; a service plugs in its own client.
public protocol MetricFetching: Sendable {
    /// Asks once.
    ///
    /// - Throws: ``MetricFailure`` where no answer came. An answer that says no is an answer.
    func answer(to request: MetricRequest) async throws(MetricFailure) -> MetricAnswer
}

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
