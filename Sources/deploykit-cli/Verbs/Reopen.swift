// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let reopen = Verb(
        "reopen",
        "open a settled item or a rejected gate again",
        details: [
            "A failed item may be tried again; one that was done is open again together with those "
                + "that were built on it; a waiver is taken back. --gate begins a new round of a "
                + "gate that was rejected. A reason is needed for all but a failed item."
        ],
        operands: [Operand("ITEM", .optional)],
        options: [Option("gate", "PHASE", "the gate before this phase, or completion"), .reason],
        examples: [
            "deploykit reopen 2.1",
            "deploykit reopen --gate Mainnet --reason \"the finding is fixed\"",
        ],
        exits: .changing
    ) { call in
        let item = call.arguments.operands.first
        let gate = call.arguments["gate"]
        guard (item == nil) != (gate == nil) else {
            throw UsageError("name an ITEM or a --gate, one of the two")
        }
        return try await Changing.perform(call) { live in
            if let gate {
                let reason = try Changing.reason(call)
                return (.reopenGate(try await live.gate(gate).id, reason: reason), nil)
            }
            let id = try await live.item(item ?? "")
            return (.reopen(id, reason: call.arguments["reason"]), id)
        }
    }
}
