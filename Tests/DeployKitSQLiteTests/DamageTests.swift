// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite
import DeployKitTesting
import Foundation
import Testing

@Suite struct DamageTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path("store.sqlite") }

    init() throws { folder = try TemporaryFolder() }

    @Test func aWrongSummaryIsToldAndCanBeRebuilt() async throws {
        try await Fixture.makeStore(at: path, count: 40)
        try RawDatabase(path).run("DELETE FROM ix_stream WHERE stream = 's/1'")
        let store = try await SQLiteAuditStore(path: path)
        #expect(try await store.faults() == ["the summary of a stream is missing or wrong"])
        try await store.rebuildIndex()
        try RawDatabase(path).run("UPDATE ix_stream SET count = 99 WHERE stream = 's/2'")
        #expect(
            await code { () throws(AuditStoreError) in
                _ = try await store.records(of: "s/2", from: 0, limit: .max)
            } == .damaged
        )
        try RawDatabase(path).run("UPDATE ix_stream SET last = 70 WHERE stream = 's/0'")
        #expect(
            await code { () throws(AuditStoreError) in _ = try await store.count() } == .damaged
        )
        #expect(
            await code { () throws(AuditStoreError) in
                try await store.append(Fixture.batch(40))
            } == .damaged
        )
        try await store.rebuildIndex()
        #expect(try await store.faults() == [])
        #expect(try await Fixture.differences(in: store, count: 40) == [])
    }

    @Test func aRebuiltIndexEqualsTheKeptOne() async throws {
        let store = try await SQLiteAuditStore(path: path, synchronous: .off)
        let names: [StreamID] = [
            "a/1", "a", "/", "\u{0}/x", "x\u{0}/y", "\u{E9}/1", "e\u{301}/1/2",
        ]
        for (position, name) in names.enumerated() {
            let plain = Fixture.record(position)
            let record = AuditRecord(
                position: position,
                stream: name,
                revision: 0,
                header: plain.header,
                salt: plain.salt,
                body: plain.body
            )
            let batch = Fixture.batch(position)
            try await store.append(
                AuditBatch(
                    firstPosition: position,
                    expecting: [name: 0],
                    idempotencyKey: nil,
                    records: [record],
                    nodes: batch.nodes,
                    firstNode: batch.firstNode,
                    blobs: []
                )
            )
        }
        #expect(try await store.faults() == [])
        let kept = try await store.streams(withPrefix: "", before: nil, limit: 99)
        try await store.rebuildIndex()
        #expect(try await store.faults() == [])
        #expect(try await store.streams(withPrefix: "", before: nil, limit: 99) == kept)
        #expect(try await store.streams(withPrefix: "\u{0}/", before: nil, limit: 9).count == 1)
    }

    @Test(arguments: [
        "UPDATE entry SET body = x'00'", "DELETE FROM entry", "UPDATE node SET hash = zeroblob(32)",
        "DELETE FROM node", "UPDATE blob SET bytes = x'00'", "UPDATE batch SET count = 2",
        "DELETE FROM batch", "DELETE FROM blob WHERE length(salt) = 0",
        "INSERT OR REPLACE INTO entry SELECT position, stream, revision, x'00', salt, body FROM entry",
        "REPLACE INTO node SELECT idx, zeroblob(32) FROM node",
        "REPLACE INTO batch SELECT first, 9, key FROM batch",
        "INSERT INTO entry VALUES (9, 'x', 0, x'', x'', x'')",
        "INSERT INTO entry VALUES (3, 'x', 1, x'', x'', x'')",
        "INSERT INTO entry VALUES (NULL, 'x', 0, x'', x'', x'')",
        "INSERT INTO node VALUES (99, zeroblob(32))", "INSERT INTO node VALUES (4, zeroblob(31))",
    ])
    func aStatementThatIsNoAppendIsRefused(_ statement: String) async throws {
        try await Fixture.makeStore(at: path, count: 3)
        let raw = try RawDatabase(path)
        raw.run("INSERT INTO blob VALUES (zeroblob(32), x'', x'01')")
        // With foreign keys and recursive triggers off, as any other program opens the file.
        #expect(raw.run(statement) != nil)
        let store = try await SQLiteAuditStore(path: path)
        #expect(try await Fixture.differences(in: store, count: 3) == [])
    }

    @Test func aReplacedBlobStaysAndASaltedOneMayBeErased() async throws {
        try await Fixture.makeStore(at: path, count: 3)
        let raw = try RawDatabase(path)
        #expect(raw.run("REPLACE INTO blob SELECT digest, salt, x'00' FROM blob") == nil)
        let store = try await SQLiteAuditStore(path: path)
        #expect(try await Fixture.differences(in: store, count: 3) == [])
        #expect(raw.run("DELETE FROM blob") == nil)
        #expect(try await store.blob(Fixture.blob(1).digest) == nil)
        #expect(try await store.faults() == [])
    }
}
