// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension DeploymentRunner {
    /// What an attempt does to the world, with everything that it needs.
    enum Effect: Sendable {
        case command(Invocation, capturing: CaptureRun?)
        case service(Invocation, ready: Probing)
        case probe(Probing)
    }

    /// A question to a server, as it is put.
    enum Probing: Sendable {
        case request(HTTPProbe, environment: [String: String])
        case connection(TCPProbe)
    }

    /// Gathers what an item needs.
    ///
    /// - Throws: `RunnerError` for what is missing, or cannot be done by this runner.
    func effect(
        of entry: Outline.Entry,
        in state: Deployment,
        tag: String
    ) throws(RunnerError) -> Effect {
        let item = entry.item
        let timeout = item.timeout ?? settings.timeout
        switch item.kind {
        case .command(let command):
            return .command(try invocation(command, item, state, tag), capturing: nil)
        case .capture(let slot, let command, let network, let capture):
            let invocation = try invocation(command, item, state, tag)
            let network = try self.network(network, of: slot, in: state)
            return .command(
                invocation,
                capturing: try CaptureRun(capture, on: network, in: invocation.directory)
            )
        case .service(let command, let probe):
            // A service counts as ready when it answers; until then it may refuse or fail.
            let tries = Int(clamping: timeout.wholeMilliseconds / 250)
            let retry = ProbeRetry(
                tries: min(max(tries, 1), 2400),
                delay: .milliseconds(250),
                includesFailures: true
            )
            return .service(
                Self.detached(try invocation(command, item, state, tag)),
                ready: try probing(probe, item, retry, timeout: .seconds(5))
            )
        case .probe(let probe):
            let retry = ProbeRetry(tries: 3, delay: .milliseconds(500))
            let timeout = item.timeout ?? .seconds(10)
            return .probe(try probing(probe, item, retry, timeout: timeout))
        case .manual, .metric, .observation, .group:
            throw RunnerError(.invalid, "'\(item.id)' is \(item.kind.word): a person does it")
        }
    }

    private func probing(
        _ probe: Probe,
        _ item: Item,
        _ retry: ProbeRetry,
        timeout: Duration
    ) throws(RunnerError) -> Probing {
        switch probe {
        case .http(let method, let url, let statuses, let content):
            var probe = HTTPProbe(url: url)
            probe.method = method
            probe.statuses = Set(statuses)
            probe.assertions = content.map { [.contains($0)] } ?? []
            probe.timeout = timeout
            probe.retry = retry
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

    /// Has the effect, and says how it went. What cannot be started had none.
    func outcome(
        of effect: Effect,
        tag: String,
        _ report: @escaping @Sendable (Progress) -> Void
    ) async -> AttemptOutcome {
        do throws(RunnerError) {
            switch effect {
            case .command(let invocation, let capture):
                let outcome = try await runner.run(invocation) { report(.output($0)) }
                return Self.attemptOutcome(outcome, capturing: capture)
            case .probe(let probing):
                return Self.attemptOutcome(try await self.report(of: probing))
            case .service(let invocation, let probing):
                let started = try await runner.run(invocation) { report(.output($0)) }
                guard started.ending == .exited(0) else {
                    return Self.attemptOutcome(started, capturing: nil)
                }
                let outcome = Self.attemptOutcome(try await self.report(of: probing))
                if case .failed = outcome.ending { try await Survivors(tag: tag).end() }
                return outcome
            }
        } catch {
            return AttemptOutcome(.failed(.notStarted), note: error.message)
        }
    }

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
        capturing capture: CaptureRun?
    ) -> AttemptOutcome {
        let said = outcome.output.text
        let complained = outcome.error.text
        let text = complained.isEmpty ? said : said + "\n--- standard error ---\n" + complained
        let output: Evidence? = text.isEmpty ? nil : .text(text)
        switch outcome.ending {
        case .exited(0):
            guard let capture else { return AttemptOutcome(.passed, output: output) }
            switch capture.id(after: outcome) {
            case .success(let id): return AttemptOutcome(.captured(id), output: output)
            case .failure(let reason):
                return AttemptOutcome(.failed(.noContract), output: output, note: reason.message)
            }
        case .exited(let status):
            return AttemptOutcome(
                .failed(.exited(Int(status))),
                output: output,
                note: "exit status \(status)"
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
        switch report.outcome {
        case .passed: AttemptOutcome(.passed)
        case .failed(let reasons):
            AttemptOutcome(.failed(.unhealthy), note: reasons.joined(separator: "; "))
        case .transportError(.timedOut): AttemptOutcome(.failed(.timedOut))
        case .transportError(.cancelled): AttemptOutcome(.failed(.interrupted))
        case .transportError(let error): AttemptOutcome(.failed(.unreachable), note: "\(error)")
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

    private func invocation(
        _ command: ItemCommand,
        _ item: Item,
        _ state: Deployment,
        _ tag: String
    ) throws(RunnerError) -> Invocation {
        let unbound = command.placeholders
        guard unbound.isEmpty else {
            let names = unbound.map { "<\($0)>" }.joined(separator: ", ")
            throw RunnerError(
                .invalid,
                "'\(item.id)' is not run: \(names) has no value; write the value into the checklist, "
                    + "or use a variable such as \"$NAME\""
            )
        }
        let program: Invocation.Program
        switch command {
        case .arguments(let words):
            program = .executable(words[0], arguments: Array(words.dropFirst()))
        case .script(let script, let interpreter):
            let isShell = ["bash", "sh", "shell"].contains(interpreter)
            program = .script(
                script,
                interpreter: isShell
                    ? Invocation.bash : interpreter.split(separator: " ").map(String.init)
            )
        }
        var environment = usualVariables
        environment["DEPLOYKIT_DEPLOYMENT"] = state.id.text
        environment["DEPLOYKIT_ENVIRONMENT"] = state.subject.environment.name.text
        environment["DEPLOYKIT_SERVICE"] = state.subject.service
        environment["DEPLOYKIT_VERSION"] = state.subject.version
        for name in item.inherits { environment[name] = settings.environment[name] }
        for (name, value) in try values(for: command, state) { environment[name] = value }
        var secrets: [Secret] = []
        for name in item.secrets {
            let source = settings.secrets[name] ?? .environment(name)
            let secret = try source.secret(named: name, environment: settings.environment)
            environment[name] = String(decoding: secret.bytes, as: UTF8.self)
            secrets.append(secret)
        }
        let directory = item.directory ?? ""
        let isAbsolute = directory.utf8.first == UInt8(ascii: "/")
        return Invocation(
            program,
            environment: environment,
            directory: isAbsolute ? directory : settings.root + "/" + directory,
            timeout: item.timeout ?? settings.timeout,
            secrets: secrets,
            attempt: tag
        )
    }

    /// The variables of the deployment and the contracts that it has deployed so far.
    private func values(
        for command: ItemCommand,
        _ state: Deployment
    ) throws(RunnerError) -> [String: String] {
        var values: [String: String] = [:]
        for variable in state.checklist.variables where !variable.isSecret {
            values[variable.name] = variable.defaultValue
        }
        for binding in state.variables { values[binding.name] = binding.values.first }
        for (slot, contract) in state.contracts { values[slot.text] = contract.id.text }
        let text = command.text
        for variable in state.checklist.variables
        where values[variable.name] == nil && !variable.isSecret
            && (text.contains("$\(variable.name)") || text.contains("${\(variable.name)"))
        {
            throw RunnerError(
                .invalid,
                "the variable '\(variable.name)' has no value; the command that uses it is not run"
            )
        }
        return values
    }

    private var usualVariables: [String: String] {
        settings.environment.filter { name, _ in
            ["PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR"].contains(name)
                || name.hasPrefix("LC_")
        }
    }
}
