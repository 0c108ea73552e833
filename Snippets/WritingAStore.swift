// DeployKit
// SPDX-License-Identifier: Apache-2.0

// A store of one's own, tried against every promise that stores make: here one that counts what
// is asked of another.

import DeployKit
import DeployKitTesting

actor MeteredStore: AuditStore {
    private let base: any AuditStore
    private(set) var appends = 0
    private(set) var reads = 0

    init(_ base: any AuditStore) {
        self.base = base
    }

    func append(_ batch: AuditBatch) async throws(AuditStoreError) {
        appends += 1
        try await base.append(batch)
    }

    func count() async throws(AuditStoreError) -> Int {
        reads += 1
        return try await base.count()
    }

    func records(in positions: Range<Int>) async throws(AuditStoreError) -> [AuditRecord] {
        reads += 1
        return try await base.records(in: positions)
    }

    func records(
        of stream: StreamID,
        from revision: Int,
        limit: Int
    ) async throws(AuditStoreError) -> [AuditRecord] {
        reads += 1
        return try await base.records(of: stream, from: revision, limit: limit)
    }

    func streams(
        withPrefix prefix: String,
        before position: Int?,
        limit: Int
    ) async throws(AuditStoreError) -> [StreamSummary] {
        reads += 1
        return try await base.streams(withPrefix: prefix, before: position, limit: limit)
    }

    func summary(of stream: StreamID) async throws(AuditStoreError) -> StreamSummary? {
        reads += 1
        return try await base.summary(of: stream)
    }

    func nodes(at indexes: [Int]) async throws(AuditStoreError) -> [Digest] {
        reads += 1
        return try await base.nodes(at: indexes)
    }

    func blob(_ digest: Digest) async throws(AuditStoreError) -> Blob? {
        reads += 1
        return try await base.blob(digest)
    }

    func blobs(after digest: Digest?, limit: Int) async throws(AuditStoreError) -> [Digest] {
        reads += 1
        return try await base.blobs(after: digest, limit: limit)
    }

    func positions(forKey key: Digest) async throws(AuditStoreError) -> Range<Int>? {
        reads += 1
        return try await base.positions(forKey: key)
    }
}

var kept = 0
for rule in AuditStoreRule.all {
    let breaches = try await rule.breaches { MeteredStore(InMemoryAuditStore()) }
    for breach in breaches { print("\(rule.name): \(breach)") }
    if breaches.isEmpty { kept += 1 }
}
print(kept == AuditStoreRule.all.count ? "every promise is kept" : "\(kept) promises are kept")
