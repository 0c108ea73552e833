// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let waive = Verb(
        "waive",
        "go on without an item",
        details: [
            "The reason and your name are recorded. 'reopen' takes a waiver back. WINDOW#3 is an "
                + "observation of a monitoring window, WINDOW all that are left of it."
        ],
        operands: [Operand("ITEM", .several)],
        options: [.requiredReason],
        examples: ["deploykit waive 2.3 --reason \"agreed with operations, ticket OPS-81\""],
        exits: .changing
    ) { call in
        let reason = try Changing.reason(call)
        return try await Changing.performEach(call) { name, live in
            switch try await Doing(name, of: live) {
            case .item(let item): return (.waive(item, reason: reason), item)
            case .observation(let window, let number):
                return (.observe(window, number, .waived(reason: reason)), nil)
            }
        }
    }
}
