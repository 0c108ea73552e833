// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    import DeployKit
    import DeployKitPostgres
    import DeployKitTesting
    import Testing

    @Suite(.enabled(if: Server.isHere, Server.absence)) struct PostgresAuditStoreTests {
        @Test(arguments: AuditStoreRule.all)
        func keepsItsPromises(_ rule: AuditStoreRule) async throws {
            let breaches = try await rule.breaches {
                try await PostgresAuditStore(try Server.shared.address())
            } reopen: { store in
                guard let store = store as? PostgresAuditStore else { return store }
                let address = store.address
                await store.close()
                return try await PostgresAuditStore(address)
            }
            #expect(breaches == [])
        }

        /// The kit makes up its hashes; here the tree is that of a real log.
        @Test func aLogIsWholeAndFoundToBe() async throws {
            let store = try await PostgresAuditStore(try Server.shared.address())
            let log = AuditLog(store: store, origin: SampleLog.origin)
            for number in 1...40 { try await SampleLog.append(number).go(to: log) }
            let report = try await log.verify()
            #expect(report.faults == [])
            #expect(try await store.faults() == [])
        }
    }
#endif
