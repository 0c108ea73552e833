// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What a deployment that carries out one level of the rollback plan is to be started with.
public struct RollbackRequest: Hashable, Sendable {
    /// The deployment to start: of kind `rollback` with the level and the original in its subject,
    /// or of kind `rehearsal` with the level.
    public let start: StartRequest
    /// Why, in words; `nil` only for a rehearsal.
    public let reason: String?

    /// A request of these parts.
    public init(_ start: StartRequest, reason: String?) {
        self.start = start
        self.reason = reason
    }
}

extension Deployment {
    /// Decides whether a deployment may be started that does nothing but one level of the rollback
    /// plan, and what follows.
    ///
    /// To go back from a deployment that has ended undoes what had begun there; no later one may
    /// have been made to the environment. A rehearsal does every step of the level, as if everything
    /// had begun, and is refused in production: what it does is not pretended.
    ///
    /// - Parameters:
    ///   - request: What is to be started.
    ///   - original: The deployment to go back from; `nil` for a rehearsal.
    ///   - context: Who asks, and what is known.
    /// - Returns: The events, or a refusal.
    public static func decideGoingBack(
        _ request: RollbackRequest,
        from original: Deployment?,
        in context: DecisionContext
    ) -> Decision {
        do {
            return try goBack(request, from: original, in: context)
        } catch {
            return .refused(error)
        }
    }

    private static func goBack(
        _ request: RollbackRequest,
        from original: Deployment?,
        in context: DecisionContext
    ) throws(Refusal) -> Decision {
        let subject = request.start.subject
        try TypedText.check([request.reason].compactMap(\.self))
        for variable in request.start.variables {
            try TypedText.check(variable.values.map { "\(variable.name)=\($0)" } + variable.values)
        }
        let started = DeploymentEvent.started(
            request.start.id,
            subject,
            source: request.start.source,
            variables: request.start.variables
        )
        let first = RecordedEvent(started, by: context.actor, at: context.facts.now)
        guard let level = subject.level,
            let deployment = Deployment(
                first,
                checklist: request.start.checklist,
                hash: subject.checklist
            )
        else {
            throw Refusal(.conflict, "the subject names no level, or another checklist")
        }
        var planner = Planner(deployment, context)
        planner.planned(started)
        planner.enter()
        if let original {
            try mayGoBack(from: original, by: level, in: context.facts)
            planner.base(on: original)
        } else {
            guard subject.environment.tier != .production else {
                throw Refusal(
                    .wrongState,
                    "a rehearsal does what the level says, and '\(subject.environment.name)' "
                        + "counts as production: rehearse in another environment"
                )
            }
            planner.baseOnEverything()
        }
        try planner.goBack(by: level, reason: request.reason)
        return .accepted(planner.events, blobs: planner.attachments.blobs)
    }

    private static func mayGoBack(
        from original: Deployment,
        by level: RollbackLevelID,
        in facts: Facts
    ) throws(Refusal) {
        let environment = facts.environments[original.subject.environment.name]
        guard original.status.isTerminal, original.subject.kind.locksEnvironment else {
            throw Refusal(.wrongState, "deployment \(original.id) is \(original.status.word)")
        }
        if let holder = environment?.holder {
            throw Refusal(
                .environmentLocked,
                "deployment \(holder.deployment) holds '\(original.subject.environment.name)'; "
                    + "finish, abort or roll back that one"
            )
        }
        let last = environment?.occupants.last { occupant in
            occupant.subject.kind == .deploy || occupant.subject.kind == .redeploy
        }
        if let last, last.deployment != original.id {
            throw Refusal(
                .wrongState,
                "deployment \(last.deployment) of version \(last.subject.version) was made to "
                    + "'\(original.subject.environment.name)' later: go back from that one"
            )
        }
        guard original.availableLevels.contains(where: { $0.id == level }) else {
            throw Refusal(.wrongState, "nothing that '\(level)' undoes has begun")
        }
    }
}

extension Planner {
    /// Takes over what had begun in another deployment.
    mutating func base(on original: Deployment) {
        let contracts = original.contracts.sorted { $0.key < $1.key }
            .map { RollbackEvent.Contract(slot: $0.key, id: $0.value.id) }
        emit(
            .rollback(
                .based(on: original.id, begun: original.begunItems, contracts: contracts)
            )
        )
    }

    /// Takes everything for begun, and the contracts that the environment has.
    mutating func baseOnEverything() {
        let environment = state.subject.environment
        let registry =
            facts.registries[environment.name] ?? ContractRegistry(environment: environment.name)
        let slots = Set(state.checklist.contractSlots.map(\.name))
        let contracts = registry.contents(of: environment, slots: slots).entries
            .filter { $0.instance == nil }
            .map { RollbackEvent.Contract(slot: $0.slot, id: $0.id) }
        emit(
            .rollback(
                .based(
                    on: nil,
                    begun: state.outline.leaves.map(\.item.id),
                    contracts: contracts
                )
            )
        )
    }

    /// Begins the level that the deployment is for, or waits for the signatures that it asks for.
    mutating func goBack(by level: RollbackLevelID, reason: String?) throws(Refusal) {
        guard state.availableLevels.contains(where: { $0.id == level }) else {
            throw Refusal(.unknownName, "the rollback plan has no level '\(level)' with a step")
        }
        let isRehearsal = state.subject.kind == .rehearsal
        if !isRehearsal { try required(reason ?? "", "a reason") }
        let text = attachments.attach(reason)
        if !isRehearsal, state.needsSignature(level) {
            emit(.rollback(.proposed(nil, level: level, at: facts.now, reason: text)))
            open(.rollback(level))
        } else {
            emit(.rollback(.authorised(level, by: nil, reason: text)))
        }
        settle()
    }
}
