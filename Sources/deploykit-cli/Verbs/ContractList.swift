// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let contractList = Verb(
        "contract list",
        "the contracts of a deployment",
        examples: ["deploykit contract list --json"],
        exits: [(.done, "shown")]
    ) { call in
        let workspace = try await Workspace.reading(call)
        await workspace.warnOfLoss()
        let state = try await workspace.deployment(orLatest: true).state()
        call.console.print(
            .members([
                "schemaVersion": 1.json,
                "deployment": state.summary,
                "contracts": state.contractsJSON,
            ]),
            or: text(state)
        )
        return .done
    }

    private static func text(_ state: Deployment) -> String {
        let slots = state.checklist.contractSlots
        if slots.isEmpty { return "the checklist has no contracts\n" }
        let width = slots.map { $0.name.text.visible.count }.max() ?? 0
        return slots.map { slot in
            let contract = state.contracts[slot.name]
            return slot.name.text.visible.padded(to: width) + "  "
                + (contract.map { "\($0.id)  \($0.id.network)" } ?? "–") + "\n"
        }.joined()
    }
}
