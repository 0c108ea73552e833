// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let gate = Verb(
        "gate",
        "may it go on? the exit code answers",
        details: [
            "PHASE is the title, the id or the number of a phase, 'completion' or 'closure'; "
                + "without it the first gate that is not open is meant.",
            "--break-glass goes through the gate before a phase without its sign-offs and conditions, "
                + "and against a freeze. It is recorded with its reason, shown in every export, and "
                + "somebody else must sign its review before the deployment is completed.",
            .jobFiles,
        ],
        operands: [Operand("PHASE", .optional)],
        options: [Option(flag: "break-glass", "go through in an emergency"), .reason, .dotenv],
        examples: [
            "deploykit gate Mainnet || exit $?",
            "deploykit gate completion --json",
            "deploykit gate Mainnet --dotenv gate.env",
            "deploykit gate Mainnet --break-glass --reason \"funds at risk, INC-81\"",
        ],
        exits: [
            (.done, "the gate is open"),
            (.no, "the gate is closed, or the log lost what this machine has seen of it"),
            (.undecided, "it cannot be told: something is in doubt"),
            (.conflict, "nothing but a freeze is in the way, or another writer or a lock"),
        ]
    ) { call in
        if call.arguments.has("break-glass") { return try await breakGlass(call) }
        if call.arguments["reason"] != nil { throw UsageError("--reason belongs to --break-glass") }
        let workspace = try await Workspace.reading(call)
        // A store that was rolled back knows nothing of what closed the gate since.
        try await workspace.checkNote()
        let live = try await workspace.deployment(orLatest: true)
        let state = try await live.state()
        try await workspace.checkSignatures(of: state)
        let (gate, verdict): (GateID, GateVerdict)
        if let name = call.arguments.operands.first {
            (gate, verdict) = try await live.gate(name)
        } else {
            let facts = try await workspace.deployments.facts(for: state)
            (gate, verdict) = state.nextGate(given: facts) ?? (.completion, .open)
        }
        var text = "\(gate): \(verdict.word)\n"
        for reason in verdict.reasons { text += "  \(state.sentence(for: reason).visible)\n" }
        call.console.print(
            .members([
                "schemaVersion": 1.json,
                "deployment": state.summary,
                "gate": gate.json,
                "verdict": verdict.word.json,
                "reasons": .array(verdict.reasons.map { $0.json(in: state) }),
            ]),
            or: text
        )
        let code = ExitCode(verdict)
        try JobFiles(gate: gate, verdict, of: state, code).write(call)
        return code
    }

    private static func breakGlass(_ call: Call) async throws -> ExitCode {
        let reason = try Changing.reason(call)
        guard let name = call.arguments.operands.first else {
            throw UsageError("say through the gate of which PHASE")
        }
        return try await Changing.perform(call) { live in
            (.breakGlass(try await live.gate(name).id, reason: reason), nil)
        }
    }
}
