// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner

extension Verb {
    static let freeze = Verb(
        "freeze",
        "let nothing new go out to an environment for a while",
        details: [
            "Until it ends or is lifted, no deployment begins and no phase of one that has not begun; "
                + "what has begun goes on. TIME is local to the environment's zone (2026-12-20T08:00), "
                + "or UTC with a Z. Without --until it lasts until 'unfreeze'. A freeze of the same "
                + "name is replaced. Freezes that are known for long stand in the project file."
        ],
        operands: [Operand("ENVIRONMENT")],
        options: [
            Option("name", "NAME", isRequired: true, "what it is called"),
            Option("from", "TIME", "when it begins; now, if it is not said"),
            Option("until", "TIME", "when it ends"),
            .requiredReason,
        ],
        examples: [
            "deploykit freeze production --name INC-81 --reason \"ledger repair\"",
            "deploykit freeze production --name sale --until 2026-11-30 --reason sale",
        ],
        exits: .freezing
    ) { call in
        let reason = try Changing.reason(call)
        let workspace = try await Workspace.writing(call)
        let environment = try workspace.environment(named: call.operand(0))
        let from = try moment(call, "from", in: environment) ?? SystemClock().now()
        let until = try moment(call, "until", in: environment)
        let freeze = RecordedFreeze(name: call.arguments["name"] ?? "", from: from, until: until)
        let hasChanged = try await workspace.deployments.freeze(
            freeze,
            environment.name,
            of: try await workspace.frozenService(),
            reason: reason,
            by: await workspace.actor()
        )
        let name = environment.name.text.visible
        call.console.print(
            .members([
                "schemaVersion": 1.json, "environment": environment.name.json,
                "freeze": freeze.json, "hasChanged": hasChanged.json,
            ]),
            or: "'\(name)' is frozen from \(from) "
                + (until.map { "until \($0)" } ?? "until somebody lifts it") + "\n"
        )
        return .done
    }

    static let unfreeze = Verb(
        "unfreeze",
        "lift a freeze that is on record",
        operands: [Operand("ENVIRONMENT")],
        options: [
            Option("name", "NAME", isRequired: true, "what it is called"), .requiredReason,
        ],
        examples: ["deploykit unfreeze production --name INC-81 --reason \"the ledger is whole\""],
        exits: .freezing
    ) { call in
        let reason = try Changing.reason(call)
        let workspace = try await Workspace.writing(call)
        let environment = try workspace.environment(named: call.operand(0))
        let name = call.arguments["name"] ?? ""
        try await workspace.deployments.thaw(
            name,
            environment.name,
            of: try await workspace.frozenService(),
            reason: reason,
            by: await workspace.actor()
        )
        call.console.print(
            .members([
                "schemaVersion": 1.json, "environment": environment.name.json,
                "lifted": name.json, "hasChanged": true.json,
            ]),
            or: "the freeze '\(name.visible)' of '\(environment.name.text.visible)' is lifted\n"
        )
        return .done
    }

    private static func moment(
        _ call: Call,
        _ option: String,
        in environment: Environment
    ) throws(UsageError) -> Timestamp? {
        guard let text = call.arguments[option] else { return nil }
        let isUTC = text.hasSuffix("Z")
        guard let local = LocalTime(isUTC ? String(text.dropLast()) : text) else {
            throw UsageError("'\(text)' is no time: 2026-12-20T08:00, or with a Z for UTC")
        }
        guard !isUTC, let name = environment.zone else { return ZoneRules.utc.moment(of: local) }
        guard let zone = SystemZones().rules(named: name) else {
            throw UsageError(
                "of the time zone '\(name)' no rules are known here; write UTC, with Z"
            )
        }
        // What is frozen stays so through an hour that the clocks show twice.
        return zone.moment(of: local, option == "until" ? .second : .first)
    }
}

extension Workspace {
    /// The service whose environment is frozen: the one that is named, else the only one.
    fileprivate func frozenService() async throws -> String {
        if let service = service ?? project?.onlyService { return service }
        let known = try await deployments.services()
        guard let only = known.first, known.count == 1 else {
            throw UsageError(
                "say of which service with --service",
                hints: known.map { "--service \($0.shellQuoted)" }
            )
        }
        return only
    }
}

extension [(code: ExitCode, meaning: String)] {
    fileprivate static var freezing: Self {
        [
            (.done, "recorded, or recorded already"),
            (.no, "it would be over, or the log lost what this machine has seen of it"),
            (.undecided, "the store does not know whether it wrote"),
        ]
    }
}
