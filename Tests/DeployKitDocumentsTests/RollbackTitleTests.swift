// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Testing

/// What a title with "rollback" in it says of the whole page.
@Suite struct RollbackTitleTests {
    private func read(_ title: String, declaring: String = "") throws -> ChecklistDocument {
        let page = """
            # \(title)

            ## Database
            \(declaring)

            - [ ] Stop the writers
            - [ ] Look at the replica

            ### Afterwards

            - [ ] Start the writers

            """
        return try ChecklistDocument(markdown: Array(page.utf8))
    }

    @Test(arguments: ["Rollback runbook", "Rollback plan of orders"])
    func aPlanIsAboutGoingBackAsAWhole(title: String) throws {
        let document = try read(title)
        #expect(document.checklist.items.isEmpty)
        #expect(document.checklist.rollbackPlan?.levels.isEmpty == false)
    }

    @Test(arguments: ["Rollback checklist", "Checklist for a revert", "Release and rollback"])
    func aChecklistIsToBeTicked(title: String) throws {
        let document = try read(title)
        #expect(document.checklist.items.filter { !$0.isGroup }.count == 3)
        #expect(document.checklist.rollbackPlan == nil)
    }

    @Test func whatIsDeclaredToBeOfARunIs() throws {
        let document = try read("Rollback runbook", declaring: "<!-- deploykit: kind=manual -->")
        #expect(document.checklist.items.filter { !$0.isGroup }.count == 3)
        #expect(document.checklist.rollbackPlan == nil)
    }
}
