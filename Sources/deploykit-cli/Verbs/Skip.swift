// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let skip = Verb(
        "skip",
        "say that an item's condition does not hold",
        details: [
            "Only an item that is optional or conditional can be skipped; 'waive' goes on without "
                + "a required one."
        ],
        operands: [Operand("ITEM", .several)],
        options: [.requiredReason],
        examples: ["deploykit skip 3.2 --reason \"SMS is switched off here\""],
        exits: .changing
    ) { call in
        let reason = try Changing.reason(call)
        return try await Changing.performEach(call) { name, live in
            let item = try await live.item(name)
            return (.skip(item, reason: reason), item)
        }
    }
}
