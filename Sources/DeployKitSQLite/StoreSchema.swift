// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// The tables of a store file, and how a file comes to have them.
///
/// Version 1. `entry` holds the records, `node` the nodes of their hash tree by dense index,
/// `blob` what records refer to, `batch` which positions each idempotency key stands for.
/// Triggers keep these append-only and gap-free against every statement, `INSERT OR REPLACE`
/// among them; only a salted blob may go, because it is made to be erasable. `ix_stream` is
/// derived from `entry` and can be made anew. Whoever edits the bytes of the file is stopped by
/// none of this: the log is tamper-evident, the file is not tamper-proof.
enum StoreSchema {
    /// `DPKT`, which marks the file as a store.
    static let applicationID = 1_146_112_852

    /// What this library writes; it reads nothing newer.
    static let version = 1

    struct Part: Hashable {
        let type: String
        let name: String
        let table: String
        let sql: String
    }

    /// The steps from each version to the next.
    ///
    /// One step for each version, never edited after its release: a newer layout appends one.
    static let ladder: [[Part]] = [versionOne]

    /// What a file of the current version holds, and nothing else.
    static let current = Set(ladder.joined()).union(automatic)

    /// Indexes that SQLite makes for `UNIQUE` and for primary keys that are no row number.
    private static let automatic = [
        ("blob", 1), ("batch", 1), ("ix_stream", 1), ("ix_stream", 2),
    ].map { table, number in
        Part(
            type: "index",
            name: "sqlite_autoindex_\(table)_\(number)",
            table: table,
            sql: ""
        )
    }

    private static let versionOne: [Part] = [
        table(
            "entry",
            """
            position INTEGER PRIMARY KEY CHECK (position >= 0),
                stream TEXT NOT NULL,
                revision INTEGER NOT NULL CHECK (revision >= 0),
                header BLOB NOT NULL,
                salt BLOB NOT NULL,
                body BLOB NOT NULL
            """
        ),
        Part(
            type: "index",
            name: "entry_stream",
            table: "entry",
            sql: "CREATE UNIQUE INDEX entry_stream ON entry (stream, revision)"
        ),
        table(
            "node",
            """
            idx INTEGER PRIMARY KEY CHECK (idx >= 0),
                hash BLOB NOT NULL CHECK (length(hash) = 32)
            """
        ),
        table(
            "blob",
            """
            digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
                salt BLOB NOT NULL,
                bytes BLOB NOT NULL
            """
        ),
        table(
            "batch",
            """
            first INTEGER PRIMARY KEY REFERENCES entry (position),
                count INTEGER NOT NULL CHECK (count > 0),
                key BLOB NOT NULL UNIQUE CHECK (length(key) = 32)
            """
        ),
        table(
            "ix_stream",
            """
            stream TEXT NOT NULL PRIMARY KEY,
                root TEXT NOT NULL,
                count INTEGER NOT NULL,
                first INTEGER NOT NULL,
                last INTEGER NOT NULL UNIQUE
            """
        ),
        Part(
            type: "index",
            name: "ix_stream_root",
            table: "ix_stream",
            sql: "CREATE INDEX ix_stream_root ON ix_stream (root, last)"
        ),
        trigger(
            "entry_insert",
            "BEFORE INSERT ON entry",
            when: """
                NEW.position IS NOT (SELECT coalesce(max(position) + 1, 0) FROM entry)
                    OR NEW.revision IS NOT
                        (SELECT coalesce(max(revision) + 1, 0) FROM entry WHERE stream = NEW.stream)
                """,
            "ABORT, 'entry: a gap'"
        ),
        trigger(
            "node_insert",
            "BEFORE INSERT ON node",
            when: "NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM node)",
            "ABORT, 'node: a gap'"
        ),
        // A blob that is there already is left as it is, whatever the statement says.
        trigger(
            "blob_insert",
            "BEFORE INSERT ON blob",
            when: "EXISTS (SELECT 1 FROM blob WHERE digest = NEW.digest)",
            "IGNORE"
        ),
        trigger(
            "batch_insert",
            "BEFORE INSERT ON batch",
            when: "EXISTS (SELECT 1 FROM batch WHERE key = NEW.key OR first = NEW.first)",
            "ABORT, 'batch: append-only'"
        ),
        trigger("entry_update", "BEFORE UPDATE ON entry", "ABORT, 'entry: append-only'"),
        trigger("entry_delete", "BEFORE DELETE ON entry", "ABORT, 'entry: append-only'"),
        trigger("node_update", "BEFORE UPDATE ON node", "ABORT, 'node: append-only'"),
        trigger("node_delete", "BEFORE DELETE ON node", "ABORT, 'node: append-only'"),
        trigger("blob_update", "BEFORE UPDATE ON blob", "ABORT, 'blob: append-only'"),
        trigger(
            "blob_delete",
            "BEFORE DELETE ON blob",
            when: "length(OLD.salt) = 0",
            "ABORT, 'blob: append-only'"
        ),
        trigger("batch_update", "BEFORE UPDATE ON batch", "ABORT, 'batch: append-only'"),
        trigger("batch_delete", "BEFORE DELETE ON batch", "ABORT, 'batch: append-only'"),
    ]

    private static func table(_ name: String, _ columns: String) -> Part {
        Part(
            type: "table",
            name: name,
            table: name,
            sql: "CREATE TABLE \(name) (\n    \(columns)\n) STRICT"
        )
    }

    private static func trigger(
        _ name: String,
        _ event: String,
        when condition: String? = nil,
        _ raise: String
    ) -> Part {
        let table = name.prefix { $0 != "_" }
        let guarded = condition.map { " WHEN \($0)" } ?? ""
        return Part(
            type: "trigger",
            name: name,
            table: String(table),
            sql: "CREATE TRIGGER \(name) \(event)\(guarded) BEGIN SELECT RAISE(\(raise)); END"
        )
    }
}
