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
            "Runs the declared commands, probes and captures in document order, as many at a time as "
                + "their phase allows, and stops where a person, a gate or a failure stands in the "
                + "way. What is missing for any of it is found before the first effect. Each attempt "
                + "is in the log before its effect. SIGINT and SIGTERM end the commands that are "
                + "under way, and that is recorded; cleanup steps of smoke suites still run. A "
                + "rollback that is under way is carried out in the place of the items, and so is one "
                + "that an automatic trigger begins meanwhile.",
            "With --suite the checks of a smoke suite are made again, whatever the deployment has "
                + "come to, also after its end; its items stay as they are. The same --key gives the "
                + "run that was made under it.",
            "With --dry-run nothing is started and nothing recorded: it says what would be started, "
                + "and ends as the run would if all of that went well.",
            "On a terminal it shows what would run and asks first, and asks about the items that are "
                + "a person's; --yes asks nothing. In CI, with --json and where input or output is no "
                + "terminal it never asks.",
            "With --offer it also asks, on a terminal, about each command that the page shows at an "
                + "item of a person's, and runs those that are confirmed, without input, in the "
                + "project's root. Nobody has said what such a command does to the world: one that "
                + "fails, or is lost, leaves its item in doubt until 'resolve'.",
            .jobFiles,
        ],
        options: [
            Option("phase", "PHASE", "only this phase: its title, id or number"),
            Option("suite", "NAME", "make the checks of this smoke suite instead"),
            Option(flag: "dry-run", "say what would be done"),
            Option(flag: "offer", "ask about the commands that the page only shows, too"),
            Option(flag: "yes", "ask nothing, also on a terminal"),
            .dotenv,
        ],
        examples: [
            "deploykit run", "deploykit run --yes", "deploykit run --offer",
            "deploykit run --phase Mainnet --json > run.json",
            "deploykit run --suite smoke --deployment d-7k2mxq",
            "deploykit run --dotenv deploykit.env",
        ],
        exits: [
            (.done, "nothing is left to do; every check of the suite passed"),
            (
                .no,
                "an item failed, a check found something wrong, a program is not there, a gate is "
                    + "closed for good, or the log lost what this machine has seen of it"
            ),
            (
                .undecided,
                "an item is in doubt, or under way elsewhere; a check could not be made to the end"
            ),
            (
                .invalidData,
                "a placeholder, a variable or an output has no value, items wait for each other, or "
                    + "the suite must not run here"
            ),
            (.personNeeded, "a person is needed: an item, or a sign-off"),
            (.conflict, "another runner is at work, or a lock is in the way"),
            (.rolledBack, "a trigger began a rollback, or one was under way, and it is verified"),
            (.rollbackFailed, "that rollback failed, and a person is needed"),
        ]
    ) { call in
        let isOffering = try isOffering(call)
        let workspace = try await Workspace.writing(call)
        let live = try await workspace.deployment(orLatest: call.arguments["suite"] != nil)
        var settings = try await workspace.runnerSettings(for: live)
        if let name = call.arguments["phase"] {
            settings.phase = try await phase(name, of: live)
        }
        if call.arguments.has("dry-run") {
            return try await forecast(call, DeploymentRunner(settings), live)
        }
        if let suite = call.arguments["suite"] {
            return try await smoke(suite, DeploymentRunner(settings), live, in: workspace)
        }
        return try await carryOn(live, settings, in: workspace, isOffering: isOffering)
    }

    private static func isOffering(_ call: Call) throws(UsageError) -> Bool {
        guard call.arguments.has("offer") else { return false }
        for other in ["dry-run", "yes"] where call.arguments.has(other) {
            throw UsageError("--offer asks about each command, and --\(other) asks nothing")
        }
        if call.arguments["suite"] != nil {
            throw UsageError("--offer and --suite exclude each other: a suite is declared")
        }
        guard call.console.isInteractive else {
            throw UsageError(
                "--offer asks about each command, and there is nobody at a terminal",
                hints: ["declare what is to run without being asked about; 'deploykit check FILE'"]
            )
        }
        return true
    }

    /// Runs a deployment as far as it goes without a person, and shows it.
    ///
    /// - Parameters:
    ///   - live: The deployment.
    ///   - settings: Where and how commands run.
    ///   - workspace: Where the call works.
    ///   - before: What is shown besides, as members of the object.
    ///   - isOffering: Whether the person is asked about commands that the page only shows.
    ///   - answersForItems: Whether an item that failed is a no, whatever is asked next.
    /// - Returns: The exit code.
    /// - Throws: Whatever the runner, the rules or the store say.
    static func carryOn(
        _ live: LiveDeployment,
        _ settings: DeploymentRunner.Settings,
        in workspace: Workspace,
        besides before: KeyValuePairs<String, JSONValue?> = [:],
        isOffering: Bool = false,
        answersForItems: Bool = true
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
            ? RunDialogue(
                workspace,
                live,
                by: actor,
                phase: chosen,
                offering: isOffering ? DeploymentRunner(settings) : nil
            ) : nil
        var later: Set<ItemID> = []
        var signals: Signals?
        var received: ExitCode?
        var wasInterrupted = false
        running: while !wasInterrupted {
            // Between two runs a signal ends the command at once: nothing is under way.
            if let dialogue {
                signals = nil
                switch try await dialogue.turn(&later) {
                case .run(let phase): settings.phase = phase
                case .offer(let item, let offers):
                    received = try await dialogue.run(offers, of: item) { view.show($0) }
                    wasInterrupted = received != nil
                    continue
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
        let next = state.nextStep(phase: chosen, given: facts)
        call.console.print(
            .members([
                "schemaVersion": 1.json,
                "deployment": state.summary,
                "attempts": view.attempts.json,
                "next": next.json(in: state),
                "wasInterrupted": wasInterrupted.json,
            ]).adding(before),
            or: text(state, facts, call.console)
        )
        let asked = ExitCode(state, next, answersForItems: answersForItems)
        let code = received ?? signals?.received ?? asked
        view.annotate(state)
        let lines = NextLines(deployment: state, facts: facts).lines
        try JobFiles(run: state, view.attempts, lines, code).write(call)
        return code
    }

    private static func smoke(
        _ suite: String,
        _ runner: DeploymentRunner,
        _ live: LiveDeployment,
        in workspace: Workspace
    ) async throws -> ExitCode {
        let call = workspace.call
        try await workspace.checkSignatures(of: try await live.state())
        let actor = await workspace.actor()
        let view = RunView(
            console: call.console,
            isFenced: WorkflowCommands.areRead(call.environment)
        )
        let key = call.key
        let task = Task.detached {
            try await runner.run(suite: suite, of: live, by: actor, key: key) { view.show($0) }
        }
        let signals = Signals { task.cancel() }
        let result = try await task.value
        call.console.print(
            .members([
                "schemaVersion": 1.json,
                "deployment": result.state.summary,
                "attempts": view.attempts.json,
                "smoke": result.run.json,
                "isRepeated": result.isRepeated.json,
                "rollbackProposals": result.state.rollbackProposals.map(\.json).jsonUnlessEmpty,
                "wasInterrupted": result.wasCancelled.json,
            ]),
            or: result.run.text(in: result.state, isRepeated: result.isRepeated)
        )
        return signals.received ?? ExitCode(result.run.verdict)
    }

    private static func forecast(
        _ call: Call,
        _ runner: DeploymentRunner,
        _ live: LiveDeployment
    ) async throws -> ExitCode {
        if let suite = call.arguments["suite"] {
            let plan = try await runner.forecast(suite: suite, of: live)
            let items = (plan.checks + plan.cleanup).map(\.item.id)
            let state = try await live.state()
            call.console.print(
                .members(["schemaVersion": 1.json, "wouldStart": items.json]),
                or: state.lines(starting: items)
            )
            return .done
        }
        let forecast = try await runner.forecast(live)
        let state = try await live.state()
        call.console.print(
            .members([
                "schemaVersion": 1.json,
                "deployment": state.summary,
                "wouldStart": forecast.items.json,
                "next": forecast.stop.json(in: state),
            ]),
            or: state.lines(starting: forecast.items)
        )
        return ExitCode(forecast.stop)
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

    private static func text(
        _ state: Deployment,
        _ facts: Facts,
        _ console: Console
    ) -> String {
        var text = "Deployment \(state.id) is \(state.status.word)\n"
        if state.status == .rolledBack {
            let environment = state.subject.environment.name.text.visible.shellQuoted
            text += "Nobody deploys there until: deploykit unlock \(environment) --reason …\n"
        }
        let lines = NextLines(
            deployment: state,
            facts: facts,
            isInteractive: console.isInteractive
        ).lines
        if !lines.isEmpty { text += "Next:\n" + lines.map { "  \($0)\n" }.joined() }
        return text
    }
}
