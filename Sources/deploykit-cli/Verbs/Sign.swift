// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner

extension Verb {
    static let sign = Verb(
        "sign",
        "approve, reject or abstain at a sign-off",
        details: [
            "SLOT is the label of the sign-off or its id, or the beginning of either. The sign-off "
                + "is bound to the checklist, to what is deployed and to the head of the log.",
            "With --ssh-key, or DEPLOYKIT_SSH_KEY, the statement is signed by ssh-keygen, which asks "
                + "the agent or the security key; the key must be one that the log knows of you (see "
                + "'directory apply'). Where the rule asks for a key, one of yours is looked for in "
                + "~/.ssh. Without a key the sign-off is recorded as asserted: it counts where the "
                + "rule asks for no key, and is shown as UNSIGNED. A rejection without a key counts "
                + "everywhere, in production too: to stop is for everybody who may sign, and to go "
                + "on takes 'reopen --gate' and the signatures that the rule asks for.",
            "An approval that was given before an item which the gate rests on was opened again, or "
                + "before the contracts changed, or with a key that was revoked, counts no more: sign "
                + "again.",
            "To sign on another machine: --prepare FILE writes what is to be signed; 'ssh-keygen -Y "
                + "sign -n sign-off@deploykit -f KEY FILE' makes FILE.sig; --submit FILE hands both "
                + "in, and FILE.reason where there is one.",
        ],
        operands: [Operand("SLOT", .optional)],
        options: [
            Option(flag: "approve", "yes"),
            Option(flag: "reject", "no; needs a reason, and the round of the gate is lost"),
            Option(flag: "abstain", "neither; it counts for nothing"),
            Option(flag: "not-needed", "the sign-off's condition does not hold; needs a reason"),
            .reason,
            .sshKey,
            Option("service-key", "FILE", "sign as a service, with its Ed25519 key (PKCS#8 PEM)"),
            Option("prepare", "FILE", "write what is to be signed elsewhere; record nothing"),
            Option("submit", "FILE", "hand in what was prepared and signed"),
        ],
        examples: [
            "deploykit sign \"QA Engineer\" --approve --reason \"load test green\"",
            "deploykit sign operations --approve --ssh-key ~/.ssh/id_ed25519",
            "deploykit sign operations --reject --reason \"no one is on call tonight\"",
            "deploykit sign operations --approve --prepare ops.pae",
            "deploykit sign --submit ops.pae",
        ],
        exits: .changing
    ) { call in
        let signing = try Signing(call)
        switch signing.way {
        case .prepare(let file):
            let workspace = try await Workspace.reading(call)
            // Nobody is led to sign over a log that is known here to be cut.
            try await workspace.checkNote()
            return try await signing.prepare(file, in: workspace)
        case .notNeeded:
            let workspace = try await Workspace.writing(call)
            try await workspace.applyDirectory()
            let reason = try Changing.reason(call)
            let actor = await workspace.actor()
            let result = try await Changing.onDeployment(of: workspace) { live in
                let slot = try await signing.slot(of: live)
                let command = DeploymentCommand.skipSignOff(slot, reason: reason)
                return try await live.perform(command, by: actor, key: call.key)
            }
            let code = try await Changing.show(result, nil, call, in: workspace)
            await workspace.issueReceipt(of: result.state.id, to: actor)
            return code
        default:
            let workspace = try await Workspace.writing(call)
            try await workspace.applyDirectory()
            let (result, actor) = try await Changing.onDeployment(of: workspace) { live in
                try await signing.record(live, in: workspace)
            }
            let code = try await Changing.show(result, nil, call, in: workspace)
            await workspace.issueReceipt(of: result.state.id, to: actor)
            return code
        }
    }
}

/// One call of `sign`, as it was meant.
private struct Signing {
    enum Way {
        case decide(SignOff.Decision)
        case notNeeded
        case prepare(String)
        case submit(String)
    }

    let call: Call
    let way: Way
    private let decision: SignOff.Decision

    init(_ call: Call) throws(UsageError) {
        self.call = call
        let words: [(String, SignOff.Decision?)] = [
            ("approve", .approved), ("reject", .rejected), ("abstain", .abstained),
            ("not-needed", nil),
        ]
        let given = words.filter { call.arguments.has($0.0) }
        if let file = call.arguments["submit"] {
            guard given.isEmpty, call.arguments["prepare"] == nil else {
                throw UsageError("--submit hands in what was decided; it goes with no decision")
            }
            (way, decision) = (.submit(file), .approved)
            return
        }
        guard given.count == 1, let only = given.first else {
            throw UsageError("say one of --approve, --reject, --abstain and --not-needed")
        }
        guard !call.arguments.operands.isEmpty else {
            throw UsageError("say which SLOT; 'deploykit status' lists them")
        }
        decision = only.1 ?? .abstained
        switch (call.arguments["prepare"], only.1) {
        case (nil, let decision?): way = .decide(decision)
        case (nil, nil): way = .notNeeded
        case (let file?, _?): way = .prepare(file)
        case (_?, nil): throw UsageError("--not-needed is recorded, not signed")
        }
    }

    func slot(of live: LiveDeployment) async throws -> SignOffSlotID {
        try await live.slot(call.operand(0))
    }

    private var tool: String { "deploykit \(Version.number)" }

    // MARK: Elsewhere

    func prepare(_ file: String, in workspace: Workspace) async throws -> ExitCode {
        let live = try await workspace.deployment()
        let prepared = try await live.prepare(
            call.operand(0),
            decision,
            by: await workspace.actor().id,
            reason: call.arguments["reason"],
            tool: tool
        )
        let message = prepared.statement.message
        if let reason = prepared.reasonFile { try OutputFile.create("\(file).reason", reason) }
        try OutputFile.create(file, message)
        let command =
            "ssh-keygen -Y sign -n \(SignOffStatement.namespace) -f KEY \(file.shellQuoted)"
        call.console.print(
            .members([
                "schemaVersion": 1.json, "path": file.json,
                "sha256": SHA256.digest(of: message).json,
                "statement": prepared.statement.json, "command": command.json,
            ]),
            or: "'\(file.visible)' is to be signed by \(prepared.statement.signer.text.visible):\n"
                + "  \(command)\n  deploykit sign --submit \(file.shellQuoted)\n"
        )
        return .done
    }

    private func submit(
        _ file: String,
        _ live: LiveDeployment
    ) async throws -> (CommandResult, Actor) {
        guard
            let payload = SignedStatement.payload(inside: try InputFile.bytes(file, limit: 1 << 20))
        else {
            throw InputError(.invalid, "'\(file)' is nothing that 'sign --prepare' wrote")
        }
        let statement: SignOffStatement
        let signature: SSHSignature
        do {
            statement = try SignOffStatement(payload: payload)
        } catch {
            throw InputError(.invalid, "'\(file)' is no statement about a sign-off: \(error)")
        }
        let armored = try InputFile.bytes("\(file).sig", limit: 1 << 16)
        do throws(SSHSignatureError) {
            signature = try SSHSignature(armored: String(decoding: armored, as: UTF8.self))
        } catch {
            throw InputError(.invalid, "'\(file).sig': \(error.message)")
        }
        var reason: Blob?
        if statement.reason != nil {
            do {
                reason = try PreparedSignOff.reason(
                    reading: try InputFile.bytes("\(file).reason", limit: 1 << 20)
                )
            } catch let error as JSONError {
                throw InputError(.invalid, "'\(file).reason': \(error)")
            }
        }
        if !call.arguments.operands.isEmpty, try await slot(of: live) != statement.slot {
            throw UsageError("'\(file)' is about '\(statement.slot)', not '\(call.operand(0))'")
        }
        let result = try await live.submit(
            statement.signed(signature),
            reason: reason,
            verifiers: .stock(),
            key: call.key
        )
        return (result, Actor(id: statement.signer, assurance: statement.assurance))
    }

    // MARK: Here

    /// Records the sign-off, signed where there is a key to sign with.
    func record(
        _ live: LiveDeployment,
        in workspace: Workspace
    ) async throws -> (CommandResult, Actor) {
        if case .submit(let file) = way { return try await submit(file, live) }
        let actor = await workspace.actor()
        let reason = call.arguments["reason"]
        if let path = call.arguments["service-key"] {
            let signer = try await OpenSSLSigner(keyPath: path, name: "service")
            let result = try await live.sign(
                call.operand(0),
                decision,
                as: actor.id,
                with: signer,
                verifiers: .stock(),
                reason: reason,
                key: call.key
            )
            return (result, actor)
        }
        let slot = try await slot(of: live)
        let state = try await live.state()
        let facts = try await workspace.deployments.facts(for: state)
        let needsKey = state.assurance(at: slot, given: facts).isSigned
        let path = try SSHKeyFile(call).path(for: actor.id, in: facts, isNeeded: needsKey)
        guard let path else {
            let command = DeploymentCommand.sign(slot, decision, reason: reason)
            let result = try await live.perform(command, by: actor, key: call.key)
            if needsKey, decision == .approved {
                call.console.note(
                    "recorded UNSIGNED, which does not count here: sign again with --ssh-key FILE"
                )
            }
            return (result, actor)
        }
        let prepared = try await live.prepare(
            slot.text,
            decision,
            by: actor.id,
            reason: reason,
            tool: tool
        )
        let signature = try await SSHKeygen().signature(
            over: prepared.statement.message,
            for: SignOffStatement.namespace,
            keyPath: path,
            environment: call.environment,
            directory: call.directory
        )
        let result = try await live.submit(
            prepared.statement.signed(signature),
            reason: prepared.reason,
            verifiers: .stock(),
            key: call.key
        )
        return (result, Actor(id: prepared.statement.signer, assurance: .sshKey))
    }
}

extension Deployment {
    /// The least assurance of an approval that counts at a slot.
    fileprivate func assurance(at slot: SignOffSlotID, given facts: Facts) -> Actor.Assurance {
        guard let gate = signOffSlots.first(where: { $0.id == slot })?.gate else {
            return .asserted
        }
        return terms(of: gate, given: facts).slots.first { $0.id == slot }?.rule.assurance
            ?? .asserted
    }
}
