// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let unlock = Verb(
        "unlock",
        "let others deploy again where somebody went back",
        details: [
            "After a rollback nobody deploys to the environment until somebody says why it may be "
                + "deployed to again. Without ENVIRONMENT it is the only one that is locked."
        ],
        operands: [Operand("ENVIRONMENT", .optional)],
        options: [.requiredReason],
        examples: ["deploykit unlock mainnet --reason \"the cause is fixed in 1.4.3\""],
        exits: .changing.with([(.done, "free, or free already")])
    ) { call in
        let reason = try Changing.reason(call)
        let workspace = try await Workspace.writing(call)
        let wanted = call.arguments.operands.first
        let locks = try await workspace.deployments.locked(of: workspace.service)
            .filter { wanted == nil || $0.environment.text == wanted }
        guard locks.count <= 1 else {
            throw UsageError(
                "\(locks.count) environments are locked: name one, and --service",
                hints: locks.map { lock in
                    "deploykit unlock \(lock.environment.text.shellQuoted) --service "
                        + "\(lock.service.shellQuoted) --reason …"
                }
            )
        }
        if let lock = locks.first {
            let state = try await workspace.deployments.deployment(lock.lock.deployment)
            try await workspace.checkSecrets(in: [reason], of: state)
            try await workspace.deployments.unlock(
                lock.environment,
                of: lock.service,
                reason: reason,
                by: await workspace.actor(),
                key: call.key
            )
        }
        let name = locks.first?.environment.text ?? wanted
        call.console.print(
            .members([
                "schemaVersion": 1.json, "environment": name?.json,
                "hasChanged": (!locks.isEmpty).json, "lock": locks.first?.lock.json,
            ]),
            or: locks.isEmpty
                ? "nothing is locked; nothing was changed\n"
                : "'\((name ?? "").visible)' may be deployed to again\n"
        )
        return .done
    }
}
