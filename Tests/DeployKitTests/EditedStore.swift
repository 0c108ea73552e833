// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// A store that shows another log than it keeps, as a file does after somebody edited it.
struct EditedStore: AuditStore {
    var base: InMemoryAuditStore
    var edit: @Sendable (AuditRecord) -> AuditRecord = { $0 }
    var length: Int?
    /// The length that is told first, before a writer goes on.
    var firstLength: FirstAnswer?
    var nodeEdit: @Sendable (Int, Digest) -> Digest = { $1 }
    var keyEdit: @Sendable (Range<Int>?) -> Range<Int>? = { $0 }
    var summaryEdit: @Sendable (StreamSummary) -> StreamSummary? = { $0 }
    var blobEdit: @Sendable (Blob) -> Blob? = { $0 }
    var missingBlob: Blob?
    /// Blobs that somebody put into the file.
    var strangeBlobs: [Blob] = []
    var blobError: AuditStoreError?
    /// What happens once, just before the first batch is appended.
    var interruption: Interruption?

    func append(_ batch: AuditBatch) async throws(AuditStoreError) {
        await interruption?.happen()
        try await base.append(batch)
    }
    func count() async -> Int {
        if let first = await firstLength?.take() { return first }
        return min(await base.count(), length ?? .max)
    }
    func records(in positions: Range<Int>) async -> [AuditRecord] {
        await base.records(in: positions).map(edit)
    }
    func records(of stream: StreamID, from revision: Int, limit: Int) async -> [AuditRecord] {
        await base.records(of: stream, from: revision, limit: limit).map(edit)
    }
    func streams(withPrefix prefix: String, before position: Int?, limit: Int) async
        -> [StreamSummary]
    { await base.streams(withPrefix: prefix, before: position, limit: limit) }
    func summary(of stream: StreamID) async -> StreamSummary? {
        await base.summary(of: stream).flatMap(summaryEdit)
    }
    func nodes(at indexes: [Int]) async throws(AuditStoreError) -> [Digest] {
        zip(indexes, try await base.nodes(at: indexes)).map(nodeEdit)
    }
    func blob(_ digest: Digest) async throws(AuditStoreError) -> Blob? {
        if let blobError { throw blobError }
        guard let blob = await base.blob(digest) else {
            if let blob = strangeBlobs.first(where: { $0.digest == digest }) { return blob }
            return missingBlob?.digest == digest ? missingBlob : nil
        }
        return blobEdit(blob)
    }
    func blobs(after digest: Digest?, limit: Int) async -> [Digest] {
        let all = await base.blobs(after: digest, limit: limit)
        let strange = strangeBlobs.map(\.digest).filter { blob in digest.map { blob > $0 } ?? true }
        return Array((all + strange).sorted().prefix(limit))
    }
    func positions(forKey key: Digest) async -> Range<Int>? {
        keyEdit(await base.positions(forKey: key))
    }
}

/// Something that happens once.
actor Interruption {
    private var body: (@Sendable () async -> Void)?
    init(_ body: @escaping @Sendable () async -> Void) { self.body = body }
    func happen() async {
        let body = body
        self.body = nil
        await body?()
    }
}

/// An answer that is given once.
actor FirstAnswer {
    private var answer: Int?
    init(_ answer: Int) { self.answer = answer }
    func take() -> Int? {
        defer { answer = nil }
        return answer
    }
}
