// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Connection {
    /// Appends what erases with `append`, so that no file of the store holds what is erased.
    ///
    /// SQLite overwrites a row that is deleted, but no copies of it: when rows are deleted it moves
    /// others closer together and leaves them standing where they were as well. The file is
    /// therefore written anew first, so that there is one copy of each row; a store that dies in
    /// between has erased nothing, and says so.
    ///
    /// - Parameter append: Calls what it is given within the transaction of the append.
    /// - Throws: ``AuditStoreError``, code `moved` where another process wrote in between.
    func erasing(
        _ append: (_ check: () throws(AuditStoreError) -> Void) throws(AuditStoreError) -> Void
    ) throws(AuditStoreError) {
        try forgettingJournal { () throws(AuditStoreError) in
            let version = try integer("PRAGMA data_version")
            try vacuum()
            try append { () throws(AuditStoreError) in
                guard try integer("PRAGMA data_version") == version else {
                    throw AuditStoreError(
                        .moved,
                        "another process wrote while the store was made ready for an erasure"
                    )
                }
            }
        }
    }

    /// Overwrites and deletes blobs, in a transaction that `erasing` began.
    func erase(_ digests: [Digest]) throws(AuditStoreError) {
        // All are overwritten before the first goes, which may move the others.
        for digest in digests {
            var rows: [Int] = []
            try run(.rowOfBlob) { statement throws(AuditStoreError) in
                try statement.bind(1, digest)
            } row: { row throws(AuditStoreError) in
                rows.append(try row.integer(0))
            }
            for row in rows {
                try overwrite("salt", inRow: row)
                try overwrite("bytes", inRow: row)
            }
        }
        for digest in digests {
            try run(.deleteBlob) { statement throws(AuditStoreError) in
                try statement.bind(1, digest)
            }
        }
    }

    /// Leaves nothing of what was erased, however its erasure ended.
    func forgetErased() throws(AuditStoreError) {
        try forgettingJournal { () throws(AuditStoreError) in try vacuum() }
    }

    /// Writes with `write`, and leaves nothing of what it overwrote in the journal.
    ///
    /// A journal that is kept for the next commit still holds the pages as they were; one that is
    /// cut to nothing does not, and the cut is what commits. A write-ahead log is emptied.
    private func forgettingJournal(
        _ write: () throws(AuditStoreError) -> Void
    ) throws(AuditStoreError) {
        switch try journalMode("PRAGMA journal_mode") {
        case "memory": try write()
        case "wal":
            try write()
            try emptyWriteAheadLog()
        default:
            let mode = try journalMode("PRAGMA journal_mode = TRUNCATE")
            guard mode == "truncate" else {
                throw AuditStoreError(
                    .unavailable,
                    "the journal stays in the mode '\(mode)', which would keep what is erased"
                )
            }
            // An append that succeeded is no failure because of what comes after it: in the mode
            // that cuts the journal the promise is the same, and every commit only takes longer.
            defer { try? run("PRAGMA journal_mode = PERSIST") }
            try write()
        }
    }

    /// Brings every page into the main file and cuts the log to nothing.
    private func emptyWriteAheadLog() throws(AuditStoreError) {
        // That a reader is in the way is no error to SQLite, but an answer.
        var isBlocked = false
        try run("PRAGMA wal_checkpoint(TRUNCATE)") { row throws(AuditStoreError) in
            isBlocked = try row.integer(0) != 0
        }
        guard !isBlocked else {
            throw AuditStoreError(
                .busy,
                "the erasure is recorded, but the write-ahead log still holds the content, for "
                    + "another process reads it; erase it again when that has ended"
            )
        }
    }

    private func journalMode(_ pragma: String) throws(AuditStoreError) -> String {
        var mode = ""
        try run(pragma) { row throws(AuditStoreError) in mode = try row.text(0) }
        return mode
    }
}
