// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployments {
    /// Records that nothing new goes out to an environment of a service for a while. A freeze of the
    /// same name is replaced.
    ///
    /// - Parameters:
    ///   - freeze: What it is called, and when it is.
    ///   - environment: Where.
    ///   - service: Of which service.
    ///   - reason: Why.
    ///   - actor: Who says so.
    /// - Returns: Whether anything changed.
    /// - Throws: ``DeploymentError``; refused: a blank name or reason, one that holds a secret, and a
    ///   freeze that is over or ends before it begins.
    @discardableResult
    public func freeze(
        _ freeze: RecordedFreeze,
        _ environment: Environment.ID,
        of service: String,
        reason: String,
        by actor: Actor
    ) async throws(DeploymentError) -> Bool {
        try Self.check(freeze.name, reason)
        return try await record(environment, of: service, by: actor) {
            state,
            attachments,
            now throws(Refusal) in
            if state.freezes.contains(freeze) { return nil }
            if let until = freeze.until, until <= max(now, freeze.from) {
                throw Refusal(
                    .wrongState,
                    "'\(freeze.name)' would end at \(until): that is past, or before it begins"
                )
            }
            return .frozen(freeze, reason: attachments.attach(.text(reason)))
        }
    }

    /// Records that a freeze is lifted.
    ///
    /// - Returns: Whether anything changed: always, for a freeze that is not there is refused.
    /// - Throws: ``DeploymentError``; refused: a name that no recorded freeze has, and a reason that
    ///   is blank or holds a secret.
    @discardableResult
    public func thaw(
        _ name: String,
        _ environment: Environment.ID,
        of service: String,
        reason: String,
        by actor: Actor
    ) async throws(DeploymentError) -> Bool {
        try Self.check(name, reason)
        return try await record(environment, of: service, by: actor) {
            state,
            attachments,
            _ throws(Refusal) in
            guard state.freezes.contains(where: { $0.name == name }) else {
                let known = state.freezes.map { "'\($0.name)'" }.joined(separator: ", ")
                throw Refusal(
                    .unknownName,
                    "no freeze '\(name)' of '\(environment)' is on record; there is "
                        + (known.isEmpty ? "none" : known)
                )
            }
            return .thawed(name: name, reason: attachments.attach(.text(reason)))
        }
    }

    /// What the log knows of one environment of a service.
    ///
    /// - Throws: ``DeploymentError`` when the store fails.
    public func environment(
        _ name: Environment.ID,
        of service: String
    ) async throws(DeploymentError) -> EnvironmentState {
        try await projections.environment(name, of: service)
    }

    private static func check(_ name: String, _ reason: String) throws(DeploymentError) {
        do throws(Refusal) {
            for (text, what) in [(name, "the name of a freeze"), (reason, "a reason")] {
                guard !text.trimmed.isEmpty else {
                    throw Refusal(.reasonMissing, "\(what) is required, and is blank")
                }
            }
            try TypedText.check([name, reason])
        } catch {
            throw DeploymentError(.refused(error))
        }
    }

    private func record(
        _ environment: Environment.ID,
        of service: String,
        by actor: Actor,
        _ decide: (EnvironmentState, inout Attachments, Timestamp) throws(Refusal) ->
            EnvironmentEvent?
    ) async throws(DeploymentError) -> Bool {
        let stream = StreamID.environment(environment, of: service)
        for _ in 0..<Self.rounds {
            let state = try await projections.environment(environment, of: service)
            let entropy = entropy.next()
            let now = clock.now()
            var attachments = Attachments(entropy: entropy)
            let event: EnvironmentEvent?
            do {
                event = try decide(state, &attachments, now)
            } catch {
                throw DeploymentError(.refused(error))
            }
            guard let event else { return false }
            do {
                _ = try await log.append(
                    [
                        NewEntry(
                            stream: stream,
                            kind: event.kind,
                            body: event.json.adding(["actor": actor.json])
                        )
                    ],
                    expecting: [stream: state.revision],
                    at: now,
                    entropy: entropy,
                    blobs: attachments.blobs
                )
                return true
            } catch {
                if error.code != .conflict { throw DeploymentError(.store(error)) }
            }
        }
        throw DeploymentError(.store(Self.contention))
    }
}
