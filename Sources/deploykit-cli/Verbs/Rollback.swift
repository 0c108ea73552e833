// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner

extension Verb {
    static let rollback = Verb(
        "rollback",
        "go back by a level of the rollback plan",
        details: [
            "Authorises the rollback and carries it out: the steps of the level that undo what has "
                + "begun, then what shows that they have worked. What is declared runs, and a person "
                + "does the rest with 'done', 'fail', 'skip' and 'waive' of the numbers R1, R2, … and "
                + "V1, V2, …; 'run' goes on then. What is under way ends first. A level that asks "
                + "for signatures begins with the last of them.",
            "Without --level it is the level that was proposed, else the one with the least impact. "
                + "A step that fails halts the deployment: see to the step ('reopen', 'resolve', "
                + "'waive'), or name another level. Afterwards nobody deploys there until 'unlock'. "
                + "From a deployment that has ended, named with --deployment, a new one goes back.",
        ],
        options: [
            Option("level", "LEVEL", "its id, its number, or words of its title or situations"),
            Option("reason", "TEXT", "why; needed unless a trigger has proposed it"),
            Option(flag: "propose", "only say that it is called for"),
            Option(flag: "authorise", "only authorise; 'run' carries it out"),
            Option(flag: "dismiss", "decide against what was proposed"),
            Option(flag: "dry-run", "say what would be done, and change nothing"),
        ],
        examples: [
            "deploykit rollback --level 1 --reason \"claims fail since 14:02\"",
            "deploykit rollback --propose --reason \"the dashboard looks odd\"",
            "deploykit rollback --dry-run",
        ],
        exits: .changing.with([
            (.done, "proposed, authorised or dismissed, where only that was asked, or shown"),
            (.undecided, "the steps are done, and whether an item happened is not known"),
            (.personNeeded, "a person is needed: a step, or a signature"),
            (.conflict, "another runner is at work, or another deployment holds the environment"),
            (.rolledBack, "rolled back, and verified"),
            (.rollbackFailed, "the rollback failed"),
        ])
    ) { call in
        let modes = ["propose", "authorise", "dismiss", "dry-run"].filter(call.arguments.has)
        guard modes.count <= 1 else {
            throw UsageError("--\(modes.joined(separator: " and --")) are two things; name one")
        }
        let mode = modes.first
        if mode == "dismiss" || mode == "propose" { _ = try Changing.reason(call) }
        if mode == "dry-run" { return try await preview(call) }
        let workspace = try await Workspace.writing(call)
        var live = try await workspace.deployment(orLatest: true)
        let state = try await live.state()
        let level = try level(call, of: state)
        let actor = await workspace.actor()
        let command: RollbackCommand =
            switch mode {
            case "propose": .propose(level, reason: call.reason)
            case "dismiss": .dismiss(reason: call.reason)
            default: .authorise(level, reason: call.arguments["reason"])
            }
        try await workspace.checkSecrets(in: [call.reason], of: live)
        let isNew = state.status.isTerminal && (mode == nil || mode == "authorise")
        if isNew {
            if state.status == .rolledBack, level == nil || level == state.rollback?.level {
                return try await ended(state, workspace)
            }
            live = try await workspace.deployments.goBack(
                from: state.id,
                level: level,
                reason: try Changing.reason(call),
                by: actor
            )
        } else {
            try await live.perform(.rollback(command), by: actor, key: call.key)
        }
        if mode == nil {
            let settings = try await workspace.runnerSettings(for: live)
            return try await Verb.carryOn(
                live,
                settings,
                in: workspace,
                answersForItems: false
            )
        }
        return try await show(live, workspace)
    }

    // What was authorised waits for signatures, or for a runner.
    private static func show(
        _ live: LiveDeployment,
        _ workspace: Workspace
    ) async throws -> ExitCode {
        let state = try await live.state()
        let facts = try await workspace.deployments.facts(for: state)
        let step = state.nextStep(given: facts)
        var text = "deployment \(state.id) is \(state.status.word)\n"
        let lines = NextLines(
            deployment: state,
            facts: facts,
            isInteractive: workspace.call.console.isInteractive
        ).lines
        if !lines.isEmpty { text += "Next:\n" + lines.map { "  \($0)\n" }.joined() }
        workspace.call.console.print(
            .members([
                "schemaVersion": 1.json, "deployment": state.summary,
                "rollbackProposals": state.rollbackProposals.map(\.json).jsonUnlessEmpty,
                "next": step.json(in: state),
            ]),
            or: text
        )
        if case .gate(.rollback, _) = step { return .personNeeded }
        return .done
    }

    private static func ended(
        _ state: Deployment,
        _ workspace: Workspace
    ) async throws -> ExitCode {
        workspace.call.console.print(
            .members([
                "schemaVersion": 1.json, "deployment": state.summary, "hasChanged": false.json,
            ]),
            or: "deployment \(state.id) is rolledBack already; nothing was changed\n"
        )
        return .rolledBack
    }

    private static func preview(_ call: Call) async throws -> ExitCode {
        let workspace = try await Workspace.reading(call)
        let state = try await workspace.deployment(orLatest: true).state()
        let wanted = try level(call, of: state)
        guard let plan = state.checklist.rollbackPlan, !plan.levels.isEmpty else {
            throw UsageError("the checklist has no level to roll back by")
        }
        guard let id = wanted ?? state.rollback?.level ?? state.recommendedLevel?.id,
            let chosen = plan.level(id)
        else { throw UsageError("nothing that a level undoes has begun") }
        let tasks = state.preview(of: id)
        var text = "Level '\(chosen.title.visible)' (\(chosen.id.text.visible))"
        text += chosen.impact.map { ", impact \($0.rawValue)" } ?? ""
        text += chosen.losesData == true ? ", loses data\n" : "\n"
        for (task, applies) in tasks {
            let how = task.entry.item.kind.isAutomatic ? "runs" : "a person"
            text += "  \(task.entry.number) \(task.entry.item.title.visible.cut(to: 56)): "
            text += applies ? "\(how)\n" : "does not apply\n"
        }
        call.console.print(
            .members([
                "schemaVersion": 1.json, "deployment": state.summary, "level": id.json,
                "steps": .array(
                    tasks.map { task, applies in
                        .members([
                            "id": task.id.json, "number": task.entry.number.json,
                            "title": task.entry.item.title.json,
                            "kind": task.entry.item.kind.word.json,
                            "compensates": task.compensates?.json,
                            "isVerification": task.isVerification.json, "applies": applies.json,
                        ])
                    }
                ),
            ]),
            or: text
        )
        return .done
    }

    /// The level that the call names, or `nil` when it names none.
    static func level(
        _ call: Call,
        of state: Deployment
    ) throws(UsageError) -> RollbackLevelID? {
        try call.arguments["level"].map { name throws(UsageError) in
            try level(name, of: state.checklist).id
        }
    }

    /// The level that a person means.
    static func level(
        _ name: String,
        of checklist: Checklist
    ) throws(UsageError) -> RollbackLevel {
        let plan = checklist.rollbackPlan
        let found = plan?.levels(named: name) ?? []
        guard let only = found.first, found.count == 1 else {
            let shown = found.isEmpty ? plan?.levels ?? [] : found
            throw UsageError(
                found.isEmpty
                    ? "there is no level '\(name)'" : "\(found.count) levels fit '\(name)'",
                hints: shown.map { "--level \($0.id.text.shellQuoted)   \($0.title)" }
            )
        }
        return only
    }
}
