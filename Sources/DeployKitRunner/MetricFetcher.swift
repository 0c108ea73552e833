// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// Asks for measurements over HTTP with the program `curl`, and runs the commands that measure.
///
/// The address, a token and the header that carries it stand on curl's standard input, never among
/// its arguments.
public struct MetricFetcher: MetricFetching {
    /// The environment of curl and of commands.
    public var environment: [String: String]
    /// Where commands run.
    public var directory: String
    /// What is sent as `Authorization: Bearer …`, where a server asks for it.
    public var token: Secret?
    /// What commands must not show.
    public var secrets: [Secret] = []
    /// How long an answer may take.
    public var timeout: Duration = .seconds(30)
    /// The largest answer, in bytes.
    public var limit = 16 << 20
    /// A file of certificates to trust instead of the system's.
    public var certificateAuthorities: String?

    private let runner: any CommandRunning

    /// A fetcher.
    public init(
        environment: [String: String],
        directory: String,
        running runner: any CommandRunning = ProcessRunner()
    ) {
        self.environment = environment
        self.directory = directory
        self.runner = runner
    }

    /// Asks once. Redirects are not followed: an address that moved is a change to be seen.
    public func answer(
        to request: MetricRequest
    ) async throws(MetricFailure) -> MetricAnswer {
        let result: FetchResult
        do throws(RunnerError) {
            switch request {
            case .page(let url, let accept): result = try await page(url, accept)
            case .command(let command): result = try await output(of: command)
            }
        } catch {
            throw MetricFailure(.transport, error.message)
        }
        switch result {
        case .answered(let answer): return answer
        case .failed(let failure): throw failure
        }
    }

    private func page(
        _ url: String,
        _ accept: String
    ) async throws(RunnerError) -> FetchResult {
        let scheme = url.prefix { $0 != ":" }.lowercased()
        guard scheme == "http" || scheme == "https" else {
            throw RunnerError(.invalid, "an address starts with http:// or https://")
        }
        var configuration = CurlConfiguration()
        try configuration.add("silent")
        try configuration.add("globoff")
        try configuration.add("proto", "=http,https")
        try configuration.add("url", url)
        try configuration.add("header", "Accept: \(accept)")
        if let token {
            let value = String(decoding: token.bytes, as: UTF8.self)
            guard !value.unicodeScalars.contains(where: { $0.value < 32 }) else {
                throw RunnerError(.invalid, "the token '\(token.name)' has a control character")
            }
            try configuration.add("header", "Authorization: Bearer \(value)")
        }
        if let certificateAuthorities { try configuration.add("cacert", certificateAuthorities) }
        try configuration.add("max-time", CurlConfiguration.seconds(timeout))
        try configuration.add("max-filesize", String(limit))
        try configuration.add("write-out", "%{stderr}%{http_code} %{content_type}")
        let outcome = try await configuration.run(
            with: runner,
            environment: environment,
            timeout: timeout,
            outputLimit: limit * 2,
            secrets: [token].compactMap(\.self)
        )
        guard outcome.output.droppedBytes == 0, outcome.output.count <= limit else {
            return .failed(MetricFailure(.transport, "the answer has more than \(limit) bytes"))
        }
        if let failure = Self.failure(outcome) { return .failed(failure) }
        let parts = outcome.error.text.split(separator: " ", maxSplits: 1)
        return .answered(
            MetricAnswer(
                bytes: outcome.output.head + outcome.output.tail,
                mediaType: parts.count == 2 ? String(parts[1]) : nil,
                status: parts.first.flatMap { Int($0) }
            )
        )
    }

    private static func failure(_ outcome: CommandOutcome) -> MetricFailure? {
        switch outcome.ending {
        case .exited(0): return nil
        case .cancelled: return MetricFailure(.transport, "the asking was ended")
        case .timedOut, .exited(28): return MetricFailure(.timeout, "no answer came in time")
        case .signaled(let signal):
            return MetricFailure(.transport, "curl was ended by the signal \(signal)")
        case .exited(3): return MetricFailure(.transport, "the address is no address")
        case .exited(let code):
            let error = ProbeOutcome.TransportError(curl: code)
            return MetricFailure(.transport, "the server cannot be reached: \(error.phrase)")
        }
    }

    private func output(of command: ItemCommand) async throws(RunnerError) -> FetchResult {
        let program: Invocation.Program
        switch command {
        case .arguments(let words):
            guard let first = words.first else {
                throw RunnerError(.invalid, "the command names no program")
            }
            program = .executable(first, arguments: Array(words.dropFirst()))
        case .script(let text, "bash"), .script(let text, "sh"):
            program = .script(text, interpreter: Invocation.bash)
        default:
            throw RunnerError(.invalid, "a command that measures is written for bash")
        }
        let outcome = try await runner.run(
            Invocation(
                program,
                environment: environment,
                directory: directory,
                timeout: timeout,
                outputLimit: limit * 2,
                secrets: secrets,
                endsSurvivors: true
            )
        )
        switch outcome.ending {
        case .exited(0):
            guard outcome.output.droppedBytes == 0 else {
                return .failed(MetricFailure(.parse, "the output has more than \(limit) bytes"))
            }
            return .answered(MetricAnswer(bytes: outcome.output.head + outcome.output.tail))
        case .exited(let code):
            let complaint = outcome.error.text.prefix(200)
            return .failed(
                MetricFailure(.query, "the command exits with \(code): \(complaint)")
            )
        case .timedOut: return .failed(MetricFailure(.timeout, "the command took too long"))
        case .signaled(let signal):
            return .failed(MetricFailure(.query, "the command was ended by the signal \(signal)"))
        case .cancelled: return .failed(MetricFailure(.transport, "the command was ended"))
        }
    }
}

/// What came of asking, where asking itself was possible.
private enum FetchResult {
    case answered(MetricAnswer)
    case failed(MetricFailure)
}
