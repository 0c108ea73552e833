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
            (.no, "FILE is of another log, or its history forked"),
            (.conflict, "FILE is newer than this store"),
        ]
    ) { call in
        let workspace = try await Workspace.reading(call)
        let target = call.operand(0)
        let source = try StoreCopy.file(workspace.store)
        let log = workspace.deployments.log
        try await workspace.checkNote()
        if StoreLocation.exists(target) {
            let file = try await SQLiteAuditStore(path: target, access: .readOnly)
            let head = try await AuditLog(store: file, origin: "").head()
            await file.close()
            if head.size > 0 { try StoreCopy.check(try await log.standing(of: head), of: target) }
        }
        let checkpoint = try await workspace.issueHead()
        try await StoreCopy.copy(source, to: target)
        call.console.print(
            .members([
                "schemaVersion": 1.json, "file": target.json, "head": checkpoint.head.json,
            ]),
            or: "saved \(checkpoint.head.size) entries to \(target.visible)\n"
        )
        return .done
    }
}
