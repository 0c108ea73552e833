// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite
import DeployKitTesting
import Foundation
import Testing

@Suite struct OpeningTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path("store.sqlite") }

    init() throws { folder = try TemporaryFolder() }

    /// Expects the opening to fail with `code` and a sentence that names the path and `words`.
    private func expectRefusal(
        _ code: AuditStoreError.Code,
        _ words: String = "",
        path: String? = nil,
        access: SQLiteAuditStore.Access = .readWrite(create: true),
        journal: SQLiteAuditStore.Journal = .rollback
    ) async {
        let path = path ?? self.path
        do throws(AuditStoreError) {
            _ = try await SQLiteAuditStore(
                path: path,
                access: access,
                journal: journal,
                busyTimeout: .milliseconds(100)
            )
            Issue.record("'\(path)' was opened")
        } catch {
            #expect(error.code == code, "\(error)")
            #expect(words.isEmpty || error.message.contains(words), "\(error)")
            #expect(error.message.contains("'\(path)'") || path.utf8.contains(0), "\(error)")
        }
    }

    @Test func aNewStoreIsPrivateAndAlone() async throws {
        let store = try await SQLiteAuditStore(path: path)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).count == 1)
        try await store.append(Fixture.batch(0))
        let journal = try FileManager.default.attributesOfItem(atPath: path + "-journal")
        #expect(journal[.posixPermissions] as? Int == 0o600)
        #expect(try await store.faults() == [])
    }

    @Test func aConnectionIsDefensiveAndWaitsForTheDisk() async throws {
        let store = try await SQLiteAuditStore(path: path)
        #expect(
            try await store.settings() == [
                "cell_size_check": "1", "foreign_keys": "1", "journal_mode": "persist",
                "query_only": "0", "recursive_triggers": "1", "secure_delete": "1",
                "synchronous": "3", "trusted_schema": "0",
            ]
        )
        let reader = try await SQLiteAuditStore(path: path, access: .readOnly)
        #expect(try await reader.settings()["query_only"] == "1")
    }

    @Test func aMissingStoreIsMadeOnlyWhenAsked() async throws {
        await expectRefusal(.unavailable, "no store", access: .readOnly)
        await expectRefusal(.unavailable, "no store", access: .readWrite(create: false))
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func whatIsNoStoreIsRefused() async throws {
        await expectRefusal(.unavailable, "does not exist", path: folder.path("none/store.sqlite"))
        await expectRefusal(.notAStore, "folder", path: folder.url.path)
        await expectRefusal(.unavailable, "empty", path: "")
        await expectRefusal(.unavailable, "NUL", path: "\u{0}")
        try Data("This is a letter, not a database. It goes on for a while, ".utf8).write(
            to: URL(fileURLWithPath: path)
        )
        await expectRefusal(.notAStore, "no SQLite database")
    }

    @Test func anEmptyFileIsNotTakenForANewStore() async throws {
        try Data().write(to: URL(fileURLWithPath: path))
        await expectRefusal(.notAStore, "empty")
        await expectRefusal(.notAStore, "empty", access: .readOnly)
    }

    @Test func aSymbolicLinkIsRefusedButFoldersMayBeLinks() async throws {
        try await Fixture.makeStore(at: path, count: 1)
        let link = folder.path("link.sqlite")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        await expectRefusal(.notAStore, "symbolic link", path: link)
        let linkedFolder = folder.path("linked")
        try FileManager.default.createSymbolicLink(
            atPath: linkedFolder,
            withDestinationPath: folder.url.path
        )
        let store = try await SQLiteAuditStore(path: linkedFolder + "/store.sqlite")
        #expect(try await store.count() == 1)
    }

    @Test func anotherApplicationsDatabaseIsRefused() async throws {
        try RawDatabase(path).run("PRAGMA application_id = 7; CREATE TABLE t (a)")
        await expectRefusal(.notAStore, "another application")
    }

    @Test func aNewerVersionIsRefused() async throws {
        try await Fixture.makeStore(at: path, count: 1)
        try RawDatabase(path).run("PRAGMA user_version = 2")
        await expectRefusal(.newerVersion, "version 2")
        await expectRefusal(.newerVersion, "version 2", access: .readOnly)
        try RawDatabase(path).run("PRAGMA user_version = 0")
        await expectRefusal(.notAStore, "version 0")
    }

    @Test(arguments: [
        "CREATE TABLE extra (a)", "CREATE VIEW extra AS SELECT 1",
        "CREATE INDEX extra ON node (hash)",
        "CREATE TRIGGER extra AFTER INSERT ON entry BEGIN SELECT 1; END",
        "DROP TRIGGER entry_update",
        "DROP INDEX ix_stream_root", "ALTER TABLE entry ADD COLUMN more TEXT", "ANALYZE",
        "DROP TABLE blob; CREATE TABLE blob (digest, salt, bytes)",
        "ALTER TABLE entry RENAME TO e2; CREATE VIEW entry AS SELECT * FROM e2",
        """
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = replace(sql, 'IS NOT', 'IS') WHERE name = 'entry_insert'
        """,
    ])
    func aChangedSchemaIsRefused(_ change: String) async throws {
        try await Fixture.makeStore(at: path, count: 2)
        #expect(try RawDatabase(path).run(change) == nil)
        for access in [SQLiteAuditStore.Access.readOnly, .readWrite(create: true)] {
            await expectRefusal(.notAStore, access: access)
        }
    }

    @Test func anUnfinishedTransactionIsUndoneForWritingOnly() async throws {
        let copy = folder.path("copy.sqlite")
        try await Fixture.makeStore(at: path, count: 3)
        // A cache of one page makes SQLite write into the file before the commit.
        let raw = try RawDatabase(path)
        raw.run("PRAGMA cache_size = 1; PRAGMA journal_mode = DELETE; BEGIN IMMEDIATE")
        raw.run(
            "UPDATE ix_stream SET count = 99; INSERT INTO blob VALUES (randomblob(32), '', x'')"
        )
        for _ in 0..<50 {
            raw.run("INSERT INTO blob VALUES (randomblob(32), x'', randomblob(5000))")
        }
        for suffix in ["", "-journal"] {
            try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
        }
        raw.run("ROLLBACK")
        await expectRefusal(.readOnly, "unfinished", path: copy, access: .readOnly)
        let store = try await SQLiteAuditStore(path: copy)
        #expect(try await Fixture.differences(in: store, count: 3) == [])
        #expect(try await store.faults() == [])
    }

    @Test func aReadOnlyStoreReadsAndDoesNotWrite() async throws {
        try await Fixture.makeStore(at: path, count: 5)
        let store = try await SQLiteAuditStore(path: path, access: .readOnly)
        #expect(try await Fixture.differences(in: store, count: 5) == [])
        #expect(
            await code { () throws(AuditStoreError) in
                try await store.append(Fixture.batch(5))
            } == .readOnly
        )
        #expect(
            await code { () throws(AuditStoreError) in
                try await store.rebuildIndex()
            } == .readOnly
        )
        #expect(try await store.count() == 5)
    }

    // The kernel's own folder takes no file from anybody, root included.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/sys/kernel")))
    func aFolderThatMayNotBeWrittenIsNamed() async throws {
        await expectRefusal(.readOnly, "cannot be made", path: "/sys/kernel/store.sqlite")
    }

    @Test(.enabled(if: getuid() != 0, "permissions do not bind root"))
    func aFileThatMayNotBeWrittenIsNamed() async throws {
        try await Fixture.makeStore(at: path, count: 1)
        try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: path)
        await expectRefusal(.readOnly, "may be read but not written")
        let store = try await SQLiteAuditStore(path: path, access: .readOnly)
        #expect(try await store.count() == 1)
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
        await expectRefusal(.unavailable, "cannot be opened")
    }

    @Test func theWriteAheadLogNeedsAFixedSQLite() async throws {
        for (version, isReliable) in [
            (3_040_001, false), (3_044_005, false), (3_044_006, true), (3_045_000, false),
            (3_050_006, false), (3_050_007, true), (3_051_000, false), (3_051_002, false),
            (3_051_003, true), (3_052_000, true),
        ] {
            #expect(
                SQLiteAuditStore.Journal.isReliableWriteAheadLog(inSQLite: version) == isReliable
            )
        }
        guard !SQLiteAuditStore.Journal.isReliableWriteAheadLog else {
            let store = try await SQLiteAuditStore(path: path, journal: .writeAheadLog)
            try await store.append(Fixture.batch(0))
            return
        }
        do throws(AuditStoreError) {
            _ = try await SQLiteAuditStore(path: path, journal: .writeAheadLog)
            Issue.record("a write-ahead log was begun")
        } catch {
            #expect(error.code == .unavailable)
            #expect(error.message.contains("3.51.3"))
        }
    }

    @Test func aStoreLeftInWriteAheadModeIsBroughtBack() async throws {
        try await Fixture.makeStore(at: path, count: 4)
        try RawDatabase(path).run("PRAGMA journal_mode = WAL")
        await expectRefusal(.unavailable, "-wal", access: .readOnly)
        let store = try await SQLiteAuditStore(path: path)
        #expect(try await Fixture.differences(in: store, count: 4) == [])
        await store.close()
        let reader = try await SQLiteAuditStore(path: path, access: .readOnly)
        #expect(try await reader.count() == 4)
    }

    @Test func aClosedStoreSaysSo() async throws {
        let store = try await SQLiteAuditStore(path: path)
        await store.close()
        await store.close()
        #expect(
            await code { () throws(AuditStoreError) in _ = try await store.count() }
                == .unavailable
        )
    }
}
