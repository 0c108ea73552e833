// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// One HTTP request and what its answer must be; sent by the program `curl`.
public struct HTTPProbe: Hashable, Sendable {
    /// A claim about the answer's body.
    @nonexhaustive
    public enum Assertion: Hashable, Sendable {
        /// The body, as UTF-8, has this text in it.
        case contains(String)
        /// The body is JSON, and the value at this pointer (RFC 6901) is equal to this one. A
        /// number with a fraction is equal to none.
        case json(pointer: String, equals: JSONValue)
    }

    /// Where to send the request: an `http` or `https` URL.
    public var url: String
    /// The method, such as `GET`.
    public var method = "GET"
    /// Header fields, in order.
    public var headers: [(name: String, value: String)] {
        get { fields.map { ($0.name, $0.value) } }
        set { fields = newValue.map { Field(name: $0.name, value: $0.value) } }
    }
    /// The body, where there is one.
    public var body: String?
    /// The status codes that are good.
    public var statuses: Set<Int> = [200]
    /// What the body must satisfy.
    public var assertions: [Assertion] = []
    /// How long the whole exchange may take, redirects included.
    public var timeout: Duration = .seconds(10)
    /// The largest body, in bytes.
    public var bodyLimit = 1 << 20
    /// How many redirects are followed.
    public var redirects = 0
    /// A file of certificates to trust instead of the system's.
    public var certificateAuthorities: String?
    /// How often it is tried.
    public var retry = ProbeRetry.never
    /// What the request holds that must not be seen.
    public var secrets: [Secret] = []

    private struct Field: Hashable, Sendable {
        var name: String
        var value: String
    }
    private var fields: [Field] = []

    /// A GET request that must be answered with status 200.
    public init(url: String) {
        self.url = url
    }

    /// Sends the request, and again as ``retry`` says.
    ///
    /// - Parameters:
    ///   - runner: What runs curl.
    ///   - environment: The environment of curl: `PATH`, and proxies where they are wanted.
    /// - Returns: What the last try found, and why those before it were not enough.
    /// - Throws: ``RunnerError``: `notFound` when there is no curl; `invalid` when the request
    ///   cannot be made, such as for a URL of another scheme or a line break in a header.
    public func run(
        with runner: some CommandRunning,
        environment: [String: String]
    ) async throws(RunnerError) -> ProbeReport {
        let configuration = try configuration()
        return try await retry.report { () async throws(RunnerError) in
            let outcome = try await configuration.run(
                with: runner,
                environment: environment,
                timeout: timeout,
                outputLimit: bodyLimit,
                secrets: secrets
            )
            return try judge(outcome)
        }
    }

    private func configuration() throws(RunnerError) -> CurlConfiguration {
        let scheme = url.prefix { $0 != ":" }.lowercased()
        guard scheme == "http" || scheme == "https" else {
            throw RunnerError(.invalid, "a probe's URL starts with http:// or https://")
        }
        var result = CurlConfiguration()
        try result.add("silent")
        try result.add("globoff")
        try result.add("proto", "=http,https")
        try result.add("url", url)
        if method == "HEAD" { try result.add("head") } else { try result.add("request", method) }
        for field in fields {
            guard !(field.name + field.value).unicodeScalars.contains(where: { $0.value < 32 })
            else {
                throw RunnerError(.invalid, "a header field of the probe has a control character")
            }
            // A field without a value is spelt with a semicolon; with a colon curl would drop it.
            let line = field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)"
            try result.add("header", line)
        }
        if let body { try result.add("data-raw", body) }
        if redirects > 0 {
            try result.add("location")
            try result.add("max-redirs", String(redirects))
        }
        if let certificateAuthorities { try result.add("cacert", certificateAuthorities) }
        try result.add("max-time", CurlConfiguration.seconds(timeout))
        try result.add("max-filesize", String(bodyLimit))
        try result.add("write-out", "%{stderr}%{http_code}")
        return result
    }

    private func judge(_ outcome: CommandOutcome) throws(RunnerError) -> ProbeOutcome {
        switch outcome.ending {
        case .cancelled: return .transportError(.cancelled)
        case .timedOut: return .transportError(.timedOut)
        case .signaled: return .transportError(.broken)
        case .exited(0): break
        case .exited(2), .exited(3), .exited(26), .exited(27):
            throw RunnerError(.invalid, "curl refuses the probe's request or its URL")
        case .exited(let code): return .transportError(.init(curl: code))
        }
        guard outcome.output.droppedBytes == 0 else { return .transportError(.tooLarge) }
        let status = Int(outcome.error.text.suffix(3)) ?? 0
        var failures: [String] = []
        if !statuses.contains(status) {
            let expected = statuses.sorted().map(String.init).joined(separator: ", ")
            failures.append("the status is \(status), not \(expected)")
        }
        for assertion in assertions {
            if let failure = assertion.failure(in: outcome.output.head) { failures.append(failure) }
        }
        return failures.isEmpty ? .passed(outcome.duration) : .failed(failures)
    }
}

extension HTTPProbe.Assertion {
    func failure(in body: [UInt8]) -> String? {
        switch self {
        case .contains(let text):
            let wanted = Array(text.utf8)
            let isThere =
                wanted.isEmpty
                || body.indices.contains {
                    body[$0] == wanted[0] && body[$0...].starts(with: wanted)
                }
            return isThere ? nil : "the body does not contain '\(VisibleText.render(text))'"
        case .json(let pointer, let expected):
            guard let document = AnswerJSON(body) else { return "the body is no JSON" }
            guard let value = document.value(at: pointer) else {
                return "the body has no value at '\(VisibleText.render(pointer))'"
            }
            return value == AnswerJSON(expected)
                ? nil : "the value at '\(VisibleText.render(pointer))' is not the expected one"
        }
    }
}
