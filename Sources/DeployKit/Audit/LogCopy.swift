// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What came of copying a log into another store; see ``AuditLog/copy(to:progress:)``.
public struct LogCopy: Hashable, Sendable {
    /// Where the log that the other store held before stands towards the one that is copied.
    ///
    /// Nothing is copied unless it is ``LogStanding/contained``, as an empty log always is.
    public let standing: LogStanding
    /// The head of what the other store holds now.
    public let head: LogHead
    /// How many entries it held before.
    public let held: Int

    /// How many entries were copied.
    public var copied: Int { head.size - held }
}

extension AuditLog {
    /// Copies the log into another store, bytes unchanged, or goes on where an earlier copy ended.
    ///
    /// Entries are copied in the batches in which they were appended, with the idempotency key and
    /// the blobs of each, so that a copy that is cut off is a whole log and can be continued.
    /// Checked on the way, before it is written, is each entry against itself, each idempotency
    /// key, each blob against its digest, and each node of the tree, recomputed, against the one
    /// that this log has; so the copy ends with the head of this log, or not at all. An attachment
    /// may be absent where an entry records its erasure; one that the other store still has is
    /// erased there too.
    ///
    /// What is appended to this log meanwhile is left out. Afterwards there are two logs of one
    /// name: only one of them may go on.
    ///
    /// - Parameters:
    ///   - target: An empty store, or one that holds a beginning of this log.
    ///   - progress: Called with the number of entries that `target` holds, after every batch.
    /// - Returns: What was copied, or why nothing was.
    /// - Throws: ``AuditStoreError``, code `damaged` where this log contradicts itself; what either
    ///   store throws.
    public nonisolated func copy(
        to target: any AuditStore,
        progress: (Int) -> Void = { _ in }
    ) async throws(AuditStoreError) -> LogCopy {
        let size = try await store.count()
        let before = try await AuditLog(store: target, origin: "").head()
        let standing: LogStanding =
            before.size == 0 ? .contained : try await standing(of: before)
        guard standing == .contained else {
            return LogCopy(standing: standing, head: before, held: before.size)
        }
        var copier = try await LogCopier(self, to: target, from: before.size)
        while copier.end < size {
            let page = copier.end..<min(copier.end + 1000, size)
            try await copier.take(page)
            // The last batch ends with the log, or with the next key.
            try await copier.flush(isLast: page.upperBound == size, progress)
        }
        let head = try await AuditLog(store: target, origin: "").head()
        return LogCopy(standing: .contained, head: head, held: before.size)
    }
}

/// The state of a copy between two pages.
private struct LogCopier {
    private let log: AuditLog
    private let target: any AuditStore
    private var frontier: MerkleTree.Frontier
    /// Entries that were read and belong to batches that are not written yet.
    private var waiting: [(record: AuditRecord, entry: AuditEntry)] = []
    private var erased: [Digest: Int]
    /// Definitions and sources, which many entries refer to, are copied once.
    private var known: Set<Digest> = []

    /// Where the entries end that were read.
    var end: Int { frontier.size + waiting.count }

    init(
        _ log: AuditLog,
        to target: any AuditStore,
        from size: Int
    ) async throws(AuditStoreError) {
        self.log = log
        self.target = target
        let roots = try await log.store.nodes(at: MerkleTree.Frontier.indexes(ofSize: size))
        guard let frontier = MerkleTree.Frontier(size: size, roots: roots) else {
            throw AuditStoreError(.damaged, "the stored tree of \(size) entries is not whole")
        }
        self.frontier = frontier
        erased = try await log.erasures()
    }

    mutating func take(_ page: Range<Int>) async throws(AuditStoreError) {
        let records = try await log.store.records(in: page)
        guard records.count == page.count else {
            throw AuditStoreError(.damaged, "entries from \(page.lowerBound) on are absent")
        }
        for (record, position) in zip(records, page) {
            guard record.position == position else {
                throw record.damage("it stands where position \(position) is expected")
            }
            waiting.append((record, try AuditEntry(record)))
        }
    }

    /// Writes the batches that are whole.
    mutating func flush(
        isLast: Bool,
        _ progress: (Int) -> Void
    ) async throws(AuditStoreError) {
        var start = 0
        for index in waiting.indices {
            let isEnd =
                index + 1 < waiting.count
                ? waiting[index].entry.key == nil
                    || waiting[index + 1].entry.key != waiting[index].entry.key
                : isLast
            guard isEnd else { continue }
            try await write(waiting[start...index])
            start = index + 1
            progress(frontier.size)
        }
        waiting.removeFirst(start)
    }

    private mutating func write(
        _ part: ArraySlice<(record: AuditRecord, entry: AuditEntry)>
    ) async throws(AuditStoreError) {
        let first = frontier.size
        let end = first + part.count
        let firstNode = MerkleTree.nodeCount(ofSize: first)
        var nodes: [Digest] = []
        var next = frontier
        for (record, _) in part { nodes += next.append(MerkleTree.leafHash(record.header)) }
        let stored = try await log.store.nodes(at: Array(firstNode..<firstNode + nodes.count))
        guard stored == nodes else {
            throw AuditStoreError(
                .damaged,
                "the stored tree is not that of the entries from \(first) to \(end - 1)"
            )
        }
        let key = part.first?.entry.key
        if let key {
            let positions = try await log.store.positions(forKey: key)
            guard positions == first..<end else {
                throw AuditStoreError(
                    .damaged,
                    "the store finds the idempotency key of the entry at \(first) "
                        + (positions.map { "at \($0)" } ?? "nowhere") + ", not at \(first..<end)"
                )
            }
        }
        var blobs: [Blob] = []
        var erasing: [Digest] = []
        for (_, entry) in part {
            blobs += try await self.blobs(of: entry)
            if let digest = entry.erasedAttachment, !erasing.contains(digest),
                let blob = try await target.blob(digest), !blob.salt.isEmpty
            {
                erasing.append(digest)
            }
        }
        try await target.append(
            AuditBatch(
                firstPosition: first,
                expecting: [:],
                idempotencyKey: key,
                records: part.map(\.record),
                nodes: nodes,
                firstNode: firstNode,
                blobs: blobs,
                erasing: erasing
            )
        )
        frontier = next
    }

    private mutating func blobs(of entry: AuditEntry) async throws(AuditStoreError) -> [Blob] {
        var blobs: [Blob] = []
        for reference in entry.attachments {
            guard let blob = try await blob(reference.digest, of: entry, isSalted: true) else {
                if erased[reference.digest] == nil { erased = try await log.erasures() }
                guard erased[reference.digest] != nil else {
                    throw damage(entry, "its attachment \(reference.digest) is missing")
                }
                continue
            }
            blobs.append(blob)
        }
        for definition in entry.definitions where known.insert(definition.digest).inserted {
            guard let blob = try await blob(definition.digest, of: entry, isSalted: false) else {
                throw damage(entry, "its \(definition.word) \(definition.digest) is missing")
            }
            blobs.append(blob)
        }
        return blobs
    }

    private func blob(
        _ digest: Digest,
        of entry: AuditEntry,
        isSalted: Bool
    ) async throws(AuditStoreError) -> Blob? {
        guard let blob = try await log.store.blob(digest) else { return nil }
        var hasher = SHA256()
        hasher.update(blob.salt)
        hasher.update(blob.bytes)
        guard blob.salt.isEmpty != isSalted, hasher.finalize() == digest else {
            throw damage(entry, "the blob \(digest) that it refers to is not as logged")
        }
        return Blob(digest: digest, salt: blob.salt, bytes: blob.bytes)
    }

    private func damage(_ entry: AuditEntry, _ message: String) -> AuditStoreError {
        AuditStoreError(.damaged, "the entry at position \(entry.position): \(message)")
    }
}
