// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    import DeployKit
    import DeployKitPostgres
    import DeployKitTesting
    import Foundation
    import Testing

    /// Several who use one store, and those who may not.
    @Suite(.enabled(if: Server.isHere, Server.absence)) struct SharingTests {
        private let address: PostgresAddress
        private var schema: String { "\"\(address.schema)\"" }

        init() throws { address = try Server.shared.address() }

        private func make(_ count: Int) async throws -> PostgresAuditStore {
            let store = try await PostgresAuditStore(address)
            let log = AuditLog(store: store, origin: SampleLog.origin)
            for number in 1...count { try await SampleLog.append(number).go(to: log) }
            return store
        }

        @Test func aLockedHeadIsToldInTimeAndReadersDoNotWait() async throws {
            let held = try await make(3).count()
            let store = try await PostgresAuditStore(address, busyTimeout: .milliseconds(300))
            let raw = try RawServer()
            raw.run("BEGIN; SELECT size FROM \(schema).head FOR UPDATE")
            let log = AuditLog(store: store, origin: "")
            let start = ContinuousClock.now
            #expect(
                await code { () throws(AuditStoreError) in
                    try await SampleLog.append(4).go(to: log)
                } == .busy
            )
            let waited = ContinuousClock.now - start
            #expect(waited >= .milliseconds(250) && waited < .seconds(4), "\(waited)")
            #expect(try await store.count() == held)
            raw.run("COMMIT")
            try await SampleLog.append(4).go(to: log)
            #expect(try await log.verify().faults == [])
        }

        @Test func whoWaitsDoesNotHoldTheSharedThreads() async throws {
            _ = try await make(1)
            let raw = try RawServer()
            raw.run("BEGIN; SELECT size FROM \(schema).head FOR UPDATE")
            await withTaskGroup(of: AuditStoreError.Code?.self) { group in
                for _ in 0..<16 {
                    group.addTask { [address] in
                        await code { () throws(AuditStoreError) in
                            let store = try await PostgresAuditStore(
                                address,
                                busyTimeout: .seconds(5)
                            )
                            let log = AuditLog(store: store, origin: "")
                            try await SampleLog.append(9).go(to: log)
                        }
                    }
                }
                // There are fewer shared threads than this on any machine that tests this.
                let start = ContinuousClock.now
                try? await Task.sleep(for: .milliseconds(50))
                #expect(ContinuousClock.now - start < .seconds(4))
                for await code in group { #expect(code == .busy) }
            }
            raw.run("COMMIT")
        }

        @Test func aCancelledCallStopsWaitingSoonAndStillReachesAServerThatAnswers() async throws {
            let store = try await make(1)
            let patient = try await PostgresAuditStore(address, busyTimeout: .seconds(60))
            let held = try await store.count()
            let raw = try RawServer()
            raw.run("BEGIN; SELECT size FROM \(schema).head FOR UPDATE")
            let start = ContinuousClock.now
            let task = Task {
                await code { () throws(AuditStoreError) in
                    try await SampleLog.append(2).go(to: AuditLog(store: patient, origin: ""))
                }
            }
            try await Task.sleep(for: .milliseconds(200))
            task.cancel()
            #expect(await task.value == .unavailable)
            #expect(ContinuousClock.now - start < .seconds(8))
            raw.run("COMMIT")
            #expect(try await store.count() == held)
            // The runner that was interrupted records that.
            let late = Task {
                while !Task.isCancelled { await Task.yield() }
                return await code { () throws(AuditStoreError) in
                    try await SampleLog.append(3).go(to: AuditLog(store: patient, origin: ""))
                }
            }
            late.cancel()
            #expect(await late.value == nil)
            #expect(try await store.count() == held + 1)
        }

        @Test func whoeverMakesTheStoreFirstEverybodyUsesIt() async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<8 {
                    group.addTask { [address] in
                        let store = try await PostgresAuditStore(address)
                        let log = AuditLog(store: store, origin: SampleLog.origin)
                        for number in 1...5 {
                            try await SampleLog.append(number, of: writer).go(to: log)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let store = try await PostgresAuditStore(address, access: .readOnly)
            let report = try await AuditLog(store: store, origin: "").verify()
            #expect(report.faults == [])
            #expect(try await store.faults() == [])
            #expect(try await store.count() == 1 + 8 * (1...5).reduce(0) { $0 + 1 + $1 % 3 })
        }

        @Test func aWatchIsToldAtOnceAndOfNothingElse() async throws {
            let store = try await make(2)
            let held = try await store.count()
            let watch = try await PostgresLogWatch(address)
            var start = ContinuousClock.now
            #expect(try await watch.count(after: held, atMost: .milliseconds(300)) == held)
            #expect(ContinuousClock.now - start >= .milliseconds(290))
            #expect(try await watch.count(after: 1, atMost: .seconds(9)) == held)
            start = ContinuousClock.now
            async let told = watch.count(after: held, atMost: .seconds(20))
            try await Task.sleep(for: .milliseconds(300))
            try await SampleLog.append(3).go(to: AuditLog(store: store, origin: ""))
            #expect(try await told == held + 1)
            #expect(ContinuousClock.now - start < .seconds(5))
        }

        @Test func whoWasOvertakenAndDoesNotComeBackKeepsNobodyWaiting() async throws {
            let store = try await make(2)
            let late = try await PostgresAuditStore(address)
            let count = try await store.count()
            let record = AuditRecord(
                position: count - 1,
                stream: "late/1",
                revision: 0,
                header: [1],
                salt: [2],
                body: [3]
            )
            let batch = AuditBatch(
                firstPosition: count - 1,
                expecting: [:],
                idempotencyKey: nil,
                records: [record],
                nodes: [],
                firstNode: 0,
                blobs: []
            )
            #expect(
                await code { () throws(AuditStoreError) in try await late.append(batch) } == .moved
            )
            let start = ContinuousClock.now
            try await SampleLog.append(3).go(to: AuditLog(store: store, origin: ""))
            #expect(ContinuousClock.now - start < .seconds(3))
            // Nor does it keep what it saw then.
            #expect(try await late.count() == count + 1)
            try await SampleLog.append(4).go(to: AuditLog(store: late, origin: ""))
        }

        @Test func nothingIsLeftOpenByWhatWasClosed() async throws {
            _ = try await make(1)
            await #expect(processExitsWith: .success) { [schema = address.schema as String] in
                let address = try Server.shared.address(schema: schema)
                func descriptors() throws -> Int {
                    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
                }
                _ = try await PostgresAuditStore(address).count()
                let before = try descriptors()
                for _ in 0..<20 {
                    _ = try await PostgresAuditStore(address).count()
                    _ = try? await PostgresAuditStore(
                        Server.shared.address(schema: "absent"),
                        access: .readOnly
                    )
                }
                try #require(try descriptors() <= before + 2)
            }
        }

        @Test func theServersSettingsDoNotWeakenThePromise() async throws {
            try await Server.with { server in
                let raw = try RawServer(server)
                let address = try server.address(schema: "durable")
                raw.run("ALTER SYSTEM SET synchronous_commit = off")
                raw.run("ALTER SYSTEM SET wal_writer_delay = '10s'")
                raw.run("ALTER SYSTEM SET default_transaction_isolation = 'serializable'")
                raw.run("ALTER SYSTEM SET autovacuum = off")
                raw.run("SELECT pg_reload_conf()")
                let store = try await PostgresAuditStore(address)
                let log = AuditLog(store: store, origin: SampleLog.origin)
                var flushed = 0
                for number in 1...5 {
                    try await SampleLog.append(number).go(to: log)
                    // What is written is on the disk by now, not some day. The server writes now and
                    // then for itself, which may come between.
                    let isFlushed = try raw.column(
                        "SELECT pg_current_wal_flush_lsn() = pg_current_wal_insert_lsn()"
                    )
                    if isFlushed == ["t"] { flushed += 1 }
                }
                #expect(flushed >= 3)
                raw.run("ALTER SYSTEM SET fsync = off")
                try server.control("stop")
                try server.control("start")
                #expect(
                    await code { () throws(AuditStoreError) in
                        _ = try await PostgresAuditStore(address)
                    } == .unavailable
                )
                let reader = try await PostgresAuditStore(address, access: .readOnly)
                #expect(try await AuditLog(store: reader, origin: "").verify().faults == [])
            }
        }

        // MARK: Roles

        @Test func aWriterAppendsAndErasesAndCanDoNothingElse() async throws {
            let owner = try await make(6)
            let raw = try RawServer()
            let role = "w_\(address.schema)"
            raw.run("CREATE ROLE \(role) LOGIN")
            try await owner.grant(.write, to: role)
            let writer = try await PostgresAuditStore(
                PostgresAddress(Server.shared.url(schema: address.schema, user: role))
            )
            let log = AuditLog(store: writer, origin: "")
            for number in 7...12 { try await SampleLog.append(number).go(to: log) }
            let blob = try #require(SampleLog.append(10).blobs.first)
            try await SampleLog.erase(blob.digest, from: log, number: 13)
            #expect(try await writer.blob(blob.digest) == nil)
            #expect(try await log.verify().faults == [])
            let own = try RawServer(user: role)
            for sql in [
                "UPDATE \(schema).entry SET body = ''", "DELETE FROM \(schema).entry",
                "TRUNCATE \(schema).entry", "UPDATE \(schema).node SET hash = hash",
                "DELETE FROM \(schema).node", "UPDATE \(schema).blob SET bytes = ''",
                "DELETE FROM \(schema).blob", "DELETE FROM \(schema).batch",
                "UPDATE \(schema).head SET size = 0", "DELETE FROM \(schema).head",
                "INSERT INTO \(schema).head VALUES (false, 7)",
                "UPDATE \(schema).stream SET count = 1", "DELETE FROM \(schema).stream",
                "INSERT INTO \(schema).stream VALUES ('x', 'y', 1, 1, 900)",
                "UPDATE \(schema).store SET version = 9", "DROP TABLE \(schema).entry",
                "ALTER TABLE \(schema).entry DISABLE TRIGGER ALL",
                "CREATE TABLE \(schema).mine (x int)",
                "SET session_replication_role = replica",
            ] {
                #expect(own.run(sql) == "42501", "\(sql)")
            }
            // Adding rows is a writer's right, but not with a gap, or in the place of others.
            for sql in [
                "INSERT INTO \(schema).entry VALUES (900, 'x', 0, '', '', '')",
                "INSERT INTO \(schema).entry SELECT size, 'x', 3, '', '', '' FROM \(schema).head",
                "INSERT INTO \(schema).node VALUES (9000, sha256('x'))",
            ] {
                #expect(own.run(sql) == "23000", "\(sql)")
            }
            #expect(
                try own.column(
                    "SELECT \(schema).erase(array_agg(digest)) FROM \(schema).blob WHERE salt = ''"
                ) == ["0"]
            )
            #expect(try await writer.faults() == [])
        }

        @Test func anAuditorReadsAndCanDoNothingElse() async throws {
            let owner = try await make(6)
            let raw = try RawServer()
            let role = "r_\(address.schema)"
            raw.run("CREATE ROLE \(role) LOGIN")
            let url = Server.shared.url(schema: address.schema, user: role)
            #expect(
                await code { () throws(AuditStoreError) in
                    _ = try await PostgresAuditStore(Self.address(url), access: .readOnly)
                } == .readOnly
            )
            try await owner.grant(.read, to: role)
            let auditor = try await PostgresAuditStore(PostgresAddress(url), access: .readOnly)
            let log = AuditLog(store: auditor, origin: "")
            #expect(try await log.verify().faults == [])
            #expect(try await auditor.faults() == [])
            // Neither where it says that it only reads, nor where it does not.
            for access in [PostgresAuditStore.Access.readOnly, .readWrite(create: true)] {
                let store = try await PostgresAuditStore(PostgresAddress(url), access: access)
                #expect(
                    await code { () throws(AuditStoreError) in
                        try await SampleLog.append(7).go(to: AuditLog(store: store, origin: ""))
                    } == .readOnly
                )
                #expect(
                    await code { () throws(AuditStoreError) in
                        try await store.grant(.write, to: role)
                    } == .readOnly
                )
            }
            let own = try RawServer(user: role)
            for sql in [
                "SELECT size FROM \(schema).head FOR UPDATE",
                "INSERT INTO \(schema).blob VALUES (sha256('x'), 'x', 'x')",
                "SELECT \(schema).erase('{}')",
            ] {
                #expect(own.run(sql) == "42501", "\(sql)")
            }
        }

        private static func address(_ url: String) throws(AuditStoreError) -> PostgresAddress {
            do {
                return try PostgresAddress(url)
            } catch {
                throw AuditStoreError(.invalidEntry, error.message)
            }
        }

        @Test func whatWasErasedLeavesTheTableOfBlobsWhenItsOwnerSaysSo() async throws {
            // A server of its own: what another transaction might still see is kept.
            try await Server.with { server in
                let store = try await PostgresAuditStore(server.address(schema: "erased"))
                let log = AuditLog(store: store, origin: SampleLog.origin)
                for number in 1...6 { try await SampleLog.append(number).go(to: log) }
                let blob = try #require(SampleLog.append(5).blobs.first)
                try await SampleLog.erase(blob.digest, from: log, number: 7)
                let raw = try RawServer(server)
                func isThere() throws -> Bool {
                    raw.run("CHECKPOINT")
                    let file = try raw.column("SELECT pg_relation_filepath('erased.blob')")[0]
                    let path = server.folder + "/data/" + file
                    return try Data(contentsOf: URL(filePath: path)).range(of: Data(blob.bytes))
                        != nil
                }
                #expect(try isThere())
                try await store.forgetErased()
                #expect(try !isThere())
                #expect(try await log.verify().faults == [])
            }
        }

        // MARK: Schemas that are not as they should be

        @Test(arguments: [
            "ALTER TABLE S.entry DISABLE TRIGGER entry_kept", "DROP TRIGGER node_added ON S.node",
            "ALTER TABLE S.entry RENAME TO e; CREATE VIEW S.entry AS SELECT * FROM S.e",
            "CREATE TABLE S.extra (x int)", "ALTER TABLE S.batch ALTER count TYPE numeric",
            "ALTER TABLE S.head ADD more int", "DROP FUNCTION S.erase(bytea[])",
            "CREATE OR REPLACE FUNCTION S.append_only() RETURNS trigger LANGUAGE plpgsql "
                + "AS 'BEGIN RETURN NEW; END'",
            "CREATE RULE quiet AS ON INSERT TO S.node DO INSTEAD NOTHING",
            "UPDATE S.store SET format = 'another'", "DROP TABLE S.batch",
        ])
        func anotherSchemaIsNoStore(_ change: String) async throws {
            await (try make(2)).close()
            let raw = try RawServer()
            #expect(raw.run(change.replacingOccurrences(of: "S.", with: schema + ".")) == nil)
            for access in [PostgresAuditStore.Access.readOnly, .readWrite(create: true)] {
                #expect(
                    await code { () throws(AuditStoreError) in
                        _ = try await PostgresAuditStore(address, access: access)
                    } == .notAStore
                )
            }
        }

        @Test func aNewerStoreAnEmptyOneAndNoneAreToldApart() async throws {
            let raw = try RawServer()
            let open = { (access: PostgresAuditStore.Access) in
                await code { () throws(AuditStoreError) in
                    _ = try await PostgresAuditStore(self.address, access: access)
                }
            }
            #expect(await open(.readOnly) == .unavailable)
            #expect(await open(.readWrite(create: false)) == .unavailable)
            #expect(
                try raw.column(
                    "SELECT nspname FROM pg_namespace WHERE nspname = '\(address.schema)'"
                ) == []
            )
            // Made by an administrator for somebody who may not make one.
            raw.run("CREATE SCHEMA \(schema); CREATE TABLE \(schema).other (x int)")
            #expect(await open(.readWrite(create: true)) == .notAStore)
            #expect(
                try raw.column(
                    "SELECT relname FROM pg_class WHERE relnamespace = '\(schema)'::regnamespace"
                ) == ["other"]
            )
            raw.run("DROP TABLE \(schema).other")
            #expect(await open(.readWrite(create: true)) == nil)
            raw.run("UPDATE \(schema).store SET version = 2")
            #expect(await open(.readOnly) == .newerVersion)
            #expect(await open(.readWrite(create: true)) == .newerVersion)
        }

        @Test func damageIsTold() async throws {
            let store = try await make(8)
            let raw = try RawServer()
            for (change, undo) in [
                (
                    "UPDATE \(schema).head SET size = size + 1",
                    "UPDATE \(schema).head SET size = size - 1"
                ),
                (
                    "UPDATE \(schema).stream SET count = count + 1",
                    "UPDATE \(schema).stream SET count = count - 1"
                ),
                (
                    "UPDATE \(schema).entry SET position = position + 100 WHERE position > 3",
                    "UPDATE \(schema).entry SET position = position - 100 WHERE position > 3"
                ),
                (
                    "UPDATE \(schema).node SET idx = idx + 100 WHERE idx = 2",
                    "UPDATE \(schema).node SET idx = idx - 100 WHERE idx = 102"
                ),
            ] {
                let off = "SET session_replication_role = replica; "
                #expect(raw.run(off + change) == nil)
                let faults = try await store.faults()
                let verified = try? await AuditLog(store: store, origin: "").verify()
                #expect(faults != [], "\(change)")
                #expect(verified?.faults != [], "\(change)")
                #expect(raw.run(off + undo) == nil)
                #expect(try await store.faults() == [])
            }
        }
    }
#endif
