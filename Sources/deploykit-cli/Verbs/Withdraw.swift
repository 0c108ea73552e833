// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let withdraw = Verb(
        "withdraw",
        "take your own sign-off back",
        details: [
            "To take back asks for no key, as to reject does not: both keep a gate closed, and to "
                + "open it again takes the signature that the rule asks for."
        ],
        operands: [Operand("SLOT")],
        options: [.requiredReason],
        examples: ["deploykit withdraw \"QA Engineer\" --reason \"signed the wrong version\""],
        exits: .changing
    ) { call in
        let reason = try Changing.reason(call)
        return try await Changing.perform(call) { live in
            (.withdraw(try await live.slot(call.operand(0)), reason: reason), nil)
        }
    }
}
