// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension DeploymentRunner {
    func secrets(of item: Item) throws(RunnerError) -> [Secret] {
        var secrets: [Secret] = []
        for name in item.secrets {
            let source = settings.secrets[name] ?? .environment(name)
            secrets.append(try source.secret(named: name, environment: settings.environment))
        }
        return secrets
    }

    /// The call of a command as an item makes it.
    ///
    /// - Throws: `RunnerError`: `placeholderUnbound`, `variableUnbound`, `outputUnwritten`, and the
    ///   codes of secrets.
    func invocation(
        _ command: ItemCommand,
        _ item: Item,
        _ occasion: Occasion
    ) throws(RunnerError) -> Invocation {
        let unbound = command.placeholders
        guard unbound.isEmpty else {
            let names = unbound.map { "<\($0)>" }.joined(separator: ", ")
            throw RunnerError(
                .placeholderUnbound,
                "'\(item.id)' is not run: \(names) has no value; write the value into the checklist, "
                    + "or use a variable such as \"$NAME\""
            )
        }
        let program: Invocation.Program
        switch command {
        case .arguments(let words):
            program = .executable(words[0], arguments: Array(words.dropFirst()))
        case .script(let script, let interpreter):
            program = .script(
                script,
                interpreter: command.isShell
                    ? Invocation.bash : interpreter.split(separator: " ").map(String.init)
            )
        }
        let state = occasion.state
        var environment = usualVariables
        if let suite = item.suite {
            environment["DEPLOYKIT_SUITE"] = suite
            environment["DEPLOYKIT_IDENTITY"] = state.checklist.suite(suite)?.identity
        }
        for name in item.inherits { environment[name] = settings.environment[name] }
        environment.merge(occasion.values.known) { $1 }
        let secrets = try secrets(of: item)
        for secret in secrets {
            environment[secret.name] = String(decoding: secret.bytes, as: UTF8.self)
        }
        let own = Set(environment.keys).union(item.inherits).union(ItemCommand.namesOfBash)
            .union([ProcessTree.variable])
        try occasion.values.check(
            command.readNames,
            own: own,
            of: item.id,
            isWhole: command.tellsItsNames
        )
        let directory = item.directory ?? ""
        let isAbsolute = directory.utf8.first == UInt8(ascii: "/")
        var invocation = Invocation(
            program,
            environment: environment,
            directory: isAbsolute ? directory : settings.root + "/" + directory,
            timeout: timeout(of: item, occasion),
            secrets: secrets,
            attempt: occasion.tag
        )
        invocation.siftsOutput = true
        return invocation
    }

    var usualVariables: [String: String] {
        settings.environment.filter { name, _ in
            ["PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR"].contains(name)
                || name.hasPrefix("LC_")
        }
    }
}
