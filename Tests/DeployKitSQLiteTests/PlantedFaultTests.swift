// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite
import DeployKitTesting
import Testing

/// The kit itself: each rule must catch the fault that it is there for.
@Suite struct PlantedFaultTests {
    @Test func everyRuleHasAFault() {
        #expect(Set(AuditStoreRule.all.map(\.name)) == Set(PlantedFault.allCases.map(\.rawValue)))
        #expect(AuditStoreRule.all.count == PlantedFault.allCases.count)
    }

    @Test(arguments: AuditStoreRule.all)
    func theRuleFailsOnItsFault(_ rule: AuditStoreRule) async throws {
        let fault = try #require(PlantedFault(rawValue: rule.name))
        let breaches = try await rule.breaches {
            PlantedFaultStore(try await SQLiteAuditStore(path: ":memory:"), fault)
        } reopen: { store in
            fault == .reopening ? try await SQLiteAuditStore(path: ":memory:") : store
        }
        #expect(breaches != [])
    }

    @Test(arguments: AuditStoreRule.all)
    func theRulePassesWithoutAFault(_ rule: AuditStoreRule) async throws {
        let breaches = try await rule.breaches {
            PlantedFaultStore(try await SQLiteAuditStore(path: ":memory:"), nil)
        }
        #expect(breaches == [])
    }
}
