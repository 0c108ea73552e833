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

    /// One try.
    public static let never = ProbeRetry(tries: 1, delay: .zero)

    /// So many tries.
    public init(tries: Int, delay: Duration, includesFailures: Bool = false) {
        self.tries = tries
        self.delay = delay
        self.includesFailures = includesFailures
    }

    func report(
        _ probe: () async throws(RunnerError) -> ProbeOutcome
    ) async throws(RunnerError) -> ProbeReport {
        var earlier: [ProbeOutcome] = []
        while true {
            let outcome = try await probe()
            let mayRetry =
                switch outcome {
                case .passed, .transportError(.cancelled): false
                case .failed: includesFailures
                default: true
                }
            guard mayRetry, earlier.count + 1 < tries, !Task.isCancelled else {
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
