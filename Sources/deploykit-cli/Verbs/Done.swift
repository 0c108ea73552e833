// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let done = Verb(
        "done",
        "say that you did an item",
        details: [
            "ITEM is the item's number, its id, the end or the beginning of its id, or its title. "
                + "The gate before its phase is checked at this very moment. Saying it again with "
                + "the same note changes nothing."
        ],
        operands: [Operand("ITEM")],
        options: [.note, .evidence],
        examples: [
            "deploykit done 1.4 --note \"42 tables, all indexes there\"",
            "deploykit done backup/create-the-backup --evidence backup.log",
        ],
        exits: .changing
    ) { call in
        let evidence = try Changing.evidence(call)
        return try await Changing.perform(call) { live in
            let item = try await live.item(call.operand(0))
            return (.complete(item, note: call.arguments["note"], evidence: evidence), item)
        }
    }
}
