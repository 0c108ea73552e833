// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let fail = Verb(
        "fail",
        "say that you could not do an item",
        details: ["A required item that failed halts the deployment until somebody sees to it."],
        operands: [Operand("ITEM")],
        options: [.reason],
        examples: ["deploykit fail 2.1 --reason \"the replica is 40 minutes behind\""],
        exits: .changing
    ) { call in
        try await Changing.perform(call) { live in
            let item = try await live.item(call.operand(0))
            return (.fail(item, reason: call.arguments["reason"]), item)
        }
    }
}
