// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite

extension Verb {
    static let storeSave = Verb(
        "store save",
        "copy the store to a file, for a run on another machine",
        details: [
            "Runs on machines that come and go keep one line of history: a run restores the file, "
                + "works, and saves it. FILE gives way when this store continues it, and the save "
                + "is refused when another run has saved meanwhile."
        ],
        operands: [Operand("FILE")],
        examples: ["deploykit store save cache/store.sqlite"],
        exits: [
            (.done, "saved"),
            (
                .no,
                "FILE is of another log, or its history forked; or this log lost what this machine "
                    + "has seen of it"
            ),
            (.conflict, "FILE is newer than this store, or a lock is in the way"),
        ] + .signing
    ) { call in
        let workspace = try await Workspace.reading(call)
        let target = call.operand(0)
        let source = try StoreCopy.file(workspace.store)
        guard !StoreLocation.isSame(source.path, target) else {
            throw UsageError("'\(target)' is the store itself", hints: ["save to another file"])
        }
        try await workspace.checkNote()
        let copy = try await StoreCopy(of: source, for: target)
        let checkpoint = try await workspace.issue(try await copy.log.head())
        try await copy.put { head in
            try StoreCopy.check(try await copy.log.standing(of: head), of: target)
        }
        call.console.print(
            .members([
                "schemaVersion": 1.json, "file": target.json, "head": checkpoint.head.json,
            ]),
            or: "saved \(checkpoint.head.size) entries to \(target.visible)\n"
        )
        return .done
    }
}
