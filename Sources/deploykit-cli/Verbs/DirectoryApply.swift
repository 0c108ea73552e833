// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner

extension Verb {
    static let directoryApply = Verb(
        "directory apply",
        "make the log know the people of the project file",
        details: [
            "The first people with keys are taken as they are. From then on, a new person, role, "
                + "name or key needs the signature of somebody who has a role and a valid key "
                + "already; to take away and to revoke needs none, unless nobody would be left who "
                + "could approve. What was signed before stays as it is, except with a key that "
                + "was revoked as of an earlier moment ('revokedAt'). A gate that is open for "
                + "signatures goes by the people, names and roles of when it was opened, and by the "
                + "keys of now.",
            "To sign on another machine: --prepare FILE, then 'ssh-keygen -Y sign -n "
                + "directory@deploykit -f KEY FILE', then --submit FILE.",
        ],
        options: [
            .sshKey,
            Option("prepare", "FILE", "write what is to be signed elsewhere; change nothing"),
            Option("submit", "FILE", "hand in what was prepared and signed"),
            Option(flag: "dry-run", "say what would change, and who must sign"),
        ],
        examples: [
            "deploykit directory apply",
            "deploykit directory apply --ssh-key ~/.ssh/id_ed25519 --as lena@example.com",
        ],
        exits: [
            (.done, "the log knows these people"),
            (.no, "the signature is not one of an approver"),
            (.personNeeded, "an approver must sign the change"),
        ]
    ) { call in
        let isDry = call.arguments.has("dry-run") || call.arguments["prepare"] != nil
        let workspace = try await isDry ? Workspace.reading(call) : Workspace.writing(call)
        guard let project = workspace.project else {
            throw UsageError(
                "there is no project file here or above",
                hints: ["'deploykit init FILE' writes one; list people in it"]
            )
        }
        let deployments = workspace.deployments
        let change = try await deployments.change(to: project.directory)
        if call.arguments.has("dry-run") { return show(change, hasChanged: false, call) }
        let actor = await workspace.actor()
        let signer = Actor(id: actor.id, assurance: .sshKey)
        if let file = call.arguments["prepare"] {
            let statement = try await deployments.statement(for: change, by: signer)
            try OutputFile.create(file, statement.message)
            let command =
                "ssh-keygen -Y sign -n \(DirectoryStatement.namespace) -f KEY \(file.shellQuoted)"
            call.console.print(
                .members([
                    "schemaVersion": 1.json, "path": file.json, "statement": statement.json,
                    "command": command.json,
                ]),
                or: "'\(file.visible)' is to be signed by \(statement.signer.text.visible):\n  "
                    + "\(command)\n  deploykit directory apply --submit \(file.shellQuoted)\n"
            )
            return .done
        }
        var approval: SignedStatement?
        if let file = call.arguments["submit"] {
            approval = try submitted(file)
        } else if change.approvers != nil, let path = SSHKeyFile(call).named {
            let statement = try await deployments.statement(for: change, by: signer)
            let signature = try await SSHKeygen().signature(
                over: statement.message,
                for: DirectoryStatement.namespace,
                keyPath: path,
                environment: call.environment,
                directory: call.directory
            )
            approval = statement.signed(signature)
        }
        try await deployments.apply(
            project.directory,
            by: actor,
            approval: approval,
            verifiers: .stock()
        )
        if change.changes.contains(where: \.reachesNoOpenGate) {
            let open = try await deployments.withOpenGates().map(\.text.visible)
            if !open.isEmpty {
                call.console.note(
                    "gates of \(open.joined(separator: ", ")) are open for signatures already, and go "
                        + "by the people of before: who or what is new does not count there"
                )
            }
        }
        return show(change, hasChanged: change.previous != project.directory, call)
    }

    private static func submitted(_ file: String) throws -> SignedStatement {
        guard
            let payload = SignedStatement.payload(inside: try InputFile.bytes(file, limit: 1 << 20))
        else {
            throw InputError(
                .invalid,
                "'\(file)' is nothing that 'directory apply --prepare' wrote"
            )
        }
        let armored = try InputFile.bytes("\(file).sig", limit: 1 << 16)
        do {
            let statement = try DirectoryStatement(payload: payload)
            return statement.signed(
                try SSHSignature(armored: String(decoding: armored, as: UTF8.self))
            )
        } catch let error as SSHSignatureError {
            throw InputError(.invalid, "'\(file).sig': \(error.message)")
        } catch let error as JSONError {
            throw InputError(.invalid, "'\(file)' is no statement about people: \(error)")
        }
    }

    private static func show(
        _ change: DirectoryChange,
        hasChanged: Bool,
        _ call: Call
    ) -> ExitCode {
        var text = change.changes.map { "  \($0.sentence.visible)\n" }.joined()
        if text.isEmpty { text = "  nothing is different\n" }
        let approvers = change.approvers?.map(\.text.visible).joined(separator: ", ")
        if !hasChanged, let approvers {
            text += "an approver must sign this: \(approvers.isEmpty ? "nobody can" : approvers)\n"
        }
        call.console.print(
            .members([
                "schemaVersion": 1.json,
                "hasChanged": hasChanged.json,
                "changes": .array(
                    change.changes.map { change in
                        .members([
                            "sentence": change.sentence.json,
                            "needsApproval": change.needsApproval.json,
                        ])
                    }
                ),
                "approvers": change.approvers?.json,
            ]),
            or: (hasChanged ? "the log knows \(change.next.people.count) people:\n" : "") + text
        )
        return hasChanged || change.approvers == nil ? .done : .personNeeded
    }
}
