// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension DeploymentRunner {
    /// What an attempt does to the world, with everything that it needs.
    enum Effect: Sendable {
        case command(Invocation, leaving: OutputRun?, capturing: CaptureRun?)
        case service(Invocation, ready: Probing)
        case probe(Probing)
    }

    /// A question to a server, as it is put.
    enum Probing: Sendable {
        case request(HTTPProbe, environment: [String: String])
        case connection(TCPProbe)

        /// The same, put once and shortly; `nil` where asking may change something.
        var glance: Probing? {
            switch self {
            case .request(var probe, let environment):
                guard ["GET", "HEAD", "OPTIONS"].contains(probe.method) else { return nil }
                probe.timeout = min(probe.timeout, .seconds(2))
                probe.retry = .never
                return .request(probe, environment: environment)
            case .connection(var probe):
                probe.timeout = min(probe.timeout, .seconds(2))
                probe.retry = .never
                return .connection(probe)
            }
        }
    }

    /// What an attempt is made with.
    struct Occasion: Sendable {
        let state: Deployment
        let values: RunValues
        /// What marks its processes, and is its idempotency key.
        let tag: String
        /// The longest that it may take, however long its item may.
        var limit: Duration?
        /// Whether nothing is done yet: what will be there by then counts as there.
        var isPlanned = false
    }

    /// How long an item may take.
    func timeout(of item: Item, _ occasion: Occasion) -> Duration {
        let usual: Duration =
            if case .probe = item.kind {
                .seconds(10)
            } else if item.suite != nil {
                SmokeSuite.usualTimeout
            } else {
                settings.timeout
            }
        let own = item.timeout ?? usual
        return min(own, occasion.limit ?? own)
    }

    /// Gathers what an item needs.
    ///
    /// - Throws: `RunnerError` for what is missing, or cannot be done by this runner.
    func effect(of entry: Outline.Entry, _ occasion: Occasion) throws(RunnerError) -> Effect {
        let item = entry.item
        let timeout = timeout(of: item, occasion)
        switch item.kind {
        case .command(let command):
            let invocation = try invocation(command, item, occasion)
            return .command(
                invocation,
                leaving: item.output.map { OutputRun($0, in: invocation.directory) },
                capturing: nil
            )
        case .capture(let slot, let command, let network, let capture):
            let invocation = try invocation(command, item, occasion)
            let network = try self.network(network, of: slot, in: occasion.state)
            return .command(
                invocation,
                leaving: nil,
                capturing: try CaptureRun(capture, on: network, in: invocation.directory)
            )
        case .service(let command, let probe):
            // A service counts as ready when it answers; until then it may refuse or fail.
            let tries = Int(clamping: timeout.wholeMilliseconds / 250)
            var retry = ProbeRetry(
                tries: min(max(tries, 1), 2400),
                delay: .milliseconds(250),
                includesFailures: true
            )
            retry.total = timeout
            return .service(
                Self.detached(try invocation(command, item, occasion)),
                ready: try probing(probe, item, retry, min(timeout, .seconds(5)), occasion)
            )
        case .probe(let probe):
            // With a policy of its own every try is an attempt in the log.
            var retry = item.retry == nil ? ProbeRetry(tries: 3, delay: .milliseconds(500)) : .never
            retry.total = timeout
            return .probe(try probing(probe, item, retry, timeout, occasion))
        case .manual, .metric, .observation, .group:
            throw RunnerError(.invalid, "'\(item.id)' is \(item.kind.word): a person does it")
        }
    }

    private func probing(
        _ probe: Probe,
        _ item: Item,
        _ retry: ProbeRetry,
        _ timeout: Duration,
        _ occasion: Occasion
    ) throws(RunnerError) -> Probing {
        switch probe {
        case .http(let request):
            var probe = try self.probe(for: request, item, occasion)
            probe.timeout = timeout
            probe.retry = retry
            if !occasion.isPlanned || !occasion.values.reliesOnPromise(request.url) {
                try probe.check()
            }
            return .request(probe, environment: usualVariables)
        case .tcp(let host, let port):
            guard let port = UInt16(exactly: port) else {
                throw RunnerError(.invalid, "'\(item.id)' asks port \(port), which there is none")
            }
            return .connection(
                TCPProbe(host: host, port: port, timeout: timeout, retry: retry)
            )
        }
    }

    private func probe(
        for request: HTTPRequest,
        _ item: Item,
        _ occasion: Occasion
    ) throws(RunnerError) -> HTTPProbe {
        let secrets = try secrets(of: item)
        var texts: [String: String] = [:]
        for secret in secrets { texts[secret.name] = String(decoding: secret.bytes, as: UTF8.self) }
        // An address stands in the logs of every server on the way: no secret belongs there.
        let url = try occasion.values.filled(request.url, of: item.id)
        var probe = HTTPProbe(url: url)
        probe.method = request.method
        for header in request.headers {
            let value = try occasion.values.filled(header.value, secrets: texts, of: item.id)
            probe.headers.append((header.name, value))
        }
        if let body = request.body {
            probe.body = try occasion.values.filled(body, secrets: texts, of: item.id)
        }
        probe.statuses = Set(request.statuses)
        func expected(_ text: String) throws(RunnerError) -> String {
            try occasion.values.filled(text, of: item.id, isLenient: true)
        }
        if let content = request.content { probe.assertions = [.contains(try expected(content))] }
        for claim in request.claims {
            var value = claim.value
            if case .string(let text) = value { value = .string(try expected(text)) }
            probe.assertions.append(.json(pointer: claim.pointer, equals: value))
        }
        probe.within = request.within
        probe.redirects = request.redirects
        probe.secrets = secrets
        if !request.isSafe { probe.headers.append(("Idempotency-Key", occasion.tag)) }
        if let file = request.authorities {
            let path = file.hasPrefix("/") ? file : settings.root + "/" + file
            guard readWhole(path, limit: 16 << 20) != nil else {
                throw RunnerError(
                    .notFound,
                    "'\(item.id)' trusts the certificates in '\(path)', which cannot be read"
                )
            }
            probe.certificateAuthorities = path
        }
        return probe
    }

    /// Starts a program in a session of its own and leaves it there. What it says is not kept:
    /// nobody would be there to redact it.
    private static func detached(_ invocation: Invocation) -> Invocation {
        var result = invocation
        switch invocation.program {
        case .executable(let program, let arguments):
            let script = "setsid -- \"$@\" </dev/null >/dev/null 2>&1 3<&- &"
            result.program = .executable(
                "/bin/sh",
                arguments: ["-c", script, "sh", program] + arguments
            )
        case .script(let script, let interpreter):
            // The script comes on standard input, which the service keeps open under a number of
            // its own: what started it is gone by then.
            let words = interpreter.map { "'\($0)'" }.joined(separator: " ")
            result.input = Array(script.utf8)
            result.program = .script(
                "exec 4<&0\nsetsid -- \(words) /dev/fd/4 </dev/null >/dev/null 2>&1 3<&- &\n",
                interpreter: Invocation.bash
            )
        }
        return result
    }

    /// How an effect went, and whether processes of a command that is no service still run.
    typealias Ended = (outcome: AttemptOutcome, hasSurvivors: Bool)

    /// Has the effect, and says how it went. What cannot be started had none.
    func outcome(
        of effect: Effect,
        by item: ItemID,
        tag: String,
        _ report: @escaping @Sendable (Progress) -> Void
    ) async -> Ended {
        do throws(RunnerError) {
            switch effect {
            case .command(let invocation, let output, let capture):
                let outcome = try await runner.run(invocation) { report(.output($0, of: item)) }
                return (
                    Self.attemptOutcome(outcome, leaving: output, capturing: capture),
                    outcome.hasSurvivors
                )
            case .probe(let probing):
                return (Self.attemptOutcome(try await self.report(of: probing)), false)
            case .service(let invocation, let probing):
                // Who answered before may answer still: what says that the service is ready must
                // not be taken for its own answer without a word.
                var wasAnswered = false
                if let glance = probing.glance {
                    wasAnswered = try await self.report(of: glance).outcome.isPassed
                }
                let started = try await runner.run(invocation) { report(.output($0, of: item)) }
                guard started.ending == .exited(0) else {
                    return (Self.attemptOutcome(started), false)
                }
                let outcome = Self.attemptOutcome(try await self.report(of: probing))
                if case .failed = outcome.ending {
                    try await Survivors(tag: tag).end()
                    return (outcome, false)
                }
                guard wasAnswered else { return (outcome, false) }
                report(.remark(Self.answeredBefore, of: item))
                return (AttemptOutcome(.passed, note: Self.answeredBefore), false)
            }
        } catch {
            return (AttemptOutcome(.failed(.notStarted), note: error.message), false)
        }
    }

    private static let answeredBefore =
        "the same answer came before it was started: that of one that runs already, perhaps; a "
        + "probe tells them apart with expect=\"/version=$DEPLOYKIT_VERSION\" or the like"

    private func report(of probing: Probing) async throws(RunnerError) -> ProbeReport {
        switch probing {
        case .request(let probe, let environment):
            try await probe.run(with: runner, environment: environment)
        case .connection(let probe):
            try await probe.run()
        }
    }

    private static func attemptOutcome(
        _ outcome: CommandOutcome,
        leaving value: OutputRun? = nil,
        capturing capture: CaptureRun? = nil
    ) -> AttemptOutcome {
        let said = outcome.output.text
        let complained = outcome.error.text
        let text = complained.isEmpty ? said : said + "\n--- standard error ---\n" + complained
        let output: Evidence? = text.isEmpty ? nil : .text(text)
        switch outcome.ending {
        case .exited(0):
            if let value {
                switch value.value(after: outcome) {
                case .success(let text):
                    return AttemptOutcome(.passed, output: output, value: text)
                case .failure(let reason):
                    return AttemptOutcome(.failed(.noOutput), output: output, note: reason.message)
                }
            }
            guard let capture else { return AttemptOutcome(.passed, output: output) }
            switch capture.id(after: outcome) {
            case .success(let id): return AttemptOutcome(.captured(id), output: output)
            case .failure(let reason):
                return AttemptOutcome(.failed(.noContract), output: output, note: reason.message)
            }
        case .exited(let status):
            let meaning =
                switch status {
                case 126: ": a command in it may not be executed"
                case 127: ": a command in it was not found"
                default: ""
                }
            return AttemptOutcome(
                .failed(.exited(Int(status))),
                output: output,
                note: "exit status \(status)\(meaning)"
            )
        case .signaled(let signal):
            return AttemptOutcome(.failed(.signaled(Int(signal))), output: output)
        case .timedOut:
            return AttemptOutcome(.failed(.timedOut), output: output)
        case .cancelled:
            return AttemptOutcome(.failed(.interrupted), output: output)
        }
    }

    private static func attemptOutcome(_ report: ProbeReport) -> AttemptOutcome {
        let earlier = report.earlier.isEmpty ? nil : report.story
        return switch report.outcome {
        case .passed: AttemptOutcome(.passed, note: earlier)
        case .failed: AttemptOutcome(.failed(.unhealthy), note: report.story)
        case .transportError(.timedOut): AttemptOutcome(.failed(.timedOut), note: report.story)
        case .transportError(.cancelled): AttemptOutcome(.failed(.interrupted), note: earlier)
        case .transportError: AttemptOutcome(.failed(.unreachable), note: report.story)
        }
    }

    private func network(
        _ declared: Network?,
        of slot: ContractSlot.Name,
        in state: Deployment
    ) throws(RunnerError) -> Network {
        if let declared { return declared }
        guard let found = state.checklist.contractSlots.first(where: { $0.name == slot }) else {
            throw RunnerError(.invalid, "the checklist has no contract '\(slot)'")
        }
        do {
            return try found.network(in: state.subject.environment)
        } catch {
            throw RunnerError(.invalid, error.message)
        }
    }
}
