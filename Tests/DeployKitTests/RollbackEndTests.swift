// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// What is left when a deployment has ended, by a rollback or otherwise: what failed says so, what
/// is under way is waited for, and a contract that was undone is in use no more.
@Suite struct RollbackEndTests {
    private static let ours = "CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA"
    private static let slot: ContractSlot.Name = "VESTING_CONTRACT_ID"
    private let step: ItemID = "rollback/back/1"
    private let check: ItemID = "rollback/back/verify-1"

    private static func id(_ text: String) throws -> ContractID {
        try ContractID(text, on: .stellarTestnet)
    }

    /// The ID of a contract that the zero account deploys with this salt.
    private static func other(_ salt: UInt8) throws -> ContractID {
        let derivation = ContractID.Derivation.address(
            try ContractDerivationTests.deployer(),
            salt: [UInt8](repeating: salt, count: 32)
        )
        return try #require(
            try ContractCapture(derivation: derivation).expected(on: .stellarTestnet)
        )
    }

    /// A capture in a group, a command, and a level that undoes the group.
    private static func trial(
        compensates: ItemID? = "contracts",
        knowing earlier: ContractID? = nil
    ) throws -> Trial {
        let level = RollbackLevel(
            id: "back",
            title: "Back",
            steps: [
                RollbackStep(
                    title: "Point at the old one",
                    command: .shell("true"),
                    effect: .idempotent,
                    compensates: compensates
                )
            ]
        )
        let checklist = try Checklist("Vesting", rollbackPlan: RollbackPlan(levels: [level])) {
            DeployKit.Phase("Deploy") {
                Item(group: "Contracts", id: "contracts") {
                    Item(
                        "Deploy it",
                        .capture(slot, from: .command("deploy")),
                        id: "deploy",
                        effect: .reversible
                    )
                }
                Item("Switch", .command("switch"), id: "switch", effect: .idempotent)
                Item("Look", id: "look")
            }
        }
        var trial = try Trial(checklist)
        if let earlier {
            let place = try #require(checklist.contractSlots.first)
            var registry = ContractRegistry(environment: "staging")
            try registry.apply(
                all: registry.record(earlier, in: place, of: Trial.staging()).events
            )
            trial.registries["staging"] = registry
        }
        return trial
    }

    private func goBack(_ trial: inout Trial) throws {
        try trial.attempt("switch", .failed(.exited(1)))
        try trial.perform(.rollback(.authorise("back", reason: "it pays twice")))
        try trial.attempt(step)
        try trial.perform(.complete(check, note: nil, evidence: []))
        #expect(trial.deployment.status == .rolledBack)
    }

    private func statuses(_ trial: Trial) -> [ContractRecord.Status] {
        trial.registries["staging"]?.records.map(\.status) ?? []
    }

    @Test func whatFailedGoesOnSayingSo() throws {
        var trial = try Self.trial()
        try trial.attempt("deploy", .captured(Self.id(Self.ours)))
        try goBack(&trial)
        let progress = try #require(trial.deployment.items["switch"])
        #expect(progress.state == .failed(1) && progress.cause == .exited(1))
        #expect(trial.deployment.items["look"]?.state == .cancelled)
        #expect(trial.replayed() == trial.deployment)
        // Whoever gives up does not make a failure anything else either.
        var aborted = try Self.trial()
        try aborted.attempt("switch", .failed(.exited(1)))
        try aborted.perform(.abort(reason: "enough"))
        #expect(aborted.deployment.items["switch"]?.state == .failed(1))
        #expect(aborted.deployment.items["look"]?.state == .cancelled)
    }

    @Test func aContractThatWasUndoneIsInUseNoMore() throws {
        var trial = try Self.trial()
        try trial.attempt("deploy", .captured(Self.id(Self.ours)))
        #expect(statuses(trial) == [.active])
        try goBack(&trial)
        #expect(statuses(trial) == [.superseded(by: nil)])
        // What it deployed is history, and stays.
        #expect(trial.deployment.contracts[Self.slot]?.id.text == Self.ours)
    }

    @Test func theContractBeforeItIsInUseAgain() throws {
        var trial = try Self.trial(knowing: Self.other(1))
        try trial.attempt("deploy", .captured(Self.id(Self.ours)))
        #expect(statuses(trial) == [.superseded(by: 2), .active])
        try goBack(&trial)
        #expect(statuses(trial) == [.active, .superseded(by: 1)])
    }

    @Test func aSecondAttemptGivesWayToWhatWasThereBeforeTheFirst() throws {
        var trial = try Self.trial(knowing: Self.other(1))
        try trial.attempt("deploy", .captured(Self.other(2)))
        try trial.perform(.reopen("deploy", reason: "the wrong admin"))
        try trial.attempt("deploy", .captured(Self.id(Self.ours)))
        #expect(statuses(trial) == [.superseded(by: 2), .superseded(by: 3), .active])
        try goBack(&trial)
        #expect(statuses(trial) == [.active, .superseded(by: 3), .superseded(by: 1)])
    }

    @Test func aContractThatMayNotBeUsedComesBackNoMore() throws {
        var trial = try Self.trial(knowing: Self.other(1))
        try trial.attempt("deploy", .captured(Self.id(Self.ours)))
        let revoked = try #require(trial.registries["staging"])
            .revoke(1, .compromised, at: trial.now)
        try trial.registries["staging"]?.apply(all: revoked.events)
        try goBack(&trial)
        #expect(statuses(trial) == [.revoked(.compromised), .superseded(by: nil)])
    }

    @Test func aContractThatNobodyUndidStaysInUse() throws {
        var trial = try Self.trial(compensates: nil)
        try trial.attempt("deploy", .captured(Self.id(Self.ours)))
        try goBack(&trial)
        #expect(statuses(trial) == [.active])
    }

    @Test func aDoubtInAGroupEndsWithTheStepThatUndidTheGroup() throws {
        var trial = try Self.trial()
        try trial.attempt("deploy", .failed(.timedOut))
        #expect(trial.deployment.items["deploy"]?.state == .inDoubt(1))
        try trial.perform(.rollback(.authorise("back", reason: "it pays twice")))
        try trial.attempt(step)
        try trial.perform(.complete(check, note: nil, evidence: []))
        #expect(trial.deployment.status == .rolledBack)
        #expect(trial.deployment.items["deploy"]?.state == .cancelled)
    }

    // MARK: Nothing ends beside an attempt

    private static func withOptional() throws -> Trial {
        try Trial(
            try Checklist("Orders") {
                DeployKit.Phase("Deploy") {
                    Item(
                        "Warm up",
                        .command("warm"),
                        id: "warm",
                        effect: .idempotent,
                        requirement: .optional
                    )
                    Item("Look", id: "look")
                }
                DeployKit.Phase("First month", isFollowUp: true) {
                    Item("Report", .command("report"), id: "report", effect: Effect.none)
                }
            }
        )
    }

    @Test func anOptionalAttemptUnderWayIsWaitedForAtTheEnd() throws {
        var trial = try Self.withOptional()
        try trial.perform(.begin("warm", runner: nil))
        try trial.perform(.complete("look", note: nil, evidence: []))
        #expect(trial.deployment.status == .observing, "it holds up nothing before the end")
        try trial.attempt("report")
        #expect(trial.deployment.status == .observing)
        #expect(
            trial.deployment.verdict(of: .completion, given: trial.facts)
                == .closed([.itemsOpen(["warm"])])
        )
        try trial.perform(.finish("warm", attempt: 1, AttemptOutcome(.failed(.exited(1)))))
        #expect(trial.deployment.status == .completed)
        #expect(trial.deployment.items["warm"]?.state == .failed(1))
    }

    @Test func aDeploymentIsNotSupersededBesideAnAttempt() throws {
        var trial = try Self.withOptional()
        try trial.perform(.complete("look", note: nil, evidence: []))
        try trial.perform(.begin("report", runner: nil))
        func start() throws -> Decision {
            let checklist = trial.deployment.checklist
            let request = StartRequest(
                id: "d-2",
                subject: DeploymentSubject(
                    service: "vesting",
                    environment: try Trial.staging(),
                    version: "1.4.3",
                    checklist: checklist.hash
                ),
                checklist: checklist
            )
            let context = DecisionContext(
                actor: .person("lena@example.com"),
                facts: trial.facts,
                head: Trial.head,
                entropy: Entropy(using: &trial.random)
            )
            return Deployment.decideStart(request, superseding: trial.deployment, in: context)
        }
        let refusal = try start().refusal
        #expect(refusal?.code == .environmentLocked)
        #expect(refusal?.message.contains("'report' of deployment d-1") == true)
        try trial.perform(.finish("report", attempt: 1, AttemptOutcome(.failed(.exited(1)))))
        try trial.perform(.reopen("report", reason: "again"))
        #expect(try start().refusal == nil)
    }

    @Test func aLostGateEndsADeploymentOnlyAfterWhatIsUnderWay() throws {
        let checklist = try Checklist("Orders") {
            DeployKit.Phase("Look") {
                Item("Query", .command("query"), id: "query", effect: Effect.none)
            }
            DeployKit.Phase("Deploy", gate: .signOffs(.one(of: "QA", assurance: .asserted))) {
                Item("Ship", id: "ship")
            }
        }
        var trial = try Trial(checklist)
        try trial.perform(.begin("query", runner: nil))
        try trial.perform(.sign("qa", .rejected, reason: "not yet"))
        #expect(trial.deployment.status == .halted(.gateRejected(.phase("deploy"))))
        try trial.perform(.finish("query", attempt: 1, AttemptOutcome(.passed)))
        #expect(trial.deployment.status == .aborted(.gateRejected(.phase("deploy"))))
        #expect(trial.deployment.items["query"]?.state == .passed(1))
    }

    @Test func aGateWhoseTimeIsOverWhenAnAttemptEndsEndsTheDeploymentAfterIt() throws {
        let plain = try Checklist("Orders") {
            DeployKit.Phase("Look") {
                Item("Query", .command("query"), id: "query", effect: Effect.none)
            }
            DeployKit.Phase("Deploy", gate: .signOffs(.one(of: "QA", assurance: .asserted))) {
                Item("Ship", id: "ship")
            }
        }
        let gate = GateID.phase("deploy")
        var trial = try Trial(
            Checklist(
                title: plain.title,
                phases: plain.phases,
                signOffSlots: plain.signOffSlots,
                gatePolicies: [GatePolicy(gate: gate, deadline: .hours(1))]
            )
        )
        try trial.attempt("query")
        try trial.perform(.reopen("query", reason: "again"))
        try trial.perform(.begin("query", runner: nil))
        trial.now = trial.now + .hours(2)
        // What time has brought about is noticed by the command that ends the attempt.
        try trial.perform(.finish("query", attempt: 2, AttemptOutcome(.passed)))
        #expect(trial.deployment.status == .aborted(.gateExpired(gate)))
        #expect(trial.deployment.items["query"]?.state == .passed(2))
        #expect(trial.replayed() == trial.deployment)
    }

    @Test func whatChecksLeftBehindIsTakenAwayBeforeARollbackThatBeganByItself() throws {
        func item(_ id: ItemID, cleanup: Bool = false) -> Item {
            Item(
                id: id,
                title: id.text,
                kind: .command("true"),
                effect: .idempotent,
                suite: "smoke",
                isCleanup: cleanup
            )
        }
        let level = RollbackLevel(
            id: "back",
            title: "Back",
            steps: [RollbackStep(title: "Undo", command: .shell("true"), effect: .idempotent)]
        )
        let trigger = RollbackTrigger(
            id: "smoke-fails",
            title: "Smoke fails",
            suite: "smoke",
            level: "back",
            policy: .automatic
        )
        let plan = RollbackPlan(levels: [level], triggers: [trigger])
        var trial = try Trial(
            try Checklist("Orders", rollbackPlan: plan) {
                DeployKit.Phase("Deploy") {
                    item("order")
                    item("pay")
                    item("tidy", cleanup: true)
                }
            }
        )
        try trial.attempt("order", .failed(.exited(1)))
        #expect(trial.deployment.status == .rollingBack)
        #expect(trial.decide(.begin("pay", runner: nil)).refusal?.code == .halted)
        #expect(trial.deployment.nextStep(given: trial.facts) == .start("tidy"))
        try trial.attempt("tidy", .failed(.exited(1)))
        #expect(trial.deployment.nextStep(given: trial.facts) == .start(step))
        try trial.attempt(step)
        try trial.perform(.complete(check, note: nil, evidence: []))
        #expect(trial.deployment.status == .rolledBack)
        #expect(trial.deployment.items["tidy"]?.state == .failed(1))
    }

    // MARK: What is opened again

    @Test func whatIsUnderWayKeepsItsGround() throws {
        let checklist = try Checklist("Orders") {
            DeployKit.Phase("Deploy") {
                Item("Build", id: "build")
                Item(
                    "Ship",
                    .command("ship"),
                    id: "ship",
                    effect: .irreversible,
                    after: ["build"]
                )
                Item("Look", id: "look")
            }
        }
        var trial = try Trial(checklist)
        try trial.perform(.complete("build", note: nil, evidence: []))
        try trial.perform(.begin("ship", runner: nil))
        let refusal = trial.decide(.reopen("build", reason: "stale")).refusal
        #expect(refusal?.code == .wrongState)
        #expect(refusal?.message.contains("'ship' builds on it, and is running") == true)
        try trial.perform(.finish("ship", attempt: 1, AttemptOutcome(.failed(.timedOut))))
        let doubt = trial.decide(.reopen("build", reason: "stale")).refusal
        #expect(doubt?.message.contains("'resolve' it first") == true)
        try trial.perform(.resolve("ship", happened: true, reason: "looked", evidence: []))
        try trial.perform(.reopen("build", reason: "stale"))
        #expect(trial.deployment.items["ship"]?.state == .pending)
    }

    @Test func whatCameAfterACleanupIsDoneAgainWithIt() throws {
        func item(_ id: ItemID, cleanup: Bool = false) -> Item {
            Item(
                id: id,
                title: id.text,
                kind: .command("true"),
                effect: .idempotent,
                suite: "smoke",
                isCleanup: cleanup
            )
        }
        let checklist = try Checklist("Orders") {
            DeployKit.Phase("Deploy") {
                item("check")
                item("tidy", cleanup: true)
                Item("Report", id: "report", after: ["tidy"])
                Item("Look", id: "look")
            }
        }
        var trial = try Trial(checklist)
        try trial.attempt("check")
        try trial.attempt("tidy")
        try trial.perform(.complete("report", note: nil, evidence: []))
        try trial.perform(.reopen("check", reason: "once more"))
        try trial.attempt("check")
        #expect(trial.deployment.items["tidy"]?.state == .pending)
        #expect(trial.deployment.items["report"]?.state == .pending)
    }
}
