// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let amend = Verb(
        "amend",
        "let a deployment follow the document as it is now",
        details: [
            "Items are told apart by their ids. What has begun, or was settled by somebody, may not "
                + "change; the refusal names it. What anybody signed for a gate that is still ahead "
                + "counts no more, and must be signed again."
        ],
        operands: [Operand("FILE")],
        options: [.requiredReason],
        examples: [
            "deploykit amend docs/DEPLOYMENT.md --reason \"step 3.2 named the wrong queue\""
        ],
        exits: .changing
    ) { call in
        let reason = try Changing.reason(call)
        let document = try ChecklistFile(call.operand(0))
        let workspace = try await Workspace.writing(call)
        try workspace.checkHooks(of: document.checklist)
        let actor = await workspace.actor()
        let result = try await Changing.onDeployment(of: workspace) { live in
            try await workspace.checkSecrets(in: [reason], of: live)
            return try await workspace.deployments.amend(
                live.id,
                to: document.checklist,
                source: (path: document.path, bytes: document.bytes),
                reason: reason,
                by: actor
            )
        }
        return try await Changing.show(result, nil, call, in: workspace)
    }
}
