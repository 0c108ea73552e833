// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

func entropy(_ number: Int) -> Entropy {
    Entropy(seed: UInt64(number))
}

extension Entropy {
    init(seed: UInt64) {
        var generator = Counting(state: seed)
        self.init(using: &generator)
    }

    private struct Counting: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            return state
        }
    }
}

extension NewEntry {
    init(_ stream: StreamID, _ number: Int) {
        self.init(stream: stream, kind: "test", body: .object(["n": .integer(Int64(number))]))
    }
}

@Suite struct AuditLogTests {
    let store = InMemoryAuditStore()
    let noon = Timestamp(milliseconds: 1_767_225_600_000)
    var log: AuditLog { AuditLog(store: store, origin: "payments.0123456789abcdef") }

    @Test func theFirstAppendRecordsTheOrigin() async throws {
        let log = log
        #expect(try await log.head().size == 0)
        let receipt = try await log.append([NewEntry("a", 1)], at: noon, entropy: entropy(1))
        #expect(receipt.positions == 1..<2)
        #expect(receipt.head.origin == "payments.0123456789abcdef")
        let entries = try await log.entries(in: 0..<10)
        #expect(entries.map(\.kind) == ["log-created", "test"])
        #expect(entries[0].body["origin"]?.string == "payments.0123456789abcdef")
        let other = AuditLog(store: store, origin: "another")
        #expect(try await other.origin() == "payments.0123456789abcdef")
        #expect(try await other.head() == receipt.head)
    }

    /// Under a foreign name nobody's note of the log would be found.
    @Test func anEpochOfAForeignNameNamesNoLog() async throws {
        let receipt = try await log.append([NewEntry("a", 1)], at: noon, entropy: entropy(1))
        let name = "x.0123456789abcdef"
        let closed = LogHead(origin: name, size: 2, root: receipt.head.root)
        let reason = AttachmentReference(
            digest: receipt.head.root,
            byteCount: 1,
            mediaType: "text/plain"
        )
        let epoch = NewEntry(
            stream: AuditLog.epochs,
            kind: AuditLog.epochKind,
            body: .members([
                "actor": Actor.person("eve").json, "closed": closed.json,
                "lost": .members(["first": 2.json, "count": 0.json]),
                "origin": "\(name)/e2".json, "reason": reason.json,
            ])
        )
        try await log.append([epoch], at: noon, entropy: entropy(2))
        let error = await #expect(throws: AuditStoreError.self) {
            try await AuditLog(store: store, origin: "another").head()
        }
        #expect(error?.code == .damaged)
    }

    @Test func theHeadIsTheTreeOverTheHeaders() async throws {
        let log = log
        var last: AppendReceipt?
        for number in 0..<20 {
            let batch = (0...number % 3).map { NewEntry($0 == 1 ? "b" : "a", number + $0) }
            last = try await log.append(batch, at: noon, entropy: entropy(number))
        }
        var frontier = MerkleTree.Frontier()
        for record in await store.records(in: 0..<1000) {
            _ = frontier.append(MerkleTree.leafHash(record.header))
        }
        #expect(last?.head.root == frontier.root)
        #expect(last?.head.size == frontier.size)
        let stream = try await log.entries(of: "b", from: 2, limit: 3)
        #expect(stream.map(\.revision) == [2, 3, 4])
    }

    @Test func anAppendThatExpectsAnotherRevisionIsRefused() async throws {
        let log = log
        try await log.append([NewEntry("a", 1)], expecting: ["a": 0], at: noon, entropy: entropy(1))
        let error = await #expect(throws: AuditStoreError.self) {
            try await log.append(
                [NewEntry("b", 1)],
                expecting: ["a": 0, "b": 0],
                at: noon,
                entropy: entropy(2)
            )
        }
        #expect(error?.code == .conflict)
        #expect(await store.count() == 2)
    }

    @Test func aKeyIsTakenOnceAndItsEntriesAreFound() async throws {
        let log = log
        try await log.append(
            [NewEntry("a", 1), NewEntry("a", 2)],
            idempotencyKey: "k",
            at: noon,
            entropy: entropy(1)
        )
        let error = await #expect(throws: AuditStoreError.self) {
            try await log.append(
                [NewEntry("a", 3)],
                idempotencyKey: "k",
                at: noon,
                entropy: entropy(2)
            )
        }
        #expect(error?.code == .duplicateKey)
        let found = try await log.entries(forKey: "k")
        #expect(found?.map { $0.body["n"]?.integer } == [1, 2])
        #expect(found?.map(\.key) == [AuditLog.keyDigest("k"), AuditLog.keyDigest("k")])
        #expect(try await log.entries(forKey: "other") == nil)
    }

    @Test func manyWritersAllGetTheirTurn() async throws {
        let logs = [log, log, log]
        await withThrowingTaskGroup { group in
            for number in 0..<60 {
                group.addTask {
                    try await logs[number % 3].append(
                        [NewEntry(number % 2 == 0 ? "a" : "b", number)],
                        at: noon,
                        entropy: entropy(number)
                    )
                }
            }
        }
        #expect(await store.count() == 61)
        #expect(try await log.entries(of: "a").count == 30)
        #expect(try await log.entries(of: "b").count == 30)
    }

    @Test func aClockThatGoesBackIsRecordedNotCorrected() async throws {
        let log = log
        try await log.append([NewEntry("a", 1)], at: noon, entropy: entropy(1))
        let before = noon + .seconds(-5)
        try await log.append(
            [NewEntry("a", 2), NewEntry("a", 3)],
            at: before,
            entropy: entropy(2)
        )
        let entries = try await log.entries(of: "a")
        #expect(entries.map(\.at) == [noon, before, before])
        #expect(entries.map(\.clockSkew) == [nil, .seconds(5), nil])
    }

    @Test func aBodyOutsideTheProfileIsRefused() async throws {
        let log = log
        let bodies: [JSONValue] = [
            .object(["a b": .null]), .integer(1 << 53), .string("a\0b"),
            .string(String(repeating: "x", count: 65_537)),
        ]
        for (number, body) in bodies.enumerated() {
            let error = await #expect(throws: AuditStoreError.self) {
                try await log.append(
                    [NewEntry(stream: "a", kind: "test", body: body)],
                    at: noon,
                    entropy: entropy(number)
                )
            }
            #expect(error?.code == .invalidEntry)
        }
        #expect(await store.count() == 0)
    }
}
