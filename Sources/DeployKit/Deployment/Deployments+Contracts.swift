// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What came of a ``ContractCommand``.
public struct ContractResult: Sendable {
    /// Whether anything changed; `false` when all was so already.
    public let hasChanged: Bool
    /// The registry afterwards.
    public let registry: ContractRegistry
}

extension Deployments {
    /// The contracts of an environment; empty where none was recorded.
    ///
    /// - Throws: ``DeploymentError`` when the store fails.
    public func contracts(
        of environment: Environment.ID
    ) async throws(DeploymentError) -> ContractRegistry {
        try await projections.contracts()[environment]?.state
            ?? ContractRegistry(environment: environment)
    }

    /// The contracts of every environment that has any.
    ///
    /// - Throws: ``DeploymentError`` when the store fails.
    public func contracts() async throws(DeploymentError) -> [Environment.ID: ContractRegistry] {
        try await projections.contracts().mapValues(\.state)
    }

    /// Every state that the contracts of an environment ever had, oldest first.
    ///
    /// - Returns: The snapshots of all slots, each once for every time that it came about.
    /// - Throws: ``DeploymentError`` when the store fails.
    public func contractSnapshots(
        of environment: Environment
    ) async throws(DeploymentError) -> [ContractRegistry.Snapshot] {
        var registry = ContractRegistry(environment: environment.name)
        var snapshots = [registry.contents(of: environment)]
        for event in try await projections.contractEvents(of: environment.name) {
            do {
                try registry.apply(event)
            } catch {
                throw DeploymentError(.damaged("\(error)"))
            }
            let contents = registry.contents(of: environment)
            // What gives way and what takes its place are one step.
            if case .superseded(_, by: .some, _) = event { continue }
            if contents != snapshots.last { snapshots.append(contents) }
        }
        return snapshots
    }

    /// Changes the contracts of an environment.
    ///
    /// - Parameters:
    ///   - command: What is to be done.
    ///   - environment: The environment, as it is declared.
    ///   - actor: Who asks.
    ///   - key: An idempotency key: the same key with the same command changes nothing again.
    /// - Returns: Whether anything changed, and the registry afterwards.
    /// - Throws: ``DeploymentError`` when the rules do not allow it or the store fails.
    @discardableResult
    public func perform(
        _ command: ContractCommand,
        in environment: Environment,
        by actor: Actor,
        key: String? = nil
    ) async throws(DeploymentError) -> ContractResult {
        let request = key.map { key in
            SHA256.digest(of: JSONValue.array([key.json, command.request]).canonicalBytes)
        }
        for _ in 0..<Self.rounds {
            if let key, let request, try await wasDone(request, key: key) {
                return ContractResult(
                    hasChanged: false,
                    registry: try await contracts(of: environment.name)
                )
            }
            let known = try await projections.contracts()
            let registry =
                known[environment.name]?.state ?? ContractRegistry(environment: environment.name)
            let moment = clock.now()
            let events: [ContractRegistry.Event]
            do {
                events = try registry.decide(
                    command,
                    in: environment,
                    at: moment,
                    others: known.values.map(\.state).filter {
                        $0.environment != environment.name
                    }
                )
            } catch {
                throw DeploymentError(.refused(Refusal(error)))
            }
            if events.isEmpty { return ContractResult(hasChanged: false, registry: registry) }
            var revisions: [StreamID: Int] = [.registry(environment.name): 0]
            for (name, registry) in known { revisions[.registry(name)] = registry.revision }
            if try await append(
                events,
                to: environment.name,
                revisions,
                moment,
                actor,
                key,
                request
            ) {
                return ContractResult(
                    hasChanged: true,
                    registry: try await contracts(of: environment.name)
                )
            }
        }
        throw DeploymentError(.store(Self.contention))
    }

    /// Appends events; `false` when another writer was faster.
    private func append(
        _ events: [ContractRegistry.Event],
        to environment: Environment.ID,
        _ revisions: [StreamID: Int],
        _ moment: Timestamp,
        _ actor: Actor,
        _ key: String?,
        _ request: Digest?
    ) async throws(DeploymentError) -> Bool {
        let entries = events.enumerated().map { position, event in
            NewEntry(
                stream: .registry(environment),
                kind: event.json["kind"]?.string ?? "",
                body: event.json.adding([
                    "actor": actor.json, "request": position == 0 ? request?.json : nil,
                ])
            )
        }
        do {
            _ = try await log.append(
                entries,
                expecting: revisions,
                idempotencyKey: key,
                at: moment,
                entropy: entropy.next(),
                blobs: []
            )
            return true
        } catch {
            if error.code == .conflict || error.code == .duplicateKey { return false }
            throw DeploymentError(.store(error))
        }
    }
}

extension Refusal {
    /// A refusal of the registry.
    init(_ error: ContractRegistryError) {
        switch error.code {
        case .conflict, .occupied: self.init(.conflict, error.message)
        case .unknown, .instance, .noSnapshot: self.init(.unknownName, error.message)
        default: self.init(.contractRefused, error.message)
        }
    }
}
