// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What holds of rollbacks in any history, tried on seeded random ones; `DEPLOYKIT_HISTORIES` says
/// how many.
@Suite struct RollbackInvariantTests {
    static let seeds =
        1...(getenv("DEPLOYKIT_HISTORIES").flatMap { UInt64(String(cString: $0)) } ?? 120)

    // MARK: Histories

    /// A random history in which people and runners roll back more often than they would.
    static func history(_ seed: UInt64, steps: Int = 90) throws -> Trial {
        var random = SplitMix64(seed: seed)
        let checklist = try Self.checklist(&random)
        let environment =
            try Bool.random(using: &random) ? Trial.staging() : Trial.production()
        var trial = try Trial(checklist, environment: environment, seed: seed)
        let names = ["a@x.example", "b@x.example", "rita@example.com"]
        for _ in 0..<steps {
            let command = Self.command(for: trial.deployment, &random)
            let assurance: Actor.Assurance = Bool.random(using: &random) ? .asserted : .sshKey
            let name = names[Int.random(in: names.indices, using: &random)]
            let actor = Actor(id: ActorID(name), assurance: assurance)
            if case .accepted(let events, _) = trial.decide(command, by: actor) {
                trial.record(events[...], by: actor)
            }
            trial.now = trial.now + .seconds(Int.random(in: 0...600, using: &random))
        }
        return trial
    }

    private static func checklist(_ random: inout SplitMix64) throws -> Checklist {
        let items = (1...4).map { ItemID("item-\($0)") }
        func any<Value>(_ values: [Value], _ random: inout SplitMix64) -> Value {
            values[Int.random(in: values.indices, using: &random)]
        }
        func step(_ number: Int, _ random: inout SplitMix64) -> RollbackStep {
            let requirements: [Requirement] = [
                .required, .required, .required, .optional, .conditional("if it is on"),
            ]
            return RollbackStep(
                title: "Step \(number)",
                command: .shell("true"),
                effect: Bool.random(using: &random) ? any(Effect.allCases, &random) : nil,
                compensates: Int.random(in: 0...3, using: &random) > 0 ? any(items, &random) : nil,
                requirement: any(requirements, &random),
                when: Int.random(in: 0...5, using: &random) == 0
                    ? Condition("tier=production") : nil
            )
        }
        let levels = ["one", "two"].map { name in
            RollbackLevel(
                id: RollbackLevelID(name),
                title: name,
                impact: any([.low, .high], &random),
                losesData: Bool.random(using: &random) ? nil : false,
                steps: (1...Int.random(in: 1...4, using: &random)).map { step($0, &random) },
                verification: (0..<Int.random(in: 0...2, using: &random)).map {
                    step($0, &random)
                }
            )
        }
        let policies: [RollbackTrigger.Policy] = [
            .automatic, .automatic, .proposed, .requiresSignOff,
        ]
        let triggers = items.prefix(3).map { item in
            RollbackTrigger(
                id: RollbackTriggerID("t-\(item)"),
                title: "T",
                item: item,
                level: Bool.random(using: &random) ? any(levels, &random).id : nil,
                policy: any(policies, &random)
            )
        }
        let kinds: [ItemKind] = [.manual, .command("true"), .command("true")]
        let leaves = items.map { id in
            let kind = any(kinds, &random)
            return Item(
                id.text,
                kind,
                id: id,
                effect: kind == .manual ? nil : any(Effect.allCases, &random)
            )
        }
        return try Checklist(
            "Random",
            rollbackPlan: RollbackPlan(levels: levels, triggers: triggers)
        ) {
            DeployKit.Phase("One") { leaves.prefix(2).map(\.self) }
            DeployKit.Phase("Two") { leaves.suffix(2).map(\.self) }
        }
    }

    private static func command(
        for state: Deployment,
        _ random: inout SplitMix64
    ) -> DeploymentCommand {
        var ids = state.outline.leaves.map(\.item.id)
        let steps = state.rollback?.tasks.map(\.id) ?? []
        if !steps.isEmpty, Int.random(in: 0...4, using: &random) > 0 { ids = steps }
        if case .step(let next)? = state.rollback?.stage, Bool.random(using: &random) {
            ids = [next]
        }
        let id = ids[Int.random(in: ids.indices, using: &random)]
        let attempt = state.progress(of: id)?.attempts ?? 0
        let causes: [FailureCause] = [.exited(1), .timedOut, .lost, .notStarted]
        let levels: [RollbackLevelID?] = ["one", "two", nil]
        let level = levels[Int.random(in: 0...2, using: &random)]
        switch Int.random(in: 0...29, using: &random) {
        case 0...6: return .begin(id, runner: nil)
        case 7...12: return .finish(id, attempt: attempt, AttemptOutcome(.passed))
        case 13, 14:
            let cause = causes[Int.random(in: causes.indices, using: &random)]
            return .finish(id, attempt: attempt, AttemptOutcome(.failed(cause)))
        case 15...18: return .complete(id, note: nil, evidence: [])
        case 19: return .fail(id, reason: "no")
        case 20: return .skip(id, reason: "off")
        case 21: return .waive(id, reason: "not now")
        case 22, 23:
            let happened = Bool.random(using: &random)
            return .resolve(id, happened: happened, reason: "looked", evidence: [])
        case 24: return .reopen(id, reason: "again")
        case 25: return .rollback(.propose(level, reason: "odd"))
        case 26: return .rollback(.authorise(level, reason: "bad"))
        case 27:
            return Int.random(in: 0...2, using: &random) == 0
                ? .rollback(.dismiss(reason: "fine")) : .rollback(.authorise(level, reason: nil))
        case 28:
            let slots = state.signOffSlots.map(\.id)
            guard let slot = slots.first else { return .advance }
            return .sign(slot, .approved, reason: nil)
        default:
            return Int.random(in: 0...9, using: &random) == 0 ? .abort(reason: "enough") : .advance
        }
    }

    // MARK: Invariants

    /// D21: no step is done that undoes what had not begun, none is done before the rollback began
    /// or is of another one, and nothing goes forward once something goes back.
    @Test(arguments: seeds) func d21OnlyWhatHadBegunIsUndone(seed: UInt64) throws {
        let trial = try Self.history(seed)
        var allowed: Set<ItemID> = []
        var isGoingBack = false
        for (position, recorded) in trial.log.enumerated() {
            switch recorded.event {
            case .rollback(.authorised): (isGoingBack, allowed) = (true, [])
            case .rollback(.began(let level, let steps, let left)):
                allowed = Set(steps)
                let before = try #require(trial.replayed(position))
                let tasks = try #require(trial.deployment.checklist.rollbackTasks(of: level))
                #expect(Set(steps + left) == Set(tasks.map(\.id)))
                for task in tasks where steps.contains(task.id) && !task.isVerification {
                    guard let item = task.compensates else { continue }
                    #expect(before.items[item]?.attempts ?? 0 > 0, "\(task.id) of '\(item)'")
                }
                for progress in before.items.values {
                    if case .running = progress.state { Issue.record("something was under way") }
                }
            case .attemptStarted(let id, _, _, _), .done(let id, _, _, _):
                #expect(!isGoingBack || allowed.contains(id), "\(id)")
            default: break
            }
        }
    }

    /// D21: one rollback at a time, and one that nobody asked for at the most.
    @Test(arguments: seeds) func d21OneRollbackAtATime(seed: UInt64) throws {
        let events = try Self.history(seed).log.map(\.event)
        var isExecuting = false
        var automatic = 0
        for event in events {
            guard case .rollback(let event) = event else { continue }
            switch event {
            case .authorised(_, let trigger, _):
                #expect(!isExecuting)
                isExecuting = true
                if trigger != nil { automatic += 1 }
            case .resumed: isExecuting = true
            case .failed, .verified: isExecuting = false
            case .based, .proposed, .dismissed, .began: break
            }
        }
        #expect(automatic <= 1)
    }

    /// D21: what is undone is undone once, in all rollbacks of a deployment together.
    @Test(arguments: seeds) func d21NothingIsUndoneTwice(seed: UInt64) throws {
        let trial = try Self.history(seed)
        var tasks: [ItemID: RollbackTask] = [:]
        for level in trial.deployment.checklist.rollbackPlan?.levels ?? [] {
            for task in trial.deployment.checklist.rollbackTasks(of: level.id) ?? [] {
                tasks[task.id] = task
            }
        }
        var done: [ItemID: Int] = [:]
        for event in trial.log.map(\.event) {
            switch event {
            case .attemptPassed(let id, _, _, _, _), .done(let id, _, _, _),
                .doubtResolved(let id, _, true, _, _):
                guard let task = tasks[id], !task.isVerification else { continue }
                done[id, default: 0] += 1
            default: break
            }
        }
        #expect(done.values.allSatisfy { $0 == 1 }, "\(done)")
        var undone: Set<ItemID> = []
        for run in trial.deployment.rollbacks {
            let items = run.tasks.compactMap { task -> ItemID? in
                guard !task.isVerification, case .passed = run.progress(of: task.id).state else {
                    return nil
                }
                return task.compensates
            }
            #expect(undone.isDisjoint(with: items))
            undone.formUnion(items)
        }
    }

    /// D21: nothing is rolled back that was not seen to be.
    @Test(arguments: seeds) func d21TheEndWasVerified(seed: UInt64) throws {
        let trial = try Self.history(seed)
        guard trial.deployment.status == .rolledBack else { return }
        let run = try #require(trial.deployment.rollback)
        #expect(
            run.tasks.contains { task in
                guard task.isVerification else { return false }
                if case .passed = run.progress(of: task.id).state { return true }
                return false
            }
        )
        #expect(run.stage == .verified)
        let name = trial.deployment.subject.environment.name
        #expect(trial.environments[name]?.lock?.level == run.level)
        for progress in trial.deployment.items.values {
            if case .inDoubt = progress.state { Issue.record("a doubt was left") }
        }
    }

    /// D1: the events alone give the state after every prefix, and survive the way into the log.
    @Test(arguments: seeds) func d1RollbacksFold(seed: UInt64) throws {
        let trial = try Self.history(seed)
        #expect(trial.replayed() == trial.deployment)
        for recorded in trial.log {
            let bytes = try recorded.event.json.canonicalBytes(within: .record)
            let json = try JSONValue(canonical: bytes)
            #expect(
                try DeploymentEvent(kind: recorded.event.kind, json: json) == recorded.event
            )
        }
    }

    /// D5: wherever the log ends, a step that cannot be undone and has no result is not done again
    /// before somebody has found out that it did not happen.
    @Test(arguments: seeds) func d5NoStepIsRepeatedBlindly(seed: UInt64) throws {
        let trial = try Self.history(seed)
        var state = try #require(trial.replayed(1))
        for recorded in trial.log.dropFirst() {
            state.apply(recorded)
            guard let run = state.rollback else { continue }
            for task in run.tasks {
                guard case .running(let attempt) = run.progress(of: task.id).state else { continue }
                var cut = trial
                cut.deployment = state
                try cut.perform(.finish(task.id, attempt: attempt, AttemptOutcome(.failed(.lost))))
                let isHarmless = task.entry.item.effect?.allowsBlindRetry == true
                let after = try #require(cut.deployment.rollback)
                if isHarmless {
                    #expect(after.progress(of: task.id).state == .failed(attempt))
                    #expect(cut.deployment.status == .rollingBack)
                    continue
                }
                #expect(after.progress(of: task.id).state == .inDoubt(attempt))
                #expect(cut.decide(.begin(task.id, runner: nil)).refusal != nil)
                #expect(cut.decide(.reopen(task.id, reason: "again")).refusal != nil)
                #expect(cut.decide(.rollback(.authorise("two", reason: "x"))).refusal != nil)
            }
        }
    }

    /// D27: from wherever a rollback is, something leads to an end.
    @Test(arguments: seeds) func d27ARollbackCanAlwaysEnd(seed: UInt64) throws {
        var trial = try Self.history(seed, steps: 60)
        for _ in 0..<200 where !trial.deployment.status.isTerminal {
            guard let command = Self.wayOut(of: trial.deployment) else { break }
            try trial.perform(command)
        }
        #expect(trial.deployment.status.isTerminal, "\(trial.deployment.status)")
    }

    // What a patient person and a runner would do.
    private static func wayOut(of state: Deployment) -> DeploymentCommand? {
        for (id, progress) in state.items.sorted(by: { $0.key < $1.key }) {
            switch progress.state {
            case .running(let attempt):
                return .finish(id, attempt: attempt, AttemptOutcome(.passed))
            case .inDoubt: return .resolve(id, happened: true, reason: "looked", evidence: [])
            default: continue
            }
        }
        guard let run = state.rollback, state.isGoingBack else { return .abort(reason: "enough") }
        switch run.stage {
        case .waiting, .verified: return .advance
        case .step(let id):
            let isAutomatic = state.entry(of: id)?.item.kind.isAutomatic == true
            return isAutomatic
                ? .begin(id, runner: nil) : .complete(id, note: nil, evidence: [])
        case .underWay(let id):
            let attempt = run.progress(of: id).attempts
            return .finish(id, attempt: attempt, AttemptOutcome(.passed))
        case .lost(let id): return .reopen(id, reason: "lost")
        case .failed(let id):
            if case .inDoubt = run.progress(of: id).state {
                return .resolve(id, happened: true, reason: "looked", evidence: [])
            }
            return .reopen(id, reason: "seen to")
        }
    }
}
