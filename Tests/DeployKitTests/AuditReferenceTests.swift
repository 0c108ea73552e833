// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKitTesting
import Testing

@testable import DeployKit

/// What entries refer to must be in the store, or its erasure on record.
@Suite struct AuditReferenceTests {
    let base = InMemoryAuditStore()
    let noon = Timestamp(milliseconds: 1_767_225_600_000)
    let tom = Actor.person("tom@example.com")

    /// A log with an attachment that its entry 1 refers to.
    private func attached() async throws -> (AuditLog, AttachmentReference) {
        let log = AuditLog(store: base, origin: "o")
        var attachments = Attachments(entropy: entropy(1))
        let note = attachments.attach(.text("seen by Lena"))
        try await log.append(
            [NewEntry(stream: "a", kind: "test", body: .object(["note": note.json]))],
            at: noon,
            entropy: entropy(1),
            blobs: attachments.blobs
        )
        return (log, note)
    }

    private func faults(
        _ edit: @escaping @Sendable (Blob) -> Blob?
    ) async throws -> [VerificationReport.Fault] {
        let store = EditedStore(base: base, blobEdit: edit)
        return try await AuditLog(store: store, origin: "").verify().faults
    }

    @Test func anAttachmentThatIsMissingWithoutARecordIsAFaultOfItsEntry() async throws {
        let (log, note) = try await attached()
        #expect(try await log.verify().faults == [])
        let faults = try await faults { _ in nil }
        #expect(faults.map(\.position) == [1])
        #expect(faults.first?.message.contains(note.digest.hex) == true)
    }

    /// A sign-off as it is recorded, of which only the head matters here.
    private func signOff(boundTo head: JSONValue) -> NewEntry {
        NewEntry(
            stream: "a",
            kind: "signed-off",
            body: .members(["signOff": .members(["head": head])])
        )
    }

    @Test func aSignOffWhoseHeadCannotBeReadIsAFault() async throws {
        let (log, _) = try await attached()
        try await log.append([signOff(boundTo: "none".json)], at: noon, entropy: entropy(10))
        let faults = try await log.verify().faults
        #expect(faults.map(\.position) == [2])
        #expect(faults.first?.message.contains("cannot be read") == true)
    }

    /// The form is the one that deployments record, whatever it becomes.
    @Test func theHeadOfARealSignOffIsCompared() async throws {
        let deployments = Deployments(store: base, origin: "o.1", clock: FixedClock())
        let checklist = try Checklist("Orders", signOffs: [.two(of: "QA")]) {
            DeployKit.Phase("One") { Item("Do it") }
        }
        let live = try await deployments.start(
            checklist,
            environment: Environment("staging", tier: .test),
            version: "1",
            by: tom
        )
        try await live.complete("do-it", by: tom)
        try await live.sign("qa", .approved, by: .person("lena"))
        #expect(try await deployments.log.verify().faults == [])
        let size = try await deployments.log.head().size
        let real = try #require(
            try await deployments.log.entries(in: 0..<size).last { $0.kind == "signed-off" }
        )
        let root = try #require(real.body["signOff"]?["head"]?["rootHash"]?.string)
        let other = String(decoding: real.body.canonicalBytes, as: UTF8.self)
            .replacing(root, with: MerkleTree.emptyRoot.hex)
        try await deployments.log.append(
            [NewEntry(stream: "a", kind: real.kind, body: try JSONValue(parsing: other))],
            at: noon,
            entropy: entropy(10)
        )
        let faults = try await deployments.log.verify().faults
        #expect(faults.map(\.position) == [size], "\(faults)")
    }

    @Test func aNodeOfTheTreeThatNoEntryCompletesIsAFault() async throws {
        let (log, _) = try await attached()
        let size = try await log.head().size
        try await log.append(
            [NewEntry(stream: "a", kind: "test", body: .object([:]))],
            at: noon,
            entropy: entropy(2)
        )
        // The entry is cut off; its nodes are left.
        let faults = try await AuditLog(store: EditedStore(base: base, length: size), origin: "")
            .verify().faults
        #expect(faults.contains { $0.message.contains("that no entry completes") })
    }

    @Test func aSignOffThatIsBoundToAnotherHistoryIsAFault() async throws {
        let (log, _) = try await attached()
        let seen = try await log.head()
        let other = LogHead(origin: seen.origin, size: seen.size, root: MerkleTree.emptyRoot)
        let later = LogHead(origin: seen.origin, size: 9, root: seen.root)
        for (number, head) in [seen, other, later].enumerated() {
            try await log.append(
                [signOff(boundTo: head.json)],
                at: noon,
                entropy: entropy(10 + number)
            )
        }
        let faults = try await log.verify().faults
        #expect(faults.map(\.position) == [3, 4])
        #expect(faults.allSatisfy { $0.message.contains("this log never had") })
    }

    @Test func anAttachmentWhoseErasureIsRecordedMayBeMissing() async throws {
        let (log, note) = try await attached()
        let deployments = Deployments(
            store: base,
            origin: "o",
            clock: FixedClock(),
            entropy: SeededEntropy(seed: 2)
        )
        _ = try await deployments.erase([note.digest], legalBasis: "GDPR Art. 17", by: tom)
        #expect(await base.blob(note.digest) == nil)
        #expect(try await log.verify().faults == [])
        // An erasure that says it happened and did not, deceives whoever asked for it.
        let kept = EditedStore(
            base: base,
            missingBlob: Blob(digest: note.digest, salt: [], bytes: [])
        )
        let faults = try await AuditLog(store: kept, origin: "").verify().faults
        #expect(faults.contains { $0.position == 2 && $0.message.contains("still has") })
    }

    @Test func anAttachmentThatDiffersIsAFaultOfItsEntry() async throws {
        _ = try await attached()
        let edits: [@Sendable (Blob) -> Blob] = [
            { Blob(digest: $0.digest, salt: $0.salt, bytes: $0.bytes + [0x20]) },
            { Blob(digest: $0.digest, salt: $0.salt.reversed(), bytes: $0.bytes) },
            { Blob(digest: $0.digest, salt: [], bytes: $0.salt + $0.bytes) },
        ]
        for edit in edits {
            #expect(try await faults(edit).map(\.position) == [1])
        }
    }

    @Test func aBlobThatCannotBeReadIsAFaultOnlyWhenTheStoreIsDamaged() async throws {
        _ = try await attached()
        let damaged = EditedStore(base: base, blobError: AuditStoreError(.damaged, "page 7"))
        let report = try await AuditLog(store: damaged, origin: "").verify()
        #expect(report.faults.map(\.message) == ["page 7"] && report.faults[0].position == 1)
        let busy = EditedStore(base: base, blobError: AuditStoreError(.busy, "locked"))
        await #expect(throws: AuditStoreError.self) {
            try await AuditLog(store: busy, origin: "").verify()
        }
    }

    @Test func definitionsAndSourcesAreNeverMissing() async throws {
        let log = AuditLog(store: base, origin: "o")
        let contents = [Array("{}".utf8), Array("# Deploy\n".utf8)]
        let blobs = contents.map { Blob(digest: SHA256.digest(of: $0), salt: [], bytes: $0) }
        let body = JSONValue.object([
            "subject": .object(["checklist": blobs[0].digest.json]),
            "source": .object(["digest": blobs[1].digest.json]),
        ])
        try await log.append(
            [NewEntry(stream: "deployment/d", kind: "deployment-started", body: body)],
            at: noon,
            entropy: entropy(1),
            blobs: blobs
        )
        #expect(try await log.verify().faults == [])
        for blob in blobs {
            let missing = try await faults { $0.digest == blob.digest ? nil : $0 }
            #expect(missing.map(\.position) == [1] && missing[0].message.contains("is missing"))
            let altered = try await faults {
                Blob(
                    digest: $0.digest,
                    salt: [],
                    bytes: $0.digest == blob.digest ? $0.bytes + [0x0A] : $0.bytes
                )
            }
            #expect(altered.map(\.position) == [1] && altered[0].message.contains("not as logged"))
        }
    }
}
