// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CSQLite
import DeployKit

extension Connection {
    /// An empty file that a backup goes into.
    convenience init(
        emptyFile file: String,
        named path: String,
        _ busyTimeout: Duration
    ) throws(AuditStoreError) {
        try self.init(
            file: file,
            named: path,
            flags: SQLITE_OPEN_READWRITE,
            busyTimeout: busyTimeout
        )
        try run("PRAGMA synchronous = EXTRA")
    }

    /// What contradicts itself in the file, in sentences.
    func faults() throws(AuditStoreError) -> [String] {
        var faults: [String] = []
        // Only trees that are sound are walked through: the branches of another may all lead to
        // the same page, so that it never ends. SQLite looks at the trees first, and stops there.
        try run("PRAGMA integrity_check(1)") { row throws(AuditStoreError) in
            let finding = try row.text(0)
            if finding != "ok" { faults.append("SQLite finds: \(finding)") }
        }
        guard faults.isEmpty else { return faults }
        try run("PRAGMA foreign_key_check") { _ throws(AuditStoreError) in
            faults.append("a batch begins at a record that does not exist")
        }
        for (sql, sentence) in Self.contradictions where try integer(sql) != 0 {
            faults.append(sentence)
        }
        return faults
    }

    /// Derives `ix_stream` anew from `entry`.
    func rebuildIndex() throws(AuditStoreError) {
        try run("DELETE FROM ix_stream")
        try run("INSERT INTO ix_stream (stream, root, count, first, last) \(Self.derivation)")
    }

    /// The rows of `ix_stream` as they follow from `entry`; bytes are cut, not characters, so
    /// that a NUL in a name is no end.
    private static let derivation = """
        SELECT stream,
            CAST(substr(CAST(stream AS BLOB), 1, instr(CAST(stream AS BLOB), x'2f')) AS TEXT),
            count(*), min(position), max(position)
        FROM entry GROUP BY stream
        """

    // SQLite checks no constraint of a file that it has open for reading only.
    private static let contradictions = [
        (
            "SELECT EXISTS (SELECT 1 FROM entry WHERE position < 0 OR revision < 0)",
            "a position or revision is below zero"
        ),
        (
            "SELECT EXISTS (SELECT 1 FROM node WHERE length(hash) <> 32)",
            "a tree node has not 32 bytes"
        ),
        (
            """
            SELECT EXISTS (SELECT 1 FROM blob WHERE length(digest) <> 32)
                OR EXISTS (SELECT 1 FROM batch WHERE length(key) <> 32)
            """,
            "a digest or a key has not 32 bytes"
        ),
        (
            "SELECT count(*) <> coalesce(max(position) + 1, 0) FROM entry",
            "positions have a gap"
        ),
        (
            "SELECT count(*) <> coalesce(max(idx) + 1, 0) FROM node",
            "tree nodes have a gap"
        ),
        (
            """
            SELECT EXISTS (
                SELECT 1 FROM entry GROUP BY stream HAVING count(*) <> max(revision) + 1)
            """,
            "the revisions of a stream have a gap"
        ),
        (
            """
            SELECT EXISTS (
                SELECT 1 FROM batch
                WHERE count < 1 OR first + count > (SELECT max(position) + 1 FROM entry))
            """,
            "a batch ends past the end of the log"
        ),
        (
            "SELECT EXISTS (\(derivation) EXCEPT SELECT stream, root, count, first, last FROM ix_stream)",
            "the summary of a stream is missing or wrong"
        ),
        (
            // The others were compared just now: there is one row for each stream.
            """
            SELECT EXISTS (
                SELECT 1 FROM ix_stream
                WHERE NOT EXISTS (SELECT 1 FROM entry WHERE entry.stream = ix_stream.stream))
            """,
            "there is a summary of a stream that does not exist"
        ),
    ]
}
