// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let reopen = Verb(
        "reopen",
        "open a settled item or a rejected gate again",
        details: [
            "ITEM is an item, or an observation as WINDOW#3. A failed item may be tried again; one that was done is open again together with those "
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
            let reason = call.arguments["reason"]
            switch try await Doing(item ?? "", of: live) {
            case .item(let id): return (.reopen(id, reason: reason), id)
            case .observation(let window, let number):
                return (.observe(window, number, .reopened(reason: reason)), nil)
            }
        }
    }
}
