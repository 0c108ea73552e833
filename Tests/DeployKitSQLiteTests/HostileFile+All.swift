// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Foundation

extension HostileFile {
    static let all =
        declarations + marks + rows + numbers + pages + endless + companions + places

    private static let declarations: [Self] = [
        .sql("an extra table", .refused(.notAStore), "CREATE TABLE extra (a)"),
        .sql(
            "a view of the records",
            .refused(.notAStore),
            "ALTER TABLE entry RENAME TO e2; CREATE VIEW entry AS SELECT * FROM e2"
        ),
        .sql(
            "a generated column",
            .refused(.notAStore),
            "ALTER TABLE entry ADD COLUMN more TEXT GENERATED ALWAYS AS (stream || 'x')"
        ),
        .sql(
            "a sequence of SQLite's own",
            .refused(.notAStore),
            "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT); DROP TABLE t"
        ),
        .sql("statistics of SQLite's own", .refused(.notAStore), "ANALYZE"),
        .sql(
            "a table that a module serves",
            .refused(.notAStore),
            "CREATE VIRTUAL TABLE extra USING fts5(a)"
        ),
        .schema(
            "a constraint that lets all pass",
            .refused(.notAStore),
            "UPDATE sqlite_schema SET sql = replace(sql, 'position >= 0', '1') WHERE name = 'entry'"
        ),
        .schema(
            "a trigger that compares the other way round",
            .refused(.notAStore),
            "UPDATE sqlite_schema SET sql = replace(sql, 'IS NOT', 'IS') WHERE name = 'node_insert'"
        ),
        .schema(
            "the same declaration in other letters",
            .refused(.notAStore),
            "UPDATE sqlite_schema SET sql = replace(sql, 'CREATE TABLE', 'create table')"
        ),
        .schema(
            "a table that says it is a view",
            .refused(.damaged),
            "UPDATE sqlite_schema SET type = 'view' WHERE name = 'blob'"
        ),
        .schema(
            "a declaration without text",
            .refused(.damaged),
            "UPDATE sqlite_schema SET sql = NULL WHERE name = 'entry'"
        ),
        .schema(
            "a declaration twice",
            .refused(.damaged),
            "INSERT INTO sqlite_schema SELECT * FROM sqlite_schema WHERE name = 'entry_insert'"
        ),
        .schema(
            "two tables over one tree",
            .told,
            """
            UPDATE sqlite_schema
            SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'node')
            WHERE name = 'blob'
            """
        ),
        .schema(
            "an index over another's tree",
            .told,
            """
            UPDATE sqlite_schema
            SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'ix_stream_root')
            WHERE name = 'entry_stream'
            """
        ),
        .schema(
            "a tree past the end of the file",
            .refused(.damaged),
            "UPDATE sqlite_schema SET rootpage = 99999 WHERE name = 'node'"
        ),
        .schema(
            "a tree on page 0",
            .told,
            "UPDATE sqlite_schema SET rootpage = 0 WHERE name = 'entry'"
        ),
        .schema(
            "a tree that begins in the middle of another",
            .told,
            "UPDATE sqlite_schema SET rootpage = rootpage + 1 WHERE name = 'batch'"
        ),
    ]

    private static let marks: [Self] = [
        .sql("no application's mark", .refused(.notAStore), "PRAGMA application_id = 0"),
        .sql("another application's mark", .refused(.notAStore), "PRAGMA application_id = 7"),
        .sql("version 0", .refused(.notAStore), "PRAGMA user_version = 0"),
        .sql("a negative version", .refused(.notAStore), "PRAGMA user_version = -1"),
        .sql("the next version", .refused(.newerVersion), "PRAGMA user_version = 2"),
        .sql("the last version", .refused(.newerVersion), "PRAGMA user_version = 2147483647"),
        .instead("another encoding", .refused(.notAStore)) { path in
            let raw = try RawDatabase(path)
            raw.run(
                """
                PRAGMA encoding = 'UTF-16le'; CREATE TABLE entry (a);
                PRAGMA application_id = 1146112852; PRAGMA user_version = 1
                """
            )
        },
    ]

    private static let rows: [Self] = [
        .rows("text as a body", .told, "UPDATE entry SET body = CAST(body AS TEXT)"),
        .rows(
            "text as one header",
            .told,
            "UPDATE entry SET header = CAST(header AS TEXT) WHERE position = 7"
        ),
        .rows("no header", .told, "UPDATE entry SET header = NULL WHERE position = 7"),
        .rows("no salt", .told, "UPDATE entry SET salt = NULL WHERE position = 7"),
        .rows("no stream", .told, "UPDATE entry SET stream = NULL WHERE position = 7"),
        .rows("bytes as a stream", .told, "UPDATE entry SET stream = x'00ff' WHERE position = 7"),
        .rows(
            "a stream that is no UTF-8",
            .told,
            "UPDATE entry SET stream = CAST(x'ff2f' AS TEXT) WHERE position = 7"
        ),
        .rows(
            "a NUL in the name of a stream",
            .hashed,
            """
            UPDATE entry SET stream = 'a' || char(0) || 'b' WHERE stream = 'log';
            UPDATE ix_stream SET stream = 'a' || char(0) || 'b' WHERE stream = 'log'
            """
        ),
        .rows(
            "a name that is shown backwards",
            .hashed,
            """
            UPDATE entry SET stream = char(8238) || stream WHERE stream = 'log';
            UPDATE ix_stream SET stream = char(8238) || stream WHERE stream = 'log'
            """
        ),
        .rows("a revision of a half", .told, "UPDATE entry SET revision = 0.5 WHERE position = 7"),
        .rows("a revision in words", .told, "UPDATE entry SET revision = 'x' WHERE position = 7"),
        .rows(
            "a salt of 31 bytes",
            .hashed,
            "UPDATE entry SET salt = substr(salt, 2) WHERE position = 7"
        ),
        .rows(
            "another body",
            .hashed,
            "UPDATE entry SET body = (SELECT body FROM entry WHERE position = 8) WHERE position = 7"
        ),
        .rows(
            "the header of another position",
            .hashed,
            """
            UPDATE entry SET header = (SELECT header FROM entry WHERE position = 8)
            WHERE position = 7
            """
        ),
        .rows("a missing record", .told, "DELETE FROM entry WHERE position = 7"),
        .rows(
            "no last record",
            .told,
            "DELETE FROM entry WHERE position = (SELECT max(position) FROM entry)"
        ),
        .rows("no record at all", .told, "DELETE FROM entry; DELETE FROM batch"),
        .rows(
            "two bodies changed for each other",
            .hashed,
            """
            UPDATE entry SET (salt, body) =
                (SELECT salt, body FROM entry AS other WHERE other.position = 15 - entry.position)
            WHERE position IN (7, 8)
            """
        ),
        .rows(
            "another attachment",
            .hashed,
            "UPDATE blob SET bytes = CAST(bytes || x'00' AS BLOB) WHERE length(salt) = 32"
        ),
        .rows(
            "a node of 31 bytes",
            .told,
            "UPDATE node SET hash = zeroblob(31) WHERE idx = 7"
        ),
        .rows("a node in words", .told, "UPDATE node SET hash = 'x' WHERE idx = 7"),
        .rows("another node", .hashed, "UPDATE node SET hash = zeroblob(32) WHERE idx = 7"),
        .rows("no nodes", .refused(.damaged), "DELETE FROM node"),
        .rows("a key of 31 bytes", .told, "UPDATE batch SET key = zeroblob(31) WHERE first = 0"),
        .rows(
            "a row larger than any record",
            .refused(.damaged),
            "UPDATE entry SET body = zeroblob(70000000) WHERE position = 7"
        ),
    ]

    private static let numbers: [Self] = [
        .rows("a negative position", .told, "INSERT INTO entry VALUES (-5, 'x', 0, '', '', '')"),
        .rows(
            "the last position there is",
            .told,
            """
            UPDATE entry SET position = 9223372036854775807
            WHERE position = (SELECT max(position) FROM entry)
            """
        ),
        .rows(
            "the last position there is, everywhere",
            .told,
            """
            UPDATE entry SET position = 9223372036854775806
            WHERE position = (SELECT max(position) FROM entry);
            UPDATE ix_stream SET last = 9223372036854775806
            WHERE last = (SELECT max(last) FROM ix_stream)
            """
        ),
        .rows(
            "a node past all ends",
            .told,
            "UPDATE node SET idx = 9223372036854775807 WHERE idx = 7"
        ),
        .rows(
            "streams of too many records",
            .told,
            "UPDATE ix_stream SET count = 9223372036854775807"
        ),
        .rows("streams of no records", .told, "UPDATE ix_stream SET count = 0"),
        .rows("streams of fewer than none", .told, "UPDATE ix_stream SET count = -1"),
        .rows("streams that begin before the log", .told, "UPDATE ix_stream SET first = -9"),
        .rows("a count in words", .told, "UPDATE ix_stream SET count = 'many'"),
        .rows(
            "a stream that ends behind all ends",
            .told,
            "UPDATE ix_stream SET last = 9223372036854775807 WHERE stream = 'log'"
        ),
        .rows("a batch without end", .told, "UPDATE batch SET count = 9223372036854775807"),
        .rows("a batch of none", .told, "UPDATE batch SET count = 0"),
        .rows("a batch that begins elsewhere", .told, "UPDATE batch SET first = first - 99"),
        .rows(
            "revisions without end",
            .told,
            "UPDATE entry SET revision = 9223372036854775807 WHERE position = 7"
        ),
    ]
}
