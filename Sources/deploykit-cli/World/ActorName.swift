// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner

/// Finds out who acts.
enum ActorName {
    /// `--as`, else `DEPLOYKIT_ACTOR`, else git's e-mail, all of which anybody may say; else the
    /// user of the operating system, who on a machine of continuous integration is nobody.
    static func actor(_ call: Call) async -> Actor {
        let isCI = !["", "false", "0"].contains(call.environment["CI"] ?? "")
        let asserted: Actor.Assurance = isCI ? .assertedByCI : .asserted
        let said = call.arguments["as"] ?? call.environment["DEPLOYKIT_ACTOR"] ?? ""
        if !said.isEmpty { return Actor(id: ActorID(said), assurance: asserted) }
        if let address = await gitAddress(call) {
            return Actor(id: ActorID(address), assurance: asserted)
        }
        return Actor(id: ActorID(World.userName), assurance: isCI ? asserted : .osUser)
    }

    // Without git, or without an address, there is simply no answer from it.
    private static func gitAddress(_ call: Call) async -> String? {
        let invocation = Invocation(
            .executable("git", arguments: ["config", "user.email"]),
            environment: call.environment.filter { name, _ in
                ["PATH", "HOME", "USER", "XDG_CONFIG_HOME"].contains(name)
                    || name.hasPrefix("GIT_CONFIG")
            },
            directory: call.directory,
            timeout: .seconds(5),
            outputLimit: 4096
        )
        guard
            let outcome = try? await ProcessRunner().run(
                invocation,
                onStart: { _ in },
                onOutput: { _ in }
            ), outcome.ending == .exited(0),
            let line = outcome.output.text.split(separator: "\n").first
        else { return nil }
        let address = line.trimmed
        return address.isEmpty ? nil : address
    }
}
