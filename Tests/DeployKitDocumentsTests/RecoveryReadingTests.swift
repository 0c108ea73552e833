// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Testing

/// What is read of a part that brings everything back after a disaster.
@Suite struct RecoveryReadingTests {
    @Test func whatShowsThatARecoveryWorkedIsNoStepOfIt() throws {
        let page = """
            # Ferry
            ## Deploy
            - [ ] Sail
            ## Disaster recovery
            ### Everything is gone
            1. **Recovery steps**
               - [ ] Build a new ferry
               - [ ] It floats: `test -e ferry` <!-- deploykit: kind=command effect=none verification=true -->

            """
        let document = try ChecklistDocument(markdown: Array(page.utf8))
        let level = try #require(document.checklist.rollbackPlan?.levels.first)
        #expect(level.steps.map(\.title) == ["Build a new ferry"])
        #expect(level.verification.map(\.effect) == [Effect.none])
        #expect(document.rollbackLines.first?.verification == [8])
        #expect(!document.findings.contains { $0.rule == "level-unverified" })
    }
}
