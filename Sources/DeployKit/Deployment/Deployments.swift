// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Deployments kept in a store: the way in for services and for the command.
///
/// Every call reads what it needs, decides, and appends the events in one transaction with the
/// revisions that it read; when another writer was faster it starts over. What a call has returned
/// is durable as far as the store promises it. Nothing runs in the background.
public struct Deployments: Sendable {
    /// The log that everything is recorded in.
    public let log: AuditLog
    let clock: any WallClock
    let entropy: any EntropySource
    let zones: any ZoneSource
    let freezes: [Occasion]
    let windows: [Occasion]
    let projections: Projections
    var observer: (@Sendable (HookOccasion) -> Void)?
    // Each round means that another writer was faster.
    static let rounds = 32

    /// Deployments kept in `store`.
    ///
    /// - Parameters:
    ///   - store: Where the log is kept.
    ///   - service: What a new log is named after, together with 16 random hexadecimal digits.
    ///   - origin: The whole name that a new log gets, in place of that.
    ///   - clock: What tells the time.
    ///   - entropy: What gives randomness for salts and names.
    ///   - zones: What knows the time zones that environments name; by default none but UTC.
    ///   - freezes: When nothing new goes out, besides what the log says.
    ///   - windows: When something may go out to the environments that they are about.
    public init(
        store: any AuditStore,
        service: String = "deploykit",
        origin: String? = nil,
        clock: any WallClock = SystemClock(),
        entropy: any EntropySource = SystemEntropy(),
        zones: any ZoneSource = NoZones(),
        freezes: [Occasion] = [],
        windows: [Occasion] = []
    ) {
        let suffix = SHA256.digest(of: entropy.next().salt(0)).hex.prefix(16)
        log = AuditLog(store: store, origin: origin ?? "\(Naming.slug(service)).\(suffix)")
        self.clock = clock
        self.entropy = entropy
        self.zones = zones
        self.freezes = freezes
        self.windows = windows
        projections = Projections(log: log)
    }

    /// Starts a deployment. When one of the same service, environment, version, checklist and kind
    /// has not ended, that one is returned.
    ///
    /// - Parameters:
    ///   - checklist: The checklist to follow.
    ///   - service: What is deployed; by default the service that the checklist names, or the slug
    ///     of its title.
    ///   - environment: Where to.
    ///   - version: Which version of the service.
    ///   - artifacts: What is deployed, by content.
    ///   - kind: What kind of run it is.
    ///   - source: The document that the checklist was read from: its path and bytes.
    ///   - variables: The values of variables, none of them secret.
    ///   - breakGlass: Why it begins although the environment is frozen or closed; `nil` for it to
    ///     be refused then.
    ///   - actor: Who starts it.
    /// - Returns: The deployment.
    /// - Throws: ``DeploymentError`` when the rules do not allow it or the store fails.
    public func start(
        _ checklist: Checklist,
        service: String? = nil,
        environment: Environment,
        version: String,
        artifacts: [DeploymentSubject.Artifact] = [],
        kind: DeploymentSubject.Kind = .deploy,
        source: (path: String, bytes: [UInt8])? = nil,
        variables: [(name: String, value: String)] = [],
        breakGlass: String? = nil,
        by actor: Actor
    ) async throws(DeploymentError) -> LiveDeployment {
        let kept = Self.kept(of: checklist, from: source)
        let subject = DeploymentSubject(
            kind: kind,
            service: service ?? checklist.service ?? Naming.slug(checklist.title),
            environment: environment,
            version: version,
            artifacts: artifacts,
            checklist: kept.hash
        )
        for _ in 0..<Self.rounds {
            let state = try await projections.environment(environment.name, of: subject.service)
            if let same = state.occupants.last(where: { !$0.hasEnded && $0.subject == subject }) {
                return LiveDeployment(id: same.deployment, deployments: self)
            }
            let entropy = entropy.next()
            let request = StartRequest(
                id: DeploymentID.random(entropy),
                subject: subject,
                checklist: checklist,
                source: kept.source,
                variables: variables.map { .init(name: $0.name, values: [$0.value]) },
                breakGlass: breakGlass
            )
            var observed: Deployment?
            if let observer = state.observer {
                observed = try await projections.deployment(observer.deployment)
            }
            let people = try await projections.directory()
            let context = DecisionContext(
                actor: actor,
                facts: Facts(
                    now: clock.now(),
                    directory: people.directory,
                    environments: [environment.name: state],
                    calendar: calendar(of: environment)
                ),
                head: try await head(.current),
                entropy: entropy
            )
            let decision = Deployment.decideStart(request, superseding: observed, in: context)
            var revisions: [StreamID: Int] = [
                .deployment(request.id): 0, .directory: people.revision,
                .environment(environment.name, of: subject.service): state.revision,
            ]
            if let observed { revisions[.deployment(observed.id)] = observed.revision }
            let basis = Basis(id: request.id, subject: subject, revisions: revisions)
            let live = try await begin(decision, on: basis, blobs: kept.blobs, context: context)
            if let live { return live }
        }
        throw DeploymentError(.store(Self.contention))
    }

    /// Starts a deployment to an environment of which nothing but the name is known, which counts
    /// as production.
    ///
    /// - Throws: ``DeploymentError`` when the rules do not allow it or the store fails.
    public func start(
        _ checklist: Checklist,
        service: String? = nil,
        environment: Environment.ID,
        version: String,
        by actor: Actor
    ) async throws(DeploymentError) -> LiveDeployment {
        try await start(
            checklist,
            service: service,
            environment: .undeclared(environment),
            version: version,
            by: actor
        )
    }

    /// The deployment with this name.
    ///
    /// - Throws: ``DeploymentError``, cause `notFound`, when there is none.
    public func deployment(_ id: DeploymentID) async throws(DeploymentError) -> LiveDeployment {
        _ = try await state(of: id)
        return LiveDeployment(id: id, deployments: self)
    }

    /// The deployments, the one that changed last first.
    ///
    /// - Parameters:
    ///   - position: Only those whose last change stands before this position of the log; `nil`
    ///     for all.
    ///   - limit: How many at the most.
    /// - Returns: The states, each with the position of its last change.
    /// - Throws: ``DeploymentError`` when the store fails.
    public func list(
        before position: Int? = nil,
        limit: Int = 50
    ) async throws(DeploymentError) -> [(state: Deployment, lastPosition: Int)] {
        let streams: [StreamSummary]
        do {
            streams = try await log.store.streams(
                withPrefix: "deployment/",
                before: position,
                limit: limit
            )
        } catch {
            throw DeploymentError(.store(error))
        }
        var result: [(state: Deployment, lastPosition: Int)] = []
        for stream in streams {
            let id = DeploymentID(String(stream.stream.text.dropFirst("deployment/".count)))
            result.append((try await state(of: id), stream.lastPosition))
        }
        return result
    }

    /// Carries out a command.
    ///
    /// - Parameters:
    ///   - command: What is to be done.
    ///   - id: To which deployment.
    ///   - actor: Who asks.
    ///   - key: An idempotency key: the same key with the same command changes nothing again.
    /// - Returns: Whether anything changed, and the state afterwards.
    /// - Throws: ``DeploymentError`` when the rules do not allow it or the store fails.
    @discardableResult
    public func perform(
        _ command: DeploymentCommand,
        on id: DeploymentID,
        by actor: Actor,
        key: String? = nil
    ) async throws(DeploymentError) -> CommandResult {
        try await projections.run { () async throws(DeploymentError) in
            try await carryOut(command, on: id, by: actor, key: key)
        }
    }

    private func carryOut(
        _ command: DeploymentCommand,
        on id: DeploymentID,
        by actor: Actor,
        key: String?
    ) async throws(DeploymentError) -> CommandResult {
        // What is known from before is enough for an event, since the store confirms it while it
        // appends. A refusal is only believed of what the store holds now, and a signature is
        // bound to the head as it is now.
        var freshness = command.isSignOff ? Projections.Freshness.current : .known
        for _ in 0..<Self.rounds {
            if freshness == .current, let key, try await wasDone(command, key: key) {
                return CommandResult(hasChanged: false, state: try await state(of: id))
            }
            let state = try await state(of: id, freshness)
            let (context, basis) = try await context(for: state, command, actor, freshness)
            let decision = state.decide(command, in: context)
            if freshness == .known, !decision.isAccepted {
                freshness = .current
                continue
            }
            if case .already = decision { return CommandResult(hasChanged: false, state: state) }
            let request = key.map { ($0, command.requestDigest(key: $0)) }
            let events = try await append(
                decision,
                on: basis,
                blobs: [],
                context: context,
                key: request
            )
            guard let events else {
                freshness = .current
                continue
            }
            let known = await projections.take(events, on: basis, by: actor, at: context.facts.now)
            if let known { return CommandResult(hasChanged: true, state: known) }
            return CommandResult(hasChanged: true, state: try await self.state(of: id))
        }
        throw DeploymentError(.store(Self.contention))
    }

    /// The state of a deployment as it is now.
    ///
    /// - Throws: ``DeploymentError``, cause `notFound`, when there is none.
    public func state(of id: DeploymentID) async throws(DeploymentError) -> Deployment {
        try await state(of: id, .current)
    }

    private func state(
        of id: DeploymentID,
        _ freshness: Projections.Freshness
    ) async throws(DeploymentError) -> Deployment {
        guard let state = try await projections.deployment(id, freshness) else {
            throw DeploymentError(.notFound(id))
        }
        return state
    }

    /// What the rules must know besides the deployment, as it is now.
    ///
    /// - Throws: ``DeploymentError`` when the store fails.
    public func facts(for state: Deployment) async throws(DeploymentError) -> Facts {
        try await facts(for: state, .current).facts
    }

    /// What the rules must know besides the deployment, and how many entries each stream has that
    /// it was learnt from, the deployment's own included.
    func facts(
        for state: Deployment,
        _ freshness: Projections.Freshness,
        following checklist: Checklist? = nil
    ) async throws(DeploymentError) -> (facts: Facts, revisions: [StreamID: Int]) {
        var revisions: [StreamID: Int] = [.deployment(state.id): state.revision]
        var names = [state.subject.environment.name]
        let phases = state.checklist.phases + (checklist?.phases ?? [])
        for condition in phases.flatMap(\.conditions) {
            switch condition {
            case .completed(let environment, _), .rehearsed(_, let environment, _):
                names.append(environment)
            case .metrics: break
            }
        }
        var environments: [Environment.ID: EnvironmentState] = [:]
        for name in names where environments[name] == nil {
            let environment = try await projections.environment(
                name,
                of: state.subject.service,
                freshness
            )
            environments[name] = environment
            revisions[.environment(name, of: state.subject.service)] = environment.revision
        }
        let registries = try await projections.contracts(freshness)
        revisions[.registry(state.subject.environment.name)] = 0
        for (name, registry) in registries { revisions[.registry(name)] = registry.revision }
        let people = try await projections.directory(freshness)
        revisions[.directory] = people.revision
        let now = clock.now()
        let judgements = try await judgements(of: state, at: now)
        if let first = judgements.first { revisions[.metrics(state.id)] = first.value.revision }
        let facts = Facts(
            now: now,
            directory: people.directory,
            environments: environments,
            registries: registries.mapValues(\.state),
            judgements: judgements,
            calendar: calendar(of: state.subject.environment)
        )
        return (facts, revisions)
    }

    private func calendar(of environment: Environment) -> DeployCalendar {
        var rules: [String: ZoneRules] = [:]
        let named = [environment.zone].compactMap { $0 } + (freezes + windows).compactMap(\.zone)
        for name in named where rules[name] == nil { rules[name] = zones.rules(named: name) }
        return DeployCalendar(zones: rules, freezes: freezes, windows: windows)
    }

    /// The text of an attachment, or `nil` when it was erased or is no text.
    ///
    /// - Throws: ``DeploymentError`` when the store fails.
    public func text(
        of reference: AttachmentReference
    ) async throws(DeploymentError) -> String? {
        do {
            return try await log.store.blob(reference.digest).flatMap { blob in
                String(validating: blob.bytes, as: UTF8.self)
            }
        } catch {
            throw DeploymentError(.store(error))
        }
    }
}

/// What came of a command.
public struct CommandResult: Sendable {
    /// Whether anything changed; `false` when the same had happened already.
    public let hasChanged: Bool
    /// The state afterwards.
    public let state: Deployment
}
