// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The states that the streams of one log add up to, each brought up to date by reading only what
/// was appended since.
actor Projections {
    /// How new a state must be.
    enum Freshness: Hashable, Sendable {
        /// As it was when it was last read or appended to: for a decision that is only kept if the
        /// store confirms, while it appends, every revision that was looked at.
        case known
        /// As it is in the store now.
        case current
    }

    private let log: AuditLog
    private var deployments: [DeploymentID: Deployment] = [:]
    private var environments: [StreamID: EnvironmentState] = [:]
    /// How many entries of an environment the last known snapshot covers.
    private var snapshots: [StreamID: Int] = [:]
    private var registries: [Environment.ID: (state: ContractRegistry, revision: Int)] = [:]
    private var hasReadRegistries = false
    private var people: (directory: Directory, revision: Int)?
    private static let pageSize = 512
    private static let capacity = 64

    init(log: AuditLog) {
        self.log = log
    }

    /// Works where the log works, so that no question to it changes threads.
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe log.unownedExecutor }

    /// Runs `body` where the log works.
    func run<Value: Sendable>(
        _ body: @Sendable () async throws(DeploymentError) -> Value
    ) async throws(DeploymentError) -> Value {
        try await body()
    }

    /// The deployment with this name, or `nil` when there is none.
    func deployment(
        _ id: DeploymentID,
        _ freshness: Freshness = .current
    ) async throws(DeploymentError) -> Deployment? {
        let stream = StreamID.deployment(id)
        var state = deployments[id]
        if freshness == .known, let state { return state }
        var revision = state?.revision ?? 0
        while true {
            let entries = try await page(of: stream, from: revision)
            for entry in entries {
                var recorded = try Self.recorded(entry)
                if case .amended(let amendment) = recorded.event {
                    recorded = try recorded.amending(
                        with: try await definition(amendment.checklist, of: id)
                    )
                }
                if state == nil {
                    state = try await first(recorded)
                } else {
                    state?.apply(recorded)
                }
            }
            revision += entries.count
            if entries.count < Self.pageSize { break }
        }
        if deployments[id] == nil, deployments.count >= Self.capacity { deployments = [:] }
        deployments[id] = state
        return state
    }

    /// The state of one environment of one service.
    func environment(
        _ name: Environment.ID,
        of service: String,
        _ freshness: Freshness = .current
    ) async throws(DeploymentError) -> EnvironmentState {
        let stream = StreamID.environment(name, of: service)
        if freshness == .known, let state = environments[stream] { return state }
        var state: EnvironmentState
        if let known = environments[stream] {
            state = known
        } else {
            state = try await snapshot(of: stream)?.state ?? EnvironmentState()
            snapshots[stream] = state.revision
        }
        while true {
            let entries = try await page(of: stream, from: state.revision)
            for entry in entries { try Self.apply(entry, to: &state) }
            if entries.count < Self.pageSize { break }
        }
        environments[stream] = state
        return state
    }

    /// The snapshot to append along with what is decided on `basis`, if one is due, and how many
    /// there are before it.
    func dueSnapshot(
        on basis: Deployments.Basis,
        by actor: Actor
    ) async throws(DeploymentError) -> (snapshot: EnvironmentSnapshot, of: StreamID, after: Int)? {
        let stream = StreamID.environment(
            basis.subject.environment.name,
            of: basis.subject.service
        )
        guard let state = environments[stream], state.revision == basis.revisions[stream],
            state.revision - (snapshots[stream] ?? 0) >= EnvironmentSnapshot.interval
        else { return nil }
        let last = try await snapshot(of: stream)
        snapshots[stream] = last?.state.revision ?? 0
        guard state.revision - (last?.state.revision ?? 0) >= EnvironmentSnapshot.interval else {
            return nil
        }
        return (EnvironmentSnapshot(state: state, actor: actor), stream, last?.count ?? 0)
    }

    /// The last snapshot of an environment, and how many there are.
    private func snapshot(
        of environment: StreamID
    ) async throws(DeploymentError) -> (state: EnvironmentState, count: Int)? {
        let stream = EnvironmentSnapshot.stream(of: environment)
        let summary: StreamSummary?
        do {
            summary = try await log.store.summary(of: stream)
        } catch {
            throw DeploymentError(.store(error))
        }
        guard let summary, summary.count > 0,
            let last = try await page(of: stream, from: summary.count - 1).last
        else { return nil }
        return (try await EnvironmentSnapshot.state(last, in: log.store), last.revision + 1)
    }

    static func apply(
        _ entry: AuditEntry,
        to state: inout EnvironmentState
    ) throws(DeploymentError) {
        let (body, _) = try parts(of: entry)
        do {
            state.apply(try EnvironmentEvent(kind: entry.kind, json: body), at: entry.at)
        } catch {
            throw DeploymentError(.damaged("entry \(entry.position): \(error)"))
        }
    }

    /// The contracts of every environment that has any, and how many events each registry has.
    func contracts(
        _ freshness: Freshness = .current
    ) async throws(DeploymentError)
        -> [Environment.ID: (state: ContractRegistry, revision: Int)]
    {
        if freshness == .known, hasReadRegistries { return registries }
        let prefix = "registry/"
        let streams: [StreamSummary]
        do {
            streams = try await log.store.streams(withPrefix: prefix, before: nil, limit: .max)
        } catch {
            throw DeploymentError(.store(error))
        }
        for stream in streams {
            let name = Environment.ID(String(stream.stream.text.dropFirst(prefix.count)))
            var (state, revision) = registries[name] ?? (ContractRegistry(environment: name), 0)
            while revision < stream.count {
                let entries = try await page(of: stream.stream, from: revision)
                if entries.isEmpty { break }
                for entry in entries {
                    let event = try Self.contractEvent(entry)
                    do {
                        try state.apply(event)
                    } catch {
                        throw DeploymentError(.damaged("entry \(entry.position): \(error)"))
                    }
                }
                revision += entries.count
            }
            registries[name] = (state, revision)
        }
        hasReadRegistries = true
        return registries
    }

    /// Everything that happened to the contracts of an environment, oldest first.
    func contractEvents(
        of environment: Environment.ID
    ) async throws(DeploymentError) -> [ContractRegistry.Event] {
        var events: [ContractRegistry.Event] = []
        while true {
            let entries = try await page(of: .registry(environment), from: events.count)
            for entry in entries { events.append(try Self.contractEvent(entry)) }
            if entries.count < Self.pageSize { return events }
        }
    }

    static func contractEvent(
        _ entry: AuditEntry
    ) throws(DeploymentError) -> ContractRegistry.Event {
        let (body, _) = try parts(of: entry)
        do {
            return try ContractRegistry.Event(json: body)
        } catch {
            throw DeploymentError(.damaged("entry \(entry.position): \(error)"))
        }
    }

    /// The people, and how many times they were changed.
    func directory(
        _ freshness: Freshness = .current
    ) async throws(DeploymentError) -> (directory: Directory, revision: Int) {
        if freshness == .known, let people { return people }
        var (directory, revision) = people ?? (Directory(), 0)
        while true {
            let entries = try await page(of: .directory, from: revision)
            for entry in entries where entry.kind == "directory-applied" {
                let (body, _) = try Self.parts(of: entry)
                do {
                    var members = try JSONMembers(body)
                    directory = Directory(people: try members.list("people"))
                    // Whoever applied it has judged the statement; it stays as evidence.
                    _ = try members.optional("statement", as: SignedStatement.self)
                    try members.finish()
                } catch {
                    throw DeploymentError(.damaged("entry \(entry.position): \(error)"))
                }
            }
            revision += entries.count
            if entries.count < Self.pageSize { break }
        }
        people = (directory, revision)
        return (directory, revision)
    }

    /// Brings the known states up to date with events that were just appended.
    ///
    /// - Parameters:
    ///   - events: What was appended, in order.
    ///   - basis: What the decision was based on; the store confirmed it.
    ///   - actor: Who decided.
    ///   - at: When.
    /// - Returns: The deployment's state afterwards, or `nil` when it must be read.
    func take(
        _ events: [Decision.Event],
        on basis: Deployments.Basis,
        by actor: Actor,
        at: Timestamp
    ) -> Deployment? {
        let place = basis.subject.environment.name
        let stream = StreamID.environment(place, of: basis.subject.service)
        // Taken out, so that they are changed where they are.
        var deployment = deployments.removeValue(forKey: basis.id)
        var environment = environments.removeValue(forKey: stream)
        // A state of another revision than the one that was decided on belongs to another reading.
        if deployment?.revision != basis.revisions[.deployment(basis.id)] { deployment = nil }
        if environment?.revision != basis.revisions[stream] { environment = nil }
        for event in events {
            switch event {
            case .deployment(.amended):
                // Its checklist is read with it.
                deployment = nil
            case .deployment(let event):
                deployment?.apply(RecordedEvent(event, by: actor, at: at))
            case .environment(let event):
                environment?.apply(event, at: at)
            case .registry:
                hasReadRegistries = false
            case .metrics: break
            case .other(let id, _):
                deployments[id] = nil
            }
        }
        deployments[basis.id] = deployment
        environments[stream] = environment
        return deployment
    }

    private func first(_ recorded: RecordedEvent) async throws(DeploymentError) -> Deployment {
        guard case .started(let id, let subject, _, _) = recorded.event else {
            throw DeploymentError(.damaged("a deployment begins with '\(recorded.event.kind)'"))
        }
        let bytes = try await definition(subject.checklist, of: id)
        let checklist: Checklist
        do {
            checklist = try Checklist(json: JSONValue(canonical: bytes, within: .definition))
        } catch {
            throw DeploymentError(.damaged("the checklist of deployment '\(id)': \(error)"))
        }
        guard
            let deployment = Deployment(recorded, checklist: checklist, hash: subject.checklist)
        else {
            throw DeploymentError(.damaged("deployment '\(id)' names another checklist"))
        }
        return deployment
    }

    /// The canonical JSON of a checklist that a deployment follows.
    private func definition(
        _ hash: Digest,
        of id: DeploymentID
    ) async throws(DeploymentError) -> [UInt8] {
        let blob: Blob?
        do {
            blob = try await log.store.blob(hash)
        } catch {
            throw DeploymentError(.store(error))
        }
        guard let blob, SHA256.digest(of: blob.bytes) == hash else {
            throw DeploymentError(.damaged("the checklist of deployment '\(id)' is missing"))
        }
        return blob.bytes
    }

    private func page(
        of stream: StreamID,
        from revision: Int
    ) async throws(DeploymentError) -> [AuditEntry] {
        do {
            return try await log.entries(of: stream, from: revision, limit: Self.pageSize)
        } catch {
            throw DeploymentError(.store(error))
        }
    }

    /// An event of a deployment with its circumstances, from its entry.
    static func recorded(_ entry: AuditEntry) throws(DeploymentError) -> RecordedEvent {
        let (body, actor) = try parts(of: entry)
        do {
            return RecordedEvent(
                try DeploymentEvent(kind: entry.kind, json: body),
                by: actor,
                at: entry.at
            )
        } catch {
            throw DeploymentError(.damaged("entry \(entry.position): \(error)"))
        }
    }

    static func parts(
        of entry: AuditEntry
    ) throws(DeploymentError) -> (body: JSONValue, actor: Actor) {
        guard case .object(var members) = entry.body,
            let actor = members.removeValue(named: "actor")
        else {
            throw DeploymentError(.damaged("entry \(entry.position) names no actor"))
        }
        members["request"] = nil
        do {
            return (.object(members), try Actor(json: actor))
        } catch {
            throw DeploymentError(.damaged("entry \(entry.position): \(error)"))
        }
    }
}

extension StreamID {
    /// The stream of a deployment.
    public static func deployment(_ id: DeploymentID) -> Self { Self("deployment/\(id)") }

    /// The stream of an environment of a service.
    public static func environment(_ name: Environment.ID, of service: String) -> Self {
        Self("environment/\(service)/\(name)")
    }

    /// The stream of the contracts of an environment.
    public static func registry(_ name: Environment.ID) -> Self { Self("registry/\(name)") }

    /// The stream of the metrics of a deployment.
    public static func metrics(_ id: DeploymentID) -> Self { Self("metrics/\(id)") }

    /// The stream of the people.
    public static var directory: Self { "directory" }
}
