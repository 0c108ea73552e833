// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let fail = Verb(
        "fail",
        "say that you could not do an item",
        details: [
            "A required item that failed halts the deployment until somebody sees to it; so does an "
                + "observation, named WINDOW or WINDOW#3, at which something was not well."
        ],
        operands: [Operand("ITEM")],
        options: [.reason],
        examples: ["deploykit fail 2.1 --reason \"the replica is 40 minutes behind\""],
        exits: .changing
    ) { call in
        try await Changing.perform(call) { live in
            let reason = call.arguments["reason"]
            switch try await Doing(call.operand(0), of: live) {
            case .item(let item): return (.fail(item, reason: reason), item)
            case .observation(let window, let number):
                return (.observe(window, number, .failed(reason: reason)), nil)
            }
        }
    }
}
