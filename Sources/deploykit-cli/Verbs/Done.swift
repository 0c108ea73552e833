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
                + "the same note changes nothing. WINDOW, or WINDOW#3, is an observation of a "
                + "monitoring window instead: the one that can be made now, or the third. Several "
                + "are recorded one after the other, with the same note, up to the first that may "
                + "not be."
        ],
        operands: [Operand("ITEM", .several)],
        options: [.note, .evidence],
        examples: [
            "deploykit done 1.4 --note \"42 tables, all indexes there\"",
            "deploykit done 1.1 1.2 1.3",
            "deploykit done week-1 --note \"error rate 0.1%\"",
            "deploykit done backup/create-the-backup --evidence backup.log",
        ],
        exits: .changing
    ) { call in
        let evidence = try Changing.evidence(call)
        return try await Changing.performEach(call) { name, live in
            let note = call.arguments["note"]
            switch try await Doing(name, of: live) {
            case .item(let item):
                return (.complete(item, note: note, evidence: evidence), item)
            case .observation(let window, let number):
                return (.observe(window, number, .made(note: note, evidence: evidence)), nil)
            }
        }
    }
}
