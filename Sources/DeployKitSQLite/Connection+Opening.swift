// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CSQLite
import DeployKit

extension Connection {
    /// How a store is opened.
    struct Options {
        var access: SQLiteAuditStore.Access
        var journal: SQLiteAuditStore.Journal
        var synchronous: SQLiteAuditStore.Synchronous
        var busyTimeout: Duration
        var largestFileInPages: Int?
        var trustsWriteAheadLog: Bool
    }

    /// Opens the store at `path`, makes it where asked, and checks it before a row is read.
    static func open(_ path: String, _ options: Options) throws(AuditStoreError) -> Connection {
        guard path != ":memory:" else { return try openInMemory(options) }
        var file = try StoreFile(path)
        if file.kind == .absent {
            guard case .readWrite(create: true) = options.access else {
                throw AuditStoreError(.unavailable, "there is no store at '\(path)'")
            }
            // Losing the race to another process leaves its store, which is as good.
            _ = try file.create { temporary throws(AuditStoreError) in
                try fill(temporary, named: path, options)
            }
            file = try StoreFile(path)
        }
        guard file.kind == .file else {
            throw AuditStoreError(
                .notAStore,
                "'\(path)' is empty; it is no store, or lost all of it"
            )
        }
        let flags = options.access == .readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE
        let connection = try Connection(
            file: file.resolved,
            named: path,
            flags: flags,
            busyTimeout: options.busyTimeout
        )
        // Appends that stand in a lost '-wal' file would be missing without a word. SQLite makes an
        // empty one as soon as it reads such a store.
        guard
            options.access != .readOnly || !connection.isInWriteAheadMode
                || file.hasCompanion("-wal")
        else {
            throw AuditStoreError(
                .unavailable,
                "'\(path)' keeps a write-ahead log, and '\(path)-wal' is not beside it; copy both, "
                    + "or open it for writing"
            )
        }
        try connection.bounded { connection throws(AuditStoreError) in
            try connection.configure(options)
            try connection.checkIdentity(path)
        }
        if options.access != .readOnly {
            guard !connection.isReadOnly else {
                throw AuditStoreError(.readOnly, "'\(path)' may be read but not written")
            }
            try connection.climb(path)
        }
        try connection.bounded { connection throws(AuditStoreError) in
            try connection.checkSchema(path)
        }
        if options.access != .readOnly { try connection.chooseJournal(path, options) }
        return connection
    }

    private static func openInMemory(_ options: Options) throws(AuditStoreError) -> Connection {
        let connection = try Connection(
            file: ":memory:",
            named: ":memory:",
            flags: SQLITE_OPEN_READWRITE,
            busyTimeout: options.busyTimeout
        )
        try connection.configure(options)
        try connection.climb(":memory:")
        return connection
    }

    private static func fill(
        _ temporary: String,
        named path: String,
        _ options: Options
    ) throws(AuditStoreError) {
        let connection = try Connection(
            file: temporary,
            named: path,
            flags: SQLITE_OPEN_READWRITE,
            busyTimeout: options.busyTimeout
        )
        try connection.configure(options)
        try connection.climb(path)
    }

    /// The pragmas that make a connection safe to keep evidence with.
    static let settings = [
        "cell_size_check", "foreign_keys", "journal_mode", "query_only", "recursive_triggers",
        "secure_delete", "synchronous", "trusted_schema",
    ]

    private func configure(_ options: Options) throws(AuditStoreError) {
        try run("PRAGMA cell_size_check = ON")
        try run("PRAGMA mmap_size = 0")
        // Up to 32 MiB, so that a verification finds the keys of a million appends in memory.
        try run("PRAGMA cache_size = -32768")
        // Without it, INSERT OR REPLACE deletes rows past the DELETE triggers.
        try run("PRAGMA recursive_triggers = ON")
        // What is erased is overwritten, whatever the library was built with.
        try run("PRAGMA secure_delete = ON")
        try run("PRAGMA synchronous = \(options.synchronous.rawValue)")
        if options.access == .readOnly { try run("PRAGMA query_only = ON") }
        if let pages = options.largestFileInPages { try run("PRAGMA max_page_count = \(pages)") }
    }

    /// Reads the marks in the file's header, which needs nothing of its schema.
    private func checkIdentity(_ path: String) throws(AuditStoreError) {
        guard try integer("PRAGMA application_id") == StoreSchema.applicationID else {
            throw AuditStoreError(
                .notAStore,
                "'\(path)' is an SQLite database of another application"
            )
        }
        let version = try integer("PRAGMA user_version")
        guard version <= StoreSchema.version else {
            throw AuditStoreError(
                .newerVersion,
                "'\(path)' has version \(version), this library reads up to "
                    + "\(StoreSchema.version)"
            )
        }
        guard version > 0 else {
            throw AuditStoreError(.notAStore, "'\(path)' has version \(version), not 1 or more")
        }
        var encoding = ""
        try run("PRAGMA encoding") { row throws(AuditStoreError) in encoding = try row.text(0) }
        guard encoding == "UTF-8" else {
            throw AuditStoreError(.notAStore, "'\(path)' is encoded in \(encoding), not in UTF-8")
        }
    }

    /// Brings the file to the current version in one transaction.
    private func climb(_ path: String) throws(AuditStoreError) {
        guard try integer("PRAGMA user_version") < StoreSchema.version else { return }
        try run("BEGIN IMMEDIATE")
        do throws(AuditStoreError) {
            let reached = try integer("PRAGMA user_version")  // another process may have climbed
            for step in StoreSchema.ladder.dropFirst(reached) {
                for part in step { try run(part.sql) }
            }
            try run("PRAGMA application_id = \(StoreSchema.applicationID)")
            try run("PRAGMA user_version = \(StoreSchema.version)")
            try run("COMMIT")
        } catch {
            rollBack()
            throw error
        }
    }

    /// Compares what the file declares with what this version declares, text by text.
    ///
    /// A view in place of a table would serve any rows, a trigger could change them.
    private func checkSchema(_ path: String) throws(AuditStoreError) {
        var missing = StoreSchema.current
        var stranger: String?
        try run("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema") {
            row throws(AuditStoreError) in
            let part = StoreSchema.Part(
                type: try row.text(0),
                name: try row.text(1),
                table: try row.text(2),
                sql: try row.text(3)
            )
            if missing.remove(part) == nil { stranger = stranger ?? "\(part.type) '\(part.name)'" }
        }
        if let stranger {
            throw AuditStoreError(
                .notAStore,
                "'\(path)' holds the \(stranger), which is none of a store's as it stands"
            )
        }
        if let part = missing.min(by: { $0.name < $1.name }) {
            throw AuditStoreError(.notAStore, "'\(path)' lacks the \(part.type) '\(part.name)'")
        }
    }

    private func chooseJournal(
        _ path: String,
        _ options: Options
    ) throws(AuditStoreError) {
        var mode = ""
        try run("PRAGMA journal_mode") { row throws(AuditStoreError) in mode = try row.text(0) }
        // PERSIST ends a commit by overwriting the journal's header, DELETE by removing the file,
        // and either syncs that step under synchronous=EXTRA: the promise is the same, and PERSIST
        // spares the folder. Medians of 12 alternated rounds of 300 commits: 1,451/s to 1,100/s.
        let wanted = options.journal == .writeAheadLog ? "wal" : "persist"
        if wanted == "wal", !options.trustsWriteAheadLog {
            throw AuditStoreError(
                .unavailable,
                "the write-ahead log of SQLite \(Self.libraryVersion) can lose a commit; "
                    + "use the rollback journal, or SQLite 3.51.3 or newer"
            )
        }
        guard mode != wanted else { return }
        try run("PRAGMA journal_mode = \(wanted)") { row throws(AuditStoreError) in
            mode = try row.text(0)
        }
        guard mode == wanted else {
            throw AuditStoreError(
                .unavailable,
                "'\(path)' keeps the journal mode '\(mode)', not '\(wanted)'"
            )
        }
        // A large batch leaves a large journal, which is cut back to this many bytes.
        try run("PRAGMA journal_size_limit = 1048576")
    }
}

extension SQLiteAuditStore.Journal {
    /// Whether the SQLite in use has the fix of the WAL-reset bug.
    package static var isReliableWriteAheadLog: Bool {
        isReliableWriteAheadLog(inSQLite: Int(sqlite3_libversion_number()))
    }

    /// Whether this version has the fix of the WAL-reset bug, by which a checkpoint could drop an
    /// acknowledged commit when two connections were open (SQLite 3.7.0 to 3.51.2).
    package static func isReliableWriteAheadLog(inSQLite version: Int) -> Bool {
        switch version {
        case 3_044_006...3_044_999, 3_050_007...3_050_999, 3_051_003...: true
        default: false
        }
    }
}
