// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite
import DeployKitTesting
import Foundation
import Testing

/// What is erased is in no file of the store, however often and by whoever it was written.
@Suite struct ErasureTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("store.sqlite")
    }

    /// An attachment whose content begins with a text that is found again.
    private func attachment(_ number: Int, padding: Int) -> Blob {
        var random = SplitMix64(seed: UInt64(number))
        let salt = random.bytes(32)
        let bytes = Array("canary-\(10_000 + number);".utf8) + random.bytes(padding)
        return Blob(digest: SHA256.digest(of: salt + bytes), salt: salt, bytes: bytes)
    }

    /// The numbers of the attachments whose content stands in the store's files.
    private func found(beside path: String) throws -> Set<Int> {
        var numbers: Set<Int> = []
        for suffix in ["", "-journal", "-wal"] {
            let data = FileManager.default.contents(atPath: path + suffix) ?? Data()
            var rest = data[...]
            while let canary = rest.range(of: Data("canary-".utf8)) {
                let digits = String(decoding: rest[canary.upperBound...].prefix(5), as: UTF8.self)
                if let number = Int(digits) { numbers.insert(number - 10_000) }
                rest = rest[canary.upperBound...]
            }
        }
        return numbers
    }

    private func store(_ journal: SQLiteAuditStore.Journal = .rollback) async throws
        -> SQLiteAuditStore
    {
        try await SQLiteAuditStore(
            path: path,
            journal: journal,
            busyTimeout: .milliseconds(100),
            synchronous: .off,
            trustsWriteAheadLog: true
        )
    }

    /// Invariant: SQLite leaves copies behind when the rows around a deleted one are moved; nothing
    /// that is erased stays in one of them, in whatever order.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func noCopyOfWhatIsErasedStaysInTheFile(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let store = try await store()
        let paddings = [10, 90, 1000]
        let blobs = (0..<100).map { number in
            attachment(number, padding: paddings[Int.random(in: 0..<3, using: &random)])
        }
        try await store.append(Fixture.batch(0).with(blobs: blobs))
        #expect(try found(beside: path) == Set(0..<100))
        var left = Set(0..<100)
        for (position, number) in left.shuffled(using: &random).enumerated() {
            try await store.append(
                Fixture.batch(position + 1).with(blobs: [], erasing: [blobs[number].digest])
            )
            left.remove(number)
            #expect(try found(beside: path) == left, "after \(number)")
        }
        #expect(try await store.faults() == [])
    }

    /// Invariant: the same for those that one batch erases, each of which moves the others; with
    /// these seeds, rows that are deleted without being overwritten first stay in the file.
    @Test(arguments: [24, 28, 30, 38] as [UInt64])
    func ofSeveralThatGoTogetherNoneStays(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let store = try await store()
        let blobs = (0..<1000).map {
            attachment($0, padding: Bool.random(using: &random) ? 1000 : 10)
        }
        try await store.append(Fixture.batch(0).with(blobs: blobs))
        let gone = blobs.indices.shuffled(using: &random).dropLast(100)
        try await store.append(
            Fixture.batch(1).with(blobs: [], erasing: gone.map { blobs[$0].digest })
        )
        #expect(try found(beside: path) == Set(0..<1000).subtracting(gone))
    }

    @Test func contentThatSomebodyPutBackIsErasedAgain() async throws {
        let store = try await store()
        let deployments = Deployments(store: store, origin: SampleLog.origin)
        let log = deployments.log
        let secret = attachment(7, padding: 20)
        try await Self.add(secret, to: log)
        let erase = { () async throws -> AttachmentErasure.Outcome in
            try await deployments.erase(
                [secret.digest],
                legalBasis: "GDPR Art. 17",
                by: .person("tom")
            )[0]
        }
        guard case .erased(let first) = try await erase() else {
            Issue.record("the first erasure is none")
            return
        }
        #expect(try await erase() == .already(first))
        // A program that deletes leaves what it deleted standing in the pages.
        let hex = { (bytes: [UInt8]) in
            "x'\(bytes.map { String(UInt16($0) + 256, radix: 16).dropFirst() }.joined())'"
        }
        let insert =
            "INSERT INTO blob VALUES (\(hex(secret.digest.bytes)), \(hex(secret.salt)), "
            + "\(hex(secret.bytes)))"
        let raw = try RawDatabase(path)
        #expect(raw.run("PRAGMA secure_delete = OFF; " + insert) == nil)
        #expect(try found(beside: path) == [7])
        #expect(try await log.verify().verdict == .invalid)
        guard case .erasedAgain(let second, after: first) = try await erase() else {
            Issue.record("what came back was not erased")
            return
        }
        #expect(second.position == first.position + 1 && second.byteCount == secret.bytes.count)
        #expect(try found(beside: path) == [])
        #expect(try await log.verify().faults == [])
        // Put back and deleted by a hand that overwrites nothing: the repetition cleans the file.
        #expect(raw.run(insert) == nil && raw.run("DELETE FROM blob") == nil)
        #expect(try found(beside: path) == [7])
        #expect(try await erase() == .already(second))
        #expect(try found(beside: path) == [])
    }

    @Test func contentThatCameBackAsADefinitionIsNotPassedOver() async throws {
        let deployments = Deployments(store: try await store(), origin: SampleLog.origin)
        let log = deployments.log
        let secret = attachment(7, padding: 20)
        try await Self.add(secret, to: log)
        let erase = { () async throws(DeploymentError) in
            _ = try await deployments.erase([secret.digest], legalBasis: "x", by: .person("tom"))
        }
        try await erase()
        let whole = Blob(digest: secret.digest, salt: [], bytes: secret.salt + secret.bytes)
        try await Self.add(whole, to: log)
        let error = await #expect(throws: DeploymentError.self) { try await erase() }
        guard case .store(let cause) = error?.cause else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(cause.code == .damaged && cause.message.contains("somebody changed the file"))
    }

    @Test func aWriteAheadLogIsEmptiedByAnErasure() async throws {
        let store = try await store(.writeAheadLog)
        let deployments = Deployments(store: store, origin: SampleLog.origin)
        let log = deployments.log
        let secrets = (0..<2).map { attachment($0, padding: 50) }
        for secret in secrets { try await Self.add(secret, to: log) }
        #expect(try await store.settings()["journal_mode"] == "wal")
        #expect(try found(beside: path) == [0, 1])
        let erase = { (secret: Blob) async throws(DeploymentError) in
            try await deployments.erase([secret.digest], legalBasis: "x", by: .person("tom"))[0]
        }
        _ = try await erase(secrets[0])
        #expect(try found(beside: path) == [1])
        #expect(FileManager.default.contents(atPath: path + "-wal") == Data())
        // A reader that stays keeps the pages as they were in the log: that is no success.
        let reader = try RawDatabase(path)
        #expect(reader.run("BEGIN; SELECT count(*) FROM entry") == nil)
        let error = await #expect(throws: DeploymentError.self) { try await erase(secrets[1]) }
        guard case .store(let cause) = error?.cause else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(cause.code == .busy && cause.message.contains("still holds the content"))
        #expect(try await store.blob(secrets[1].digest) == nil)
        #expect(reader.run("COMMIT") == nil)
        guard case .already = try await erase(secrets[1]) else {
            Issue.record("the erasure was not on record")
            return
        }
        #expect(try found(beside: path) == [])
        #expect(try await log.verify().faults == [])
    }

    @Test func anErasureAmongOtherWritersIsMadeAgain() async throws {
        let store = try await SQLiteAuditStore(path: path, synchronous: .off)
        let deployments = Deployments(store: store, origin: SampleLog.origin)
        let log = deployments.log
        let secrets = (0..<10).map { attachment($0, padding: 50) }
        for secret in secrets { try await Self.add(secret, to: log) }
        let other = AuditLog(
            store: try await SQLiteAuditStore(path: path, synchronous: .off),
            origin: SampleLog.origin
        )
        async let writer: Void = {
            for number in 100..<140 {
                try await Self.add(attachment(number, padding: 9), to: other)
            }
        }()
        for secret in secrets {
            _ = try await deployments.erase([secret.digest], legalBasis: "x", by: .person("tom"))
        }
        try await writer
        #expect(try found(beside: path) == Set(100..<140))
        #expect(try await log.verify().faults == [])
    }

    /// An entry that refers to an attachment, or only brings it along.
    private static func add(_ blob: Blob, to log: AuditLog) async throws(AuditStoreError) {
        try await log.append(
            [NewEntry(stream: "sample/0", kind: "noted", body: .members(["of": blob.digest.json]))],
            at: Timestamp(milliseconds: 0),
            entropy: SystemEntropy().next(),
            blobs: [blob]
        )
    }
}

extension AuditBatch {
    fileprivate func with(blobs: [Blob], erasing: [Digest] = []) -> AuditBatch {
        AuditBatch(
            firstPosition: firstPosition,
            expecting: expecting,
            idempotencyKey: idempotencyKey,
            records: records,
            nodes: nodes,
            firstNode: firstNode,
            blobs: blobs,
            erasing: erasing
        )
    }
}
