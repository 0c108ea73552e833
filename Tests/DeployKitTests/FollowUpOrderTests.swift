// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

/// A page may have what belongs to the deployment below what follows it for weeks.
@Suite struct FollowUpOrderTests {
    private static func trial() throws -> Trial {
        try Trial(
            Checklist("c") {
                DeployKit.Phase("Deploy") { Item("Do it") }
                DeployKit.Phase("Week 1", isFollowUp: true) { Item("Look") }
                DeployKit.Phase("Compliance") { Item("No names in logs") }
                DeployKit.Phase("Week 2", isFollowUp: true) { Item("Look again") }
            }
        )
    }

    @Test func aPhaseOfTheDeploymentDoesNotWaitForWhatFollowsIt() throws {
        var trial = try Self.trial()
        try trial.perform(.complete("deploy/do-it", note: nil, evidence: []))
        #expect(trial.deployment.status == .active)
        let next = trial.deployment.nextStep(given: trial.facts)
        #expect(next == .person(["compliance/no-names-in-logs"]))
        try trial.perform(.complete("compliance/no-names-in-logs", note: nil, evidence: []))
        #expect(trial.deployment.status == .observing)
    }

    @Test func whatFollowsWaitsForEverythingAboveIt() throws {
        var trial = try Self.trial()
        try trial.perform(.complete("deploy/do-it", note: nil, evidence: []))
        let early = trial.decide(.complete("week-2/look-again", note: nil, evidence: []))
        #expect(early.refusal?.code == .gateClosed)
        for item in ["compliance/no-names-in-logs", "week-1/look", "week-2/look-again"] {
            try trial.perform(.complete(ItemID(item), note: nil, evidence: []))
        }
        #expect(trial.deployment.status == .completed)
    }
}
