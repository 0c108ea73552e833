// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let directoryShow = Verb(
        "directory show",
        "the people whom the log knows, their roles and keys",
        details: [
            "--allowed-signers prints the SSH keys as OpenSSH's ssh-keygen -Y verify takes them, for "
                + "sign-offs and for changes of the people. It "
                + "says what this log holds to be true; an auditor asks the people's own department."
        ],
        options: [Option(flag: "allowed-signers", "the keys as an allowed_signers file")],
        examples: ["deploykit directory show", "deploykit directory show --allowed-signers"],
        exits: [(.done, "shown")]
    ) { call in
        let workspace = try await Workspace.reading(call)
        let directory = try await workspace.deployments.directory()
        let now = SystemClock().now()
        if call.arguments.has("allowed-signers") {
            let signers: AllowedSigners
            do throws(SSHSignatureError) {
                signers = try directory.allowedSigners(
                    for: SignOffStatement.namespace,
                    DirectoryStatement.namespace
                )
            } catch {
                throw InputError(.invalid, error.message)
            }
            call.console.print(
                .members(["schemaVersion": 1.json, "allowedSigners": signers.text.json]),
                or: signers.text
            )
            return .done
        }
        call.console.print(
            .members([
                "schemaVersion": 1.json, "people": directory.people.json,
                "approvers": directory.approvers(at: now).json,
                "isEnrolled": directory.isEnrolled.json,
            ]),
            or: directory.isEmpty
                ? "the log knows nobody: anyone may sign as anything\n"
                : directory.people.map { text($0, now) }.joined()
        )
        return .done
    }

    private static func text(_ person: Directory.Person, _ now: Timestamp) -> String {
        let names = ([person.id] + person.aliases).map(\.text.visible).joined(separator: ", ")
        let roles = person.roles.map(\.text.visible).joined(separator: ", ")
        let keys = person.keys.map { key in
            let state = key.refusal(at: now).map { "  \($0.message)" } ?? ""
            return "    \(key.assurance.rawValue) \(key.id)\(state.visible)\n"
        }
        return "\(names)\(roles.isEmpty ? "" : "  \(roles)")\n" + keys.joined()
    }
}
