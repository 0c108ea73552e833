// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let resolve = Verb(
        "resolve",
        "say whether an attempt in doubt happened",
        details: [
            "An attempt is in doubt when its command was cut off and may have changed the world. "
                + "Look at the world, then say what you found."
        ],
        operands: [Operand("ITEM")],
        options: [
            Option(flag: "happened", "it did, and counts as done"),
            Option(flag: "not-happened", "it had no effect, and may be tried again"),
            .requiredReason, .evidence,
        ],
        examples: [
            "deploykit resolve 2.1 --happened --reason \"the migration table has row 0042\""
        ],
        exits: .changing.with([
            (.undecided, "the ID of a contract is to be recorded first")
        ])
    ) { call in
        let happened = call.arguments.has("happened")
        guard happened != call.arguments.has("not-happened") else {
            throw UsageError("say one of --happened and --not-happened")
        }
        let reason = try Changing.reason(call)
        let evidence = try Changing.evidence(call)
        return try await Changing.perform(call) { live in
            let item = try await live.item(call.operand(0))
            return (
                .resolve(item, happened: happened, reason: reason, evidence: evidence), item
            )
        }
    }
}
