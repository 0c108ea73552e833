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
    /// How long the answer may take to be good; `nil` for as long as the exchange may.
    public var within: Duration?
    /// How many redirects are followed: of GET, HEAD and OPTIONS, to the same scheme, host and port.
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
        try check()
        return try await retry.report(each: timeout) { limit async throws(RunnerError) in
            try await ask(within: limit, runner, environment)
        }
    }

    /// Refuses a request that cannot be made.
    ///
    /// - Throws: ``RunnerError``, code `invalid`: a URL of another scheme or without a host, a line
    ///   break in a header.
    public func check() throws(RunnerError) {
        guard let place = HTTPPlace(url), !place.host.isEmpty else {
            throw RunnerError(.invalid, "a probe's URL starts with http:// or https:// and a host")
        }
        _ = try configuration(url, limit: timeout)
    }

    // One exchange, and those to which it is sent on, within one time.
    private func ask(
        within limit: Duration,
        _ runner: some CommandRunning,
        _ environment: [String: String]
    ) async throws(RunnerError) -> ProbeOutcome {
        let start = ContinuousClock.now
        var (address, followed) = (url, 0)
        while true {
            let left = limit - start.duration(to: .now)
            guard left > .zero else { return .transportError(.timedOut) }
            let outcome = try await configuration(address, limit: left).run(
                with: runner,
                environment: environment,
                timeout: left,
                outputLimit: bodyLimit,
                secrets: secrets
            )
            if let error = try transportError(outcome) { return .transportError(error) }
            let answer = Answer(outcome.error.text)
            guard redirects > 0, (300...399).contains(answer.status), let next = answer.redirect,
                ["GET", "HEAD", "OPTIONS"].contains(method)
            else { return judge(outcome, answer, took: start.duration(to: .now)) }
            guard HTTPPlace(next) == HTTPPlace(url) else {
                let host = HTTPPlace(next)?.host ?? "another scheme"
                return .failed([
                    "it redirects to another place, '\(VisibleText.render(host))', which is not asked"
                ])
            }
            guard followed < redirects else { return .transportError(.tooManyRedirects) }
            (address, followed) = (next, followed + 1)
        }
    }

    private func configuration(
        _ url: String,
        limit: Duration
    ) throws(RunnerError) -> CurlConfiguration {
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
        if let certificateAuthorities { try result.add("cacert", certificateAuthorities) }
        try result.add("max-time", CurlConfiguration.seconds(limit))
        try result.add("max-filesize", String(bodyLimit))
        try result.add("write-out", "%{stderr}\n%{http_code} %{redirect_url}")
        return result
    }

    private func transportError(
        _ outcome: CommandOutcome
    ) throws(RunnerError) -> ProbeOutcome.TransportError? {
        switch outcome.ending {
        case .cancelled: return .cancelled
        case .timedOut: return .timedOut
        case .signaled: return .broken
        case .exited where outcome.output.droppedBytes > 0: return .tooLarge
        case .exited(0): return nil
        case .exited(2), .exited(3), .exited(26), .exited(27):
            throw RunnerError(.invalid, "curl refuses the probe's request or its URL")
        case .exited(let code): return .init(curl: code)
        }
    }

    // What `write-out` says in its last line.
    private struct Answer {
        let status: Int
        let redirect: String?

        init(_ text: String) {
            let line = text.split(whereSeparator: \.isNewline).last ?? ""
            let parts = line.split(separator: " ", maxSplits: 1)
            status = parts.first.flatMap { Int($0) } ?? 0
            redirect = parts.count == 2 ? String(parts[1]) : nil
        }
    }

    private func judge(
        _ outcome: CommandOutcome,
        _ answer: Answer,
        took: Duration
    ) -> ProbeOutcome {
        var failures: [String] = []
        if !statuses.contains(answer.status) {
            let expected = statuses.sorted().map(String.init).joined(separator: ", ")
            failures.append("the status is \(answer.status), not \(expected)")
        }
        for assertion in assertions {
            if let failure = assertion.failure(in: outcome.output.head) { failures.append(failure) }
        }
        if let within, took > within {
            failures.append(
                "the answer took \(took.wholeMilliseconds) ms, and may take "
                    + "\(within.wholeMilliseconds) ms"
            )
        }
        return failures.isEmpty ? .passed(took) : .failed(failures)
    }
}

/// The scheme, the host and the port of an address (RFC 3986, 3.2).
struct HTTPPlace: Hashable, Sendable {
    let scheme: String
    let host: String
    let port: String

    /// The place of an `http` or `https` address; `nil` for any other text.
    init?(_ url: String) {
        let parts = url.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, parts[1].hasPrefix("//") else { return nil }
        scheme = parts[0].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        let authority = parts[1].dropFirst(2).prefix { !"/?#\\".contains($0) }
        let place = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        // The colons of an IPv6 address stand in brackets.
        let end = place.lastIndex(of: "]") ?? place.startIndex
        let colon = place[end...].lastIndex(of: ":")
        host = place[..<(colon ?? place.endIndex)].lowercased()
        let number = colon.map { String(place[place.index(after: $0)...]) } ?? ""
        port = number.isEmpty ? (scheme == "https" ? "443" : "80") : number
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
