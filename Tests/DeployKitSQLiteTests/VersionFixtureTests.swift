// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite
import Foundation
import Testing

/// Stores as released versions wrote them, kept as SQL, which shows what changes.
///
/// A fixture is never written again once a newer version is out: it is then what people have on
/// their disks. While version 1 is the newest, `UPDATE_GOLDEN=1` makes its fixture anew.
@Suite struct VersionFixtureTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let fixtures = [1]
    private static let size = 10

    private static func url(_ version: Int) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/version-\(version).sql")
    }

    /// A store file of this version.
    private func make(_ version: Int) throws -> String {
        let path = folder.path("version-\(version).sqlite")
        let sql = try String(contentsOf: Self.url(version), encoding: .utf8)
        #expect(try RawDatabase(path).run(sql) == nil)
        return path
    }

    @Test(arguments: fixtures)
    func aStoreOfAnEarlierVersionIsReadAsItWas(_ version: Int) async throws {
        let path = try make(version)
        let store = try await SQLiteAuditStore(path: path, access: .readOnly)
        try await expectWhole(store)
        await store.close()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).count == 1)
    }

    @Test(arguments: fixtures)
    func aStoreOfAnEarlierVersionGoesOn(_ version: Int) async throws {
        let path = try make(version)
        let store = try await SQLiteAuditStore(path: path)
        try await expectWhole(store)
        let log = AuditLog(store: store, origin: "")
        let head = try await log.head()
        try await SampleLog.append(99).go(to: log)
        #expect(try await log.verify(against: [head]).verdict == .anchored)
        #expect(try await store.faults() == [])
    }

    /// The root was computed from the headers in the fixture by another program, in Python.
    private func expectWhole(_ store: SQLiteAuditStore) async throws {
        #expect(try await store.faults() == [])
        let report = try await AuditLog(store: store, origin: "").verify()
        #expect(report.faults == [])
        #expect(report.head.origin == SampleLog.origin)
        #expect(report.head.size == Self.size)
        #expect(
            report.head.root.hex
                == "0b53cf5392cd8f0bb4c40b558a45ae0b781d839ceadff5e3a1e424fce48344b0"
        )
        let entries = try await AuditLog(store: store, origin: "").entries(in: 0..<Int.max)
        let digests = entries.flatMap(\.attachments).map(\.digest)
        #expect(digests.count == 1)
        for digest in digests {
            let blob = try #require(try await store.blob(digest))
            #expect(SHA256.digest(of: blob.salt + blob.bytes) == digest)
        }
    }

    @Test func thisVersionStillWritesTheNewestFixture() async throws {
        let newest = try #require(Self.fixtures.last)
        let path = folder.path("new.sqlite")
        let store = try await SQLiteAuditStore(path: path)
        let log = AuditLog(store: store, origin: SampleLog.origin)
        for number in 3...7 { try await SampleLog.append(number).go(to: log) }
        await store.close()
        let written = try dump(path)
        guard ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == nil else {
            try written.write(to: Self.url(newest), atomically: true, encoding: .utf8)
            Issue.record("the fixture was written")
            return
        }
        #expect(try String(contentsOf: Self.url(newest), encoding: .utf8) == written)
    }

    /// The whole database as SQL, rows before triggers.
    private func dump(_ path: String) throws -> String {
        let raw = try RawDatabase(path)
        var lines = ["-- A store as version 1 writes it. Never edited once there is a version 2."]
        for mark in ["application_id", "user_version"] {
            lines += try raw.column(
                "SELECT 'PRAGMA \(mark) = ' || \(mark) || ';' FROM pragma_\(mark)"
            )
        }
        lines += try raw.column(
            "SELECT sql || ';' FROM sqlite_schema WHERE sql <> '' AND type <> 'trigger' ORDER BY rowid"
        )
        for table in try raw.column("SELECT name FROM sqlite_schema WHERE type = 'table'") {
            let columns = try raw.column("SELECT name FROM pragma_table_info('\(table)')")
            let values = columns.map { "quote(\($0))" }.joined(separator: " || ', ' || ")
            lines += try raw.column(
                """
                SELECT 'INSERT INTO \(table) VALUES (' || \(values) || ');'
                FROM \(table) ORDER BY \(columns[0])
                """
            )
        }
        lines += try raw.column(
            "SELECT sql || ';' FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid"
        )
        return lines.joined(separator: "\n") + "\n"
    }
}
