// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// What may happen to a rollback, rule by rule.
@Suite struct RollbackRuleTests {
    private let why = "claims fail"

    private func trial(
        _ triggers: [RollbackTrigger] = [],
        slots: [SignOffSlot] = []
    ) throws -> Trial {
        try Trial(Checklist.undoable(triggers: triggers, slots: slots))
    }

    private func step(_ number: Int) -> ItemID { ItemID("rollback/undo/\(number)") }
    private let check = ItemID("rollback/undo/verify-1")

    private func trigger(_ policy: RollbackTrigger.Policy) -> RollbackTrigger {
        RollbackTrigger(
            id: "smoke-fails",
            title: "Smoke fails",
            suite: "smoke",
            level: "undo",
            policy: policy
        )
    }

    @Test func undoesOnlyWhatHasBegun() throws {
        var trial = try trial()
        try trial.attempt("switch")
        try trial.perform(.rollback(.authorise("undo", reason: why)))
        #expect(trial.deployment.status == .rollingBack)
        let run = try #require(trial.deployment.rollback)
        #expect(run.progress(of: step(2)).state == .notApplicable)
        try trial.attempt(step(1))
        #expect(trial.decide(.begin(step(2), runner: nil)).refusal?.code == .wrongState)
        try trial.perform(.skip(step(3), reason: "no SMS"))
        try trial.attempt(check)
        #expect(trial.deployment.status == .rolledBack)
        #expect(trial.deployment.items["smoke"]?.state == .cancelled)
        #expect(trial.deployment.items["switch"]?.state == .passed(1))
    }

    @Test func anAttemptWithoutEffectIsNotUndone() throws {
        var trial = try trial()
        try trial.attempt("switch")
        try trial.attempt("migrate", .failed(.notStarted))
        try trial.perform(.rollback(.authorise("undo", reason: why)))
        #expect(trial.deployment.rollback?.progress(of: step(2)).state == .notApplicable)
    }

    @Test func whatIsUnderWayEndsFirst() throws {
        var trial = try trial()
        try trial.perform(.begin("switch", runner: nil))
        try trial.perform(.rollback(.authorise("undo", reason: why)))
        #expect(trial.deployment.rollback?.stage == .waiting)
        #expect(trial.decide(.begin(step(1), runner: nil)).refusal?.code == .notReady)
        #expect(trial.decide(.begin("migrate", runner: nil)).refusal?.code == .halted)
        try trial.perform(.finish("switch", attempt: 1, AttemptOutcome(.passed)))
        #expect(trial.deployment.rollback?.stage == .step(step(1)))
    }

    @Test func aFailedStepHaltsUntilAPersonHasSeenToIt() throws {
        var trial = try trial()
        try trial.attempt("switch")
        try trial.perform(.rollback(.authorise("undo", reason: why)))
        try trial.attempt(step(1), .failed(.exited(1)))
        #expect(trial.deployment.status == .halted(.rollbackFailed("undo")))
        #expect(trial.decide(.begin(step(1), runner: nil)).refusal?.code == .halted)
        #expect(trial.decide(.rollback(.authorise(nil, reason: why))).refusal?.code == .halted)
        try trial.perform(.reopen(step(1), reason: "the disk was full"))
        #expect(trial.deployment.status == .rollingBack)
        try trial.attempt(step(1))
        #expect(trial.deployment.rollback?.stage == .step(step(3)))
        // What was undone once is not undone twice.
        #expect(trial.decide(.reopen(step(1), reason: "again")).refusal?.code == .wrongState)
    }

    @Test func aPersonEscalatesToAnotherLevel() throws {
        var trial = try trial()
        try trial.attempt("switch")
        try trial.perform(.rollback(.authorise("undo", reason: why)))
        try trial.attempt(step(1), .failed(.exited(1)))
        try trial.perform(.rollback(.authorise("restore", reason: "it cannot be unswitched")))
        #expect(trial.deployment.rollbacks.map(\.level) == ["undo", "restore"])
        try trial.perform(.complete("rollback/restore/1", note: nil, evidence: []))
        // Nothing in the plan shows that it worked: a person says so, and cannot waive it.
        let said = ItemID("rollback/restore/verify-1")
        #expect(trial.decide(.waive(said, reason: "late")).refusal?.code == .notWaivable)
        #expect(trial.decide(.skip(said, reason: "late")).refusal?.code == .wrongKind)
        try trial.perform(.complete(said, note: nil, evidence: []))
        #expect(trial.deployment.status == .rolledBack)
    }

    @Test func aStepInDoubtIsResolvedBeforeAnythingElse() throws {
        var trial = try Trial(Checklist.undoable(effect: .irreversible))
        try trial.attempt("switch")
        try trial.perform(.rollback(.authorise("undo", reason: why)))
        try trial.attempt(step(1), .failed(.timedOut))
        #expect(trial.deployment.rollback?.progress(of: step(1)).state == .inDoubt(1))
        for command in [
            DeploymentCommand.rollback(.authorise("restore", reason: why)), .abort(reason: why),
            .reopen(step(1), reason: why),
        ] {
            #expect(trial.decide(command).refusal?.code == .wrongState, "\(command)")
        }
        try trial.perform(.resolve(step(1), happened: true, reason: "looked", evidence: []))
        #expect(trial.deployment.rollback?.stage == .step(step(3)))
    }

    @Test func anItemInDoubtEndsWithTheStepThatUndidIt() throws {
        var trial = try trial()
        try trial.attempt("switch")
        try trial.attempt("migrate", .failed(.timedOut))
        try trial.perform(.rollback(.authorise("undo", reason: why)))
        try trial.attempt(step(1))
        try trial.attempt(step(2))
        try trial.perform(.skip(step(3), reason: "no SMS"))
        try trial.attempt(check)
        #expect(trial.deployment.status == .rolledBack)
        #expect(trial.deployment.items["migrate"]?.state == .cancelled)
    }

    @Test func anyOtherDoubtKeepsTheRollbackOpen() throws {
        var trial = try trial()
        try trial.attempt("switch")
        try trial.attempt("migrate", .failed(.timedOut))
        try trial.perform(.rollback(.authorise("restore", reason: why)))
        try trial.perform(.complete("rollback/restore/1", note: nil, evidence: []))
        try trial.perform(.complete("rollback/restore/verify-1", note: nil, evidence: []))
        #expect(trial.deployment.status == .rollingBack)
        #expect(trial.deployment.nextStep(given: trial.facts) == .inDoubt(["migrate"]))
        try trial.perform(.resolve("migrate", happened: false, reason: "looked", evidence: []))
        #expect(trial.deployment.status == .rolledBack)
    }

    @Test func anAutomaticTriggerBeginsOnceAndOnlyWhatLosesNothing() throws {
        var trial = try trial([trigger(.automatic)])
        try trial.attempt("switch")
        try trial.attempt("migrate")
        try trial.attempt("smoke", .failed(.exited(1)))
        #expect(trial.deployment.status == .rollingBack)
        #expect(trial.deployment.rollback?.trigger == "smoke-fails")
        #expect(trial.deployment.openProposals.isEmpty)
        let loses = RollbackTrigger(
            id: "t",
            title: "T",
            suite: "smoke",
            level: "restore",
            policy: .automatic
        )
        var other = try self.trial([loses])
        for item in ["switch", "migrate"] { try other.attempt(ItemID(item)) }
        try other.attempt("smoke", .failed(.exited(1)))
        #expect(other.deployment.status == .halted(.itemFailed("smoke")))
        #expect(other.deployment.openProposals.map(\.trigger) == ["t"])
    }

    @Test func anItemOrAGroupFiresItsTrigger() throws {
        let byItem = RollbackTrigger(id: "t", title: "T", item: "migrate", policy: .proposed)
        var trial = try trial([byItem])
        try trial.attempt("switch")
        try trial.attempt("migrate", .failed(.notStarted))
        #expect(trial.deployment.openProposals.map(\.trigger) == ["t"])
        // A rejected gate, a lost attempt that is made again, and a doubt fire nothing.
        var other = try self.trial([trigger(.automatic)])
        try other.attempt("switch")
        try other.attempt("migrate")
        try other.attempt("smoke", .failed(.lost))
        #expect(other.deployment.rollbackProposals.isEmpty)
    }

    @Test func aProposalHoldsTheRunnerUntilSomebodyDecides() throws {
        var trial = try trial()
        try trial.attempt("switch")
        try trial.perform(.rollback(.propose("undo", reason: why)))
        #expect(trial.decide(.begin("migrate", runner: nil)).refusal?.code == .halted)
        #expect(trial.decide(.rollback(.propose("undo", reason: why))) == .already)
        try trial.perform(.rollback(.dismiss(reason: "a false alarm")))
        #expect(trial.deployment.rollbackProposals.map(\.outcome) == [.dismissed])
        try trial.attempt("migrate")
    }

    @Test func aDismissedTriggerFiresAgainWhenItsItemFailsAgain() throws {
        var trial = try trial([trigger(.proposed)])
        try trial.attempt("switch")
        try trial.attempt("migrate")
        try trial.attempt("smoke", .failed(.exited(1)))
        try trial.perform(.rollback(.dismiss(reason: "it is the probe")))
        #expect(trial.deployment.rollbackProposals.map(\.outcome) == [.dismissed])
        try trial.perform(.reopen("smoke", reason: nil))
        #expect(trial.deployment.rollbackProposals.map(\.outcome) == [.dismissed])
        try trial.attempt("smoke", .failed(.exited(1)))
        #expect(trial.deployment.rollbackProposals.map(\.outcome) == [.dismissed, .open])
        #expect(trial.replayed() == trial.deployment)
    }

    @Test func signaturesBeginWhatAsksForThem() throws {
        var trial = try trial([trigger(.requiresSignOff)])
        try trial.attempt("switch")
        try trial.attempt("migrate")
        try trial.attempt("smoke", .failed(.exited(1)))
        let gate = GateID.rollback("undo")
        #expect(trial.deployment.gates[gate] != nil)
        guard case .gate(gate, _) = trial.deployment.nextStep(given: trial.facts) else {
            Issue.record("\(trial.deployment.nextStep(given: trial.facts))")
            return
        }
        try trial.perform(.rollback(.authorise(nil, reason: nil)))
        #expect(trial.deployment.status == .halted(.itemFailed("smoke")))
        try trial.perform(.sign("rollback-undo", .approved, reason: nil))
        #expect(trial.deployment.status == .rollingBack)
        #expect(trial.deployment.gates[gate]?.isConsumed == true)
    }

    @Test func whoRejectsARollbackDoesNotRejectTheDeployment() throws {
        var trial = try trial([trigger(.requiresSignOff)])
        try trial.attempt("switch")
        try trial.attempt("migrate")
        try trial.attempt("smoke", .failed(.exited(1)))
        try trial.perform(.sign("rollback-undo", .rejected, reason: "it is the probe"))
        #expect(trial.deployment.rollbackProposals.map(\.outcome) == [.dismissed])
        #expect(trial.deployment.status == .halted(.itemFailed("smoke")))
        try trial.perform(.reopen("smoke", reason: nil))
        #expect(trial.deployment.status == .active)
    }

    @Test func theEnvironmentStaysLockedUntilSomebodyUnlocks() throws {
        var trial = try trial()
        try trial.attempt("switch")
        try trial.perform(.rollback(.authorise("undo", reason: why)))
        try trial.attempt(step(1))
        try trial.perform(.skip(step(3), reason: "no SMS"))
        try trial.attempt(check)
        var environment = try #require(trial.environments["staging"])
        #expect(environment.lock?.level == "undo")
        #expect(environment.lock?.reason != nil)
        let context = DecisionContext(
            actor: .person("lena@example.com"),
            facts: trial.facts,
            head: Trial.head,
            entropy: Entropy(using: &trial.random)
        )
        #expect(
            environment.decideUnlocking(reason: " ", in: context).refusal?.code == .reasonMissing
        )
        for event in try environment.decideUnlocking(reason: "fixed", in: context).events {
            if case .environment(let event) = event { environment.apply(event, at: trial.now) }
        }
        #expect(environment.lock == nil)
        #expect(environment.decideUnlocking(reason: "fixed", in: context) == .already)
    }

    @Test func whoeverGivesUpAfterAFailedRollbackLeavesTheLock() throws {
        var trial = try trial()
        try trial.attempt("switch")
        try trial.perform(.rollback(.authorise("undo", reason: why)))
        #expect(trial.decide(.abort(reason: "enough")).refusal?.code == .halted)
        try trial.attempt(step(1), .failed(.exited(1)))
        try trial.perform(.abort(reason: "enough"))
        #expect(trial.deployment.status == .aborted(.operatorDecision))
        #expect(trial.environments["staging"]?.lock?.level == "undo")
    }

    @Test func withoutAnythingBegunThereIsNothingToChoose() throws {
        var trial = try trial()
        #expect(trial.decide(.rollback(.authorise(nil, reason: why))).refusal?.code == .wrongState)
        let undo = trial.decide(.rollback(.authorise("undo", reason: why)))
        // The conditional step stands for itself, so that the level can be carried out by name.
        #expect(undo.refusal == nil)
        #expect(
            trial.decide(.rollback(.authorise("undone", reason: why))).refusal?.code
                == .unknownName
        )
        #expect(
            trial.decide(.rollback(.authorise("undo", reason: nil))).refusal?.code
                == .reasonMissing
        )
    }

    @Test func levelsAreNamedByNumberTitleAndSituation() throws {
        let plan = try #require(try Checklist.undoable().rollbackPlan)
        for (name, level) in [
            ("1", "undo"), ("level 2", "restore"), ("restore", "restore"), ("backup", "restore"),
            ("rows are missing", "restore"), ("Undo", "undo"),
        ] {
            #expect(plan.levels(named: name).map(\.id.text) == [level], "\(name)")
        }
        #expect(plan.levels(named: "level").count == 2)
        #expect(plan.levels(named: "").isEmpty && plan.levels(named: "9").isEmpty)
    }
}
