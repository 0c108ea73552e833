// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    /// A statement of the store; values are always bound, and the schema is a plain name.
    struct Query: Hashable {
        /// The name that a prepared statement has in its session.
        let name: String
        let sql: String
        /// Whether it is worth being kept by the server.
        let isPrepared: Bool

        private init(_ name: String, _ sql: String, isPrepared: Bool = true) {
            self.name = name
            self.sql = sql
            self.isPrepared = isPrepared
        }

        /// A statement that is needed once; its text is never made of values.
        static func once(_ sql: String) -> Query {
            Query("", sql, isPrepared: false)
        }

        static let commit = once("COMMIT")
        static let rollback = once("ROLLBACK")
        static let begin = once("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        /// Everything as of one moment.
        static let beginReading = once("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    }

    /// The statements on the tables of one schema.
    struct Statements {
        let lockHead: Query
        let nodeCount: Query
        let counts: Query
        let insertEntries: Query
        let insertNodes: Query
        let insertBlobs: Query
        let insertBatch: Query
        let erase: Query
        let saltLengths: Query
        let recordsInRange: Query
        let recordsOfStream: Query
        let summaries: Query
        let streams: Query
        let streamsOfRoot: Query
        let nodesInRange: Query
        let nodesAt: Query
        let blob: Query
        let blobs: Query
        let batches: Query

        init(schema s: String) {
            // A statement of its own: one that waits for the lock and reads on would read what was
            // there before it waited.
            lockHead = .named(
                "lock",
                "SELECT size FROM \(s).head FOR UPDATE"
            )
            nodeCount = .named(
                "node_count",
                "SELECT coalesce(max(idx) + 1, 0) FROM \(s).node"
            )
            counts = .named(
                "counts",
                "SELECT size, coalesce((SELECT max(position) + 1 FROM \(s).entry), 0) FROM \(s).head"
            )
            insertEntries = .named(
                "insert_entries",
                """
                INSERT INTO \(s).entry (position, stream, revision, header, salt, body)
                SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bytea[],
                    $5::bytea[], $6::bytea[])
                """
            )
            insertNodes = .named(
                "insert_nodes",
                """
                INSERT INTO \(s).node (idx, hash)
                SELECT $1::bigint + place - 1, hash
                FROM unnest($2::bytea[]) WITH ORDINALITY AS added (hash, place)
                """
            )
            // A blob that is there already is left as it is.
            insertBlobs = .named(
                "insert_blobs",
                """
                INSERT INTO \(s).blob (digest, salt, bytes)
                SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bytea[])
                ON CONFLICT (digest) DO NOTHING
                """
            )
            insertBatch = .named(
                "insert_batch",
                "INSERT INTO \(s).batch (first, count, key) VALUES ($1::bigint, $2::bigint, $3::bytea)"
            )
            erase = .named(
                "erase",
                "SELECT \(s).erase($1::bytea[])"
            )
            saltLengths = .named(
                "salt_lengths",
                """
                SELECT digest, octet_length(salt)::bigint FROM \(s).blob
                WHERE digest = ANY ($1::bytea[])
                """
            )
            recordsInRange = .named(
                "records",
                """
                SELECT position, stream, revision, header, salt, body FROM \(s).entry
                WHERE position >= $1::bigint AND position < $2::bigint ORDER BY position
                """
            )
            // Names are found by their digest: an index takes no name that is longer than a third of
            // a page.
            recordsOfStream = .named(
                "records_of_stream",
                """
                SELECT position, stream, revision, header, salt, body FROM \(s).entry
                WHERE sha256(stream) = $1::bytea AND revision >= $2::bigint
                ORDER BY revision LIMIT $3::bigint
                """
            )
            summaries = .named(
                "summaries",
                """
                SELECT name, count, first, last FROM \(s).stream
                WHERE sha256(name) = ANY ($1::bytea[])
                """
            )
            // Prefixes are compared as bytes, as LIKE cannot; the order comes from an index.
            streams = .named(
                "streams",
                """
                SELECT name, count, first, last FROM \(s).stream
                WHERE last < $2::bigint
                    AND substring(name FROM 1 FOR octet_length($1::bytea)) = $1::bytea
                ORDER BY last DESC LIMIT $3::bigint
                """
            )
            streamsOfRoot = .named(
                "streams_of_root",
                """
                SELECT name, count, first, last FROM \(s).stream
                WHERE root = $4::bytea AND last < $2::bigint
                    AND substring(name FROM 1 FOR octet_length($1::bytea)) = $1::bytea
                ORDER BY last DESC LIMIT $3::bigint
                """
            )
            nodesInRange = .named(
                "nodes_in_range",
                """
                SELECT idx, hash FROM \(s).node
                WHERE idx >= $1::bigint AND idx <= $2::bigint ORDER BY idx
                """
            )
            nodesAt = .named(
                "nodes_at",
                """
                SELECT idx, hash FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (idx, place)
                JOIN \(s).node USING (idx) ORDER BY place
                """
            )
            blob = .named(
                "blob",
                "SELECT salt, bytes FROM \(s).blob WHERE digest = $1::bytea"
            )
            blobs = .named(
                "blobs",
                """
                SELECT digest FROM \(s).blob WHERE digest > $1::bytea
                ORDER BY digest LIMIT $2::bigint
                """
            )
            batches = .named(
                "batches",
                "SELECT key, first, count FROM \(s).batch WHERE key = ANY ($1::bytea[])"
            )
        }
    }

    extension Query {
        fileprivate static func named(_ name: String, _ sql: String) -> Query {
            Query("dk_" + name, sql)
        }
    }
#endif
