// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// One fault for each rule of the kit, by the rule's name.
enum PlantedFault: String, CaseIterable {
    case order = "appends-in-order"
    case positionGap = "refuses-gaps-in-positions"
    case revisionGap = "refuses-gaps-in-revisions"
    case conflict = "refuses-conflicts"
    case moved = "refuses-moved"
    case duplicateKey = "refuses-duplicate-keys"
    case checkOrder = "checks-in-order"
    case whole = "appends-whole-or-not-at-all"
    case empty = "starts-empty"
    case bytes = "keeps-every-byte"
    case names = "tells-names-apart-by-bytes"
    case ranges = "reads-ranges"
    case revisions = "reads-streams-from-a-revision"
    case nodeOrder = "reads-nodes-in-the-order-asked"
    case absentNodes = "says-damaged-for-absent-nodes"
    case blobs = "leaves-blobs-as-they-are"
    case listing = "lists-blobs-in-order"
    case summaries = "summarises-streams"
    case prefixes = "lists-streams-by-prefix"
    case newestFirst = "lists-streams-newest-first"
    case reopening = "survives-reopening"
    case twoWriters = "lets-one-writer-win"
    case cancellation = "stays-whole-when-cancelled"
    case erasure = "erases-attachments"
    case unsalted = "erases-attachments-only"
}

/// A store that works but for one planted fault.
actor PlantedFaultStore: AuditStore {
    private let store: any AuditStore
    private let fault: PlantedFault?
    private var replacedBlobs: [Digest: Blob] = [:]

    init(_ store: any AuditStore, _ fault: PlantedFault?) {
        self.store = store
        self.fault = fault
    }

    func append(_ batch: AuditBatch) async throws(AuditStoreError) {
        if fault == .blobs {
            for blob in batch.blobs { replacedBlobs[blob.digest] = blob }
        }
        if fault == .cancellation, Task.isCancelled {
            try await store.append(batch.first())
            throw AuditStoreError(.unavailable, "cancelled")
        }
        if fault == .checkOrder, try await store.count() != batch.firstPosition {
            throw AuditStoreError(.moved, "checked too early")
        }
        do throws(AuditStoreError) {
            try await store.append(fault == .erasure ? batch.erasing([]) : batch)
        } catch {
            switch (fault, error.code) {
            case (.unsalted, .notErasable): try await store.append(batch.erasing([]))
            case (.positionGap, .invalidBatch), (.revisionGap, .conflict), (.conflict, .conflict),
                (.moved, .moved):
                try await force(batch, key: batch.idempotencyKey)
            case (.duplicateKey, .duplicateKey): try await force(batch, key: nil)
            case (.whole, _):
                try await store.append(batch.first())
                throw error
            case (.twoWriters, _): return
            default: throw error
            }
        }
    }

    /// Makes the batch fit, whatever the log holds.
    private func force(_ batch: AuditBatch, key: Digest?) async throws(AuditStoreError) {
        let count = try await store.count()
        var records: [AuditRecord] = []
        for record in batch.records {
            let earlier = try await store.summary(of: record.stream)?.count ?? 0
            let inBatch = records.count { $0.stream == record.stream }
            records.append(
                AuditRecord(
                    position: count + records.count,
                    stream: record.stream,
                    revision: earlier + inBatch,
                    header: record.header,
                    salt: record.salt,
                    body: record.body
                )
            )
        }
        guard !records.isEmpty else { return }
        try await store.append(
            AuditBatch(
                firstPosition: count,
                expecting: [:],
                idempotencyKey: key,
                records: records,
                nodes: [],
                firstNode: 2 * count - count.nonzeroBitCount,
                blobs: batch.blobs
            )
        )
    }

    func count() async throws(AuditStoreError) -> Int {
        let count = try await store.count()
        return fault == .empty ? max(1, count) : count
    }

    func records(in positions: Range<Int>) async throws(AuditStoreError) -> [AuditRecord] {
        if fault == .ranges, positions.upperBound > (try await store.count()) {
            throw AuditStoreError(.unavailable, "past the end")
        }
        let records = try await store.records(in: positions)
        return switch fault {
        case .order: records.reversed()
        case .bytes: records.map { $0.cutAtNUL() }
        default: records
        }
    }

    func records(
        of stream: StreamID,
        from revision: Int,
        limit: Int
    ) async throws(AuditStoreError) -> [AuditRecord] {
        let start = fault == .revisions && revision > 0 ? revision - 1 : revision
        return try await store.records(of: stream, from: start, limit: limit)
    }

    func streams(
        withPrefix prefix: String,
        before position: Int?,
        limit: Int
    ) async throws(AuditStoreError) -> [StreamSummary] {
        guard fault != .prefixes else {
            return try await store.streams(withPrefix: "", before: position, limit: limit)
                .filter { $0.stream.text.hasPrefix(prefix) }  // by characters, not by bytes
        }
        let page = try await store.streams(withPrefix: prefix, before: position, limit: limit)
        return fault == .newestFirst ? page.reversed() : page
    }

    func summary(of stream: StreamID) async throws(AuditStoreError) -> StreamSummary? {
        let name = fault == .names ? StreamID(stream.text.lowercased()) : stream
        guard let summary = try await store.summary(of: name) else { return nil }
        guard fault == .summaries else { return summary }
        return StreamSummary(
            stream: summary.stream,
            count: summary.count,
            firstPosition: summary.lastPosition,
            lastPosition: summary.lastPosition
        )
    }

    func nodes(at indexes: [Int]) async throws(AuditStoreError) -> [Digest] {
        guard fault == .absentNodes else {
            return try await store.nodes(at: fault == .nodeOrder ? indexes.sorted() : indexes)
        }
        var found: [Digest] = []
        for index in indexes {
            do throws(AuditStoreError) {
                found += try await store.nodes(at: [index])
            } catch  where error.code == .damaged {
                continue
            }
        }
        return found
    }

    func blob(_ digest: Digest) async throws(AuditStoreError) -> Blob? {
        if let replaced = replacedBlobs[digest] { return replaced }
        return try await store.blob(digest)
    }

    func blobs(after digest: Digest?, limit: Int) async throws(AuditStoreError) -> [Digest] {
        let blobs = try await store.blobs(after: digest, limit: limit)
        return fault == .listing && digest != nil ? Array(blobs.dropFirst()) : blobs
    }

    func positions(forKey key: Digest) async throws(AuditStoreError) -> Range<Int>? {
        try await store.positions(forKey: key)
    }
}

extension AuditBatch {
    func erasing(_ digests: [Digest]) -> AuditBatch {
        AuditBatch(
            firstPosition: firstPosition,
            expecting: expecting,
            idempotencyKey: idempotencyKey,
            records: records,
            nodes: nodes,
            firstNode: firstNode,
            blobs: blobs,
            erasing: digests
        )
    }

    /// The first record alone, with the nodes that belong to it.
    fileprivate func first() -> AuditBatch {
        let end = firstPosition + 1
        return AuditBatch(
            firstPosition: firstPosition,
            expecting: [:],
            idempotencyKey: nil,
            records: Array(records.prefix(1)),
            nodes: Array(nodes.prefix(2 * end - end.nonzeroBitCount - firstNode)),
            firstNode: firstNode,
            blobs: []
        )
    }
}

extension AuditRecord {
    fileprivate func cutAtNUL() -> AuditRecord {
        AuditRecord(
            position: position,
            stream: stream,
            revision: revision,
            header: header,
            salt: salt,
            body: Array(body.prefix { $0 != 0 })
        )
    }
}
