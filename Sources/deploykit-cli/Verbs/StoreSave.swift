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
                + "is refused when another run has saved meanwhile. After 'audit recover', FILE may "
                + "hold the entries that were given up: --accept-loss puts the recovered log in "
                + "their place."
        ],
        operands: [Operand("FILE")],
        options: [
            Option(flag: "accept-loss", "let FILE go, though it holds what a recovery gave up")
        ],
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
        try await copy.checkWhole(named: source.path)
        let checkpoint = try await workspace.issue(try await copy.log.head())
        let isLossAccepted = call.arguments.has("accept-loss")
        try await copy.put { present in
            try await check(copy.log, against: present, in: target, isLossAccepted: isLossAccepted)
        }
        call.console.print(
            .members([
                "schemaVersion": 1.json, "file": target.json, "head": checkpoint.head.json,
            ]),
            or: "saved \(checkpoint.head.size) entries to \(target.visible)\n"
        )
        return .done
    }

    /// Refuses to put a log in the place of one that it does not continue.
    private static func check(
        _ log: AuditLog,
        against present: AuditLog,
        in target: String,
        isLossAccepted: Bool
    ) async throws {
        let head = try await present.head()
        switch try await log.standing(of: head) {
        case .contained: return
        case .lost where isLossAccepted: return
        case .shorter(let count):
            throw AuditStoreError(
                .conflict,
                "'\(target)' is newer than this store, which has \(count) entries: another run "
                    + "saved it; restore it and do the work again"
            )
        case .diverged:
            throw Diverged(
                message: "'\(target)' and this store went different ways; one line of history is "
                    + "kept",
                hints: ["'deploykit store restore --accept-loss' takes the file's"]
            )
        case .lost(let position):
            throw Diverged(
                message: "'\(target)' has \(head.size) entries from before the recovery that entry "
                    + "\(position) of this store records, and some are lost here",
                hints: [
                    "save to another file to keep both",
                    "--accept-loss puts this store in the place of '\(target)'",
                ]
            )
        case .otherLog(let name):
            guard case .lost(let position) = try await present.standing(of: try await log.head())
            else {
                throw Diverged(
                    message: "'\(target)' is a store of another log than '\(name)'",
                    hints: ["save to another file"]
                )
            }
            throw Diverged(
                message: "'\(target)' goes on as '\(head.origin)': its entry \(position) records a "
                    + "recovery, made elsewhere",
                hints: ["'deploykit store restore --accept-loss' takes it"]
            )
        }
    }
}
