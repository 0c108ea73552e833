// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitSQLite

/// Everything that a log's readers, its verification and its exports get out of a store.
struct Reading: Hashable, Sendable {
    let head: LogHead
    let records: [AuditRecord]
    private let streams: [StreamSummary]
    private let byStream: [[AuditRecord]]
    private let nodes: [Digest]
    private let positions: [Range<Int>?]
    let blobs: [Blob?]

    /// Reads `store`, and asks for these idempotency keys and blobs, which is all that a log of
    /// equal records asks for.
    init(
        _ store: SQLiteAuditStore,
        keys: [Digest],
        digests: [Digest]
    ) async throws(AuditStoreError) {
        head = try await AuditLog(store: store, origin: SampleLog.origin).head()
        records = try await store.records(in: 0..<Int.max)
        streams = try await store.streams(withPrefix: "", before: nil, limit: 10_000)
        var byStream: [[AuditRecord]] = []
        for summary in streams {
            byStream.append(try await store.records(of: summary.stream, from: 0, limit: .max))
        }
        self.byStream = byStream
        nodes = try await store.nodes(at: Array(0..<MerkleTree.nodeCount(ofSize: records.count)))
        positions = try await store.positions(forKeys: keys)
        var blobs: [Blob?] = []
        for digest in digests { blobs.append(try await store.blob(digest)) }
        self.blobs = blobs
    }

    func contains(_ record: AuditRecord) -> Bool {
        records.indices.contains(record.position) && records[record.position] == record
    }
}

/// What an auditor learns from a file that may not be what it was.
enum Finding: String, CaseIterable, Codable, Sendable {
    /// It does not open, or cannot be read.
    case refused
    /// The store's own check names what contradicts itself.
    case told
    /// A hash does not fit: of an entry, of an attachment, or of the tree.
    case hashed
    /// All that can be read is as it was.
    case identical
    /// Something else is read, and nothing tells.
    case silent
}

/// An auditor who was given the original's head, and goes the way that `audit verify` and
/// `audit export` go.
struct Auditor: Sendable {
    let original: Reading
    private let keys: [Digest]
    private let digests: [Digest]

    /// Learns what the log in the file at `path` is.
    init(_ path: String) async throws {
        let store = try await SQLiteAuditStore(path: path, access: .readOnly)
        let entries = try await AuditLog(store: store, origin: "").entries(in: 0..<Int.max)
        keys = entries.compactMap(\.key)
        digests = entries.flatMap(\.attachments).map(\.digest)
        original = try await Reading(store, keys: keys, digests: digests)
    }

    /// What the file at `path` tells, beside the original.
    ///
    /// - Returns: The finding, and with it the code of the refusal.
    func judge(
        _ path: String,
        access: SQLiteAuditStore.Access = .readOnly
    ) async -> (finding: Finding, code: AuditStoreError.Code?) {
        do throws(AuditStoreError) {
            let store = try await SQLiteAuditStore(
                path: path,
                access: access,
                busyTimeout: .milliseconds(500)
            )
            guard try await store.faults() == [] else { return (.told, nil) }
            // A record that does not fit itself is a fault of every verification, an attachment
            // that does not is refused by every export; all the rest would only cost time.
            for record in try await store.records(in: 0..<Int.max)
            where !original.contains(record) {
                do { _ = try AuditEntry(record) } catch { return (.hashed, nil) }
            }
            // Verification and export see nothing but what is compared here.
            let reading = try await Reading(store, keys: keys, digests: digests)
            if reading == original { return (.identical, nil) }
            for case let blob? in reading.blobs
            where SHA256.digest(of: blob.salt + blob.bytes) != blob.digest {
                return (.hashed, nil)
            }
            let log = AuditLog(store: store, origin: SampleLog.origin)
            let report = try await log.verify(against: [original.head])
            guard report.verdict == .anchored else { return (.hashed, nil) }
            var sink = NoFolder()
            let bundle = EvidenceBundle(
                of: log,
                generatedAt: Timestamp(milliseconds: 0),
                version: "torture"
            )
            do { _ = try await bundle.write(to: &sink) } catch { return (.hashed, nil) }
            return (.silent, nil)
        } catch {
            return (.refused, error.code)
        }
    }
}

/// For a bundle that is written to see whether it can be.
private struct NoFolder: EvidenceSink {
    mutating func append(_ bytes: [UInt8], to path: String) {}
}
