// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

@Suite struct DeploymentRuleTests {
    let rita = Actor.person("rita@example.com")
    let lena = Actor.person("lena@example.com")
    let contract = "CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA"

    private func prepared(gate: PhaseGate? = nil) throws -> Trial {
        var trial = try Trial(.vesting(gate: gate))
        try trial.perform(.begin("prepare/build", runner: nil))
        try trial.perform(.finish("prepare/build", attempt: 1, AttemptOutcome(.passed)))
        try trial.perform(.complete("prepare/review", note: "fine", evidence: []))
        try trial.perform(.skip("prepare/texts-for-sms", reason: "SMS is off"))
        return trial
    }

    private func captured() throws -> AttemptOutcome {
        AttemptOutcome(.captured(try ContractID(contract, on: .stellarTestnet)))
    }

    @Test func aRunFromTheFirstItemToTheLastSignature() throws {
        var trial = try prepared()
        try trial.perform(.begin("deploy/deploy-vesting", runner: nil))
        try trial.perform(.finish("deploy/deploy-vesting", attempt: 1, captured()))
        try trial.perform(.complete("deploy/balance-is-right", note: nil, evidence: []))
        try trial.perform(.complete("deploy/admin-is-right", note: nil, evidence: []))
        #expect(trial.deployment.status == .active)
        #expect(trial.deployment.nextStep(given: trial.facts).isGate(.completion))
        try trial.perform(.sign("product-owner", .approved, reason: nil))
        #expect(trial.deployment.status == .completed)
        #expect(trial.environments["staging"]?.holder == nil)
        #expect(trial.environments["staging"]?.completions.count == 1)
        #expect(trial.deployment.contracts["VESTING_CONTRACT_ID"]?.id.text == contract)
        #expect(trial.registries["staging"]?.records.count == 1)
        // An optional item that nobody touched was never reached; it is not cancelled.
        #expect(trial.state("prepare/polish") == .pending)
    }

    @Test func aLaterPhaseWaitsForTheRequiredItemsOfTheEarlier() throws {
        var trial = try Trial(.vesting())
        let refusal = trial.decide(.begin("deploy/deploy-vesting", runner: nil)).refusal
        #expect(refusal?.code == .gateClosed)
        #expect(refusal?.message.contains("1.1 prepare/build") == true)
        #expect(trial.state("deploy/deploy-vesting") == .pending)
        #expect(trial.state("prepare/build") == .ready)
    }

    @Test func aFailureHaltsAndARetryGoesOn() throws {
        var trial = try Trial(.vesting())
        try trial.perform(.begin("prepare/build", runner: nil))
        try trial.perform(
            .finish("prepare/build", attempt: 1, AttemptOutcome(.failed(.exited(2))))
        )
        #expect(trial.deployment.status == .halted(.itemFailed("prepare/build")))
        try trial.perform(.reopen("prepare/build", reason: nil))
        #expect(trial.deployment.status == .active)
        try trial.perform(.begin("prepare/build", runner: nil))
        #expect(trial.state("prepare/build") == .running(2))
    }

    @Test(arguments: [FailureCause.lost, .timedOut, .exited(1), .noContract])
    func anIrreversibleAttemptThatEndsBadlyIsInDoubt(cause: FailureCause) throws {
        var trial = try prepared()
        try trial.perform(.begin("deploy/deploy-vesting", runner: nil))
        try trial.perform(
            .finish("deploy/deploy-vesting", attempt: 1, AttemptOutcome(.failed(cause)))
        )
        #expect(trial.state("deploy/deploy-vesting") == .inDoubt(1))
        #expect(trial.decide(.begin("deploy/deploy-vesting", runner: nil)).refusal != nil)
        #expect(trial.decide(.reopen("deploy/deploy-vesting", reason: "x")).refusal != nil)
        let resolve = DeploymentCommand.resolve(
            "deploy/deploy-vesting",
            happened: true,
            reason: "seen in the explorer",
            evidence: []
        )
        #expect(trial.decide(resolve).refusal?.code == .evidenceMissing)
        try trial.perform(
            .recordContract("VESTING_CONTRACT_ID", ContractID(contract, on: .stellarTestnet))
        )
        try trial.perform(resolve)
        #expect(trial.state("deploy/deploy-vesting") == .passed(1))
    }

    @Test func anAttemptThatCouldNotStartHasFailedWhateverItsEffect() throws {
        var trial = try prepared()
        try trial.perform(.begin("deploy/deploy-vesting", runner: nil))
        let outcome = AttemptOutcome(.failed(.notStarted))
        try trial.perform(.finish("deploy/deploy-vesting", attempt: 1, outcome))
        #expect(trial.state("deploy/deploy-vesting") == .failed(1))
    }

    @Test func aRejectionBeforeAnythingBeganEndsTheDeploymentAndIsNoFailure() throws {
        let gate = PhaseGate.signOffs(.one(of: "QA"))
        let checklist = try Checklist("c") {
            DeployKit.Phase("One", gate: gate) { Item("Do it") }
        }
        var trial = try Trial(checklist)
        try trial.perform(.sign("qa", .rejected, reason: "not tested"))
        #expect(trial.deployment.status == .aborted(.gateRejected(.phase("one"))))
        #expect(trial.environments["staging"]?.holder == nil)
        #expect(trial.state("one/do-it") == .pending)
    }

    @Test func aRejectionNeedsAReason() throws {
        var trial = try Trial(.vesting())
        let decision = trial.decide(.sign("product-owner", .rejected, reason: "  "))
        #expect(decision.refusal?.code == .reasonMissing)
    }

    @Test func aRejectionAfterAnEffectHaltsUntilANewRound() throws {
        var trial = try prepared()
        try trial.perform(.sign("product-owner", .rejected, reason: "wrong build"))
        #expect(trial.deployment.status == .halted(.gateRejected(.completion)))
        try trial.perform(.reopenGate(.completion, reason: "rebuilt"))
        #expect(trial.deployment.status == .active)
        try trial.perform(.sign("product-owner", .approved, reason: nil))
        #expect(trial.deployment.gates[.completion]?.signOffs.map(\.round) == [2])
    }

    @Test func repeatingIsAlreadyAndOtherContentIsAConflict() throws {
        var trial = try prepared()
        let note = try #require(trial.deployment.items["prepare/review"]?.note)
        let texts = [note.digest: "fine"]
        let same = DeploymentCommand.complete("prepare/review", note: "fine", evidence: [])
        let other = DeploymentCommand.complete("prepare/review", note: "bad", evidence: [])
        #expect(trial.decide(same, texts: texts) == .already)
        #expect(trial.decide(other, texts: texts).refusal?.code == .conflict)
    }

    @Test func onlyConditionsCanBeSkippedAndOnlyWaivableItemsWaived() throws {
        var trial = try Trial(.vesting())
        #expect(trial.decide(.skip("prepare/review", reason: "x")).refusal?.code == .wrongKind)
        let fixed = try Checklist("c") {
            DeployKit.Phase("One") { Item("Backup", isWaivable: false) }
        }
        var other = try Trial(fixed)
        #expect(other.decide(.waive("one/backup", reason: "x")).refusal?.code == .notWaivable)
        #expect(trial.decide(.waive("prepare/review", reason: "")).refusal?.code == .reasonMissing)
        try trial.perform(.waive("prepare/review", reason: "reviewed last week"))
        #expect(trial.state("prepare/review") == .waived)
    }

    @Test func reopeningReopensWhatWasBuiltOnIt() throws {
        var trial = try prepared()
        try trial.perform(.begin("deploy/deploy-vesting", runner: nil))
        try trial.perform(.finish("deploy/deploy-vesting", attempt: 1, captured()))
        try trial.perform(.complete("deploy/balance-is-right", note: nil, evidence: []))
        try trial.perform(.complete("deploy/admin-is-right", note: nil, evidence: []))
        try trial.perform(.reopen("deploy/balance-is-right", reason: "a wrong account"))
        #expect(trial.state("deploy/balance-is-right") == .ready)
        #expect(trial.state("deploy/admin-is-right") == .pending)
    }

    @Test func whatIsOutOfScopeIsNotApplicableAndSaysWhy() throws {
        let checklist = try Checklist("c") {
            DeployKit.Phase("Before") { Item("Read") }
            DeployKit.Phase("Testnet", environment: "testnet") { Item("Deploy there") }
            DeployKit.Phase("Mainnet", environment: "mainnet") { Item("Deploy here") }
            DeployKit.Phase("After") { Item("Look") }
        }
        let trial = try Trial(checklist)
        #expect(trial.state("testnet/deploy-there") == .pending)
        #expect(trial.state("mainnet/deploy-here") == .notApplicable)
        #expect(trial.state("after/look") == .notApplicable)
        let progress = trial.deployment.items["mainnet/deploy-here"]
        #expect(progress?.inapplicability == .scope(["mainnet"]))
        let elsewhere = try Environment("qa", tier: .test)
        #expect(throws: Refusal.self) { try Trial(checklist, environment: elsewhere) }
    }

    @Test func aConditionThatIsFalseIsRecordedWithItsInputs() throws {
        let condition = try #require(Condition("tier=production and sms!=off"))
        let checklist = try Checklist("c") {
            DeployKit.Phase("One") { Item("Send SMS", when: condition) }
        }
        let variables = [DeploymentEvent.Binding(name: "sms", values: ["off"])]
        let trial = try Trial(checklist, variables: variables)
        #expect(trial.state("one/send-sms") == .notApplicable)
        let event = trial.log.map(\.event).first { $0.kind == "items-not-applicable" }
        guard case .notApplicable(_, .condition(condition), let inputs)? = event else {
            Issue.record("the event is missing")
            return
        }
        let known = Dictionary(uniqueKeysWithValues: inputs.map { ($0.name, $0.values) })
        #expect(condition.holds(for: known) == false)
    }

    @Test func aPhaseThatFollowsUpFreesTheEnvironment() throws {
        let checklist = try Checklist("c") {
            DeployKit.Phase("Deploy") { Item("Do it") }
            DeployKit.Phase("Week 1", isFollowUp: true) { Item("Look at the logs") }
        }
        var trial = try Trial(checklist)
        try trial.perform(.complete("deploy/do-it", note: nil, evidence: []))
        #expect(trial.deployment.status == .observing)
        #expect(trial.environments["staging"]?.holder == nil)
        try trial.perform(.complete("week-1/look-at-the-logs", note: nil, evidence: []))
        #expect(trial.deployment.status == .completed)
    }

    @Test func promotionAsksForTheSameThingCompletedRecently() throws {
        let checklist = try Checklist("c") {
            DeployKit.Phase("Go", gate: .completed("staging", within: .days(7))) { Item("Do it") }
        }
        var trial = try Trial(checklist, environment: Trial.production())
        #expect(trial.decide(.complete("go/do-it", note: nil, evidence: [])).refusal != nil)
        var staging = EnvironmentState()
        let subject = DeploymentSubject(
            service: "vesting",
            environment: try Trial.staging(),
            version: "1.4.2",
            checklist: checklist.hash
        )
        staging.apply(.entered("d-0", subject), at: trial.now)
        staging.apply(.completed("d-0"), at: trial.now)
        trial.environments["staging"] = staging
        trial.now = trial.now + .days(8)
        #expect(trial.decide(.complete("go/do-it", note: nil, evidence: [])).refusal != nil)
        trial.now = trial.now + .days(-1)
        try trial.perform(.complete("go/do-it", note: nil, evidence: []))
        #expect(trial.deployment.gates[.phase("go")]?.isConsumed == true)
    }

    @Test func productionAsksForASignatureAndExcludesWhoStarted() throws {
        let gate = PhaseGate.signOffs(.one(of: "QA"))
        let checklist = try Checklist("c") {
            DeployKit.Phase("One", gate: gate) { Item("Do it") }
        }
        var trial = try Trial(checklist, environment: Trial.production())
        #expect(trial.decide(.sign("qa", .approved, reason: nil), by: rita).refusal != nil)
        try trial.perform(.sign("qa", .approved, reason: nil), by: lena)
        guard
            case .closed(let reasons) = trial.deployment.verdict(
                of: .phase("one"),
                given: trial.facts
            )
        else {
            Issue.record("an unsigned sign-off opened the gate")
            return
        }
        #expect(
            reasons == [
                .signOffMissing("qa", counted: 0, required: 1, eligible: [], unsigned: 1)
            ]
        )
        // Whoever says that a key proves it shows the statement that the key signed.
        let signed = Actor(id: "tom@example.com", assurance: .sshKey)
        let refusal = trial.decide(.sign("qa", .approved, reason: nil), by: signed).refusal
        #expect(refusal?.code == .signatureRefused)
    }

    /// D10: who signs first and does an item afterwards counts no more.
    @Test func doingAnItemAfterwardsTakesTheSignatureItsWeight() throws {
        let gate = PhaseGate.signOffs(.one(of: "QA", assurance: .asserted))
        let checklist = try Checklist("c") {
            DeployKit.Phase("One") { Item("Do it") }
            DeployKit.Phase("Two", gate: gate) { Item("Go on") }
        }
        var trial = try Trial(checklist, environment: Trial.production())
        try trial.perform(.sign("qa", .approved, reason: nil), by: lena)
        try trial.perform(.complete("one/do-it", note: nil, evidence: []), by: lena)
        #expect(trial.deployment.verdict(of: .phase("two"), given: trial.facts) != .open)
        let tom = Actor.person("tom@example.com")
        try trial.perform(.sign("qa", .approved, reason: nil), by: tom)
        #expect(trial.deployment.verdict(of: .phase("two"), given: trial.facts) == .open)
    }

    @Test func aPersonCountsOnceUnderAllAliases() throws {
        let people = [
            Directory.Person(id: "lena@example.com", aliases: ["lena"], roles: ["Operations"])
        ]
        let gate = PhaseGate.signOffs(.two(of: "Operations"))
        let checklist = try Checklist("c") {
            DeployKit.Phase("One", gate: gate) { Item("Do it") }
        }
        var trial = try Trial(checklist, directory: Directory(people: people))
        try trial.perform(.sign("operations", .approved, reason: nil), by: lena)
        let again = trial.decide(.sign("operations", .approved, reason: nil), by: .person("lena"))
        #expect(again == .already)
        let stranger = trial.decide(
            .sign("operations", .approved, reason: nil),
            by: .person("mallory@example.com")
        )
        #expect(stranger.refusal?.code == .notEligible)
    }
}

extension NextStep {
    func isGate(_ gate: GateID) -> Bool {
        if case .gate(gate, _) = self { true } else { false }
    }
}
