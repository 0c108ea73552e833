// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

#if Postgres
    import DeployKitPostgres
#endif

/// Tells when a log grows: as soon as a server says so, and within half a second where nobody does.
struct StoreWatch {
    private let store: any CommandStore
    #if Postgres
        private var watch: PostgresLogWatch?
    #endif

    /// - Throws: `AuditStoreError` when a server cannot be reached once more.
    init(_ store: any CommandStore, at address: StoreAddress) async throws {
        self.store = store
        #if Postgres
            if case .server(let address) = address { watch = try await PostgresLogWatch(address) }
        #endif
    }

    /// Waits until the log holds another number of records than `count`.
    ///
    /// - Returns: How many.
    func next(after count: Int) async throws -> Int {
        while true {
            #if Postgres
                if let watch {
                    let held = try await watch.count(after: count, atMost: .seconds(30))
                    if held != count { return held }
                    continue
                }
            #endif
            let held = try await store.count()
            if held != count { return held }
            try await Task.sleep(for: .milliseconds(500))
        }
    }
}
