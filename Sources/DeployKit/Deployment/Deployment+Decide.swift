// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployment {
    /// Decides what follows from a command. Nothing is changed: the events must be appended to the
    /// log and applied.
    ///
    /// Whatever follows by itself — a halt after a failure, a gate that opens, the end — is among
    /// the events, so that every state change has exactly one event.
    public func decide(_ command: DeploymentCommand, in context: DecisionContext) -> Decision {
        var planner = Planner(self, context)
        do {
            try TypedText.check(command.typedTexts)
            guard try planner.handle(command) else { return .already }
            planner.settle()
        } catch {
            return .refused(error)
        }
        if planner.events.isEmpty { return .already }
        if !status.isTerminal { planner.stateCalendar() }
        return .accepted(planner.events, blobs: planner.attachments.blobs)
    }

    /// Decides whether a deployment may be started, and what follows.
    ///
    /// - Parameters:
    ///   - request: What is to be started.
    ///   - observed: The deployment that is observed in the same environment, where there is one:
    ///     it is superseded.
    ///   - context: Who asks, and what is known.
    /// - Returns: The events, or a refusal.
    public static func decideStart(
        _ request: StartRequest,
        superseding observed: Deployment?,
        in context: DecisionContext
    ) -> Decision {
        do {
            return try start(request, superseding: observed, in: context)
        } catch {
            return .refused(error)
        }
    }

    private static func start(
        _ request: StartRequest,
        superseding observed: Deployment?,
        in context: DecisionContext
    ) throws(Refusal) -> Decision {
        let subject = request.subject
        let environment = subject.environment
        for variable in request.variables {
            try TypedText.check(variable.values.map { "\(variable.name)=\($0)" } + variable.values)
        }
        let outline = Outline(request.checklist)
        guard !outline.leaves.isEmpty else {
            throw Refusal(
                .noItems,
                "'\(request.checklist.title)' has no item to do; a run needs at least one task"
            )
        }
        if let lock = context.facts.environments[environment.name]?.lock,
            subject.kind == .deploy || subject.kind == .redeploy
        {
            throw Refusal(
                .environmentLocked,
                "'\(environment.name)' is locked: \(lock.deployment) went back by '\(lock.level)'; "
                    + "'unlock' it with a reason when it may be deployed to again"
            )
        }
        try check(request.checklist, for: environment, context.facts)
        if subject.kind.locksEnvironment,
            let holder = context.facts.environments[environment.name]?.holder
        {
            throw Refusal(
                .environmentLocked,
                "deployment \(holder.deployment) of version \(holder.subject.version) holds "
                    + "'\(environment.name)'; finish or abort it first"
            )
        }
        if subject.kind.locksEnvironment, let observed, let item = observed.itemUnderWay {
            let state = observed.items[item]?.state.word ?? ""
            throw Refusal(
                .environmentLocked,
                "'\(item)' of deployment \(observed.id), which looks after '\(environment.name)', is "
                    + "\(state): finish or resolve it first"
            )
        }
        let outOfScope = try outOfScope(of: outline, request.checklist, environment)
        let obstacle =
            subject.kind.locksEnvironment ? context.facts.obstacle(of: environment) : nil
        if let obstacle, request.breakGlass == nil {
            throw Refusal(.frozen, "'\(environment.name)' is \(obstacle.sentence)")
        }
        try TypedText.check([request.breakGlass].compactMap { $0 })
        let started = DeploymentEvent.started(
            request.id,
            subject,
            source: request.source,
            variables: request.variables
        )
        let first = RecordedEvent(started, by: context.actor, at: context.facts.now)
        guard
            let deployment = Deployment(
                first,
                checklist: request.checklist,
                hash: subject.checklist
            )
        else {
            throw Refusal(.conflict, "the subject names another checklist than the one given")
        }
        var planner = Planner(deployment, context)
        planner.planned(started)
        if subject.kind.locksEnvironment, let observed {
            planner.supersede(observed)
        }
        planner.enter()
        planner.stateCalendar()
        if let obstacle, let reason = request.breakGlass {
            try planner.override(obstacle, reason)
        }
        planner.leaveOut(outOfScope)
        try planner.state.checkRunnable(in: environment, context.facts.directory)
        planner.settle()
        return .accepted(planner.events, blobs: planner.attachments.blobs)
    }

    /// The items that are not meant for an environment; none where the scopes were guessed and none
    /// of them is the environment's.
    static func outOfScope(
        of outline: Outline,
        _ checklist: Checklist,
        _ environment: Environment
    ) throws(Refusal) -> [Outline.Entry] {
        let scoped = outline.phaseScopes.filter { !$0.isEmpty }
        if !scoped.isEmpty, !scoped.contains(where: { $0.contains(where: environment.matches) }) {
            guard checklist.infersScopes else {
                let known = Set(scoped.joined()).sorted().joined(separator: ", ")
                throw Refusal(
                    .environmentOutOfScope,
                    "no phase is meant for '\(environment.name)'; the checklist declares \(known)"
                )
            }
            return []
        }
        return outline.leaves.filter { entry in
            !entry.scopes.allSatisfy { words in words.contains(where: environment.matches) }
        }
    }

    /// Refuses zones of which nothing is known, and windows that nobody could follow.
    static func check(
        _ checklist: Checklist,
        for environment: Environment,
        _ facts: Facts
    ) throws(Refusal) {
        if let zone = facts.calendar.unknownZones(of: environment).first {
            throw Refusal(
                .unknownZone,
                "of the time zone '\(zone)' of '\(environment.name)' no rules are known here"
            )
        }
        let most = MonitoringWindow.mostOccurrences
        for window in checklist.windows where window.occurrenceCount > most {
            throw Refusal(
                .tooManyObservations,
                "the window '\(window.id)' asks for \(window.occurrenceCount) observations; \(most) "
                    + "are the most"
            )
        }
    }
}
