// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// An automatic item with everything found that its attempt needs.
struct PreparedItem {
    private enum Work {
        case command(Invocation)
        case service(Invocation, probe: Probe)
        case probe(Probe)
        case capture(Invocation, Network)
    }

    private let work: Work
    private let timeout: Duration
    private let environment: [String: String]
    private let secrets: [Secret]
    private let tag: String

    /// Finds what an attempt needs.
    ///
    /// - Throws: ``RunnerError`` when a placeholder has no value, a secret cannot be read, or the
    ///   network of a contract is not known. Nothing has happened then.
    init(
        _ item: Item,
        attempt: Int,
        of state: Deployment,
        _ settings: RunSettings
    ) throws(RunnerError) {
        timeout = item.timeout ?? settings.timeout
        tag = settings.tag(state.id, item.id, attempt)
        var secrets: [Secret] = []
        for name in item.secrets {
            let source = settings.secrets[name] ?? .environment(name)
            secrets.append(try source.secret(named: name, environment: settings.environment))
        }
        self.secrets = secrets
        environment = Self.environment(of: item, state, secrets, settings)
        var frame = Invocation(
            .executable("", arguments: []),
            environment: environment,
            directory: item.directory.map { "\(settings.root)/\($0)" } ?? settings.root,
            timeout: timeout,
            outputLimit: settings.outputLimit,
            secrets: secrets,
            attempt: tag
        )
        if let command = item.kind.command { frame.program = try Self.program(of: command) }
        switch item.kind {
        case .command:
            work = .command(frame)
        case .service(_, let probe):
            work = .service(Self.detached(frame), probe: probe)
        case .probe(let probe):
            work = .probe(probe)
        case .capture(let slot, _, let network):
            let invocation = frame
            if let network {
                work = .capture(invocation, network)
            } else {
                work = .capture(invocation, try Self.network(of: slot, in: state))
            }
        default:
            throw RunnerError(.invalid, "'\(item.id)' is \(item.kind.word): a person does it")
        }
    }

    func run(
        with commands: any CommandRunning,
        onOutput: @escaping @Sendable (OutputChunk) -> Void
    ) async -> AttemptOutcome {
        do {
            switch work {
            case .command(let invocation):
                let outcome = try await commands.run(invocation, onOutput: onOutput)
                return outcome.attempt(.passed)
            case .capture(let invocation, let network):
                let outcome = try await commands.run(invocation, onOutput: onOutput)
                return captured(outcome, on: network)
            case .probe(let probe):
                let retry = ProbeRetry(tries: 3, delay: .seconds(1))
                return try await ask(probe, retry, with: commands)
            case .service(let invocation, let probe):
                let outcome = try await commands.run(invocation, onOutput: onOutput)
                guard outcome.ending == .exited(0) else { return outcome.attempt(.passed) }
                return try await ready(probe, with: commands)
            }
        } catch {
            return AttemptOutcome(.failed(.notStarted), note: error.message)
        }
    }

    // MARK: Outcomes

    private func captured(_ outcome: CommandOutcome, on network: Network) -> AttemptOutcome {
        guard outcome.ending == .exited(0) else { return outcome.attempt(.passed) }
        guard outcome.output.droppedBytes == 0 else {
            return outcome.attempt(
                .failed(.noContract),
                note: "the output is too long to look for a contract ID in it"
            )
        }
        do {
            let id = try ContractID.theOnlyOne(in: outcome.output.text, on: network)
            return outcome.attempt(.captured(id), note: id.text)
        } catch {
            return outcome.attempt(.failed(.noContract), note: error.message)
        }
    }

    private func ready(
        _ probe: Probe,
        with commands: any CommandRunning
    ) async throws(RunnerError) -> AttemptOutcome {
        let tries = max(1, Int(timeout.wholeMilliseconds / 250))
        let retry = ProbeRetry(
            tries: min(tries, 2400),
            delay: .milliseconds(250),
            includesFailures: true
        )
        let outcome = try await ask(probe, retry, with: commands)
        if case .failed = outcome.ending { await ProcessTree.end(attempt: tag) }
        return outcome
    }

    private func ask(
        _ probe: Probe,
        _ retry: ProbeRetry,
        with commands: any CommandRunning
    ) async throws(RunnerError) -> AttemptOutcome {
        let report: ProbeReport
        switch probe {
        case .http(let method, let url, let statuses, let content):
            var http = HTTPProbe(url: url)
            http.method = method
            http.statuses = Set(statuses)
            http.assertions = content.map { [.contains($0)] } ?? []
            http.retry = retry
            http.secrets = secrets
            report = try await http.run(with: commands, environment: environment)
        case .tcp(let host, let port):
            guard let port = UInt16(exactly: port) else {
                throw RunnerError(.invalid, "\(port) is no port")
            }
            report = try await TCPProbe(
                host: host,
                port: port,
                timeout: .seconds(10),
                retry: retry
            ).run()
        }
        if Task.isCancelled, !report.outcome.isPassed {
            return AttemptOutcome(.failed(.interrupted))
        }
        let count = report.earlier.count + 1
        let note = "\(probe.text): \(report.outcome) (asked \(count) times)"
        return switch report.outcome {
        case .passed: AttemptOutcome(.passed, note: note)
        case .failed: AttemptOutcome(.failed(.unhealthy), note: note)
        case .transportError: AttemptOutcome(.failed(.unreachable), note: note)
        }
    }

    // MARK: Preparation

    private static func program(
        of command: ItemCommand
    ) throws(RunnerError) -> Invocation.Program {
        let unbound = command.placeholders
        guard unbound.isEmpty else {
            let names = unbound.map { "<\($0)>" }.joined(separator: ", ")
            throw RunnerError(
                .invalid,
                "\(names) has no value: write the value into the checklist, or use a variable such "
                    + "as \"$NAME\""
            )
        }
        switch command {
        case .arguments(let arguments):
            return .executable(arguments[0], arguments: Array(arguments.dropFirst()))
        case .script(let script, let interpreter):
            let isBash = ["bash", "sh", "shell", "/bin/bash"].contains(interpreter)
            let words = interpreter.split(separator: " ").map(String.init)
            return .script(script, interpreter: isBash ? Invocation.bash : words)
        }
    }

    /// Starts a program in a session of its own and leaves it there. What it says is not kept:
    /// nobody would be there to redact it.
    private static func detached(_ invocation: Invocation) -> Invocation {
        var result = invocation
        switch invocation.program {
        case .executable(let program, let arguments):
            result.program = .executable(
                "/bin/sh",
                arguments: [
                    "-c", "setsid -- \"$@\" </dev/null >/dev/null 2>&1 3<&- &", "sh", program,
                ] + arguments
            )
        case .script(let script, let interpreter):
            result.input = Array(script.utf8)
            let words = interpreter.map { "'\($0)'" }.joined(separator: " ")
            result.program = .script(
                "exec 4<&0\nsetsid -- \(words) /dev/fd/4 </dev/null >/dev/null 2>&1 3<&- &\n",
                interpreter: Invocation.bash
            )
        }
        return result
    }

    private static func network(
        of slot: ContractSlot.Name,
        in state: Deployment
    ) throws(RunnerError) -> Network {
        guard let place = state.checklist.contractSlots.first(where: { $0.name == slot }) else {
            throw RunnerError(.invalid, "the checklist has no contract '\(slot)'")
        }
        do {
            return try place.network(in: state.subject.environment)
        } catch {
            throw RunnerError(.invalid, error.message)
        }
    }

    private static func environment(
        of item: Item,
        _ state: Deployment,
        _ secrets: [Secret],
        _ settings: RunSettings
    ) -> [String: String] {
        let usual = ["PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR"]
        var result = settings.environment.filter { name, _ in
            usual.contains(name) || name.hasPrefix("LC_") || item.inherits.contains(name)
        }
        result["PATH"] = result["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        for variable in state.variables { result[variable.name] = variable.values.first }
        for (slot, contract) in state.contracts { result[slot.text] = contract.id.text }
        result["DEPLOYKIT_DEPLOYMENT"] = state.id.text
        result["DEPLOYKIT_ENVIRONMENT"] = state.subject.environment.name.text
        result["DEPLOYKIT_SERVICE"] = state.subject.service
        result["DEPLOYKIT_VERSION"] = state.subject.version
        for secret in secrets {
            result[secret.name] = String(decoding: secret.bytes, as: UTF8.self)
        }
        return result
    }
}

extension CommandOutcome {
    /// The outcome of the attempt: `success` when the command exited 0.
    fileprivate func attempt(
        _ success: AttemptOutcome.Ending,
        note: String? = nil
    ) -> AttemptOutcome {
        switch ending {
        case .exited(0): AttemptOutcome(success, output: evidence, note: note)
        case .exited(let code):
            AttemptOutcome(
                .failed(.exited(Int(code))),
                output: evidence,
                note: "exit status \(code)"
            )
        case .signaled(let signal):
            AttemptOutcome(
                .failed(.signaled(Int(signal))),
                output: evidence,
                note: "ended by signal \(signal)"
            )
        case .timedOut:
            AttemptOutcome(
                .failed(.timedOut),
                output: evidence,
                note: "ended after \(duration.wholeMilliseconds) ms: its time was up"
            )
        case .cancelled:
            AttemptOutcome(.failed(.interrupted), output: evidence, note: "interrupted")
        }
    }

    private var evidence: Evidence {
        var text = output.text
        if error.count > 0 {
            if !text.isEmpty, !text.hasSuffix("\n") { text += "\n" }
            text += "[standard error]\n" + error.text
        }
        return .text(text)
    }
}
