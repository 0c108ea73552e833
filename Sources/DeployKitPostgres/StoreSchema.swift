// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    /// The tables of a store, and how a schema comes to have them.
    ///
    /// Version 1. The tables are those of a store file, `entry`, `node`, `blob`, `batch`, and hold
    /// the same bytes; names of streams are kept as bytes too, because PostgreSQL's text takes no
    /// NUL. `head` has one row, the size of the log, which a writer locks before it looks: so
    /// positions have no gap, and their order is that of the commits. `stream` is derived from
    /// `entry`. Triggers keep all this for whoever writes, and move `head` and `stream` along, which
    /// no writer may change: he may add rows, lock the head, and forget attachments by `erase`.
    struct StoreSchema {
        /// What this library writes; it reads nothing newer.
        static let version = 1

        /// The schema's name, plain.
        let name: String
        /// The schema's name, as it stands in statements.
        let quoted: String

        init(_ name: String) {
            self.name = name
            quoted = "\"\(name)\""
        }

        /// What those listen to who want to know when the log grows.
        var channel: String { "deploykit.\(name)" }

        /// The steps from each version to the next, made in one transaction.
        ///
        /// One step for each version, never edited after its release: a newer layout appends one.
        var ladder: [[String]] { [versionOne] }

        private var versionOne: [String] {
            tables + functions.map(definition) + triggers.map(definition) + [
                // What is made is everybody's to call unless that is taken back.
                "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA \(quoted) FROM PUBLIC",
                "INSERT INTO \(quoted).head (size) VALUES (0)",
            ]
        }

        private var tables: [String] {
            [
                """
                CREATE TABLE \(quoted).store (
                    format text PRIMARY KEY,
                    version bigint NOT NULL
                )
                """,
                // A writer may update the last column alone, which means nothing: without the
                // right to update something nobody may lock a row.
                """
                CREATE TABLE \(quoted).head (
                    id boolean PRIMARY KEY DEFAULT true CHECK (id),
                    size bigint NOT NULL CHECK (size >= 0),
                    lock boolean
                ) WITH (fillfactor = 10)
                """,
                """
                CREATE TABLE \(quoted).entry (
                    position bigint PRIMARY KEY CHECK (position >= 0),
                    stream bytea NOT NULL,
                    revision bigint NOT NULL CHECK (revision >= 0),
                    header bytea NOT NULL,
                    salt bytea NOT NULL,
                    body bytea NOT NULL
                )
                """,
                "CREATE UNIQUE INDEX entry_stream ON \(quoted).entry (sha256(stream), revision)",
                """
                CREATE TABLE \(quoted).node (
                    idx bigint PRIMARY KEY CHECK (idx >= 0),
                    hash bytea NOT NULL CHECK (octet_length(hash) = 32)
                )
                """,
                """
                CREATE TABLE \(quoted).blob (
                    digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
                    salt bytea NOT NULL,
                    bytes bytea NOT NULL
                )
                """,
                """
                CREATE TABLE \(quoted).batch (
                    first bigint PRIMARY KEY CHECK (first >= 0),
                    count bigint NOT NULL CHECK (count > 0),
                    key bytea NOT NULL UNIQUE CHECK (octet_length(key) = 32)
                )
                """,
                """
                CREATE TABLE \(quoted).stream (
                    name bytea NOT NULL,
                    root bytea NOT NULL,
                    count bigint NOT NULL,
                    first bigint NOT NULL,
                    last bigint NOT NULL UNIQUE
                ) WITH (fillfactor = 50)
                """,
                "CREATE UNIQUE INDEX stream_name ON \(quoted).stream (sha256(name))",
                "CREATE INDEX stream_root ON \(quoted).stream (root, last)",
            ]
        }

        /// What follows for `stream` from `entry`, or from rows that were added to it. The root is
        /// the digest of the name up to its first slash and with it, by which lists are found.
        func derivation(from entries: String) -> String {
            """
            SELECT stream, \(Self.root(of: "stream")), count(*), min(position), max(position)
                FROM \(entries) GROUP BY stream
            """
        }

        private static func root(of name: String) -> String {
            "sha256(substring(\(name) FROM 1 FOR position('\\x2f'::bytea IN \(name))))"
        }

        struct Function: Hashable {
            let name: String
            let arguments: String
            let result: String
            let body: String
        }

        /// They run as the owner of the store, whoever calls them, and find no table or operator
        /// that somebody else put in the way.
        var functions: [Function] {
            [
                Function(
                    name: "entry_added",
                    arguments: "",
                    result: "trigger",
                    body: """

                        DECLARE
                            number bigint;
                            highest bigint;
                            grown bigint;
                            wrong bigint;
                        BEGIN
                            SELECT count(*), max(position) INTO number, highest FROM added;
                            UPDATE \(quoted).head SET size = size + number RETURNING size INTO grown;
                            WITH news AS MATERIALIZED (
                                SELECT stream, count(*) AS number, min(position) AS first,
                                    max(position) AS last, max(revision) AS revision
                                FROM added GROUP BY stream
                            ), written AS (
                                INSERT INTO \(quoted).stream AS known (name, root, count, first, last)
                                SELECT stream, \(Self.root(of: "stream")), news.number, first, last
                                FROM news
                                ON CONFLICT (sha256(name)) DO UPDATE
                                    SET count = known.count + excluded.count, last = excluded.last
                                RETURNING known.name, known.count
                            )
                            SELECT count(*) INTO wrong FROM news LEFT JOIN written ON name = stream
                            WHERE written.count IS DISTINCT FROM news.revision + 1;
                            IF grown IS DISTINCT FROM highest + 1 OR wrong > 0 THEN
                                RAISE 'entry: a gap' USING ERRCODE = 'integrity_constraint_violation';
                            END IF;
                            PERFORM pg_notify('\(channel)', grown::text);
                            RETURN NULL;
                        END
                        """
                ),
                Function(
                    name: "node_added",
                    arguments: "",
                    result: "trigger",
                    body: """

                        DECLARE
                            lowest bigint;
                            highest bigint;
                            number bigint;
                        BEGIN
                            SELECT min(idx), max(idx), count(*) INTO lowest, highest, number FROM added;
                            IF highest - lowest + 1 <> number OR (lowest > 0 AND NOT EXISTS (
                                SELECT FROM \(quoted).node WHERE idx = lowest - 1
                            )) THEN
                                RAISE 'node: a gap' USING ERRCODE = 'integrity_constraint_violation';
                            END IF;
                            RETURN NULL;
                        END
                        """
                ),
                Function(
                    name: "append_only",
                    arguments: "",
                    result: "trigger",
                    body: """

                        BEGIN
                            RAISE '%: append-only', TG_TABLE_NAME
                                USING ERRCODE = 'integrity_constraint_violation';
                        END
                        """
                ),
                Function(
                    name: "erase",
                    arguments: "digests bytea[]",
                    result: "bigint",
                    body: """

                        DECLARE
                            erased bigint;
                        BEGIN
                            DELETE FROM \(quoted).blob
                                WHERE digest = ANY (digests) AND octet_length(salt) > 0;
                            GET DIAGNOSTICS erased = ROW_COUNT;
                            RETURN erased;
                        END
                        """
                ),
            ]
        }

        private func definition(of function: Function) -> String {
            """
            CREATE FUNCTION \(quoted).\(function.name)(\(function.arguments))
            RETURNS \(function.result) LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS $body$\(function.body)$body$
            """
        }

        struct Trigger: Hashable {
            let name: String
            let table: String
            let event: String
            let function: String
        }

        var triggers: [Trigger] {
            let added = "REFERENCING NEW TABLE AS added FOR EACH STATEMENT"
            var triggers = ["entry", "node"].map { table in
                Trigger(
                    name: "\(table)_added",
                    table: table,
                    event: "AFTER INSERT ON \(quoted).\(table) \(added)",
                    function: "\(table)_added"
                )
            }
            for table in ["entry", "node", "batch", "blob"] {
                let deletion = table == "blob" ? "" : " OR DELETE"
                triggers.append(
                    Trigger(
                        name: "\(table)_kept",
                        table: table,
                        event: "BEFORE UPDATE\(deletion) OR TRUNCATE ON \(quoted).\(table)",
                        function: "append_only"
                    )
                )
            }
            triggers.append(
                Trigger(
                    name: "blob_meant",
                    table: "blob",
                    event: "BEFORE DELETE ON \(quoted).blob FOR EACH ROW "
                        + "WHEN (octet_length(OLD.salt) = 0)",
                    function: "append_only"
                )
            )
            return triggers
        }

        private func definition(of trigger: Trigger) -> String {
            """
            CREATE TRIGGER \(trigger.name) \(trigger.event)
            EXECUTE FUNCTION \(quoted).\(trigger.function)()
            """
        }
    }
#endif
