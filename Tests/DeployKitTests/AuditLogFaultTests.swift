// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

/// A store whose appends go wrong in a scripted way, once for each entry of the script.
private actor ScriptedStore: AuditStore {
    enum Step {
        /// Writes, and says that it does not know.
        case writesInDoubt
        /// Does not write, and says that it does not know.
        case losesInDoubt
        /// Does not get as far as to look.
        case fails(AuditStoreError.Code)
        /// Lets another writer append first.
        case overtaken(NewEntry)
    }

    let base: InMemoryAuditStore
    var script: [Step]

    init(_ base: InMemoryAuditStore, _ script: [Step]) {
        self.base = base
        self.script = script
    }

    func append(_ batch: AuditBatch) async throws(AuditStoreError) {
        guard !script.isEmpty else { return try await base.append(batch) }
        switch script.removeFirst() {
        case .writesInDoubt:
            try await base.append(batch)
            throw AuditStoreError(.unknownOutcome, "the answer was lost")
        case .losesInDoubt:
            throw AuditStoreError(.unknownOutcome, "the question was lost")
        case .fails(let code):
            throw AuditStoreError(code, "nothing was looked at")
        case .overtaken(let entry):
            let other = AuditLog(store: base, origin: "other")
            try await other.append(
                [entry],
                at: Timestamp(milliseconds: 0),
                entropy: entropy(1_000_000)
            )
            try await base.append(batch)
        }
    }

    func count() async -> Int { await base.count() }
    func records(in positions: Range<Int>) async -> [AuditRecord] {
        await base.records(in: positions)
    }
    func records(of stream: StreamID, from revision: Int, limit: Int) async -> [AuditRecord] {
        await base.records(of: stream, from: revision, limit: limit)
    }
    func streams(
        withPrefix prefix: String,
        before position: Int?,
        limit: Int
    ) async -> [StreamSummary] {
        await base.streams(withPrefix: prefix, before: position, limit: limit)
    }
    func summary(of stream: StreamID) async -> StreamSummary? { await base.summary(of: stream) }
    func nodes(at indexes: [Int]) async throws(AuditStoreError) -> [Digest] {
        try await base.nodes(at: indexes)
    }
    func blob(_ digest: Digest) async -> Blob? { await base.blob(digest) }
    func blobs(after digest: Digest?, limit: Int) async -> [Digest] {
        await base.blobs(after: digest, limit: limit)
    }
    func positions(forKey key: Digest) async -> Range<Int>? { await base.positions(forKey: key) }
}

@Suite struct AuditLogFaultTests {
    let base = InMemoryAuditStore()
    let noon = Timestamp(milliseconds: 1_767_225_600_000)

    private func append(
        _ script: [ScriptedStore.Step],
        key: String? = nil
    ) async throws -> (AppendReceipt, AuditLog) {
        let log = AuditLog(store: ScriptedStore(base, script), origin: "o")
        let receipt = try await log.append(
            [NewEntry("a", 1), NewEntry("b", 2)],
            expecting: ["a": 0],
            idempotencyKey: key,
            at: noon,
            entropy: entropy(1)
        )
        return (receipt, log)
    }

    @Test(arguments: [nil, "k"])
    func anAppendOfUnknownOutcomeIsInTheLogExactlyOnce(key: String?) async throws {
        let scripts: [[ScriptedStore.Step]] = [
            [.writesInDoubt], [.losesInDoubt], [.losesInDoubt, .losesInDoubt, .writesInDoubt],
        ]
        for script in scripts {
            let base = InMemoryAuditStore()
            let log = AuditLog(store: ScriptedStore(base, script), origin: "o")
            let receipt = try await log.append(
                [NewEntry("a", 1), NewEntry("b", 2)],
                idempotencyKey: key,
                at: noon,
                entropy: entropy(1)
            )
            #expect(receipt.positions == 1..<3)
            #expect(await base.count() == 3)
            #expect(receipt.head == (try await log.head()))
            #expect(try await log.verify(against: [receipt.head]).verdict == .anchored)
        }
    }

    @Test(arguments: [AuditStoreError.Code.busy, .unavailable, .readOnly, .full, .damaged])
    func aDoubtThatWasNotResolvedStaysOne(code: AuditStoreError.Code) async throws {
        for (script, expected) in [
            ([.fails(code)], code), ([.losesInDoubt, .fails(code)], .unknownOutcome),
        ] as [([ScriptedStore.Step], AuditStoreError.Code)] {
            do throws(AuditStoreError) {
                let log = AuditLog(store: ScriptedStore(base, script), origin: "o")
                try await log.append([NewEntry("a", 1)], at: noon, entropy: entropy(1))
                Issue.record("it was appended")
            } catch {
                #expect(error.code == expected)
            }
        }
    }

    @Test func anOvertakenAppendIsHashedAgainBehindTheOther() async throws {
        // Streams of the append that the caller expects nothing of may have moved as well.
        for stream in ["c", "b"] as [StreamID] {
            let base = InMemoryAuditStore()
            let log = AuditLog(
                store: ScriptedStore(base, [.overtaken(NewEntry(stream, 9))]),
                origin: "o"
            )
            let receipt = try await log.append(
                [NewEntry("a", 1), NewEntry("b", 2)],
                expecting: ["a": 0],
                at: noon,
                entropy: entropy(1)
            )
            #expect(receipt.positions == 2..<4)
            #expect(receipt.head.origin == "other")
            #expect(try await log.verify(against: [receipt.head]).verdict == .anchored)
        }
    }

    @Test func anOvertakenAppendIsRefusedWhenItsDecisionIsStale() async throws {
        let error = await #expect(throws: AuditStoreError.self) {
            try await append([.overtaken(NewEntry("a", 9))])
        }
        #expect(error?.code == .conflict)
        #expect(await base.count() == 2)
    }

    @Test func anotherBatchUnderTheSameKeyIsNotTakenForTheOwn() async throws {
        let other = AuditLog(store: base, origin: "o")
        try await other.append(
            [NewEntry("c", 1), NewEntry("c", 2)],
            idempotencyKey: "k",
            at: noon,
            entropy: entropy(2)
        )
        let error = await #expect(throws: AuditStoreError.self) {
            try await append([.losesInDoubt], key: "k")
        }
        #expect(error?.code == .duplicateKey)
        #expect(await base.count() == 3)
    }
}
