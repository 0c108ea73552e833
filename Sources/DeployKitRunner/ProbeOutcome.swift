// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What a probe found. That nothing could be found out is not that something wrong was found.
public enum ProbeOutcome: Hashable, Sendable {
    /// Every assertion holds; the duration is that of the whole exchange.
    case passed(Duration)
    /// There was an answer, and these assertions do not hold: what was expected and what was
    /// found, one sentence each, without secrets.
    case failed([String])
    /// There was no answer that could be judged.
    case transportError(TransportError)

    /// Why there was no answer.
    @nonexhaustive
    public enum TransportError: Hashable, Sendable {
        /// The name of the host has no address.
        case unresolved
        /// Nobody listens there, or the network does not lead there.
        case unreachable
        /// The time was up.
        case timedOut
        /// The secure connection could not be made: certificate, name or protocol.
        case insecure
        /// The connection broke, or the answer was none of HTTP.
        case broken
        /// The answer has more bytes than allowed.
        case tooLarge
        /// More redirects than allowed.
        case tooManyRedirects
        /// The task was cancelled.
        case cancelled
        /// curl gave up for another reason, with this exit code.
        case other(Int32)

        init(curl code: Int32) {
            self =
                switch code {
                case 5, 6: .unresolved
                case 7: .unreachable
                case 28: .timedOut
                case 35, 51, 53, 54, 58, 59, 60, 66, 77, 80, 82, 83, 90, 91, 98: .insecure
                // 1 is an answer of HTTP/0.9, or a redirect to another scheme.
                case 1, 8, 16, 18, 52, 55, 56, 61, 92, 95: .broken
                case 47: .tooManyRedirects
                case 63: .tooLarge
                default: .other(code)
                }
        }
    }

    /// Whether every assertion holds.
    public var isPassed: Bool {
        if case .passed = self { true } else { false }
    }
}

/// The last outcome of a probe, and those of the tries before it.
public struct ProbeReport: Hashable, Sendable {
    /// What the last try found.
    public let outcome: ProbeOutcome
    /// Why the tries before it were not enough, oldest first.
    public let earlier: [ProbeOutcome]

    /// What each try found, in one line.
    var story: String {
        guard !earlier.isEmpty else { return outcome.story }
        return "try \(earlier.count + 1): \(outcome.story); before: "
            + earlier.map(\.story).joined(separator: ", ")
    }
}

extension ProbeOutcome {
    /// What was found, in a few words.
    var story: String {
        switch self {
        case .passed: "passed"
        case .failed(let reasons): reasons.joined(separator: "; ")
        case .transportError(let error): error.phrase
        }
    }
}

extension ProbeOutcome.TransportError {
    /// Why there was no answer, in a few words.
    var phrase: String {
        switch self {
        case .unresolved: "its name has no address"
        case .unreachable: "nobody listens there"
        case .timedOut: "no answer came in time"
        case .insecure: "the secure connection could not be made"
        case .broken: "the connection broke, or the answer is none of HTTP"
        case .tooLarge: "the answer is too large"
        case .tooManyRedirects: "it redirects too often"
        case .cancelled: "the asking was ended"
        case .other(let code): "curl exits with \(code)"
        }
    }
}

/// How often a probe is tried.
public struct ProbeRetry: Hashable, Sendable {
    /// How many tries there are at the most, 1 or more.
    public var tries: Int
    /// How long to wait between two.
    public var delay: Duration
    /// Whether a failed assertion is tried again too, as while a service starts; a transport error
    /// always is.
    public var includesFailures: Bool
    /// How long all tries may take together, pauses included; `nil` for as long as each may.
    public var total: Duration?

    /// One try.
    public static let never = ProbeRetry(tries: 1, delay: .zero)

    /// So many tries.
    public init(tries: Int, delay: Duration, includesFailures: Bool = false) {
        self.tries = tries
        self.delay = delay
        self.includesFailures = includesFailures
    }

    func report(
        each timeout: Duration,
        _ probe: (Duration) async throws(RunnerError) -> ProbeOutcome
    ) async throws(RunnerError) -> ProbeReport {
        var earlier: [ProbeOutcome] = []
        let end = total.map { ContinuousClock.now + $0 }
        while true {
            let left = end.map { $0 - .now } ?? timeout
            let outcome = try await probe(max(.milliseconds(1), min(timeout, left)))
            let mayRetry =
                switch outcome {
                case .passed, .transportError(.cancelled): false
                case .failed: includesFailures
                default: true
                }
            let hasTime = end.map { ContinuousClock.now + delay < $0 } ?? true
            guard mayRetry, hasTime, earlier.count + 1 < tries, !Task.isCancelled else {
                return ProbeReport(outcome: outcome, earlier: earlier)
            }
            earlier.append(outcome)
            do {
                try await Task.sleep(for: delay)
            } catch {
                return ProbeReport(outcome: .transportError(.cancelled), earlier: earlier)
            }
        }
    }
}
