// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

@Suite struct LogCopyTests {
    private let source = InMemoryAuditStore()
    private let noon = Timestamp(milliseconds: 1_767_225_600_000)
    private var log: AuditLog { AuditLog(store: source, origin: "copied.1") }

    private func attachment(_ number: Int) -> (AttachmentReference?, Blob) {
        var attachments = Attachments(entropy: entropy(50_000 + number))
        let reference = attachments.attach("text \(number)")
        return (reference, attachments.blobs[0])
    }

    /// Appends of one to four entries, every third with an attachment, every fourth with a key.
    private func fill(_ numbers: ClosedRange<Int>, _ log: AuditLog) async throws {
        for number in numbers {
            let (reference, blob) = attachment(number)
            let hasText = number.isMultiple(of: 3)
            try await log.append(
                (0...number % 4).map { part in
                    NewEntry(
                        stream: StreamID("s/\(part)"),
                        kind: "sample",
                        body: .members([
                            "number": number.json,
                            "text": hasText && part == 0 ? reference?.json : nil,
                        ])
                    )
                },
                idempotencyKey: number.isMultiple(of: 4) ? "key \(number)" : nil,
                at: noon,
                entropy: entropy(number),
                blobs: hasText ? [blob] : []
            )
        }
    }

    private func erase(_ number: Int) async throws {
        let digest = attachment(number).1.digest
        try await log.append(
            [
                NewEntry(
                    stream: AuditLog.stream,
                    kind: Deployments.erasureKind,
                    body: .members(["attachment": digest.json])
                )
            ],
            at: noon,
            entropy: entropy(90_000 + number),
            erasing: [digest]
        )
    }

    private func expectSame(_ target: any AuditStore) async throws {
        let count = await source.count()
        #expect(try await target.count() == count)
        #expect(try await target.records(in: 0..<count) == (await source.records(in: 0..<count)))
        let nodes = Array(0..<MerkleTree.nodeCount(ofSize: count))
        #expect(try await target.nodes(at: nodes) == (try await source.nodes(at: nodes)))
        for number in 1...60 {
            let digest = attachment(number).1.digest
            #expect(try await target.blob(digest) == (await source.blob(digest)))
            let key = AuditLog.keyDigest("key \(number)")
            #expect(
                try await target.positions(forKey: key) == (await source.positions(forKey: key))
            )
        }
        let report = try await AuditLog(store: target, origin: "").verify(
            against: [try await log.head()]
        )
        #expect(report.verdict == .anchored)
    }

    @Test func aCopyHasEveryByteAndTheSameHead() async throws {
        try await fill(1...60, log)
        try await erase(9)
        let target = InMemoryAuditStore()
        let copy = try await log.copy(to: target)
        let count = await source.count()
        #expect(copy.held == 0 && copy.copied == count)
        #expect(copy.head == (try await log.head()))
        try await expectSame(target)
    }

    @Test func anEmptyLogIsCopiedToo() async throws {
        let copy = try await log.copy(to: InMemoryAuditStore())
        #expect(copy.copied == 0 && copy.standing == .contained)
    }

    @Test func moreThanAPageIsCopiedWholeWhereverABatchCrossesIt() async throws {
        for size in [997, 3, 1500, 1, 499] {
            try await log.append(
                (0..<size).map { NewEntry(stream: "s/0", kind: "k", body: .integer(Int64($0))) },
                at: noon,
                entropy: entropy(size)
            )
        }
        let target = InMemoryAuditStore()
        let copy = try await log.copy(to: target)
        #expect(copy.copied == 3001)
        try await expectSame(target)
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func aCopyThatIsCutOffGoesOn(seed: UInt64) async throws {
        try await fill(1...30, log)
        let target = InMemoryAuditStore()
        var rounds = 0
        while true {
            rounds += 1
            let faulty = FaultyAuditStore(target, seed: seed &* 1000 &+ UInt64(rounds), oneIn: 12)
            do throws(AuditStoreError) {
                let copy = try await log.copy(to: faulty)
                #expect(copy.standing == .contained)
                break
            } catch {
                // What is there by now is a whole log.
                let report = try await AuditLog(store: target, origin: "").verify()
                #expect(report.faults == [])
            }
            try #require(rounds < 500)
        }
        try await expectSame(target)
    }

    @Test func whatWasErasedSinceIsErasedInTheCopyAsWell() async throws {
        try await fill(1...20, log)
        let target = InMemoryAuditStore()
        _ = try await log.copy(to: target)
        let digest = attachment(9).1.digest
        #expect(await target.blob(digest) != nil)
        try await erase(9)
        try await fill(21...30, log)
        let copy = try await log.copy(to: target)
        #expect(copy.held > 0 && copy.copied > 10)
        #expect(await target.blob(digest) == nil)
        try await expectSame(target)
    }

    @Test func anotherHistoryIsNotMixedIn() async throws {
        try await fill(1...10, log)
        let target = InMemoryAuditStore()
        _ = try await log.copy(to: target)
        try await fill(11...12, AuditLog(store: target, origin: ""))
        let held = await target.count()
        let count = await source.count()
        #expect(try await log.copy(to: target).standing == .shorter(count))
        try await fill(13...20, log)
        #expect(try await log.copy(to: target).standing == .diverged)
        let other = InMemoryAuditStore()
        try await fill(1...3, AuditLog(store: other, origin: "another.1"))
        #expect(try await log.copy(to: other).standing == .otherLog("copied.1"))
        #expect(await target.count() == held)
    }

    @Test func aLogThatContradictsItselfIsNotCopiedPastTheContradiction() async throws {
        try await fill(1...20, log)
        let place = 25
        let erased = attachment(9).1.digest
        let edits: [(String, EditedStore)] = [
            (
                "a body",
                EditedStore(
                    base: source,
                    edit: { record in
                        guard record.position == place else { return record }
                        return AuditRecord(
                            position: record.position,
                            stream: record.stream,
                            revision: record.revision,
                            header: record.header,
                            salt: record.salt,
                            body: Array("1".utf8)
                        )
                    }
                )
            ),
            ("a node", EditedStore(base: source, nodeEdit: { $0 == 50 ? .zero : $1 })),
            (
                "a key",
                EditedStore(base: source, keyEdit: { $0.map { $0.lowerBound..<$0.upperBound + 1 } })
            ),
            (
                "no attachment",
                EditedStore(base: source, blobEdit: { $0.digest == erased ? nil : $0 })
            ),
            (
                "another attachment",
                EditedStore(
                    base: source,
                    blobEdit: { Blob(digest: $0.digest, salt: $0.salt, bytes: $0.bytes + [1]) }
                )
            ),
        ]
        for (name, edited) in edits {
            let target = InMemoryAuditStore()
            do throws(AuditStoreError) {
                _ = try await AuditLog(store: edited, origin: "").copy(to: target)
                Issue.record("\(name) was copied")
            } catch {
                #expect(error.code == .damaged, "\(name)")
            }
            let copied = await target.count()
            #expect(copied <= place + 3, "\(name)")
            #expect(try await AuditLog(store: target, origin: "").verify().faults == [], "\(name)")
        }
    }
}

extension Digest {
    fileprivate static let zero = SHA256.digest(of: [])
}
