// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployments {
    /// Starts a deployment that goes back from one that has ended. When one by the same level has
    /// not ended, that one is returned.
    ///
    /// - Parameters:
    ///   - id: The deployment to go back from.
    ///   - level: The level of the rollback plan; `nil` for the one with the least impact.
    ///   - reason: Why.
    ///   - actor: Who asks.
    /// - Returns: The new deployment. Where its level asks for signatures it waits for them.
    /// - Throws: ``DeploymentError`` when the rules do not allow it or the store fails.
    public func goBack(
        from id: DeploymentID,
        level: RollbackLevelID? = nil,
        reason: String,
        by actor: Actor
    ) async throws(DeploymentError) -> LiveDeployment {
        let original = try await state(of: id)
        guard let level = level ?? original.recommendedLevel?.id else {
            throw DeploymentError(
                .refused(Refusal(.wrongState, "there is nothing to go back from in \(id)"))
            )
        }
        let subject = DeploymentSubject(
            kind: .rollback,
            service: original.subject.service,
            environment: original.subject.environment,
            version: original.subject.version,
            artifacts: original.subject.artifacts,
            checklist: original.subject.checklist,
            level: level,
            original: id
        )
        return try await startGoingBack(
            subject,
            original.checklist,
            variables: original.variables,
            source: original.source,
            original: id,
            reason: reason,
            by: actor
        )
    }

    /// Starts a rehearsal of a level of a rollback plan: every step of it is done, and recorded.
    ///
    /// A rehearsal takes no lock. When it is completed, a gate may ask for it
    /// (``GateCondition/rehearsed(_:environment:within:)``). When one of the same level has not
    /// ended, that one is returned.
    ///
    /// - Parameters:
    ///   - level: The level.
    ///   - checklist: The checklist that has it.
    ///   - service: What is deployed; by default the service that the checklist names, or the slug
    ///     of its title.
    ///   - environment: Where; not of tier production.
    ///   - version: Which version of the service.
    ///   - source: The document that the checklist was read from: its path and bytes.
    ///   - variables: The values of variables, none of them secret.
    ///   - actor: Who asks.
    /// - Returns: The rehearsal.
    /// - Throws: ``DeploymentError`` when the rules do not allow it or the store fails.
    public func rehearse(
        _ level: RollbackLevelID,
        of checklist: Checklist,
        service: String? = nil,
        environment: Environment,
        version: String,
        source: (path: String, bytes: [UInt8])? = nil,
        variables: [(name: String, value: String)] = [],
        by actor: Actor
    ) async throws(DeploymentError) -> LiveDeployment {
        let kept = Self.kept(of: checklist, from: source)
        return try await startGoingBack(
            DeploymentSubject(
                kind: .rehearsal,
                service: service ?? checklist.service ?? Naming.slug(checklist.title),
                environment: environment,
                version: version,
                checklist: kept.hash,
                level: level
            ),
            checklist,
            variables: variables.map { .init(name: $0.name, values: [$0.value]) },
            source: kept.source,
            original: nil,
            reason: nil,
            blobs: kept.blobs,
            by: actor
        )
    }

    private func startGoingBack(
        _ subject: DeploymentSubject,
        _ checklist: Checklist,
        variables: [DeploymentEvent.Binding],
        source: DeploymentEvent.DocumentSource?,
        original: DeploymentID?,
        reason: String?,
        blobs: [Blob] = [],
        by actor: Actor
    ) async throws(DeploymentError) -> LiveDeployment {
        let place = StreamID.environment(subject.environment.name, of: subject.service)
        for _ in 0..<Self.rounds {
            let environment = try await projections.environment(
                subject.environment.name,
                of: subject.service
            )
            if let same = environment.occupants.last(where: {
                !$0.hasEnded && $0.subject == subject
            }) {
                return LiveDeployment(id: same.deployment, deployments: self)
            }
            var from: Deployment?
            if let original { from = try await state(of: original) }
            let people = try await projections.directory()
            let registries = try await projections.contracts()
            let entropy = entropy.next()
            let request = RollbackRequest(
                StartRequest(
                    id: DeploymentID.random(entropy),
                    subject: subject,
                    checklist: checklist,
                    source: source,
                    variables: variables
                ),
                reason: reason
            )
            let context = DecisionContext(
                actor: actor,
                facts: Facts(
                    now: clock.now(),
                    directory: people.directory,
                    environments: [subject.environment.name: environment],
                    registries: registries.mapValues(\.state)
                ),
                head: try await head(.current),
                entropy: entropy
            )
            let decision = Deployment.decideGoingBack(request, from: from, in: context)
            var revisions: [StreamID: Int] = [
                .deployment(request.start.id): 0, .directory: people.revision,
                place: environment.revision,
            ]
            if let from { revisions[.deployment(from.id)] = from.revision }
            let basis = Basis(id: request.start.id, subject: subject, revisions: revisions)
            let live = try await begin(decision, on: basis, blobs: blobs, context: context)
            if let live { return live }
        }
        throw DeploymentError(.store(Self.contention))
    }

    // MARK: Locks

    /// An environment that is locked since somebody went back there.
    public struct LockedEnvironment: Hashable, Sendable {
        /// The service.
        public let service: String
        /// The environment.
        public let environment: Environment.ID
        /// The lock.
        public let lock: EnvironmentState.Lock
    }

    /// The environments that are locked since somebody went back there.
    ///
    /// - Parameter service: Only those of this service; `nil` for all.
    /// - Returns: Each with its lock, the one that changed last first.
    /// - Throws: ``DeploymentError`` when the store fails.
    public func locked(
        of service: String? = nil
    ) async throws(DeploymentError) -> [LockedEnvironment] {
        try await environments(of: service).compactMap { place in
            place.state.lock.map { lock in
                LockedEnvironment(
                    service: place.service,
                    environment: place.environment,
                    lock: lock
                )
            }
        }
    }

    /// Lets others deploy again where somebody went back.
    ///
    /// - Parameters:
    ///   - environment: The environment.
    ///   - service: What is deployed there.
    ///   - reason: Why it may be deployed to again.
    ///   - actor: Who says so.
    ///   - key: An idempotency key.
    /// - Returns: The lock that is gone; `nil` when there was none.
    /// - Throws: ``DeploymentError`` when there is no reason or the store fails.
    @discardableResult
    public func unlock(
        _ environment: Environment.ID,
        of service: String,
        reason: String,
        by actor: Actor,
        key: String? = nil
    ) async throws(DeploymentError) -> EnvironmentState.Lock? {
        let request = key.map { key in
            let body: JSONValue = [key, "unlock", service, environment.text, reason].json
            return (key, SHA256.digest(of: body.canonicalBytes))
        }
        for _ in 0..<Self.rounds {
            if let request, try await wasDone(request.1, key: request.0) { return nil }
            let state = try await projections.environment(environment, of: service)
            guard let lock = state.lock else { return nil }
            let subject = try await self.state(of: lock.deployment).subject
            let context = DecisionContext(
                actor: actor,
                facts: Facts(now: clock.now()),
                head: try await head(.current),
                entropy: entropy.next()
            )
            let basis = Basis(
                id: lock.deployment,
                subject: subject,
                revisions: [.environment(environment, of: service): state.revision]
            )
            let events = try await append(
                state.decideUnlocking(reason: reason, in: context),
                on: basis,
                blobs: [],
                context: context,
                key: request
            )
            if let events {
                _ = await projections.take(events, on: basis, by: actor, at: context.facts.now)
                return lock
            }
        }
        throw DeploymentError(.store(Self.contention))
    }
}

extension EnvironmentState {
    /// Decides whether others may deploy again where somebody went back.
    public func decideUnlocking(reason: String, in context: DecisionContext) -> Decision {
        do throws(Refusal) {
            if let fault = context.actor.id.fault { throw Refusal(.nameRefused, fault) }
            try TypedText.check([reason])
            guard !reason.trimmed.isEmpty else {
                throw Refusal(.reasonMissing, "a reason is required, and is blank")
            }
            if lock == nil { return .already }
            var attachments = Attachments(entropy: context.entropy)
            let text = attachments.attach(reason)
            return .accepted([.environment(.unlocked(reason: text))], blobs: attachments.blobs)
        } catch {
            return .refused(error)
        }
    }
}
