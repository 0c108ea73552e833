// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    import DeployKit

    extension Session {
        /// What the tables say of a batch before it is written, read behind the lock of the head.
        private struct Sight {
            var size: Int?
            var nodes = 0
            var earlier: Range<Int>?
            var counts: [StreamID: Int] = [:]
            var saltLengths: [Digest: Int] = [:]
        }

        /// Locks the head and checks `batch`; the transaction stays open when it may be written.
        ///
        /// It stays open, too, when the batch came too late: whoever was overtaken looks again and
        /// comes back at once, and would be overtaken for ever by others who do the same. The next
        /// attempt finds the lock held, and nobody in between.
        func prepare(_ batch: AuditBatch) throws(Trouble) {
            do throws(Trouble) {
                let sight = try look(at: batch)
                do throws(AuditStoreError) {
                    try check(batch, sight)
                } catch {
                    let isOvertaken = error.code == .moved || error.code == .conflict && hasLost
                    hasLost = [.moved, .conflict].contains(error.code)
                    guard isOvertaken, !isHolding else { throw Trouble(.answered, error) }
                    isHolding = true
                    throw Trouble(.overtaken, error)
                }
            } catch {
                if error.kind != .overtaken { try rollBack() }
                throw error
            }
            hasLost = false
        }

        private func look(at batch: AuditBatch) throws(Trouble) -> Sight {
            let begin = isHolding ? [] : [Request(.begin)]
            var requests =
                begin + [
                    Request(statements.lockHead), Request(statements.nodeCount),
                    Request(
                        statements.batches,
                        Wire.digests(batch.idempotencyKey.map { [$0] } ?? [])
                    ),
                    Request(statements.summaries, Wire.digests(batch.streamDigests)),
                ]
            if !batch.erasing.isEmpty {
                requests.append(Request(statements.saltLengths, Wire.digests(batch.erasing)))
            }
            var sight = Sight()
            try connection.exchange(requests) { number, row throws(AuditStoreError) in
                switch number + 1 - begin.count {
                case 1: sight.size = try row.count(0)
                case 2: sight.nodes = try row.count(0)
                case 3:
                    let (key, positions) = try row.batch()
                    if key == batch.idempotencyKey { sight.earlier = positions }
                case 4:
                    let summary = try row.summary()
                    sight.counts[summary.stream] = summary.count
                case 5: sight.saltLengths[try row.digest(0)] = try row.integer(1)
                default: throw row.damage("a row answers nothing")
                }
            }
            return sight
        }

        private func check(_ batch: AuditBatch, _ sight: Sight) throws(AuditStoreError) {
            guard let size = sight.size else { throw damage("it has no head") }
            if let positions = sight.earlier {
                throw AuditStoreError(
                    .duplicateKey,
                    "a batch with this idempotency key stands at positions \(positions)"
                )
            }
            for (stream, expected) in batch.expecting
            where sight.counts[stream, default: 0] != expected {
                throw AuditStoreError(
                    .conflict,
                    "the stream '\(stream)' holds \(sight.counts[stream, default: 0]) records, not "
                        + "\(expected)"
                )
            }
            var next = sight.counts
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
            guard size == batch.firstPosition else {
                throw AuditStoreError(
                    .moved,
                    "the log holds \(size) records, not \(batch.firstPosition)"
                )
            }
            guard sight.nodes == batch.firstNode else {
                throw damage("the tree has \(sight.nodes) nodes, not \(batch.firstNode)")
            }
            for digest in batch.erasing where sight.saltLengths[digest, default: 0] == 0 {
                throw AuditStoreError(
                    .notErasable,
                    "the blob \(digest) is "
                        + (sight.saltLengths[digest] == nil
                            ? "not in the store" : "no attachment: it has no salt")
                )
            }
        }

        /// Writes a batch that was prepared, and commits.
        ///
        /// - Throws: `Trouble`; where it is `dropped`, the batch is in the log or is not.
        func write(_ batch: AuditBatch) throws(Trouble) {
            let records = batch.records
            var requests = [
                Request(
                    statements.insertEntries,
                    Wire.integers(records.map(\.position)),
                    Wire.byteStrings(records.map { Array($0.stream.text.utf8) }),
                    Wire.integers(records.map(\.revision)),
                    Wire.byteStrings(records.map(\.header)),
                    Wire.byteStrings(records.map(\.salt)),
                    Wire.byteStrings(records.map(\.body))
                )
            ]
            if !batch.nodes.isEmpty {
                requests.append(
                    Request(
                        statements.insertNodes,
                        Wire.integer(batch.firstNode),
                        Wire.digests(batch.nodes)
                    )
                )
            }
            if !batch.blobs.isEmpty {
                requests.append(
                    Request(
                        statements.insertBlobs,
                        Wire.digests(batch.blobs.map(\.digest)),
                        Wire.byteStrings(batch.blobs.map(\.salt)),
                        Wire.byteStrings(batch.blobs.map(\.bytes))
                    )
                )
            }
            if !batch.erasing.isEmpty {
                requests.append(Request(statements.erase, Wire.digests(batch.erasing)))
            }
            if let key = batch.idempotencyKey {
                requests.append(
                    Request(
                        statements.insertBatch,
                        Wire.integer(batch.firstPosition),
                        Wire.integer(records.count),
                        key.bytes
                    )
                )
            }
            requests.append(Request(.commit))
            do throws(Trouble) {
                try connection.exchange(requests)
                isHolding = false
            } catch {
                try rollBack()
                throw error
            }
        }

        /// Finds out whether a batch is in the log whose commit nobody answered.
        ///
        /// The head is locked for that: a session that still works on the batch is waited for, and
        /// its end is known. The commit here ends later in the server's own log than the one in
        /// question, so that what is found is as durable as this answer.
        func contains(_ batch: AuditBatch) throws(Trouble) -> Bool {
            let first = batch.firstPosition
            var found: AuditRecord?
            try within(.begin) { () throws(Trouble) in
                try exchange(Request(statements.lockHead))
                try exchange(
                    Request(
                        statements.recordsInRange,
                        Wire.integer(first),
                        Wire.integer(first + 1)
                    )
                ) { _, row throws(AuditStoreError) in
                    found = try row.record()
                }
            }
            // 32 random bytes of a salt are no coincidence.
            return found == batch.records[0]
        }
    }
#endif
