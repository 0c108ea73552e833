// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite
import DeployKitTesting
import Testing

@Suite struct SQLiteAuditStoreTests {
    @Test(arguments: AuditStoreRule.all)
    func keepsItsPromisesInMemory(_ rule: AuditStoreRule) async throws {
        let breaches = try await rule.breaches {
            try await SQLiteAuditStore(path: ":memory:")
        }
        #expect(breaches == [])
    }

    @Test(arguments: AuditStoreRule.all)
    func keepsItsPromisesInAFile(_ rule: AuditStoreRule) async throws {
        let folder = try TemporaryFolder()
        var number = 0
        let breaches = try await rule.breaches {
            number += 1
            return try await SQLiteAuditStore(
                path: folder.path("store-\(number).sqlite"),
                synchronous: .off
            )
        } reopen: { store in
            guard let store = store as? SQLiteAuditStore else { return store }
            return try await SQLiteAuditStore(path: store.path, synchronous: .off)
        }
        #expect(breaches == [])
    }
}
