// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// The reference store keeps the promises that every other store is held to.
@Suite struct AuditStoreRuleTests {
    @Test(arguments: AuditStoreRule.all)
    func theInMemoryStoreKeepsItsPromises(_ rule: AuditStoreRule) async throws {
        let breaches = try await rule.breaches { InMemoryAuditStore() }
        #expect(breaches == [])
    }

    @Test func everyRuleHasANameOfItsOwn() {
        #expect(Set(AuditStoreRule.all.map(\.name)).count == AuditStoreRule.all.count)
    }
}
