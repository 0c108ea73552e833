// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

@Suite struct SmokeSuiteTests {
    static let look = Item(
        "Answers",
        .probe(.get("http://localhost/health")),
        effect: Effect.none,
        suite: "smoke"
    )

    static func order(_ check: CheckEffect, effect: Effect = .idempotent) -> Item {
        Item("Order", .shell("true"), effect: effect, suite: "smoke", check: check)
    }

    static func checklist(
        suites: [SmokeSuite?] = [],
        plan: RollbackPlan? = nil,
        @ChecklistBuilder<Item> _ items: () -> [Item]
    ) throws -> Checklist {
        try Checklist("Ferry", rollbackPlan: plan, suites: suites.compactMap(\.self)) {
            Phase("Deploy") { items() }
        }
    }

    private func refusal(
        _ checklist: Checklist,
        in environment: Environment,
        directory: Directory = Directory()
    ) -> Refusal? {
        do {
            _ = try Trial(checklist, environment: environment, directory: directory)
            return nil
        } catch {
            return error as? Refusal
        }
    }

    @Test func nothingThatMovesValueByItselfCanBeMadeForProduction() throws {
        // In Swift and in JSON, where the item itself is bound to production.
        let bound = Item(
            id: "pay",
            title: "Pay",
            kind: .shell("true"),
            effect: .idempotent,
            scope: ["mainnet"],
            suite: "smoke",
            check: .movesValue
        )
        let error = #expect(throws: ChecklistError.self) {
            try Checklist("Ferry") { Phase("Deploy") { bound } }
        }
        #expect(error?.code == .smokeSuite)
        #expect(throws: JSONError.self) { try Item(json: bound.json) }
        // In a deployment, where the environment decides.
        let checklist = try Self.checklist { Self.order(.movesValue) }
        #expect(refusal(checklist, in: try Trial.staging()) == nil)
        #expect(refusal(checklist, in: try Trial.production())?.code == .suiteRefused)
        #expect(refusal(checklist, in: .undeclared("anything"))?.code == .suiteRefused)
        let mixed = try Environment("canary", tier: .test, networks: [.stellarMainnet])
        #expect(refusal(checklist, in: mixed)?.code == .suiteRefused)
        // A person may.
        let manual = try Self.checklist {
            Self.look
            Item("Pay", suite: "smoke", check: .movesValue)
        }
        #expect(refusal(manual, in: try Trial.production()) == nil)
    }

    @Test func aMachineWritesInProductionOnlyAsASyntheticIdentity() throws {
        let nobody = try Self.checklist { Self.order(.writesSynthetic) }
        #expect(refusal(nobody, in: try Trial.production())?.code == .suiteRefused)
        #expect(refusal(nobody, in: try Trial.staging()) == nil)
        let synthetic = try Self.checklist(suites: [SmokeSuite("smoke", identity: "Probe-Buyer")]) {
            Self.order(.writesSynthetic)
        }
        #expect(refusal(synthetic, in: try Trial.production()) == nil)
        let directory = Directory(people: [
            Directory.Person(id: "lena@example.com", aliases: ["probe-buyer"], roles: [])
        ])
        let refused = refusal(synthetic, in: try Trial.staging(), directory: directory)
        #expect(refused?.message.contains("a real person") == true)
    }

    @Test func whatASuiteContradictsIsRefused() throws {
        let faulty = [
            Item("A", .shell("true"), effect: .irreversible, suite: "smoke"),
            Item("B", .shell("true"), effect: .idempotent, suite: "smoke", check: .readOnly),
            Item("C", .shell("true"), effect: .reversible, suite: "smoke", isCleanup: true),
            Item("D", .shell("true"), effect: .idempotent, isCleanup: true),
            Item("E", .shell("true"), effect: .idempotent, check: .writesSynthetic),
            Item(
                "F",
                .shell("true"),
                effect: .idempotent,
                suite: "smoke",
                check: .writesSynthetic,
                isCleanup: true
            ),
        ]
        for item in faulty {
            let error = #expect(throws: ChecklistError.self, "\(item.title)") {
                try Checklist("Ferry") { Phase("Deploy") { item } }
            }
            #expect(error?.code == .smokeSuite)
        }
        #expect(SmokeSuite("smoke", minimumChecks: 0) == nil)
        #expect(SmokeSuite(" ") == nil)
        #expect(SmokeSuite("smoke", deadline: .zero) == nil)
    }

    @Test func aSuiteWithoutEnoughChecksIsNone() throws {
        let checklist = try Self.checklist(suites: [SmokeSuite("smoke", minimumChecks: 2)]) {
            Self.look
            Item("Seen", suite: "smoke")
            Item("Wipe", .shell("true"), effect: .idempotent, suite: "smoke", isCleanup: true)
        }
        var trial = try Trial(checklist)
        for command: DeploymentCommand in [
            .smoke(.start("smoke", runner: nil)), .begin("deploy/answers", runner: nil),
        ] {
            guard case .refused(let refusal) = trial.decide(command) else {
                Issue.record("one check is not two")
                continue
            }
            #expect(refusal.code == .suiteRefused)
            #expect(refusal.message.contains("has 1 checks"))
        }
        guard case .refused(let unknown) = trial.decide(.smoke(.start("smok", runner: nil))) else {
            Issue.record("there is no such suite")
            return
        }
        #expect(unknown.code == .unknownName)
    }

    private static func two() throws -> Checklist {
        let trigger = RollbackTrigger(id: "bad", title: "Smoke fails", suite: "smoke", level: "l1")
        return try checklist(
            suites: [SmokeSuite("smoke", minimumChecks: 2)],
            plan: RollbackPlan(levels: [], triggers: [trigger])
        ) {
            look
            order(.writesSynthetic)
            Item("Wipe", .shell("true"), effect: .idempotent, suite: "smoke", isCleanup: true)
        }
    }

    private static func run(
        _ trial: inout Trial,
        _ causes: [FailureCause?]
    ) throws -> SmokeVerdict? {
        try trial.perform(.smoke(.start("smoke", runner: nil)))
        let run = trial.deployment.smokeRuns.count
        let items: [ItemID] = ["deploy/answers", "deploy/order", "deploy/wipe"]
        for (item, cause) in zip(items, causes) {
            try trial.perform(.smoke(.begin(item, run: run)))
            let outcome = AttemptOutcome(cause.map { .failed($0) } ?? .passed)
            try trial.perform(.smoke(.finish(item, run: run, outcome)))
        }
        try trial.perform(.smoke(.end(run: run)))
        return trial.deployment.smokeRuns.last?.verdict
    }

    @Test func whatCouldNotBeSeenIsNoFault() throws {
        var trial = try Trial(try Self.two())
        #expect(try Self.run(&trial, [nil, nil, nil])?.word == .passed)
        for cause in [FailureCause.unreachable, .timedOut, .lost, .interrupted, .notStarted] {
            let verdict = try Self.run(&trial, [cause, nil, nil])
            #expect(verdict == SmokeVerdict(.inconclusive, open: ["deploy/answers"]))
        }
        let unclean = try Self.run(&trial, [nil, nil, .exited(1)])
        #expect(unclean == SmokeVerdict(.inconclusive, open: ["deploy/wipe"]))
        #expect(trial.deployment.rollbackProposals.isEmpty)
        let wrong = try Self.run(&trial, [.unhealthy, .unreachable, nil])
        #expect(wrong?.word == .failed)
        #expect(wrong?.open == ["deploy/order"])
        #expect(trial.deployment.rollbackProposals.map(\.trigger) == ["bad"])
        _ = try Self.run(&trial, [.unhealthy, nil, nil])
        #expect(trial.deployment.rollbackProposals.count == 1, "a trigger proposes once")
    }

    // As in a run of the suite: what could not be taken away again is no fault of what was checked.
    @Test func aCleanupThatFailsCallsForNoRollback() throws {
        var trial = try Trial(try Self.two())
        for item: ItemID in ["deploy/answers", "deploy/order"] {
            try trial.perform(.begin(item, runner: nil))
            try trial.perform(.finish(item, attempt: 1, AttemptOutcome(.passed)))
        }
        try trial.perform(.begin("deploy/wipe", runner: nil))
        try trial.perform(.finish("deploy/wipe", attempt: 1, AttemptOutcome(.failed(.exited(1)))))
        #expect(trial.deployment.status == .halted(.itemFailed("deploy/wipe")))
        #expect(trial.deployment.rollbackProposals.isEmpty)
    }

    @Test func aRunAfterTheEndChangesNothingElse() throws {
        var trial = try Trial(try Self.two())
        for item: ItemID in ["deploy/answers", "deploy/order", "deploy/wipe"] {
            try trial.perform(.begin(item, runner: nil))
            try trial.perform(.finish(item, attempt: 1, AttemptOutcome(.passed)))
        }
        #expect(trial.deployment.status == .completed)
        let before = trial.deployment
        #expect(try Self.run(&trial, [nil, .exited(1), nil])?.word == .failed)
        #expect(trial.deployment.items == before.items)
        #expect(trial.deployment.status == before.status)
        #expect(trial.deployment.gates == before.gates)
        #expect(trial.deployment.rollbackProposals.count == 1)
        #expect(trial.replayed() == trial.deployment)
    }

    // D1, D2 and D4 for runs of suites: whatever is asked in whatever order, the fold of the log is
    // the state, and an end is only recorded for an attempt that was begun.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func anyOrderOfRequestsKeepsTheFold(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var trial = try Trial(try Self.two(), seed: seed)
        let items: [ItemID] = ["deploy/answers", "deploy/order", "deploy/wipe", "deploy/none"]
        for _ in 0..<60 {
            let run = Int.random(in: 0...3, using: &random)
            let item = items[Int.random(in: 0..<4, using: &random)]
            let cause: FailureCause? = Bool.random(using: &random) ? nil : .exited(1)
            let outcome = AttemptOutcome(cause.map { .failed($0) } ?? .passed)
            let attempt = Int.random(in: 1...3, using: &random)
            let command: DeploymentCommand =
                switch Int.random(in: 0..<7, using: &random) {
                case 0: .smoke(.start("smoke", runner: nil))
                case 1, 2: .smoke(.begin(item, run: run))
                case 3: .smoke(.finish(item, run: run, outcome))
                case 4: .smoke(.end(run: run))
                case 5: .begin(item, runner: nil)
                default: .finish(item, attempt: attempt, outcome)
                }
            let before = trial.deployment
            if case .refused = trial.decide(command) { continue }
            try trial.perform(command)
            #expect(trial.replayed() == trial.deployment)
            if case .smoke = command { #expect(trial.deployment.items == before.items) }
        }
        for event in trial.log.map(\.event) {
            #expect(try DeploymentEvent(kind: event.kind, json: event.json) == event)
        }
        var open: Set<[String]> = []
        for case .smoke(let event) in trial.log.map(\.event) {
            switch event {
            case .checkStarted(let run, let item, let attempt):
                open.insert(["\(run)", item.text, "\(attempt)"])
            case .checkEnded(let run, let item, let attempt, _, _, _):
                #expect(open.remove(["\(run)", item.text, "\(attempt)"]) != nil)
            default: break
            }
        }
    }

    @Test func cleanupIsOpenWheneverACheckHasBegunAndNoneIsUnderWay() throws {
        var trial = try Trial(try Self.two())
        #expect(trial.deployment.leftToCleanUp.isEmpty)
        try trial.perform(.begin("deploy/answers", runner: nil))
        #expect(trial.deployment.leftToCleanUp.isEmpty)
        let failed = AttemptOutcome(.failed(.unhealthy))
        try trial.perform(.finish("deploy/answers", attempt: 1, failed))
        #expect(trial.deployment.status == .halted(.itemFailed("deploy/answers")))
        #expect(trial.deployment.nextStep(given: trial.facts) == .start("deploy/wipe"))
        try trial.perform(.begin("deploy/wipe", runner: nil))
        try trial.perform(.finish("deploy/wipe", attempt: 1, AttemptOutcome(.passed)))
        guard case .rollbackProposed = trial.deployment.nextStep(given: trial.facts) else {
            Issue.record("the failure of the suite calls for no rollback")
            return
        }
        try trial.perform(.rollback(.dismiss(reason: "a full disk")))
        #expect(trial.deployment.nextStep(given: trial.facts) == .failed(["deploy/answers"]))
        // Made again, the check leaves something behind again.
        try trial.perform(.reopen("deploy/answers", reason: nil))
        try trial.perform(.begin("deploy/answers", runner: nil))
        #expect(trial.deployment.items["deploy/wipe"]?.state == .pending)
        #expect(trial.deployment.rollbackProposals.count == 1)
    }
}
