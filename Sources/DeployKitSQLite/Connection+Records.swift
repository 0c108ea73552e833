// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CSQLite
import DeployKit

extension Connection {
    /// Runs `body` on the file as of one moment.
    func reading<Value>(
        _ body: (Connection) throws(AuditStoreError) -> Value
    ) throws(AuditStoreError) -> Value {
        guard !isInTransaction else { return try body(self) }
        try run(.begin)
        do throws(AuditStoreError) {
            let value = try body(self)
            try run(.commit)
            return value
        } catch {
            rollBack()
            throw error
        }
    }

    /// Ends the transaction, if SQLite has not done so already, as it does after a full disk.
    ///
    /// A rollback that fails ends it too; the next reader undoes the rest from the journal, so
    /// that the error that led here is the one worth telling.
    func rollBack() {
        if isInTransaction { try? run(.rollback) }
    }

    /// No log is longer: the canonical JSON of a header has no larger numbers.
    static let mostRecords = 1 << 53

    /// How many records there are, told by the records and by the summaries alike.
    func count() throws(AuditStoreError) -> Int {
        let count = try single(.count)
        guard count <= Self.mostRecords else { throw damage("its last position is out of range") }
        // Damage that cuts off the last rows of a table leaves no other trace in that table.
        guard try single(.lastOfStreams) == count else {
            throw damage("its records end at another position than its streams")
        }
        return count
    }

    func records(in positions: Range<Int>) throws(AuditStoreError) -> [AuditRecord] {
        let wanted = positions.clamped(to: 0..<(try count()))
        guard !wanted.isEmpty else { return [] }
        var records: [AuditRecord] = []
        records.reserveCapacity(min(wanted.count, 1000))
        try run(.recordsInRange) { statement throws(AuditStoreError) in
            try statement.bind(1, wanted.lowerBound)
            try statement.bind(2, wanted.upperBound)
        } row: { row throws(AuditStoreError) in
            let record = try row.record()
            guard record.position == wanted.lowerBound + records.count else {
                throw self.damage("the record \(wanted.lowerBound + records.count) is missing")
            }
            records.append(record)
        }
        guard records.count == wanted.count else {
            throw damage("the record \(wanted.lowerBound + records.count) is missing")
        }
        return records
    }

    func records(
        of stream: StreamID,
        from revision: Int,
        limit: Int
    ) throws(AuditStoreError) -> [AuditRecord] {
        let held = try summary(of: stream)?.count ?? 0
        let start = max(0, revision)
        let expected = max(0, min(limit, held > start ? held - start : 0))
        guard expected > 0 else { return [] }
        var records: [AuditRecord] = []
        records.reserveCapacity(min(expected, 1000))
        try run(.recordsOfStream) { statement throws(AuditStoreError) in
            try statement.bind(1, stream.text)
            try statement.bind(2, start)
            try statement.bind(3, expected)
        } row: { row throws(AuditStoreError) in
            let record = try row.record()
            guard record.stream == stream, record.revision == start + records.count else {
                throw self.damage("a revision of a stream is missing")
            }
            records.append(record)
        }
        guard records.count == expected else {
            throw damage("a stream has fewer records than its summary says")
        }
        return records
    }

    func streams(
        withPrefix prefix: String,
        before position: Int?,
        limit: Int
    ) throws(AuditStoreError) -> [StreamSummary] {
        let root = StreamID(prefix).root
        return try bounded(steps: stepsThroughAllRows()) { connection throws(AuditStoreError) in
            var summaries: [StreamSummary] = []
            try connection.run(root.isEmpty ? .streams : .streamsOfRoot) {
                statement throws(AuditStoreError) in
                try statement.bind(1, Array(prefix.utf8))
                try statement.bind(2, position ?? Int.max)
                try statement.bind(3, max(0, limit))
                if !root.isEmpty { try statement.bind(4, root) }
            } row: { row throws(AuditStoreError) in
                summaries.append(try row.summary())
            }
            return summaries
        }
    }

    func summary(of stream: StreamID) throws(AuditStoreError) -> StreamSummary? {
        var summary: StreamSummary?
        try run(.summary) { statement throws(AuditStoreError) in
            try statement.bind(1, stream.text)
        } row: { row throws(AuditStoreError) in
            summary = try row.summary()
        }
        return summary
    }

    /// Neighbours, as a verification asks for them by the thousand, are read in one go.
    func nodes(at indexes: [Int]) throws(AuditStoreError) -> [Digest] {
        var nodes: [Digest] = []
        nodes.reserveCapacity(indexes.count)
        var start = indexes.startIndex
        while start < indexes.endIndex {
            var end = start + 1
            while end < indexes.endIndex, indexes[end - 1] < indexes[end],
                indexes[end - 1] + 1 == indexes[end]
            {
                end += 1
            }
            try run(.nodesInRange) { statement throws(AuditStoreError) in
                try statement.bind(1, indexes[start])
                try statement.bind(2, indexes[end - 1])
            } row: { row throws(AuditStoreError) in
                let wanted = indexes[min(nodes.count, end - 1)]
                guard try row.integer(0) == wanted else {
                    throw self.damage("the tree node \(wanted) is absent")
                }
                nodes.append(try row.digest(1))
            }
            guard nodes.count == end else {
                throw damage("the tree node \(indexes[nodes.count]) is absent")
            }
            start = end
        }
        return nodes
    }

    func blob(_ digest: Digest) throws(AuditStoreError) -> Blob? {
        var blob: Blob?
        try run(.blob) { statement throws(AuditStoreError) in
            try statement.bind(1, digest)
        } row: { row throws(AuditStoreError) in
            blob = Blob(digest: digest, salt: try row.bytes(0), bytes: try row.bytes(1))
        }
        return blob
    }

    func blobs(after digest: Digest?, limit: Int) throws(AuditStoreError) -> [Digest] {
        var found: [Digest] = []
        try run(.blobs) { statement throws(AuditStoreError) in
            // Every digest is above no bytes at all.
            try statement.bind(1, digest?.bytes ?? [])
            try statement.bind(2, max(0, limit))
        } row: { row throws(AuditStoreError) in
            let next = try row.digest(0)
            // A damaged index may lead in circles.
            guard (found.last ?? digest).map({ $0 < next }) ?? true else {
                throw self.damage("the digests of blobs are out of order")
            }
            found.append(next)
        }
        return found
    }

    func positions(forKey key: Digest) throws(AuditStoreError) -> Range<Int>? {
        var found: (first: Int, count: Int)?
        try run(.batch) { statement throws(AuditStoreError) in
            try statement.bind(1, key)
        } row: { row throws(AuditStoreError) in
            found = (try row.integer(0), try row.integer(1))
        }
        guard let found else { return nil }
        guard (0..<Self.mostRecords).contains(found.first),
            (1...Self.mostRecords - found.first).contains(found.count)
        else { throw damage("the positions of a batch are out of range") }
        return found.first..<found.first + found.count
    }

    /// The only value that `query` gives.
    func single(_ query: Query) throws(AuditStoreError) -> Int {
        var value = 0
        try run(query) { row throws(AuditStoreError) in value = try row.integer(0) }
        return value
    }

    func damage(_ message: String) -> AuditStoreError {
        failure(SQLITE_CORRUPT, message: message)
    }
}

extension Connection {
    /// Without a binding closure.
    fileprivate func run(
        _ query: Query,
        row: (Statement) throws(AuditStoreError) -> Void
    ) throws(AuditStoreError) {
        try run(query, bind: { _ in }, row: row)
    }
}

extension Statement {
    fileprivate func record() throws(AuditStoreError) -> AuditRecord {
        AuditRecord(
            position: try integer(0),
            stream: StreamID(try text(1)),
            revision: try integer(2),
            header: try bytes(3),
            salt: try bytes(4),
            body: try bytes(5)
        )
    }

    fileprivate func summary() throws(AuditStoreError) -> StreamSummary {
        let (count, first, last) = (try integer(1), try integer(2), try integer(3))
        guard first >= 0, last < Connection.mostRecords, count > 0, first <= last,
            count - 1 <= last - first
        else { throw connection.damage("the summary of a stream is out of range") }
        return StreamSummary(
            stream: StreamID(try text(0)),
            count: count,
            firstPosition: first,
            lastPosition: last
        )
    }
}

extension StreamID {
    /// The name up to its first slash and with it, by which lists are found; empty without one.
    var root: String {
        let bytes = text.utf8
        guard let slash = bytes.firstIndex(of: UInt8(ascii: "/")) else { return "" }
        return String(decoding: bytes[...slash], as: UTF8.self)
    }
}
