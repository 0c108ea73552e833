// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import DeployKitSQLite

extension Verb {
    static let run = Verb(
        "run",
        "do what needs no person",
        details: [
            "Runs the declared commands, probes and captures, one at a time in document order, and "
                + "stops where a person, a gate or a failure stands in the way. Each attempt is in "
                + "the log before its effect. SIGINT and SIGTERM end the command that is under way, "
                + "and that is recorded."
        ],
        options: [
            Option("phase", "PHASE", "only this phase: its title, id or number"),
            Option("suite", "NAME", "only the items of this smoke suite"),
        ],
        examples: ["deploykit run", "deploykit run --phase Mainnet --json > run.json"],
        exits: [
            (.done, "nothing is left to do"),
            (
                .no,
                "an item failed, a gate is closed for good, or the log lost what this machine has "
                    + "seen of it"
            ),
            (.undecided, "an item is in doubt, or under way elsewhere"),
            (.personNeeded, "a person is needed: an item, or a sign-off"),
            (.conflict, "another runner is at work, or a lock is in the way"),
        ]
    ) { call in
        let workspace = try await Workspace.writing(call)
        let live = try await workspace.deployment()
        var settings = DeploymentRunner.Settings(
            root: workspace.location.root,
            lock: try await workspace.lock(for: .run, on: live.id),
            environment: call.environment
        )
        settings.suite = call.arguments["suite"]
        if let name = call.arguments["phase"] {
            settings.phase = try await phase(name, of: live)
        }
        for secret in workspace.project?.secrets ?? [] {
            settings.secrets[secret.name] = workspace.source(of: secret)
        }
        try await workspace.checkSignatures(of: try await live.state())
        let actor = await workspace.actor()
        let view = RunView(
            console: call.console,
            isFenced: WorkflowCommands.areRead(call.environment)
        )
        let runner = DeploymentRunner(settings)
        let task = Task.detached { try await runner.run(live, by: actor) { view.show($0) } }
        let signals = Signals { task.cancel() }
        let result = try await task.value
        let facts = try await workspace.deployments.facts(for: result.state)
        call.console.print(
            .members([
                "schemaVersion": 1.json,
                "deployment": result.state.summary,
                "attempts": view.attempts.json,
                "next": result.next.json(in: result.state),
                "wasInterrupted": result.wasCancelled.json,
            ]),
            or: text(result, facts)
        )
        return signals.received ?? ExitCode(result.next)
    }

    private static func phase(
        _ name: String,
        of live: LiveDeployment
    ) async throws -> PhaseID {
        let state = try await live.state()
        if let phase = state.phase(named: name) { return phase.id }
        throw UsageError(
            "there is no phase '\(name)'",
            hints: state.checklist.phases.map { "--phase \($0.id.text.shellQuoted)" }
        )
    }

    private static func text(_ result: DeploymentRunner.Result, _ facts: Facts) -> String {
        var text = "Deployment \(result.state.id) is \(result.state.status.word)\n"
        let lines = NextLines(deployment: result.state, facts: facts).lines
        if !lines.isEmpty { text += "Next:\n" + lines.map { "  \($0)\n" }.joined() }
        return text
    }
}
