// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CSQLite
import DeployKit

extension AuditBatch {
    /// Refuses what no store could take, whatever it holds.
    func checkShape() throws(AuditStoreError) {
        guard let first = records.first else {
            throw AuditStoreError(.invalidBatch, "a batch has one record or more")
        }
        guard first.position == firstPosition, firstPosition >= 0 else {
            throw AuditStoreError(
                .invalidBatch,
                "the first record is for position \(first.position), the batch for "
                    + "\(firstPosition)"
            )
        }
        for (offset, record) in records.enumerated()
        where record.position != firstPosition + offset {
            throw AuditStoreError(
                .invalidBatch,
                "record \(offset) of the batch is for position \(record.position), not "
                    + "\(firstPosition + offset)"
            )
        }
    }
}

extension Connection {
    /// Runs `body` in a transaction that no other writer can enter.
    ///
    /// After a commit that failed, `found` tells whether what `body` wrote is in the file.
    func writing(
        found: (Connection) throws(AuditStoreError) -> Bool,
        _ body: (Connection) throws(AuditStoreError) -> Void
    ) throws(AuditStoreError) {
        let start = ContinuousClock.now
        try run(.beginImmediate)
        do throws(AuditStoreError) {
            try body(self)
        } catch {
            rollBack()
            throw error
        }
        // Waiting for a writer and then for readers is one wait to the caller; the readers get half
        // a second in any case, because they are quick.
        waitForLocks(max(busyTimeout - (ContinuousClock.now - start), .milliseconds(500)))
        defer { waitForLocks(busyTimeout) }
        do throws(AuditStoreError) {
            try run(.commit)
        } catch {
            try settle(error, found: found)
        }
    }

    /// Finds out what became of a transaction whose commit failed.
    private func settle(
        _ failed: AuditStoreError,
        found: (Connection) throws(AuditStoreError) -> Bool
    ) throws(AuditStoreError) -> Never {
        let isWaiting = isInTransaction  // a lock was in the way: nothing has been decided yet
        let isFound: Bool
        do throws(AuditStoreError) {
            rollBack()
            isFound = isWaiting ? false : try found(self)
        } catch {
            throw unknownOutcome(failed)
        }
        // Rows that can be read are no proof that the disk keeps them.
        throw isFound ? unknownOutcome(failed) : failed
    }

    private func unknownOutcome(_ cause: AuditStoreError) -> AuditStoreError {
        AuditStoreError(
            .unknownOutcome,
            "the commit failed, and whether the batch is in the log could not be found out; look "
                + "for its idempotency key before trying again",
            underlying: cause
        )
    }

    /// Checks and writes `batch`; the caller has begun the transaction.
    func append(_ batch: AuditBatch) throws(AuditStoreError) {
        if let key = batch.idempotencyKey, let positions = try positions(forKey: key) {
            throw AuditStoreError(
                .duplicateKey,
                "a batch with this idempotency key stands at positions \(positions)"
            )
        }
        var summaries = try expectedStreams(of: batch)
        try checkRevisions(of: batch, after: summaries)
        let held = try count()
        guard held == batch.firstPosition else {
            throw AuditStoreError(
                .moved,
                "the log holds \(held) records, not \(batch.firstPosition)"
            )
        }
        let nodes = try single(.nodeCount)
        guard nodes == batch.firstNode else {
            throw damage("the tree has \(nodes) nodes, not \(batch.firstNode)")
        }
        for digest in batch.erasing {
            let blob = try blob(digest)
            guard let blob, !blob.salt.isEmpty else {
                throw AuditStoreError(
                    .notErasable,
                    "the blob \(digest) is "
                        + (blob == nil ? "not in the store" : "no attachment: it has no salt")
                )
            }
        }
        for record in batch.records { try insert(record, into: &summaries) }
        for (stream, summary) in summaries where summary.lastPosition >= batch.firstPosition {
            try insert(summary, of: stream)
        }
        for (offset, node) in batch.nodes.enumerated() {
            try run(.insertNode) { statement throws(AuditStoreError) in
                try statement.bind(1, batch.firstNode + offset)
                try statement.bind(2, node)
            }
        }
        for blob in batch.blobs {
            try run(.insertBlob) { statement throws(AuditStoreError) in
                try statement.bind(1, blob.digest)
                try statement.bind(2, blob.salt)
                try statement.bind(3, blob.bytes)
            }
        }
        try erase(batch.erasing)
        if let key = batch.idempotencyKey {
            try run(.insertBatch) { statement throws(AuditStoreError) in
                try statement.bind(1, batch.firstPosition)
                try statement.bind(2, batch.records.count)
                try statement.bind(3, key)
            }
        }
    }

    /// The summaries of the streams that the batch reads or writes, as far as they exist.
    private func expectedStreams(
        of batch: AuditBatch
    ) throws(AuditStoreError) -> [StreamID: StreamSummary] {
        var summaries: [StreamID: StreamSummary] = [:]
        for (stream, expected) in batch.expecting {
            let summary = try summary(of: stream)
            guard summary?.count ?? 0 == expected else {
                throw AuditStoreError(
                    .conflict,
                    "the stream '\(stream)' holds \(summary?.count ?? 0) records, not \(expected)"
                )
            }
            summaries[stream] = summary
        }
        for record in batch.records
        where batch.expecting[record.stream] == nil && summaries[record.stream] == nil {
            summaries[record.stream] = try summary(of: record.stream)
        }
        return summaries
    }

    private func checkRevisions(
        of batch: AuditBatch,
        after summaries: [StreamID: StreamSummary]
    ) throws(AuditStoreError) {
        var next = summaries.mapValues(\.count)
        for record in batch.records {
            let revision = next[record.stream, default: 0]
            guard record.revision == revision else {
                throw AuditStoreError(
                    .conflict,
                    "the next revision of the stream '\(record.stream)' is \(revision), not "
                        + "\(record.revision)"
                )
            }
            next[record.stream] = revision + 1
        }
    }

    private func insert(
        _ record: AuditRecord,
        into summaries: inout [StreamID: StreamSummary]
    ) throws(AuditStoreError) {
        let before = summaries[record.stream]
        try run(.insertEntry) { statement throws(AuditStoreError) in
            try statement.bind(1, record.position)
            try statement.bind(2, record.stream.text)
            try statement.bind(3, record.revision)
            try statement.bind(4, record.header)
            try statement.bind(5, record.salt)
            try statement.bind(6, record.body)
        }
        summaries[record.stream] = StreamSummary(
            stream: record.stream,
            count: record.revision + 1,
            firstPosition: before?.firstPosition ?? record.position,
            lastPosition: record.position
        )
    }

    private func insert(
        _ summary: StreamSummary,
        of stream: StreamID
    ) throws(AuditStoreError) {
        try run(.upsertStream) { statement throws(AuditStoreError) in
            try statement.bind(1, stream.text)
            try statement.bind(2, stream.root)
            try statement.bind(3, summary.count)
            try statement.bind(4, summary.firstPosition)
            try statement.bind(5, summary.lastPosition)
        }
    }
}
