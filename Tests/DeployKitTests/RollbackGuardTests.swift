// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// What keeps a second rollback from doing again what the first has done, and a trigger from
/// beginning what people are asked about.
@Suite struct RollbackGuardTests {
    private let why = "it pays twice"

    private static func step(
        _ title: String,
        undoes item: ItemID? = nil,
        when: String? = nil
    ) -> RollbackStep {
        RollbackStep(
            title: title,
            command: .shell("true"),
            effect: .idempotent,
            compensates: item,
            when: when.flatMap { Condition($0) }
        )
    }

    private static func trial(
        triggers: [RollbackTrigger] = [],
        slots: [SignOffSlot] = []
    ) throws -> Trial {
        let levels = [
            RollbackLevel(
                id: "one",
                title: "One",
                steps: [
                    step("Tell"), step("Unswitch", undoes: "switch"), step("Drain"),
                    step("Page", when: "tier=production"),
                ]
            ),
            RollbackLevel(
                id: "two",
                title: "Two",
                steps: [step("Unswitch at the door", undoes: "switch"), step("Flush")]
            ),
        ]
        let plan = RollbackPlan(levels: levels, triggers: triggers)
        let checklist = try Checklist("Orders", rollbackPlan: plan) {
            DeployKit.Phase("Deploy") {
                Item("Switch", .command("switch"), id: "switch", effect: .reversible)
                Item("Look", id: "look")
            }
        }
        var trial = try Trial(
            Checklist(
                title: checklist.title,
                phases: checklist.phases,
                signOffSlots: slots,
                rollbackPlan: plan
            )
        )
        try trial.attempt("switch")
        return trial
    }

    private func state(_ step: ItemID, _ trial: Trial) -> ItemState? {
        trial.deployment.rollback?.progress(of: step).state
    }

    @Test func whatALevelHasDoneIsNotDoneAgainByTheSame() throws {
        var trial = try Self.trial()
        try trial.perform(.rollback(.authorise("one", reason: why)))
        try trial.attempt("rollback/one/1")
        try trial.attempt("rollback/one/2", .failed(.exited(1)))
        // The level that has failed is not begun anew as if nothing were.
        #expect(trial.decide(.rollback(.authorise("one", reason: why))).refusal?.code == .halted)
        try trial.perform(.rollback(.authorise("two", reason: why)))
        try trial.attempt("rollback/two/1", .failed(.exited(1)))
        try trial.perform(.rollback(.authorise("one", reason: why)))
        #expect(state("rollback/one/1", trial) == .notApplicable)
        #expect(trial.deployment.rollback?.stage == .step("rollback/one/2"))
    }

    @Test func whatOneLevelHasUndoneAnotherLeaves() throws {
        var trial = try Self.trial()
        try trial.perform(.rollback(.authorise("one", reason: why)))
        try trial.attempt("rollback/one/1")
        try trial.attempt("rollback/one/2")
        try trial.attempt("rollback/one/3", .failed(.exited(1)))
        try trial.perform(.rollback(.authorise("two", reason: why)))
        #expect(state("rollback/two/1", trial) == .notApplicable)
        #expect(trial.deployment.rollback?.stage == .step("rollback/two/2"))
    }

    @Test func aStepWhoseConditionIsFalseIsLeft() throws {
        var trial = try Self.trial()
        try trial.perform(.rollback(.authorise("one", reason: why)))
        #expect(state("rollback/one/3", trial) == .pending)
        #expect(state("rollback/one/4", trial) == .notApplicable)
    }

    @Test func aTriggerBeginsNoLevelThatAsksForASignature() throws {
        let trigger = RollbackTrigger(
            id: "switch-fails",
            title: "The switch fails",
            item: "look",
            level: "one",
            policy: .automatic
        )
        let slot = SignOffSlot(
            id: "cto",
            label: "CTO",
            rule: SignOffRule(assurance: .asserted),
            gate: .rollback("one")
        )
        var trial = try Self.trial(triggers: [trigger], slots: [slot])
        try trial.perform(.fail("look", reason: "no"))
        #expect(trial.deployment.rollbacks.isEmpty)
        #expect(trial.deployment.openProposals.map(\.trigger) == ["switch-fails"])
        try trial.perform(.sign("cto", .approved, reason: nil))
        #expect(trial.deployment.rollback?.level == "one")
        // Without the signature the same trigger begins by itself.
        var free = try Self.trial(triggers: [trigger])
        try free.perform(.fail("look", reason: "no"))
        #expect(free.deployment.rollback?.isAutomatic == true)
    }

    /// An observation is missed when the next is due, also on the day that the clocks make shorter.
    @Test func anObservationIsMissedWhenTheNextIsDue() throws {
        let due = try ["2026-03-28T14:00", "2026-03-29T13:00"].map(FreezeTests.at)
        let plan = WindowPlan(window: "week", isRequired: true, due: due, allowance: .days(1))
        #expect(plan.times(of: 1)?.missedAt == due[1])
        #expect(plan.times(of: 2)?.missedAt == due[1] + .days(1))
        #expect(plan.times(of: 1)?.lateAt == due[0] + .hours(6))
    }
}
