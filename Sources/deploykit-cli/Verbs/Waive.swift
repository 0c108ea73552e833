// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let waive = Verb(
        "waive",
        "go on without an item",
        details: ["The reason and your name are recorded. 'reopen' takes a waiver back."],
        operands: [Operand("ITEM")],
        options: [.requiredReason],
        examples: ["deploykit waive 2.3 --reason \"agreed with operations, ticket OPS-81\""],
        exits: .changing
    ) { call in
        let reason = try Changing.reason(call)
        return try await Changing.perform(call) { live in
            let item = try await live.item(call.operand(0))
            return (.waive(item, reason: reason), item)
        }
    }
}
