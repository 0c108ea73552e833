// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The statements that a store runs again and again; each is prepared once.
enum Query: Int, CaseIterable {
    case begin, beginImmediate, commit, rollback
    case count, nodeCount, lastOfStreams
    case insertEntry, insertNode, insertBlob, insertBatch, upsertStream, deleteBlob
    case recordsInRange, recordsOfStream
    case streams, streamsOfRoot, summary
    case nodesInRange, blob, blobs, rowOfBlob, batch

    var sql: String {
        switch self {
        case .begin: "BEGIN"
        // The lock is taken before the checks, so that nothing changes between check and write.
        case .beginImmediate: "BEGIN IMMEDIATE"
        case .commit: "COMMIT"
        case .rollback: "ROLLBACK"
        case .count: "SELECT coalesce(max(position) + 1, 0) FROM entry"
        case .nodeCount: "SELECT coalesce(max(idx) + 1, 0) FROM node"
        case .lastOfStreams: "SELECT coalesce(max(last) + 1, 0) FROM ix_stream"
        case .insertEntry:
            """
            INSERT INTO entry (position, stream, revision, header, salt, body)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """
        case .insertNode: "INSERT INTO node (idx, hash) VALUES (?1, ?2)"
        case .insertBlob: "INSERT INTO blob (digest, salt, bytes) VALUES (?1, ?2, ?3)"
        case .deleteBlob: "DELETE FROM blob WHERE digest = ?1"
        case .insertBatch: "INSERT INTO batch (first, count, key) VALUES (?1, ?2, ?3)"
        case .upsertStream:
            """
            INSERT INTO ix_stream (stream, root, count, first, last) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (stream) DO UPDATE SET count = excluded.count, last = excluded.last
            """
        case .recordsInRange:
            """
            SELECT position, stream, revision, header, salt, body FROM entry
            WHERE position >= ?1 AND position < ?2 ORDER BY position
            """
        case .recordsOfStream:
            """
            SELECT position, stream, revision, header, salt, body FROM entry
            WHERE stream = ?1 AND revision >= ?2 ORDER BY revision LIMIT ?3
            """
        // Prefixes are compared as bytes, as LIKE and GLOB cannot; the order comes from an index.
        case .streams:
            """
            SELECT stream, count, first, last FROM ix_stream
            WHERE last < ?2 AND substr(CAST(stream AS BLOB), 1, length(?1)) = ?1
            ORDER BY last DESC LIMIT ?3
            """
        case .streamsOfRoot:
            """
            SELECT stream, count, first, last FROM ix_stream
            WHERE root = ?4 AND last < ?2 AND substr(CAST(stream AS BLOB), 1, length(?1)) = ?1
            ORDER BY last DESC LIMIT ?3
            """
        case .summary: "SELECT stream, count, first, last FROM ix_stream WHERE stream = ?1"
        case .nodesInRange:
            "SELECT idx, hash FROM node WHERE idx BETWEEN ?1 AND ?2 ORDER BY idx"
        case .blob: "SELECT salt, bytes FROM blob WHERE digest = ?1"
        case .blobs: "SELECT digest FROM blob WHERE digest > ?1 ORDER BY digest LIMIT ?2"
        case .rowOfBlob: "SELECT rowid FROM blob WHERE digest = ?1"
        case .batch: "SELECT first, count FROM batch WHERE key = ?1"
        }
    }
}
