// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import DeployKitSQLite

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Copies of a store as files.
enum StoreCopy {
    /// Copies a store to `target`, whose file gives way when the copy is whole.
    static func copy(_ store: SQLiteAuditStore, to target: String) async throws {
        let temporary = "\(target).\(getpid()).new"
        // A run that was cut off may have left one of the same name.
        unlink(temporary)
        defer { unlink(temporary) }
        try await store.backup(to: temporary)
        // What the file's last commit left behind belongs to the file that gives way.
        unlink("\(target)-journal")
        try KeptFile.replace(target, with: temporary)
    }

    /// The store, where it is a file.
    ///
    /// - Throws: `UsageError` for the store of a server.
    static func file(_ store: any CommandStore) throws(UsageError) -> SQLiteAuditStore {
        guard let file = store as? SQLiteAuditStore else { throw noFile }
        return file
    }

    static let noFile = UsageError(
        "a server's store is no file that could be saved or replaced",
        hints: ["'deploykit store copy FROM TO' copies it, and its server makes its backups"]
    )

    /// Refuses to put a store in the place of a file that it does not continue.
    static func check(_ standing: LogStanding, of target: String) throws {
        switch standing {
        case .contained: return
        case .shorter(let count):
            throw AuditStoreError(
                .conflict,
                "'\(target)' is newer than this store, which has \(count) entries: another run "
                    + "saved it; restore it and do the work again"
            )
        case .diverged, .lost:
            throw Diverged(
                message: "'\(target)' and this store went different ways; one line of history is "
                    + "kept",
                hints: ["'deploykit store restore' takes the file's"]
            )
        case .otherLog(let name):
            throw Diverged(
                message: "'\(target)' is a store of another log than '\(name)'",
                hints: ["save to another file"]
            )
        }
    }
}
