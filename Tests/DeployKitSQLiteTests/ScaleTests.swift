// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite
import Testing

@Suite struct ScaleTests {
    /// A store of `count` records over streams of 50, the first 20 of another root.
    private func store(count: Int) async throws -> SQLiteAuditStore {
        let store = try await SQLiteAuditStore(path: ":memory:")
        for start in stride(from: 0, to: count, by: 1000) {
            let size = { (n: Int) in 2 * n - n.nonzeroBitCount }
            try await store.append(
                AuditBatch(
                    firstPosition: start,
                    expecting: [:],
                    idempotencyKey: nil,
                    records: (start..<start + 1000).map { position in
                        AuditRecord(
                            position: position,
                            stream: StreamID(
                                (position < 1000 ? "environment/" : "deployment/")
                                    + String(position / 50)
                            ),
                            revision: position % 50,
                            header: [1],
                            salt: [2],
                            body: [3]
                        )
                    },
                    nodes: (size(start)..<size(start + 1000)).map { Fixture.digest(node: $0) },
                    firstNode: size(start),
                    blobs: []
                )
            )
        }
        return store
    }

    private func fastest(
        _ work: () async throws(AuditStoreError) -> Void
    ) async throws -> Duration {
        var best = Duration.seconds(60)
        for _ in 0..<15 {
            let start = ContinuousClock.now
            for _ in 0..<10 { try await work() }
            best = min(best, ContinuousClock.now - start)
        }
        return best
    }

    // The bound is far from both sides: a scan would take some 30 times as long.
    @Test func readingAndListingDoNotGrowWithTheLog() async throws {
        let small = try await store(count: 2000)
        let large = try await store(count: 60_000)
        for prefix in ["deployment/", "environment/"] {
            let times = [
                try await fastest { () throws(AuditStoreError) in
                    _ = try await small.streams(withPrefix: prefix, before: nil, limit: 10)
                },
                try await fastest { () throws(AuditStoreError) in
                    _ = try await large.streams(withPrefix: prefix, before: nil, limit: 10)
                },
            ]
            #expect(times[1] < times[0] * 6, "listing '\(prefix)' took \(times)")
        }
        let times = [
            try await fastest { () throws(AuditStoreError) in
                _ = try await small.records(of: "environment/3", from: 0, limit: 50)
            },
            try await fastest { () throws(AuditStoreError) in
                _ = try await large.records(of: "environment/3", from: 0, limit: 50)
            },
        ]
        #expect(times[1] < times[0] * 6, "reading a stream took \(times)")
    }
}
