// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension DeploymentRunner {
    /// What an attempt does to the world, with everything that it needs.
    enum Effect: Sendable {
        case command(Invocation, capturing: Network?)
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
        case .capture(let slot, let command, let network):
            return .command(
                try invocation(command, item, state, tag),
                capturing: try self.network(network, of: slot, in: state)
            )
        case .probe(.http(let method, let url, let statuses, let content)):
            var probe = HTTPProbe(url: url)
            probe.method = method
            probe.statuses = Set(statuses)
            probe.assertions = content.map { [.contains($0)] } ?? []
            probe.timeout = item.timeout ?? .seconds(10)
            return .request(probe, environment: usualVariables)
        case .probe(.tcp(let host, let port)):
            guard let port = UInt16(exactly: port) else {
                throw RunnerError(.invalid, "'\(item.id)' asks port \(port), which there is none")
            }
            return .connection(
                TCPProbe(host: host, port: port, timeout: min(timeout, .seconds(10)))
            )
        case .service, .manual, .metric, .observation, .group:
            throw RunnerError(
                .invalid,
                "'\(item.id)' is a \(item.kind.word), which is not run; do it by hand, and waive it"
            )
        }
    }

    /// Has the effect, and says how it went. What cannot be started had none.
    func outcome(
        of effect: Effect,
        _ report: @escaping @Sendable (Progress) -> Void
    ) async -> AttemptOutcome {
        do throws(RunnerError) {
            switch effect {
            case .command(let invocation, let network):
                let outcome = try await runner.run(invocation) { report(.output($0)) }
                return Self.attemptOutcome(outcome, capturing: network)
            case .request(let probe, let environment):
                return Self.attemptOutcome(
                    try await probe.run(with: runner, environment: environment)
                )
            case .connection(let probe):
                return Self.attemptOutcome(try await probe.run())
            }
        } catch {
            return AttemptOutcome(.failed(.notStarted), note: error.message)
        }
    }

    private static func attemptOutcome(
        _ outcome: CommandOutcome,
        capturing network: Network?
    ) -> AttemptOutcome {
        let said = outcome.output.text
        let complained = outcome.error.text
        let text = complained.isEmpty ? said : said + "\n--- standard error ---\n" + complained
        let output: Evidence? = text.isEmpty ? nil : .text(text)
        switch outcome.ending {
        case .exited(0):
            guard let network else { return AttemptOutcome(.passed, output: output) }
            do {
                let id = try ContractID.theOnlyOne(in: said, on: network)
                return AttemptOutcome(.captured(id), output: output)
            } catch {
                return AttemptOutcome(.failed(.noContract), output: output, note: error.message)
            }
        case .exited(let status):
            return AttemptOutcome(.failed(.exited(Int(status))), output: output)
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
