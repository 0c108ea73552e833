// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployment {
    /// Decides whether the deployment may follow another edition of its checklist, and what follows.
    ///
    /// Items are told apart by their ids. What has begun or was settled by somebody may not change;
    /// what has not may, and what anybody signed for a gate that is still ahead counts no more.
    public func decide(amending request: AmendRequest, in context: DecisionContext) -> Decision {
        var planner = Planner(self, context)
        do {
            try TypedText.check([request.reason])
            guard try planner.amend(request) else { return .already }
            planner.settle()
        } catch {
            return .refused(error)
        }
        planner.stateCalendar()
        return .accepted(planner.events, blobs: planner.attachments.blobs)
    }

    /// How another edition of the checklist differs from the one that is followed.
    public func drift(to checklist: Checklist) -> ChecklistDrift {
        ChecklistDrift(
            from: outline,
            to: Outline(checklist),
            of: (self.checklist.phases, checklist.phases)
        )
    }

    /// Whether somebody or something has dealt with an item, so that it may not change any more.
    func isDealtWith(_ id: ItemID) -> Bool {
        guard let progress = items[id] else { return false }
        switch progress.state {
        case .pending: return progress.attempts > 0
        case .notApplicable: return progress.inapplicability == .decided
        default: return true
        }
    }

    /// Follows another checklist: the one that the amendment names.
    mutating func apply(_ amendment: Amendment, _ checklist: Checklist) {
        let old = self
        self.checklist = checklist
        outline = Outline(checklist)
        subject = subject.following(amendment.checklist)
        source = amendment.source ?? source
        items = ItemTable(outline) { old.isDealtWith($0) ? old.items[$0] : nil }
        for (gate, progress) in gates where !progress.isConsumed {
            lastRounds[gate] = progress.round
            gates[gate] = nil
            for slot in progress.terms.slots { forgetSkip(of: slot.id) }
        }
    }
}

extension DeploymentSubject {
    /// The same, following another checklist.
    func following(_ checklist: Digest) -> Self {
        Self(
            kind: kind,
            service: service,
            environment: environment,
            version: version,
            artifacts: artifacts,
            checklist: checklist
        )
    }
}

extension Planner {
    mutating func amend(_ request: AmendRequest) throws(Refusal) -> Bool {
        try required(request.reason, "a reason")
        guard !state.status.isTerminal else {
            throw Refusal(.ended, "deployment \(state.id) is \(state.status.word)")
        }
        if request.hash == state.subject.checklist { return false }
        lapse()
        let drift = state.drift(to: request.checklist)
        try checkBegun(drift, request.checklist)
        try Deployment.check(request.checklist, for: state.subject.environment, facts)
        guard let reason = attachments.attach(request.reason) else { return false }
        let amendment = Amendment(
            checklist: request.hash,
            source: request.source,
            added: drift.added,
            changed: drift.changed,
            removed: drift.removed,
            reason: reason
        )
        emit(.amended(amendment), definition: request.checklist)
        emit(EnvironmentEvent.amended(state.id, checklist: request.hash))
        leaveOut(
            try Deployment.outOfScope(
                of: state.outline,
                request.checklist,
                state.subject.environment
            ).filter { !state.isDealtWith($0.item.id) }
        )
        return true
    }

    private func checkBegun(_ drift: ChecklistDrift, _ next: Checklist) throws(Refusal) {
        guard !Outline(next).leaves.isEmpty else {
            throw Refusal(.noItems, "'\(next.title)' has no item to do")
        }
        var faults: [String] = []
        for id in drift.changed where state.isDealtWith(id) {
            faults.append("\(state.number(id)) '\(id)' is another")
        }
        for id in drift.removed where state.isDealtWith(id) {
            faults.append("\(state.number(id)) '\(id)' is gone")
        }
        for (slot, _) in state.contracts.sorted(by: { $0.key < $1.key }) {
            let before = state.checklist.contractSlots.first { $0.name == slot }
            if next.contractSlots.first(where: { $0.name == slot }) != before {
                faults.append("the contract \(slot), which is recorded, is another or gone")
            }
        }
        // What was decided about metrics can be decided again from what was measured.
        for metric in state.checklist.metrics where !next.metrics.contains(metric) {
            faults.append("the metric '\(metric.id)' is another or gone")
        }
        guard faults.isEmpty else {
            throw Refusal(
                .alreadyBegun,
                "what has begun may not change: " + faults.prefix(10).joined(separator: "; ")
                    + (faults.count > 10 ? "; and \(faults.count - 10) more" : "")
            )
        }
    }
}

extension Deployments {
    /// Lets a deployment follow another edition of its checklist.
    ///
    /// - Parameters:
    ///   - id: The deployment.
    ///   - checklist: What it follows from now on.
    ///   - source: The document that the checklist was read from: its path and bytes.
    ///   - reason: Why.
    ///   - actor: Who asks.
    /// - Returns: Whether anything changed, and the state afterwards.
    /// - Throws: ``DeploymentError`` when something that has begun would change, or the store fails.
    public func amend(
        _ id: DeploymentID,
        to checklist: Checklist,
        source: (path: String, bytes: [UInt8])? = nil,
        reason: String,
        by actor: Actor
    ) async throws(DeploymentError) -> CommandResult {
        let kept = Self.kept(of: checklist, from: source)
        let request = AmendRequest(checklist: checklist, source: kept.source, reason: reason)
        for _ in 0..<Self.rounds {
            let state = try await state(of: id)
            // Conditions of the new edition may ask for environments that the old one did not.
            let (context, basis) = try await context(
                for: state,
                .advance,
                actor,
                .current,
                following: checklist
            )
            let decision = state.decide(amending: request, in: context)
            if case .already = decision { return CommandResult(hasChanged: false, state: state) }
            let events = try await append(
                decision,
                on: basis,
                blobs: kept.blobs,
                context: context,
                key: nil
            )
            guard let events else { continue }
            _ = await projections.take(events, on: basis, by: actor, at: context.facts.now)
            return CommandResult(hasChanged: true, state: try await self.state(of: id))
        }
        throw DeploymentError(.store(Self.contention))
    }
}
