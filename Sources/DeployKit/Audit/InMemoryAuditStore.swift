// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The reference store: keeps everything in memory and loses it with the process.
public actor InMemoryAuditStore: AuditStore {
    private var records: [AuditRecord] = []
    private var positionsOfStream: [StreamID: [Int]] = [:]
    private var nodes: [Digest] = []
    private var blobs: [Digest: Blob] = [:]
    private var batches: [Digest: Range<Int>] = [:]

    /// A store without records.
    public init() {}

    /// Checks and appends in one step of the actor, so that no other call comes between.
    ///
    /// Every stream that the batch appends to is checked, whether it is expected or not.
    public func append(_ batch: AuditBatch) throws(AuditStoreError) {
        guard !batch.records.isEmpty else {
            throw AuditStoreError(.invalidBatch, "the batch has no record")
        }
        for (record, position) in zip(batch.records, batch.firstPosition...)
        where record.position != position {
            throw AuditStoreError(
                .invalidBatch,
                "the batch has a record for position \(record.position) in place of \(position)"
            )
        }
        if let key = batch.idempotencyKey, let positions = batches[key] {
            throw AuditStoreError(
                .duplicateKey,
                "a batch with this idempotency key stands at position \(positions.lowerBound)"
            )
        }
        for (stream, expected) in batch.expecting.sorted(by: { $0.key < $1.key }) {
            try check(stream, expected: expected)
        }
        guard batch.firstPosition == records.count, batch.firstNode == nodes.count else {
            throw AuditStoreError(
                .moved,
                "the log holds \(records.count) records and \(nodes.count) nodes, "
                    + "not \(batch.firstPosition) and \(batch.firstNode)"
            )
        }
        var next: [StreamID: Int] = [:]
        for record in batch.records {
            let revision = next[record.stream] ?? positionsOfStream[record.stream]?.count ?? 0
            guard record.revision == revision else {
                throw AuditStoreError(
                    .conflict,
                    "'\(record.stream)' holds \(revision) records, not \(record.revision)"
                )
            }
            next[record.stream] = revision + 1
        }
        for digest in batch.erasing where blobs[digest]?.salt.isEmpty ?? true {
            throw AuditStoreError(
                .notErasable,
                "the blob \(digest) is "
                    + (blobs[digest] == nil ? "not in the store" : "no attachment: it has no salt")
            )
        }
        for record in batch.records {
            positionsOfStream[record.stream, default: []].append(record.position)
        }
        records += batch.records
        nodes += batch.nodes
        for blob in batch.blobs where blobs[blob.digest] == nil { blobs[blob.digest] = blob }
        for digest in batch.erasing { blobs[digest] = nil }
        if let key = batch.idempotencyKey { batches[key] = batch.firstPosition..<records.count }
    }

    /// How many records were appended.
    public func count() -> Int { records.count }

    /// The records at `positions`, oldest first.
    public func records(in positions: Range<Int>) -> [AuditRecord] {
        Array(records[positions.clamped(to: records.indices)])
    }

    /// The records of one stream, oldest first.
    public func records(of stream: StreamID, from revision: Int, limit: Int) -> [AuditRecord] {
        let positions = positionsOfStream[stream] ?? []
        return positions.dropFirst(max(0, revision)).prefix(max(0, limit)).map { records[$0] }
    }

    /// The summaries of streams, the one last appended to first.
    public func streams(
        withPrefix prefix: String,
        before position: Int?,
        limit: Int
    ) -> [StreamSummary] {
        let found = positionsOfStream.keys
            .filter { $0.text.utf8.starts(with: prefix.utf8) }
            .compactMap { summary(of: $0) }
            .filter { summary in position.map { summary.lastPosition < $0 } ?? true }
            .sorted { $0.lastPosition > $1.lastPosition }
        return Array(found.prefix(max(0, limit)))
    }

    /// The summary of one stream.
    public func summary(of stream: StreamID) -> StreamSummary? {
        guard let positions = positionsOfStream[stream], let first = positions.first,
            let last = positions.last
        else { return nil }
        return StreamSummary(
            stream: stream,
            count: positions.count,
            firstPosition: first,
            lastPosition: last
        )
    }

    /// The hashes of the nodes at `indexes`, in the order asked.
    public func nodes(at indexes: [Int]) throws(AuditStoreError) -> [Digest] {
        var found: [Digest] = []
        for index in indexes {
            guard nodes.indices.contains(index) else {
                throw AuditStoreError(
                    .damaged,
                    "the tree node \(index) is absent; the store has \(nodes.count)"
                )
            }
            found.append(nodes[index])
        }
        return found
    }

    /// The blob with this digest.
    public func blob(_ digest: Digest) -> Blob? { blobs[digest] }

    /// The digests of the blobs, in ascending order.
    public func blobs(after digest: Digest?, limit: Int) -> [Digest] {
        let found = blobs.keys.filter { key in digest.map { key > $0 } ?? true }
        return Array(found.sorted().prefix(max(0, limit)))
    }

    /// Where the batch with this idempotency key stands.
    public func positions(forKey key: Digest) -> Range<Int>? { batches[key] }

    private func check(_ stream: StreamID, expected: Int) throws(AuditStoreError) {
        let count = positionsOfStream[stream]?.count ?? 0
        guard count == expected else {
            throw AuditStoreError(
                .conflict,
                "'\(stream)' holds \(count) records, not \(expected)"
            )
        }
    }
}
