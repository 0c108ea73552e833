// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite
import DeployKitTesting
import Foundation
import Testing

@Suite(.serialized) struct SharingTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path("store.sqlite") }

    init() throws { folder = try TemporaryFolder() }

    // Times are taken in a process of its own, which the other tests do not keep waiting.

    @Test func aLockedStoreSaysSoInTime() async throws {
        try await Fixture.makeStore(at: path, count: 2)
        await #expect(processExitsWith: .success) { [path = path as String] in
            let store = try await SQLiteAuditStore(path: path, busyTimeout: .milliseconds(200))
            let raw = try RawDatabase(path)
            raw.run("BEGIN IMMEDIATE")
            let start = ContinuousClock.now
            #expect(
                await code { () throws(AuditStoreError) in
                    try await store.append(Fixture.batch(2))
                } == .busy
            )
            let waited = ContinuousClock.now - start
            #expect(waited >= .milliseconds(150) && waited < .milliseconds(1200))
            // Readers do not wait for a writer that only waits.
            #expect(try await store.count() == 2)
            raw.run("COMMIT; BEGIN EXCLUSIVE")
            #expect(
                await code { () throws(AuditStoreError) in _ = try await store.count() } == .busy
            )
            raw.run("COMMIT")
            try await store.append(Fixture.batch(2))
            #expect(try await store.count() == 3)
        }
    }

    @Test func aStoreThatIsLockedWhenOpenedSaysSoInTime() async throws {
        try await Fixture.makeStore(at: path, count: 2)
        await #expect(processExitsWith: .success) { [path = path as String] in
            let raw = try RawDatabase(path)
            raw.run("BEGIN EXCLUSIVE")
            for access in [SQLiteAuditStore.Access.readOnly, .readWrite(create: true)] {
                let start = ContinuousClock.now
                let refusal = await code { () throws(AuditStoreError) in
                    _ = try await SQLiteAuditStore(
                        path: path,
                        access: access,
                        busyTimeout: .milliseconds(300)
                    )
                }
                #expect(refusal == .busy)
                #expect(ContinuousClock.now - start < .milliseconds(1300))
            }
        }
    }

    @Test func aReaderThatStaysMakesTheCommitBusyAndNothingIsWritten() async throws {
        try await Fixture.makeStore(at: path, count: 2)
        let store = try await SQLiteAuditStore(path: path, busyTimeout: .milliseconds(100))
        let raw = try RawDatabase(path)
        raw.run("BEGIN; SELECT count(*) FROM entry")
        #expect(
            await code { () throws(AuditStoreError) in
                try await store.append(Fixture.batch(2))
            } == .busy
        )
        raw.run("COMMIT")
        #expect(try await store.count() == 2)
        try await store.append(Fixture.batch(2))
        #expect(try await store.faults() == [])
    }

    @Test func waitingForAWriterAndThenForAReaderIsOneWait() async throws {
        try await Fixture.makeStore(at: path, count: 2)
        await #expect(processExitsWith: .success) { [path = path as String] in
            let timeout = Duration.milliseconds(1500)
            let store = try await SQLiteAuditStore(path: path, busyTimeout: timeout)
            let writer = try RawDatabase(path)
            let reader = try RawDatabase(path)
            #expect(writer.run("BEGIN IMMEDIATE") == nil)
            #expect(reader.run("BEGIN; SELECT count(*) FROM entry") == nil)
            let start = ContinuousClock.now
            async let refusal = code { () throws(AuditStoreError) in
                try await store.append(Fixture.batch(2))
            }
            try await Task.sleep(for: timeout * 0.85)
            #expect(writer.run("ROLLBACK") == nil)
            #expect(await refusal == .busy)
            let waited = ContinuousClock.now - start
            #expect(waited >= timeout && waited < timeout + .seconds(1))
            #expect(reader.run("COMMIT") == nil)
            #expect(try await store.count() == 2)
            try await store.append(Fixture.batch(2))
        }
    }

    @Test func openingToReadGivesUpNoLockOfTheProcess() async throws {
        try await Fixture.makeStore(at: path, count: 2)
        let writer = try RawDatabase(path)
        #expect(writer.run("BEGIN IMMEDIATE") == nil)
        let reader = try await SQLiteAuditStore(path: path, access: .readOnly)
        #expect(try await reader.count() == 2)
        await reader.close()
        await #expect(processExitsWith: .success) { [path = path as String] in
            let store = try await SQLiteAuditStore(path: path, busyTimeout: .milliseconds(50))
            #expect(
                await code { () throws(AuditStoreError) in
                    try await store.append(Fixture.batch(2))
                } == .busy
            )
        }
        #expect(writer.run("ROLLBACK") == nil)
    }

    @Test func anErasureThatWasBusyIsMadeLaterAndWhole() async throws {
        try await Fixture.makeStore(at: path, count: 2)
        let store = try await SQLiteAuditStore(path: path, busyTimeout: .milliseconds(100))
        let reader = try RawDatabase(path)
        let secret = Fixture.blob(1)
        func erase() async -> AuditStoreError.Code? {
            await code { () throws(AuditStoreError) in
                try await store.append(Fixture.batch(2).erasing([secret.digest]))
            }
        }
        #expect(reader.run("BEGIN; SELECT count(*) FROM entry") == nil)
        #expect(await erase() == .busy)
        #expect(try await store.blob(secret.digest) == secret)
        #expect(try await store.settings()["journal_mode"] == "persist")
        #expect(reader.run("COMMIT") == nil)
        #expect(await erase() == nil)
        #expect(try await store.settings()["journal_mode"] == "persist")
        for suffix in ["", "-journal"] {
            let bytes = try Data(contentsOf: URL(filePath: path + suffix))
            #expect(bytes.range(of: Data(secret.bytes)) == nil)
        }
    }

    @Test func whoWritesToAFileThatGaveWayIsTold() async throws {
        try await Fixture.makeStore(at: path, count: 2)
        let other = path + "-other"
        try FileManager.default.copyItem(atPath: path, toPath: other)
        let store = try await SQLiteAuditStore(path: path)
        try await store.append(Fixture.batch(2))
        #expect(rename(other, path) == 0)
        let error = await #expect(throws: AuditStoreError.self) {
            try await store.append(Fixture.batch(3))
        }
        #expect(error?.code == .unavailable && error?.message.contains("was moved") == true)
        #expect(try await SQLiteAuditStore(path: path).count() == 2)
    }

    @Test func whoeverReplacesAFileKeepsWritersOutMeanwhile() async throws {
        try await Fixture.makeStore(at: path, count: 2)
        let holder = try await SQLiteAuditStore(path: path)
        #expect(try await holder.keepWritersOut())
        #expect(try await holder.count() == 2)
        let writer = try await SQLiteAuditStore(path: path, busyTimeout: .milliseconds(50))
        func append() async -> AuditStoreError.Code? {
            await code { () throws(AuditStoreError) in try await writer.append(Fixture.batch(2)) }
        }
        #expect(await append() == .busy)
        #expect(try await writer.count() == 2)
        let late = try await SQLiteAuditStore(path: path, busyTimeout: .milliseconds(50))
        try FileManager.default.copyItem(atPath: path, toPath: path + "-other")
        #expect(rename(path + "-other", path) == 0)
        await holder.close()
        #expect(await append() == .unavailable)
        #expect(try await !late.keepWritersOut())
    }

    @Test func twoStoresOnOneFileSeeEachOther() async throws {
        let first = try await SQLiteAuditStore(path: path, synchronous: .off)
        let second = try await SQLiteAuditStore(path: path, synchronous: .off)
        try await first.append(Fixture.batch(0, key: Fixture.key(0)))
        try await second.append(Fixture.batch(1, key: Fixture.key(1)))
        #expect(
            await code { () throws(AuditStoreError) in
                try await first.append(Fixture.batch(1))
            } == .conflict
        )
        #expect(
            await code { () throws(AuditStoreError) in
                try await first.append(Fixture.batch(1, key: Fixture.key(1)))
            } == .duplicateKey
        )
        #expect(try await first.count() == 2)
    }

    @Test func aBackupIsWholeAndNeverOverwrites() async throws {
        try await Fixture.makeStore(at: path, count: 30)
        let store = try await SQLiteAuditStore(path: path)
        let copy = folder.path("copy.sqlite")
        try await store.backup(to: copy)
        let restored = try await SQLiteAuditStore(path: copy, access: .readOnly)
        #expect(try await Fixture.differences(in: restored, count: 30) == [])
        #expect(try await restored.faults() == [])
        let mode = try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        for target in [copy, path, folder.url.path, folder.path("none/copy.sqlite")] {
            #expect(
                await code { () throws(AuditStoreError) in
                    try await store.backup(to: target)
                } != nil
            )
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(
            Set(files).subtracting(["store.sqlite-journal"]) == ["store.sqlite", "copy.sqlite"]
        )
    }

    @Test func aFullDiskIsToldAndNothingIsWritten() async throws {
        try await Fixture.makeStore(at: path, count: 5)
        let store = try await SQLiteAuditStore(
            path: path,
            synchronous: .off,
            largestFileInPages: 60
        )
        var count = 5
        var refusal: AuditStoreError.Code?
        while refusal == nil, count < 500 {
            refusal = await code { () throws(AuditStoreError) in
                try await store.append(Fixture.batch(count, key: Fixture.key(count)))
            }
            if refusal == nil { count += 1 }
        }
        #expect(refusal == .full)
        #expect(try await Fixture.differences(in: store, count: count) == [])
        #expect(try await store.faults() == [])
        let roomier = try await SQLiteAuditStore(path: path)
        try await roomier.append(Fixture.batch(count, key: Fixture.key(count)))
        #expect(try await Fixture.differences(in: store, count: count + 1) == [])
    }

    @Test func whoeverMakesTheStoreFirstEverybodyUsesIt() async throws {
        let path: String = self.path
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    do throws(AuditStoreError) {
                        let store = try await SQLiteAuditStore(path: path, synchronous: .off)
                        while true {
                            do throws(AuditStoreError) {
                                let count = try await store.count()
                                try await store.append(
                                    Fixture.batch(count, key: Fixture.key(count))
                                )
                                return true
                            } catch  where [.conflict, .duplicateKey].contains(error.code) {
                                continue
                            }
                        }
                    } catch {
                        Issue.record(error)
                        return false
                    }
                }
            }
        }
        let store = try await SQLiteAuditStore(path: path, access: .readOnly)
        #expect(try await Fixture.differences(in: store, count: 8) == [])
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(Set(files).subtracting(["store.sqlite-journal"]) == ["store.sqlite"])
    }
}
