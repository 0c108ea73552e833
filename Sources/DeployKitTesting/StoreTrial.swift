// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// A store under test, what it must hold by now, and what was found wrong.
struct StoreTrial {
    var store: any AuditStore
    private(set) var breaches: [String] = []
    private(set) var records: [AuditRecord] = []
    private(set) var nodes: [Digest] = []
    private(set) var keys: [Digest] = []
    private(set) var blobs: [Blob] = []
    private var random = SplitMix64(seed: 0x0DE9_107C_1700)

    init(store: any AuditStore) {
        self.store = store
    }

    var count: Int { records.count }

    func count(of stream: StreamID) -> Int {
        records.count { $0.stream == stream }
    }

    /// 32 bytes that no hash gave: a store keeps them without judging.
    mutating func digest() -> Digest {
        while true {
            if let digest = Digest(bytes: random.bytes(32)) { return digest }
        }
    }

    /// A batch that fits the log as it should be by now, one record for each name.
    mutating func batch(
        _ streams: StreamID...,
        expecting: [StreamID: Int]? = nil,
        key: Digest? = nil,
        blobs: [Blob] = [],
        body: [UInt8]? = nil
    ) -> AuditBatch {
        batch(of: streams, expecting: expecting, key: key, blobs: blobs, body: body)
    }

    /// A batch that fits the log as it should be by now, one record for each name.
    mutating func batch(
        of streams: [StreamID],
        expecting: [StreamID: Int]? = nil,
        key: Digest? = nil,
        blobs: [Blob] = [],
        body: [UInt8]? = nil
    ) -> AuditBatch {
        var revisions = Dictionary(
            streams.map { ($0, count(of: $0)) },
            uniquingKeysWith: { first, _ in first }
        )
        let expected = expecting ?? revisions
        var made: [AuditRecord] = []
        for stream in streams {
            let revision = revisions[stream, default: 0]
            revisions[stream] = revision + 1
            made.append(
                AuditRecord(
                    position: count + made.count,
                    stream: stream,
                    revision: revision,
                    header: random.bytes(40),
                    salt: random.bytes(32),
                    body: body ?? random.bytes(60)
                )
            )
        }
        // As many as a tree has: 2n, less one for each bit that is set in n.
        let end = count + made.count
        let size = 2 * end - end.nonzeroBitCount
        return AuditBatch(
            firstPosition: count,
            expecting: expected,
            idempotencyKey: key,
            records: made,
            nodes: (nodes.count..<size).map { _ in digest() },
            firstNode: nodes.count,
            blobs: blobs
        )
    }

    mutating func blob(salted: Bool, bytes: [UInt8]? = nil) -> Blob {
        Blob(
            digest: digest(),
            salt: salted ? random.bytes(32) : [],
            bytes: bytes ?? random.bytes(80)
        )
    }

    /// Takes `batch` for appended.
    mutating func note(_ batch: AuditBatch) {
        records += batch.records
        nodes += batch.nodes
        blobs += batch.blobs
        blobs.removeAll { batch.erasing.contains($0.digest) }
        if let key = batch.idempotencyKey { keys.append(key) }
    }

    /// Appends `batch`, which must succeed.
    mutating func append(_ batch: AuditBatch) async throws {
        try await store.append(batch)
        note(batch)
    }

    mutating func expect(_ isKept: Bool, _ breach: @autoclosure () -> String) {
        if !isKept { breaches.append(breach()) }
    }

    /// Appends `batch`, which must be refused, with `code` where one is promised.
    mutating func expectRefusal(
        _ code: AuditStoreError.Code?,
        of batch: AuditBatch,
        _ what: String
    ) async {
        do throws(AuditStoreError) {
            try await store.append(batch)
            breaches.append("\(what) was appended")
        } catch {
            if let code, error.code != code {
                breaches.append(
                    "\(what) was refused with '\(error.code.rawValue)', not '\(code.rawValue)'"
                )
            }
        }
    }

    /// Compares everything that can be read with what should be there.
    mutating func expectLog(_ occasion: String) async throws {
        let held = try await store.count()
        let expected = count
        expect(held == expected, "\(occasion), the log holds \(held) records, not \(expected)")
        let read = try await store.records(in: 0..<count + 10)
        expect(read == records, "\(occasion), the records read are not those appended")
        for stream in Set(records.map(\.stream)) {
            let own = records.filter { $0.stream == stream }
            let summary = try await store.summary(of: stream)
            expect(
                summary
                    == StreamSummary(
                        stream: stream,
                        count: own.count,
                        firstPosition: own[0].position,
                        lastPosition: own[own.count - 1].position
                    ),
                "\(occasion), the summary of a stream is not that of its records"
            )
            let listed = try await store.records(of: stream, from: 0, limit: count + 10)
            expect(listed == own, "\(occasion), a stream does not read as it was appended")
        }
        let tree = try await store.nodes(at: Array(nodes.indices))
        expect(tree == nodes, "\(occasion), the tree nodes are not those appended")
    }
}
