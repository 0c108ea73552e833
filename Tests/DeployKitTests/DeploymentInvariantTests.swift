// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// The invariants of deployments that hold for any history, each tried on seeded random ones.
@Suite struct DeploymentInvariantTests {
    static let seeds = 1...60 as ClosedRange<UInt64>

    /// A random history: whatever is accepted is applied.
    static func history(_ seed: UInt64, steps: Int = 60) throws -> Trial {
        var random = SplitMix64(seed: seed)
        let checklist = try Self.checklist(&random)
        let environment =
            try Bool.random(using: &random) ? Trial.staging() : Trial.production()
        let directory = Directory(people: [
            .init(id: "a@x.example", aliases: ["a"], roles: ["QA", "Ops"]),
            .init(id: "b@x.example", roles: ["Ops"]),
            .init(id: "c@x.example", roles: ["QA"]),
        ])
        var trial = try Trial(
            checklist,
            environment: environment,
            directory: Bool.random(using: &random) ? directory : Directory(),
            seed: seed,
            by: .person("a@x.example")
        )
        let names = ["a@x.example", "a", "b@x.example", "c@x.example", "d@x.example"]
        for _ in 0..<steps {
            let name = names[Int.random(in: names.indices, using: &random)]
            let assurance: Actor.Assurance = Bool.random(using: &random) ? .asserted : .sshKey
            let actor = Actor(id: ActorID(name), assurance: assurance)
            let command = try Self.command(for: trial.deployment, &random)
            if case .accepted(let events, _) = trial.decide(command, by: actor) {
                trial.record(events[...], by: actor)
            }
            trial.now = trial.now + .seconds(Int.random(in: 0...3600, using: &random))
        }
        return trial
    }

    static func checklist(_ random: inout SplitMix64) throws -> Checklist {
        func item(_ number: Int, _ random: inout SplitMix64) -> Item {
            let requirement: Requirement =
                switch Int.random(in: 0...5, using: &random) {
                case 0: .optional
                case 1: .conditional("if it is on")
                default: .required
                }
            let effect = Effect.allCases[Int.random(in: 0...3, using: &random)]
            let kinds: [ItemKind] = [
                .manual, .manual, .command("true"), .probe(.get("http://localhost")),
                .capture("VESTING_CONTRACT_ID", from: .command("deploy")),
            ]
            let kind = kinds[Int.random(in: kinds.indices, using: &random)]
            return Item(
                "Item \(number)",
                kind,
                effect: kind == .manual ? nil : effect,
                requirement: requirement,
                after: number > 1 && Bool.random(using: &random)
                    ? [ItemID("item-\(number - 1)")] : [],
                isWaivable: Int.random(in: 0...3, using: &random) > 0
            )
        }
        let gate: PhaseGate? =
            Bool.random(using: &random)
            ? .signOffs(.one(of: "QA", assurance: .asserted), .two(of: "Ops")) : nil
        var number = 0
        var phases: [DeployKit.Phase] = []
        for phase in 1...Int.random(in: 1...3, using: &random) {
            var items: [Item] = []
            for _ in 1...Int.random(in: 1...4, using: &random) {
                number += 1
                items.append(item(number, &random))
            }
            let grouped = Bool.random(using: &random)
            let parts = grouped ? [Item(group: "Group \(phase)", children: { items })] : items
            phases.append(
                DeployKit.Phase(
                    "Phase \(phase)",
                    gate: phase == 2 ? gate : nil,
                    isFollowUp: phase == 3
                ) { parts }
            )
        }
        return try Checklist("Random", signOffs: [.one(of: "QA", assurance: .asserted)]) { phases }
    }

    static func command(
        for state: Deployment,
        _ random: inout SplitMix64
    ) throws -> DeploymentCommand {
        let leaves = state.outline.leaves
        let entry = leaves[Int.random(in: leaves.indices, using: &random)]
        let id = entry.item.id
        let attempt = state.items[id]?.attempts ?? 0
        let causes: [FailureCause] = [.exited(1), .timedOut, .lost, .notStarted]
        let slots = state.checklist.signOffSlots.map(\.id)
        let slot = slots[Int.random(in: slots.indices, using: &random)]
        switch Int.random(in: 0...22, using: &random) {
        case 0...4: return .begin(id, runner: nil)
        case 5...8:
            if case .capture = entry.item.kind {
                let network = state.subject.environment.networks[0]
                let contract = "CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA"
                let captured = try ContractID(contract, on: network)
                return .finish(id, attempt: attempt, AttemptOutcome(.captured(captured)))
            }
            return .finish(id, attempt: attempt, AttemptOutcome(.passed))
        case 9:
            let cause = causes[Int.random(in: causes.indices, using: &random)]
            return .finish(id, attempt: attempt, AttemptOutcome(.failed(cause)))
        case 10...13: return .complete(id, note: nil, evidence: [])
        case 14: return .fail(id, reason: "no")
        case 15: return .skip(id, reason: "off")
        case 16: return .waive(id, reason: "not now")
        case 17:
            return .resolve(
                id,
                happened: Bool.random(using: &random),
                reason: "looked",
                evidence: []
            )
        case 18: return .reopen(id, reason: "again")
        case 19, 20:
            let rejects = Int.random(in: 0...9, using: &random) == 0
            return .sign(slot, rejects ? .rejected : .approved, reason: rejects ? "no" : nil)
        case 21: return .withdraw(slot, reason: "changed my mind")
        default:
            return Int.random(in: 0...9, using: &random) == 0
                ? .abort(reason: "enough") : .note("seen")
        }
    }

    /// D1: the events alone give the state, after every prefix.
    @Test(arguments: seeds) func d1FoldEqualsTheStateAfterEveryPrefix(seed: UInt64) throws {
        let trial = try Self.history(seed)
        #expect(trial.replayed() == trial.deployment)
        var state = try #require(trial.replayed(1))
        for (position, event) in trial.log.enumerated().dropFirst() {
            state.apply(event)
            #expect(state == trial.replayed(position + 1))
        }
    }

    /// D1: events survive the way into the log and back.
    @Test(arguments: seeds) func d1EventsReadBackAsTheyWereWritten(seed: UInt64) throws {
        for recorded in try Self.history(seed).log {
            let event = recorded.event
            let bytes = try event.json.canonicalBytes(within: .record)
            let read = try DeploymentEvent(kind: event.kind, json: JSONValue(canonical: bytes))
            #expect(read == event)
        }
        let unknown = try DeploymentEvent(kind: "from-the-future", json: .object([:]))
        #expect(unknown == .unknown(kind: "from-the-future", body: .object([:])))
    }

    /// D2: what has ended does not change any more; who repeats what was recorded is told so.
    @Test(arguments: seeds) func d2TheEndIsTheEnd(seed: UInt64) throws {
        var trial = try Self.history(seed, steps: 40)
        if !trial.deployment.status.isTerminal {
            let decision = trial.decide(.abort(reason: "the end"))
            guard case .accepted(let events, _) = decision else { return }
            trial.record(events[...], by: .person("z"))
        }
        var random = SplitMix64(seed: seed)
        for _ in 0..<40 {
            let command = try Self.command(for: trial.deployment, &random)
            let decision = trial.decide(command)
            if case .already = decision { continue }
            #expect(decision.refusal?.code == .ended, "\(command): \(decision)")
        }
    }

    /// D4: an attempt that has a result was started first, and numbers only grow.
    @Test(arguments: seeds) func d4ResultsFollowStarts(seed: UInt64) throws {
        var started: [ItemID: Int] = [:]
        var open: [ItemID: Int] = [:]
        for event in try Self.history(seed).log.map(\.event) {
            switch event {
            case .attemptStarted(let id, let attempt, _, _):
                #expect(attempt == started[id, default: 0] + 1)
                started[id] = attempt
                open[id] = attempt
            case .attemptPassed(let id, let attempt, _, _, _),
                .attemptFailed(let id, let attempt, _, _, _),
                .attemptInDoubt(let id, let attempt, _, _, _):
                #expect(open[id] == attempt)
                if case .attemptInDoubt = event { continue }
                open[id] = nil
            case .done(let id, let attempt, _, _), .failed(let id, let attempt, _):
                #expect(attempt == started[id, default: 0] + 1)
                started[id] = attempt
            default: break
            }
        }
    }

    /// D5: wherever the log ends, an irreversible attempt without a result is never made again
    /// before somebody has found out that it did not happen.
    @Test(arguments: seeds) func d5NoBlindRepetition(seed: UInt64) throws {
        let trial = try Self.history(seed)
        for length in 1...trial.log.count {
            var cut = trial
            guard let state = trial.replayed(length) else { continue }
            cut.deployment = state
            for entry in state.outline.leaves {
                let id = entry.item.id
                guard case .running(let attempt) = state.items[id]?.state,
                    entry.item.effect?.allowsBlindRetry == false
                else { continue }
                let lost = AttemptOutcome(.failed(.lost))
                try cut.perform(.finish(id, attempt: attempt, lost))
                #expect(cut.deployment.items[id]?.state == .inDoubt(attempt))
                #expect(cut.decide(.begin(id, runner: nil)).refusal != nil)
                #expect(cut.decide(.reopen(id, reason: "again")).refusal != nil)
                let noReason = DeploymentCommand.resolve(
                    id,
                    happened: false,
                    reason: " ",
                    evidence: []
                )
                #expect(cut.decide(noReason).refusal?.code == .reasonMissing)
            }
        }
    }

    /// D8: nothing behind a gate with terms starts before the gate was consumed.
    @Test(arguments: seeds) func d8NothingStartsBehindAClosedGate(seed: UInt64) throws {
        let trial = try Self.history(seed)
        var consumed: Set<GateID> = []
        for event in trial.log.map(\.event) {
            switch event {
            case .gateConsumed(let gate, _, _): consumed.insert(gate)
            case .attemptStarted(let id, _, _, _), .done(let id, _, _, _):
                let entry = try #require(trial.deployment.outline[id])
                let phase = trial.deployment.checklist.phases[entry.phase].id
                let hasTerms = trial.deployment.checklist.signOffSlots.contains {
                    $0.gate == .phase(phase)
                }
                #expect(!hasTerms || consumed.contains(.phase(phase)), "\(id)")
            default: break
            }
        }
    }

    /// D9: the quorum is the largest matching, as brute force finds it, in any order of votes.
    @Test(arguments: 1...300 as ClosedRange<UInt64>)
    func d9TheQuorumIsTheLargestMatching(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let people = (1...6).map { ActorID("p\($0)") }
        let slots = (1...Int.random(in: 1...3, using: &random)).map { number in
            (id: SignOffSlotID("s\(number)"), count: Int.random(in: 1...3, using: &random))
        }
        var voters: [SignOffSlotID: Set<ActorID>] = [:]
        for slot in slots {
            voters[slot.id] = Set(people.filter { _ in Bool.random(using: &random) })
        }
        let filled = Quorum.filled(slots, by: voters)
        let places = slots.flatMap { Array(repeating: $0.id, count: $0.count) }
        #expect(filled.values.reduce(0, +) == Self.largest(places[...], voters, used: []))
        for slot in slots { #expect(filled[slot.id] ?? 0 <= slot.count) }
        let shuffled = Quorum.filled(slots.shuffled(using: &random), by: voters)
        #expect(shuffled.values.reduce(0, +) == filled.values.reduce(0, +))
        // More approval never opens less.
        var more = voters
        more[slots[0].id]?.insert(people[0])
        #expect(
            Quorum.filled(slots, by: more).values.reduce(0, +) >= filled.values.reduce(0, +)
        )
    }

    private static func largest(
        _ places: ArraySlice<SignOffSlotID>,
        _ voters: [SignOffSlotID: Set<ActorID>],
        used: Set<ActorID>
    ) -> Int {
        guard let place = places.first else { return 0 }
        var best = largest(places.dropFirst(), voters, used: used)
        for person in (voters[place] ?? []).subtracting(used) {
            let rest = largest(places.dropFirst(), voters, used: used.union([person]))
            best = max(best, rest + 1)
        }
        return best
    }

    /// D10: whoever is excluded never counts, under no alias; nobody fills two places of a group.
    @Test(arguments: seeds) func d10NobodyExcludedCounts(seed: UInt64) throws {
        let trial = try Self.history(seed)
        let state = trial.deployment
        for (gate, progress) in state.gates where progress.isConsumed {
            for group in Dictionary(grouping: progress.terms.slots, by: \.group).values {
                let ids = Set(group.map(\.id))
                let needed = group.filter { $0.requirement == .required }
                    .reduce(0) { $0 + $1.rule.count }
                let people = Set(
                    progress.signOffs.filter { signOff in
                        ids.contains(signOff.slot) && signOff.decision == .approved
                    }.map { progress.terms.directory.canonical($0.person) }
                )
                #expect(people.count >= needed, "\(gate): \(people) for \(needed)")
            }
        }
    }

    /// D13: a rejection is never a failure, and ends or halts the deployment.
    @Test(arguments: seeds) func d13ARejectionIsNoFailure(seed: UInt64) throws {
        let trial = try Self.history(seed)
        for (position, recorded) in trial.log.enumerated() {
            guard case .gateRejected = recorded.event,
                let state = trial.replayed(position + 2)
            else { continue }
            for progress in state.items.values where progress.settledAt == recorded.at {
                #expect(progress.cause != .reported || progress.actor != recorded.actor)
            }
            #expect(state.status != .active)
        }
    }

    /// D14: a waiver has a reason, and never takes what may not be waived.
    @Test(arguments: seeds) func d14WaiversHaveReasons(seed: UInt64) throws {
        let trial = try Self.history(seed)
        for (id, progress) in trial.deployment.items where progress.state == .waived {
            #expect(progress.note != nil)
            #expect(trial.deployment.outline[id]?.item.isWaivable == true)
        }
    }

    /// D25: the order of children means nothing to a group.
    @Test(arguments: seeds) func d25GroupsIgnoreTheOrderOfTheirChildren(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let all: [ItemState] = [
            .pending, .ready, .running(1), .inDoubt(1), .passed(1), .failed(1), .waived,
            .notApplicable, .cancelled,
        ]
        let children = (0..<Int.random(in: 1...6, using: &random)).map { _ in
            all[Int.random(in: all.indices, using: &random)]
        }
        let state = ItemState.ofGroup(children)
        for _ in 0..<10 {
            #expect(ItemState.ofGroup(children.shuffled(using: &random)) == state)
        }
        #expect(state.isSatisfying == children.allSatisfy(\.isSatisfying))
    }
}
