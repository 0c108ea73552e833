// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// A deployment in memory, driven without a store: decisions are applied at once.
struct Trial {
    var deployment: Deployment
    var log: [RecordedEvent] = []
    var environments: [Environment.ID: EnvironmentState] = [:]
    var registries: [Environment.ID: ContractRegistry] = [:]
    var directory = Directory()
    var calendar = DeployCalendar()
    /// Every checklist that was followed, by hash.
    var definitions: [Digest: Checklist] = [:]
    var now = Timestamp(milliseconds: 1_767_225_600_000)
    var random: SplitMix64

    static let head = LogHead(origin: "deploykit.test", size: 7, root: MerkleTree.emptyRoot)

    init(
        _ checklist: Checklist,
        environment: Environment? = nil,
        variables: [DeploymentEvent.Binding] = [],
        directory: Directory = Directory(),
        calendar: DeployCalendar = DeployCalendar(),
        kind: DeploymentSubject.Kind = .deploy,
        now: Timestamp? = nil,
        breakGlass: String? = nil,
        seed: UInt64 = 1,
        by requester: Actor = .person("rita@example.com")
    ) throws {
        random = SplitMix64(seed: seed)
        if let now { self.now = now }
        let environment = try environment ?? Self.staging()
        let subject = DeploymentSubject(
            kind: kind,
            service: "vesting",
            environment: environment,
            version: "1.4.2",
            checklist: checklist.hash
        )
        let request = StartRequest(
            id: "d-1",
            subject: subject,
            checklist: checklist,
            variables: variables,
            breakGlass: breakGlass
        )
        let context = DecisionContext(
            actor: requester,
            facts: Facts(now: self.now, directory: directory, calendar: calendar),
            head: Self.head,
            entropy: Entropy(using: &random)
        )
        self.directory = directory
        self.calendar = calendar
        definitions[checklist.hash] = checklist
        let events = try Deployment.decideStart(request, superseding: nil, in: context).events
        guard case .deployment(let first) = events.first else { throw Unexpected.noEvent }
        let started = RecordedEvent(first, by: requester, at: self.now)
        log = [started]
        guard
            let state = Deployment(started, checklist: checklist, hash: checklist.hash)
        else { throw Unexpected.noEvent }
        deployment = state
        record(events.dropFirst(), by: requester)
    }

    static func staging() throws -> Environment {
        try Environment("staging", tier: .test, networks: [.stellarTestnet])
    }

    static func production() throws -> Environment {
        try Environment("production", tier: .production, networks: [.stellarMainnet])
    }

    var facts: Facts {
        Facts(
            now: now,
            directory: directory,
            environments: environments,
            registries: registries,
            calendar: calendar
        )
    }

    /// Decides to follow another checklist, and applies it; a refusal is thrown.
    mutating func amend(
        to checklist: Checklist,
        reason: String = "it was wrong",
        by actor: Actor = .person("lena@example.com")
    ) throws {
        let context = DecisionContext(
            actor: actor,
            facts: facts,
            head: Self.head,
            entropy: Entropy(using: &random)
        )
        let request = AmendRequest(checklist: checklist, reason: reason)
        let events = try deployment.decide(amending: request, in: context).events
        definitions[checklist.hash] = checklist
        record(events[...], by: actor)
    }

    mutating func decide(
        _ command: DeploymentCommand,
        by actor: Actor = .person("lena@example.com"),
        texts: [Digest: String] = [:]
    ) -> Decision {
        deployment.decide(
            command,
            in: DecisionContext(
                actor: actor,
                facts: facts,
                head: Self.head,
                entropy: Entropy(using: &random),
                texts: texts
            )
        )
    }

    /// Decides and applies; a refusal is thrown.
    mutating func perform(
        _ command: DeploymentCommand,
        by actor: Actor = .person("lena@example.com")
    ) throws {
        record(try decide(command, by: actor).events[...], by: actor)
    }

    mutating func record(_ events: ArraySlice<Decision.Event>, by actor: Actor) {
        for event in events {
            switch event {
            case .deployment(let event):
                var definition: Checklist?
                if case .amended(let amendment) = event {
                    definition = definitions[amendment.checklist]
                }
                let recorded = RecordedEvent(event, by: actor, at: now, definition: definition)
                log.append(recorded)
                deployment.apply(recorded)
            case .environment(let event):
                environments[deployment.subject.environment.name, default: EnvironmentState()]
                    .apply(event, at: now)
            case .registry(let event):
                let name = deployment.subject.environment.name
                var registry = registries[name] ?? ContractRegistry(environment: name)
                do {
                    try registry.apply(event)
                } catch {
                    preconditionFailure("the registry refused its own decision: \(error)")
                }
                registries[name] = registry
            case .metrics, .other: break
            }
        }
    }

    /// The state that the events so far add up to.
    func replayed(_ count: Int? = nil) -> Deployment? {
        guard let first = log.first,
            case .started(_, let subject, _, _) = first.event,
            let checklist = definitions[subject.checklist],
            var state = Deployment(first, checklist: checklist, hash: subject.checklist)
        else { return nil }
        for event in log.prefix(count ?? log.count).dropFirst() { state.apply(event) }
        return state
    }

    func state(_ id: ItemID) -> ItemState? { deployment.state(of: id, given: facts) }

    enum Unexpected: Error { case noEvent }
}

extension Decision {
    /// The events, none when it has happened already; a refusal is thrown.
    var events: [Event] {
        get throws {
            switch self {
            case .accepted(let events, let blobs):
                // A log with a blob that no entry names is INVALID.
                let text = events.map { String(decoding: $0.body.canonicalBytes, as: UTF8.self) }
                for blob in blobs where !text.contains(where: { $0.contains(blob.digest.hex) }) {
                    Issue.record("no event names the blob \(blob.digest.hex)")
                }
                return events
            case .already: return []
            case .refused(let refusal): throw refusal
            }
        }
    }

    var refusal: Refusal? {
        if case .refused(let refusal) = self { refusal } else { nil }
    }
}

extension Decision.Event {
    fileprivate var body: JSONValue {
        switch self {
        case .deployment(let event): event.json
        case .environment(let event): event.json
        case .registry(let event): event.json
        case .metrics(let event): event.json
        case .other(_, let event): event.json
        }
    }
}

extension Checklist {
    /// Two phases, one of every kind of item that a person or a runner settles.
    static func vesting(gate: PhaseGate? = nil) throws -> Checklist {
        try Checklist("Token vesting", edition: "1", signOffs: [.one(of: "Product Owner")]) {
            DeployKit.Phase("Prepare") {
                Item("Build", .command("make", "wasm"), effect: .idempotent)
                Item("Review", evidence: ["the pull request"])
                Item("Texts for SMS", requirement: .conditional("if SMS is enabled"))
                Item("Polish", requirement: .optional)
            }
            DeployKit.Phase("Deploy", gate: gate) {
                Item(
                    "Deploy vesting",
                    .capture("VESTING_CONTRACT_ID", from: .command("./deploy", "vesting")),
                    effect: .irreversible
                )
                Item(group: "Checks") {
                    Item("Balance is right")
                    Item("Admin is right", after: ["balance-is-right"])
                }
            }
        }
    }
}
