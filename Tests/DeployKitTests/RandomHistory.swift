// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A random deployment with everything that time and emergencies bring about: windows, deadlines,
/// freezes, glass that is broken, other editions of the checklist.
struct RandomHistory {
    /// How many of them a test tries: `DEPLOYKIT_HISTORIES`, else few.
    static let seeds: ClosedRange<UInt64> = {
        let count = getenv("DEPLOYKIT_HISTORIES").flatMap { UInt64(String(cString: $0)) } ?? 25
        return 1...max(1, count)
    }()

    static let directory = Directory(people: [
        .init(id: "a@x.example", aliases: ["a"], roles: ["QA", "Ops"]),
        .init(id: "b@x.example", roles: ["Ops"]),
        .init(id: "c@x.example", roles: ["QA"]),
        .init(id: "e@x.example", roles: ["SRE"]),
    ])
    static let names = [
        "a@x.example", "a", "b@x.example", "c@x.example", "d@x.example", "e@x.example",
    ]

    var trial: Trial
    /// The state before each event of the log but the first, and the facts that were known then.
    private(set) var steps: [(before: Deployment, facts: Facts, command: DeploymentCommand?)] = []
    private(set) var random: SplitMix64
    private var edition = 1

    init(_ seed: UInt64, steps count: Int = 60) throws {
        random = SplitMix64(seed: seed)
        let environment = try Bool.random(using: &random) ? Trial.staging() : Trial.production()
        trial = try Trial(
            try Self.checklist(1, &random),
            environment: environment,
            directory: Bool.random(using: &random) ? Self.directory : Directory(),
            seed: seed,
            by: .person("a@x.example")
        )
        for _ in 0..<count { try step() }
    }

    mutating func step() throws {
        let actor = self.actor()
        if Int.random(in: 0...24, using: &random) == 0 { freezeOrThaw() }
        let state = trial.deployment
        if Int.random(in: 0...19, using: &random) == 0 {
            var next = random
            edition += 1
            let checklist = try Self.edited(state.checklist, edition, &next)
            random = next
            var amended = trial
            // A refusal is an answer, too.
            guard (try? amended.amend(to: checklist, by: actor)) != nil else { return }
            note(amended, nil)
        } else {
            let command = try self.command()
            if case .accepted(let events, _) = trial.decide(command, by: actor) {
                var next = trial
                next.record(events[...], by: actor)
                note(next, command)
            }
        }
        let pause = Int.random(in: 0...9, using: &random) == 0 ? 200_000 : 4000
        trial.now = trial.now + .seconds(Int.random(in: -60...pause, using: &random))
    }

    private mutating func note(_ next: Trial, _ command: DeploymentCommand?) {
        let count = next.log.count - trial.log.count
        steps += (0..<count).map { _ in (trial.deployment, trial.facts, command) }
        trial = next
    }

    mutating func actor() -> Actor {
        let name = Self.names[Int.random(in: Self.names.indices, using: &random)]
        return Actor(
            id: ActorID(name),
            assurance: Bool.random(using: &random) ? .asserted : .sshKey
        )
    }

    private mutating func freezeOrThaw() {
        let text = AttachmentReference(
            digest: SHA256.digest(of: []),
            byteCount: 0,
            mediaType: "text/plain"
        )
        let until = Bool.random(using: &random) ? trial.now + .hours(1) : nil
        let event: EnvironmentEvent =
            Bool.random(using: &random)
            ? .frozen(RecordedFreeze(name: "sale", from: trial.now, until: until), reason: text)
            : .thawed(name: "sale", reason: text)
        let name = trial.deployment.subject.environment.name
        trial.environments[name, default: EnvironmentState()].apply(event, at: trial.now)
    }

    static func checklist(_ edition: Int, _ random: inout SplitMix64) throws -> Checklist {
        var checklist = try DeploymentInvariantTests.checklist(&random)
        let outcomes: [GatePolicy.AtDeadline] = [.expire, .reject, .escalate(["SRE"])]
        var policies: [GatePolicy] = []
        for phase in checklist.phases.dropFirst() where Bool.random(using: &random) {
            policies.append(
                GatePolicy(
                    gate: .phase(phase.id),
                    deadline: .hours(Int.random(in: 1...30, using: &random)),
                    atDeadline: outcomes[Int.random(in: 0...2, using: &random)],
                    breakGlassRoles: Bool.random(using: &random) ? ["SRE"] : []
                )
            )
        }
        let windows = [
            try MonitoringWindow(id: "at-once", title: "0-30 minutes", duration: .minutes(30)),
            try MonitoringWindow(
                id: "day",
                title: "First day",
                duration: .hours(6),
                cadence: .hours(2)
            ),
            try MonitoringWindow(
                id: "week",
                title: "Week 1",
                startAfter: .days(1),
                duration: .days(2),
                cadence: .days(1)
            ),
        ]
        checklist = Checklist(
            title: checklist.title,
            edition: String(edition),
            phases: checklist.phases,
            signOffSlots: checklist.signOffSlots,
            windows: Array(windows.prefix(Int.random(in: 0...3, using: &random))),
            gatePolicies: policies,
            contractSlots: checklist.contractSlots
        )
        return checklist
    }

    /// The same with one item that is called otherwise, or with one item more.
    static func edited(
        _ checklist: Checklist,
        _ edition: Int,
        _ random: inout SplitMix64
    ) throws -> Checklist {
        let position = Int.random(in: checklist.phases.indices, using: &random)
        var phases = checklist.phases
        let phase = phases[position]
        let extra = Item(id: ItemID("extra-\(edition)"), title: "Extra \(edition)")
        let adds = Bool.random(using: &random)
        let sections = phase.sections.enumerated().map { number, section in
            let items = section.items.enumerated().map { place, item in
                guard !adds, number == 0, place == 0, !item.isGroup else { return item }
                return Item(
                    id: item.id,
                    title: "\(item.title) (\(edition))",
                    kind: item.kind,
                    effect: item.effect,
                    requirement: item.requirement,
                    after: item.after
                )
            }
            return Section(
                id: section.id,
                title: section.title,
                scope: section.scope,
                requirement: section.requirement,
                items: items + (adds && number == 0 ? [extra] : [])
            )
        }
        phases[position] = DeployKit.Phase(
            id: phase.id,
            title: phase.title,
            scope: phase.scope,
            conditions: phase.conditions,
            concurrency: phase.concurrency,
            isFollowUp: phase.isFollowUp,
            sections: sections
        )
        return Checklist(
            title: checklist.title,
            edition: String(edition),
            phases: phases,
            signOffSlots: checklist.signOffSlots,
            windows: checklist.windows,
            gatePolicies: checklist.gatePolicies,
            contractSlots: checklist.contractSlots
        )
    }

    mutating func command() throws -> DeploymentCommand {
        let state = trial.deployment
        let gates = state.gates.keys.sorted { "\($0)" < "\($1)" }
        let phases = state.checklist.phases
        switch Int.random(in: 0...23, using: &random) {
        case 20, 21:
            // What others may stand on.
            let passed = state.outline.leaves.map(\.item.id).filter { id in
                if case .passed = state.items[id]?.state { true } else { false }
            }
            guard let id = passed.randomElement(using: &random) else { return .advance }
            return .reopen(id, reason: "again")
        case 22, 23:
            let ready = state.outline.leaves.filter { entry in
                entry.item.kind.isAutomatic && state.items[entry.item.id]?.state == .pending
            }
            guard let entry = ready.randomElement(using: &random) else { return .advance }
            return .begin(entry.item.id, runner: nil)
        case 0...3:
            guard let plan = state.windows.randomElement(using: &random) else { return .advance }
            let number = Bool.random(using: &random) ? nil : Int.random(in: 1...4, using: &random)
            switch Int.random(in: 0...9, using: &random) {
            case 0...2: return .observe(plan.window, number, .failed(reason: "bad"))
            case 3: return .observe(plan.window, number, .waived(reason: "not now"))
            case 4: return .observe(plan.window, number, .reopened(reason: "again"))
            default: return .observe(plan.window, number, .made(note: nil, evidence: []))
            }
        case 4:
            let phase = phases[Int.random(in: phases.indices, using: &random)]
            return .breakGlass(.phase(phase.id), reason: "now")
        case 5, 6:
            guard let gate = gates.randomElement(using: &random) else { return .advance }
            return .reopenGate(gate, reason: "once more")
        case 7: return .advance
        case 8:
            let slots = state.signOffSlots.map(\.id)
            guard let slot = slots.randomElement(using: &random) else { return .advance }
            return .sign(slot, .approved, reason: nil)
        default:
            return try DeploymentInvariantTests.command(for: state, &random)
        }
    }
}
