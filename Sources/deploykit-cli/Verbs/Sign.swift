// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let sign = Verb(
        "sign",
        "approve, reject or abstain at a sign-off",
        details: [
            "SLOT is the label of the sign-off or its id, or the beginning of either. The sign-off "
                + "is bound to the checklist, to what is deployed and to the head of the log. It "
                + "is recorded as asserted: it counts where the rule asks for no signature, and "
                + "is shown as UNSIGNED."
        ],
        operands: [Operand("SLOT")],
        options: [
            Option(flag: "approve", "yes"),
            Option(flag: "reject", "no; needs a reason, and the round of the gate is lost"),
            Option(flag: "abstain", "neither; it counts for nothing"),
            Option(flag: "not-needed", "the sign-off's condition does not hold; needs a reason"),
            .reason,
        ],
        examples: [
            "deploykit sign \"QA Engineer\" --approve --reason \"load test green\"",
            "deploykit sign operations --reject --reason \"no one is on call tonight\"",
        ],
        exits: .changing
    ) { call in
        let given = ["approve", "reject", "abstain", "not-needed"].filter(call.arguments.has)
        guard given.count == 1 else {
            throw UsageError("say one of --approve, --reject, --abstain and --not-needed")
        }
        let workspace = try await Workspace.writing(call)
        try await workspace.applyDirectory()
        var deployment: DeploymentID?
        let code = try await Changing.perform(call, in: workspace) { live in
            deployment = live.id
            let slot = try await live.slot(call.operand(0))
            let reason = call.arguments["reason"]
            switch given[0] {
            case "approve": return (.sign(slot, .approved, reason: reason), nil)
            case "reject": return (.sign(slot, .rejected, reason: reason), nil)
            case "abstain": return (.sign(slot, .abstained, reason: reason), nil)
            default: return (.skipSignOff(slot, reason: try Changing.reason(call)), nil)
            }
        }
        if let deployment {
            await workspace.issueReceipt(of: deployment, to: await workspace.actor())
        }
        return code
    }
}
