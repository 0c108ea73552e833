// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The states that the streams of one log add up to, each brought up to date by reading only what
/// was appended since.
actor Projections {
    private let log: AuditLog
    private var deployments: [DeploymentID: Deployment] = [:]
    private var environments: [StreamID: EnvironmentState] = [:]
    private var registries: [Environment.ID: (state: ContractRegistry, revision: Int)] = [:]
    private var people: (directory: Directory, revision: Int) = (Directory(), 0)
    private static let pageSize = 512
    private static let capacity = 64

    init(log: AuditLog) {
        self.log = log
    }

    /// The deployment with this name, or `nil` when there is none.
    func deployment(_ id: DeploymentID) async throws(DeploymentError) -> Deployment? {
        let stream = StreamID.deployment(id)
        var state = deployments[id]
        var revision = state?.revision ?? 0
        while true {
            let entries = try await page(of: stream, from: revision)
            for entry in entries {
                let recorded = try Self.recorded(entry)
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
    func environment(_ name: Environment.ID, of service: String) async throws(DeploymentError)
        -> EnvironmentState
    {
        let stream = StreamID.environment(name, of: service)
        var state = environments[stream] ?? EnvironmentState()
        while true {
            let entries = try await page(of: stream, from: state.revision)
            for entry in entries {
                let (body, _) = try Self.parts(of: entry)
                do {
                    state.apply(try EnvironmentEvent(kind: entry.kind, json: body), at: entry.at)
                } catch {
                    throw DeploymentError(.damaged("entry \(entry.position): \(error)"))
                }
            }
            if entries.count < Self.pageSize { break }
        }
        environments[stream] = state
        return state
    }

    /// The contracts of every environment that has any, and how many events each registry has.
    func contracts() async throws(DeploymentError)
        -> [Environment.ID: (state: ContractRegistry, revision: Int)]
    {
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
                    let (body, _) = try Self.parts(of: entry)
                    do {
                        try state.apply(ContractRegistry.Event(json: body))
                    } catch {
                        throw DeploymentError(.damaged("entry \(entry.position): \(error)"))
                    }
                }
                revision += entries.count
            }
            registries[name] = (state, revision)
        }
        return registries
    }

    /// The people, and how many times they were changed.
    func directory() async throws(DeploymentError) -> (directory: Directory, revision: Int) {
        while true {
            let entries = try await page(of: .directory, from: people.revision)
            for entry in entries {
                people.revision += 1
                guard entry.kind == "directory-applied" else { continue }
                let (body, _) = try Self.parts(of: entry)
                do {
                    var members = try JSONMembers(body)
                    people.directory = Directory(people: try members.list("people"))
                    try members.finish()
                } catch {
                    throw DeploymentError(.damaged("entry \(entry.position): \(error)"))
                }
            }
            if entries.count < Self.pageSize { return people }
        }
    }

    private func first(_ recorded: RecordedEvent) async throws(DeploymentError) -> Deployment {
        guard case .started(let id, let subject, _, _) = recorded.event else {
            throw DeploymentError(.damaged("a deployment begins with '\(recorded.event.kind)'"))
        }
        let blob: Blob?
        do {
            blob = try await log.store.blob(subject.checklist)
        } catch {
            throw DeploymentError(.store(error))
        }
        guard let blob, SHA256.digest(of: blob.bytes) == subject.checklist else {
            throw DeploymentError(.damaged("the checklist of deployment '\(id)' is missing"))
        }
        let checklist: Checklist
        do {
            checklist = try Checklist(json: JSONValue(canonical: blob.bytes, within: .definition))
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

    private static func parts(
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

    /// The stream of the people.
    public static var directory: Self { "directory" }
}
