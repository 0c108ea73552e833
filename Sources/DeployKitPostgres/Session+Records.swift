// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    import DeployKit

    extension Session {
        /// How many records there are, told by the head and by the records alike.
        func count() throws(Trouble) -> Int {
            var size: Int?
            try exchange(Request(statements.counts)) { _, row throws(AuditStoreError) in
                guard try row.count(0) == row.count(1) else {
                    throw row.damage("its records end at another position than its head says")
                }
                size = try row.count(0)
            }
            return try present(size, "it has no head")
        }

        func records(in positions: Range<Int>) throws(Trouble) -> [AuditRecord] {
            let start = max(0, positions.lowerBound)
            guard start < positions.upperBound else { return [] }
            var size: Int?
            var records: [AuditRecord] = []
            // What is appended between the two is left out.
            try exchange(
                Request(statements.counts),
                Request(
                    statements.recordsInRange,
                    Wire.integer(start),
                    Wire.integer(positions.upperBound)
                )
            ) { number, row throws(AuditStoreError) in
                guard number == 1 else {
                    size = try row.count(0)
                    return
                }
                let record = try row.record()
                guard let size, start + records.count < size else { return }
                guard record.position == start + records.count,
                    record.position < positions.upperBound
                else { throw row.damage("the record \(start + records.count) is missing") }
                records.append(record)
            }
            let end = min(positions.upperBound, try present(size, "it has no head"))
            guard records.count == max(0, end - start) else {
                throw Trouble(.answered, damage("the record \(start + records.count) is missing"))
            }
            return records
        }

        func records(
            of stream: StreamID,
            from revision: Int,
            limit: Int
        ) throws(Trouble) -> [AuditRecord] {
            let start = max(0, revision)
            guard limit > 0 else { return [] }
            let digest = stream.digest
            var held = 0
            var records: [AuditRecord] = []
            try exchange(
                Request(statements.summaries, Wire.digests([digest])),
                Request(
                    statements.recordsOfStream,
                    digest.bytes,
                    Wire.integer(start),
                    Wire.integer(limit)
                )
            ) { number, row throws(AuditStoreError) in
                guard number == 1 else {
                    let summary = try row.summary()
                    if summary.stream == stream { held = summary.count }
                    return
                }
                let record = try row.record()
                guard start + records.count < held, records.count < limit else { return }
                guard record.stream == stream, record.revision == start + records.count else {
                    throw row.damage("a revision of a stream is missing")
                }
                records.append(record)
            }
            guard records.count == min(limit, max(0, held - start)) else {
                throw Trouble(
                    .answered,
                    damage("a stream has fewer records than its summary says")
                )
            }
            return records
        }

        func streams(
            withPrefix prefix: String,
            before position: Int?,
            limit: Int
        ) throws(Trouble) -> [StreamSummary] {
            let values = [
                Array(prefix.utf8), Wire.integer(position ?? Int.max), Wire.integer(max(0, limit)),
            ]
            let request =
                StreamID(prefix).rootDigest.map { root in
                    Request(statements.streamsOfRoot, values[0], values[1], values[2], root.bytes)
                } ?? Request(statements.streams, values[0], values[1], values[2])
            var summaries: [StreamSummary] = []
            try exchange(request) { _, row throws(AuditStoreError) in
                guard summaries.count < limit else { throw row.damage("a list is too long") }
                summaries.append(try row.summary())
            }
            return summaries
        }

        func summary(of stream: StreamID) throws(Trouble) -> StreamSummary? {
            var summary: StreamSummary?
            try exchange(
                Request(statements.summaries, Wire.digests([stream.digest]))
            ) { _, row throws(AuditStoreError) in
                summary = try row.summary()
            }
            return summary?.stream == stream ? summary : nil
        }

        /// Neighbours, as a verification asks for them by the thousand, are read in one go.
        func nodes(at indexes: [Int]) throws(Trouble) -> [Digest] {
            guard let first = indexes.first, let last = indexes.last else { return [] }
            let isRun = zip(indexes, indexes.dropFirst()).allSatisfy { $0 < $1 && $0 + 1 == $1 }
            let request =
                isRun
                ? Request(statements.nodesInRange, Wire.integer(first), Wire.integer(last))
                : Request(statements.nodesAt, Wire.integers(indexes))
            var nodes: [Digest] = []
            nodes.reserveCapacity(indexes.count)
            try exchange(request) { _, row throws(AuditStoreError) in
                guard nodes.count < indexes.count, try row.integer(0) == indexes[nodes.count] else {
                    throw row.damage(
                        "the tree node \(indexes[min(nodes.count, indexes.count - 1)]) is absent"
                    )
                }
                nodes.append(try row.digest(1))
            }
            guard nodes.count == indexes.count else {
                throw Trouble(.answered, damage("the tree node \(indexes[nodes.count]) is absent"))
            }
            return nodes
        }

        func blob(_ digest: Digest) throws(Trouble) -> Blob? {
            var blob: Blob?
            try exchange(Request(statements.blob, digest.bytes)) { _, row throws(AuditStoreError) in
                blob = Blob(digest: digest, salt: try row.bytes(0), bytes: try row.bytes(1))
            }
            return blob
        }

        func blobs(after digest: Digest?, limit: Int) throws(Trouble) -> [Digest] {
            var found: [Digest] = []
            // Every digest is above no bytes at all.
            let start = digest?.bytes ?? []
            try exchange(
                Request(statements.blobs, start, Wire.integer(max(0, limit)))
            ) { _, row throws(AuditStoreError) in
                guard found.count < limit else { throw row.damage("a list is too long") }
                found.append(try row.digest(0))
            }
            return found
        }

        /// Writes the blobs anew, without the remnants of those that were erased; the server does
        /// that for the owner of the store alone, and leaves it for others.
        func forgetErased() throws(Trouble) {
            try letGo()
            connection.begin(Patience(.seconds(3600)))
            try exchange(Request(.once("VACUUM (FULL) \(schema.quoted).blob")))
        }

        func positions(forKeys keys: [Digest]) throws(Trouble) -> [Range<Int>?] {
            guard !keys.isEmpty else { return [] }
            var found: [Digest: Range<Int>] = [:]
            try exchange(
                Request(statements.batches, Wire.digests(keys))
            ) { _, row throws(AuditStoreError) in
                guard found.count < keys.count else { throw row.damage("a key is there twice") }
                let (key, positions) = try row.batch()
                found[key] = positions
            }
            return keys.map { found[$0] }
        }

        private func present<Value>(
            _ value: Value?,
            _ message: String
        ) throws(Trouble) -> Value {
            guard let value else { throw Trouble(.answered, damage(message)) }
            return value
        }
    }

    extension Row {
        func record() throws(AuditStoreError) -> AuditRecord {
            AuditRecord(
                position: try count(0),
                stream: try name(1),
                revision: try count(2),
                header: try bytes(3),
                salt: try bytes(4),
                body: try bytes(5)
            )
        }

        func summary() throws(AuditStoreError) -> StreamSummary {
            let (count, first, last) = (try count(1), try count(2), try count(3))
            guard count > 0, first <= last, count - 1 <= last - first else {
                throw damage("the summary of a stream is out of range")
            }
            return StreamSummary(
                stream: try name(0),
                count: count,
                firstPosition: first,
                lastPosition: last
            )
        }

        func batch() throws(AuditStoreError) -> (key: Digest, positions: Range<Int>) {
            let (first, count) = (try count(1), try count(2))
            guard count > 0, first <= Session.mostRecords - count else {
                throw damage("the positions of a batch are out of range")
            }
            return (try digest(0), first..<first + count)
        }
    }
#endif
