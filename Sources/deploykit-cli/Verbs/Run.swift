// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import DeployKitSQLite

extension String {
    /// What is said in the help of verbs that CI jobs call.
    static let jobFiles =
        "Under GitHub Actions the outputs deployment, status, exit and the like go to GITHUB_OUTPUT, "
        + "a summary to GITHUB_STEP_SUMMARY. --dotenv writes them as DEPLOYKIT_DEPLOYMENT and so on, "
        + "which GitLab hands to later jobs."
}

extension Verb {
    static let run = Verb(
        "run",
        "do what needs no person",
        details: [
            "Runs the declared commands, probes and captures, one at a time in document order, and "
                + "stops where a person, a gate or a failure stands in the way. Each attempt is in "
                + "the log before its effect. SIGINT and SIGTERM end the command that is under way, "
                + "and that is recorded. A rollback that is under way is carried out in the place "
                + "of the items, and so is one that an automatic trigger begins meanwhile.",
            "On a terminal it shows what would run and asks first, and asks about the items that are "
                + "a person's; --yes asks nothing. In CI, with --json and where input or output is no "
                + "terminal it never asks.",
            .jobFiles,
        ],
        options: [
            Option("phase", "PHASE", "only this phase: its title, id or number"),
            Option("suite", "NAME", "only the items of this smoke suite"),
            Option(flag: "yes", "ask nothing, also on a terminal"),
            .dotenv,
        ],
        examples: [
            "deploykit run", "deploykit run --yes",
            "deploykit run --phase Mainnet --json > run.json",
            "deploykit run --dotenv deploykit.env",
        ],
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
            (.rolledBack, "a trigger began a rollback, or one was under way, and it is verified"),
            (.rollbackFailed, "that rollback failed, and a person is needed"),
        ]
    ) { call in
        let workspace = try await Workspace.writing(call)
        let live = try await workspace.deployment()
        var settings = try await workspace.runnerSettings(for: live)
        settings.suite = call.arguments["suite"]
        if let name = call.arguments["phase"] {
            settings.phase = try await phase(name, of: live)
        }
        return try await carryOn(live, settings, in: workspace)
    }

    /// Runs a deployment as far as it goes without a person, and shows it.
    ///
    /// - Parameters:
    ///   - live: The deployment.
    ///   - settings: Where and how commands run.
    ///   - workspace: Where the call works.
    ///   - before: What is shown besides, as members of the object.
    /// - Returns: The exit code.
    /// - Throws: Whatever the runner, the rules or the store say.
    static func carryOn(
        _ live: LiveDeployment,
        _ settings: DeploymentRunner.Settings,
        in workspace: Workspace,
        besides before: KeyValuePairs<String, JSONValue?> = [:]
    ) async throws -> ExitCode {
        let call = workspace.call
        try await workspace.checkSignatures(of: try await live.state())
        let actor = await workspace.actor()
        // What time has brought about comes first: a gate may have expired.
        try await live.perform(.advance, by: actor)
        let view = RunView(
            console: call.console,
            isFenced: WorkflowCommands.areRead(call.environment)
        )
        let chosen = settings.phase
        var settings = settings
        let dialogue =
            call.console.isInteractive && !call.arguments.has("yes")
            ? RunDialogue(workspace, live, by: actor, phase: chosen, suite: settings.suite) : nil
        var later: Set<ItemID> = []
        var signals: Signals?
        var wasInterrupted = false
        running: while !wasInterrupted {
            // Between two runs a signal ends the command at once: nothing is under way.
            if let dialogue {
                signals = nil
                switch try await dialogue.turn(&later) {
                case .run(let phase): settings.phase = phase
                case .again: continue
                case .stop: break running
                }
            }
            let runner = DeploymentRunner(settings)
            let task = Task.detached { try await runner.run(live, by: actor) { view.show($0) } }
            signals = Signals { task.cancel() }
            wasInterrupted = try await task.value.wasCancelled
            if dialogue == nil { break }
        }
        let state = try await live.state()
        let facts = try await workspace.deployments.facts(for: state)
        let next = state.nextStep(phase: chosen, suite: settings.suite, given: facts)
        call.console.print(
            .members([
                "schemaVersion": 1.json,
                "deployment": state.summary,
                "attempts": view.attempts.json,
                "next": next.json(in: state),
                "wasInterrupted": wasInterrupted.json,
            ]).adding(before),
            or: text(state, facts)
        )
        let code = signals?.received ?? ExitCode(state, next)
        view.annotate(state)
        let lines = NextLines(deployment: state, facts: facts).lines
        try JobFiles(run: state, view.attempts, lines, code).write(call)
        return code
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

    private static func text(_ state: Deployment, _ facts: Facts) -> String {
        var text = "Deployment \(state.id) is \(state.status.word)\n"
        if state.status == .rolledBack {
            let environment = state.subject.environment.name.text.visible.shellQuoted
            text += "Nobody deploys there until: deploykit unlock \(environment) --reason …\n"
        }
        let lines = NextLines(deployment: state, facts: facts).lines
        if !lines.isEmpty { text += "Next:\n" + lines.map { "  \($0)\n" }.joined() }
        return text
    }
}
