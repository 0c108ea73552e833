// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner

extension Verb {
    static let rehearse = Verb(
        "rehearse",
        "do a level of the rollback plan as an exercise",
        details: [
            "FILE is the checklist, in Markdown or JSON. Does every step of the level and of its verification, as "
                + "if everything had begun, in an environment that is not of tier production. It takes no lock, and what needs a "
                + "person waits for one, as in a rollback. A gate may ask for it: "
                + "gate=\"rehearsed(LEVEL, ENVIRONMENT, 30d)\". The same call goes on with a "
                + "rehearsal that is open."
        ],
        operands: [Operand("LEVEL"), Operand("FILE")],
        options: [
            Option("environment", "NAME", isRequired: true, "where"),
            Option("version", "VERSION", "which version is there; else 'rehearsal'"),
            Option(
                "variable",
                "NAME=VALUE",
                isRepeated: true,
                "the value of a variable; no secret"
            ),
        ],
        examples: [
            "deploykit rehearse 1 docs/DEPLOYMENT.md --environment staging"
        ],
        exits: .changing.with([
            (.done, "rehearsed, and seen to work"),
            (.personNeeded, "a person is needed for a step"),
            (.conflict, "another runner is at work, or a lock is in the way"),
            (.rollbackFailed, "a step failed, or whether it happened is not known"),
        ])
    ) { call in
        let document = try ChecklistFile(call.operand(1))
        let level = try level(call.operand(0), of: document.checklist)
        let variables = try call.arguments.all("variable").map { text throws(UsageError) in
            try Verb.binding(text)
        }
        let workspace = try await Workspace.creating(call, for: document.checklist)
        let environment = try workspace.environment(named: call.arguments["environment"] ?? "")
        try await workspace.applyDirectory()
        let live = try await workspace.deployments.rehearse(
            level.id,
            of: document.checklist,
            service: workspace.service ?? workspace.project?.onlyService,
            environment: environment,
            version: call.arguments["version"] ?? "rehearsal",
            source: (path: document.path, bytes: document.bytes),
            variables: variables,
            by: await workspace.actor()
        )
        let settings = try await workspace.runnerSettings(for: live)
        return try await carryOn(live, settings, in: workspace)
    }
}
