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

    /// How many steps SQLite takes for `work`.
    private func steps(
        of store: SQLiteAuditStore,
        _ work: (SQLiteAuditStore) async throws(AuditStoreError) -> Void
    ) async throws -> Int {
        _ = try await store.takeSteps()
        try await work(store)
        return try await store.takeSteps()
    }

    @Test(arguments: ["deployment/", "environment/"])
    func listingDoesNotGrowWithTheLog(_ prefix: String) async throws {
        var steps: [Int] = []
        for count in [2000, 60_000] {
            steps.append(
                try await self.steps(of: store(count: count)) { store throws(AuditStoreError) in
                    _ = try await store.streams(withPrefix: prefix, before: nil, limit: 10)
                }
            )
        }
        #expect(steps[0] > 10 && steps[1] == steps[0])
    }

    @Test func readingAStreamDoesNotGrowWithTheLog() async throws {
        var steps: [Int] = []
        for count in [2000, 60_000] {
            steps.append(
                try await self.steps(of: store(count: count)) { store throws(AuditStoreError) in
                    _ = try await store.records(of: "environment/3", from: 0, limit: 50)
                }
            )
        }
        #expect(steps[0] > 50 && steps[1] == steps[0])
    }
}
