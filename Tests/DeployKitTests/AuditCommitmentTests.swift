// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKitTesting
import Testing

@testable import DeployKit

/// What is read of an entry is what the tree commits to: the nodes alone are compared with a head
/// that was kept elsewhere.
@Suite struct AuditCommitmentTests {
    /// `count` entries, in streams of every third, and one of a single entry.
    private static func log(of count: Int) async throws -> InMemoryAuditStore {
        let store = InMemoryAuditStore()
        let log = AuditLog(store: store, origin: "deploykit.test")
        for number in 1..<count {
            let stream: StreamID = number == 37 ? "lonely" : StreamID("s/\(number % 3)")
            try await log.append(
                [NewEntry(stream: stream, kind: "test", body: .members(["n": number.json]))],
                at: Timestamp(milliseconds: 1_767_225_600_000),
                entropy: entropy(number)
            )
        }
        return store
    }

    /// The record with another body, which fits its own header.
    private static func forged(_ record: AuditRecord) throws -> AuditRecord {
        let header = try EntryHeader(canonical: record.header)
        let body = JSONValue.members(["n": (-1).json]).canonicalBytes
        let other = EntryHeader(
            position: header.position,
            stream: header.stream,
            revision: header.revision,
            at: header.at,
            skew: header.skew,
            kind: header.kind,
            bodyDigest: EntryHeader.bodyDigest(salt: record.salt, body: body),
            key: header.key
        )
        return AuditRecord(
            position: record.position,
            stream: record.stream,
            revision: record.revision,
            header: try other.json.canonicalBytes(within: .record),
            salt: record.salt,
            body: body
        )
    }

    /// The message of the error that `body` throws, or `nil`.
    private static func refusal(
        _ body: () async throws(AuditStoreError) -> [AuditEntry]
    ) async -> String? {
        do throws(AuditStoreError) {
            _ = try await body()
            return nil
        } catch {
            #expect(error.code == .damaged)
            return error.message
        }
    }

    /// Invariant: however long the log is and wherever an entry stands, an honest one is read.
    @Test func everyEntryOfEveryLengthIsRead() async throws {
        let store = try await Self.log(of: 70)
        for length in 1...70 {
            let cut = AuditLog(store: EditedStore(base: store, length: length), origin: "")
            for position in 0..<length {
                let entries = try await cut.entries(in: position..<position + 1)
                #expect(entries.map(\.position) == [position])
            }
            #expect(try await cut.entries(in: 0..<length).count == length)
        }
        let log = AuditLog(store: store, origin: "")
        #expect(try await log.entries(of: "s/1").count == 22)
        #expect(try await log.entries(of: "lonely").map(\.position) == [37])
    }

    /// Invariant: an entry that was rewritten is not read, whichever node above it was left alone.
    @Test func anEntryUnderNodesThatWereLeftAsTheyWereIsRefused() async throws {
        let size = 70
        let store = try await Self.log(of: size)
        for position in 0..<size {
            let record = try #require(await store.records(in: position..<position + 1).first)
            let forged = try Self.forged(record)
            // The nodes above the entry as the forger would have them, from below.
            var levels = [MerkleTree.leafHash(forged.header)]
            while (position >> levels.count + 1) << levels.count <= size {
                let level = levels.count - 1
                let number = position >> level
                let beside = try await store.nodes(
                    at: [MerkleTree.nodeIndex(level: level, number: number ^ 1)]
                )[0]
                levels.append(
                    number & 1 == 0
                        ? MerkleTree.nodeHash(levels[level], beside)
                        : MerkleTree.nodeHash(beside, levels[level])
                )
            }
            let indexes = levels.indices.map {
                MerkleTree.nodeIndex(level: $0, number: position >> $0)
            }
            for changed in 0...levels.count {
                let edits = Dictionary(
                    zip(indexes, levels).prefix(changed),
                    uniquingKeysWith: { first, _ in first }
                )
                let log = AuditLog(
                    store: EditedStore(
                        base: store,
                        edit: { $0.position == position ? forged : $0 },
                        nodeEdit: { edits[$0] ?? $1 }
                    ),
                    origin: ""
                )
                let refusal = await Self.refusal { () async throws(AuditStoreError) in
                    try await log.entries(in: position..<position + 1)
                }
                let streamed = await Self.refusal { () async throws(AuditStoreError) in
                    try await log.entries(of: record.stream)
                }
                // Who changes every node changes the head too, which a kept head contradicts.
                let isWhole = changed == levels.count
                #expect((refusal == nil) == isWhole, "entry \(position), \(changed) nodes")
                #expect((streamed == nil) == isWhole, "entry \(position), \(changed) nodes")
                if changed == 0 {
                    #expect(refusal?.contains("not the one that the tree commits to") == true)
                }
            }
        }
    }
}
