// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// One deployment in a store, to work with.
public struct LiveDeployment: Sendable {
    /// The name.
    public let id: DeploymentID
    /// The deployments that it belongs to.
    public let deployments: Deployments

    /// The state as it is now.
    ///
    /// - Throws: ``DeploymentError`` when the store fails.
    public func state() async throws(DeploymentError) -> Deployment {
        try await deployments.state(of: id)
    }

    /// Says that a person did an item.
    ///
    /// - Parameters:
    ///   - item: The item: its id, its number, or the end of its id.
    ///   - actor: Who did it.
    ///   - note: What there is to say about it.
    ///   - evidence: What shows it.
    ///   - key: An idempotency key.
    /// - Returns: Whether anything changed, and the state afterwards.
    /// - Throws: ``DeploymentError`` when the rules do not allow it or the store fails.
    @discardableResult
    public func complete(
        _ item: String,
        by actor: Actor,
        note: String? = nil,
        evidence: [Evidence] = [],
        key: String? = nil
    ) async throws(DeploymentError) -> CommandResult {
        try await perform(
            .complete(try await self.item(item), note: note, evidence: evidence),
            by: actor,
            key: key
        )
    }

    /// Signs at a slot.
    ///
    /// - Parameters:
    ///   - slot: The slot: its id or its label.
    ///   - decision: What is decided.
    ///   - actor: Who signs.
    ///   - reason: Why; required for a rejection.
    ///   - key: An idempotency key.
    /// - Returns: Whether anything changed, and the state afterwards.
    /// - Throws: ``DeploymentError`` when the rules do not allow it or the store fails.
    @discardableResult
    public func sign(
        _ slot: String,
        _ decision: SignOff.Decision,
        by actor: Actor,
        reason: String? = nil,
        key: String? = nil
    ) async throws(DeploymentError) -> CommandResult {
        try await perform(
            .sign(try await self.slot(slot), decision, reason: reason),
            by: actor,
            key: key
        )
    }

    /// Whether a gate lets the deployment on, asked now.
    ///
    /// - Parameter name: The title or id of a phase; `completion` or `closure`.
    /// - Returns: The gate, and what it says.
    /// - Throws: ``DeploymentError`` when there is no such gate or the store fails.
    public func gate(
        _ name: String
    ) async throws(DeploymentError) -> (id: GateID, verdict: GateVerdict) {
        let state = try await state()
        guard let gate = state.gate(named: name) else {
            let titles = state.checklist.phases.map(\.title)
            let known = titles.map { "'\($0)'" }.joined(separator: ", ")
            let near = Suggestion.nearest(name, among: titles + ["completion", "closure"])
            throw DeploymentError(
                .refused(
                    Refusal(
                        .unknownName,
                        "there is no phase '\(name)'; "
                            + (near.map { "did you mean '\($0)'? " } ?? "")
                            + "there are \(known), completion and closure"
                    )
                )
            )
        }
        let facts = try await deployments.facts(for: state)
        return (gate, state.verdict(of: gate, given: facts))
    }

    /// Carries out a command.
    ///
    /// - Throws: ``DeploymentError`` when the rules do not allow it or the store fails.
    @discardableResult
    public func perform(
        _ command: DeploymentCommand,
        by actor: Actor,
        key: String? = nil
    ) async throws(DeploymentError) -> CommandResult {
        try await deployments.perform(command, on: id, by: actor, key: key)
    }

    /// The item that a person means.
    ///
    /// - Parameter name: Whatever ``Outline/find(_:)`` takes: its id, its number, its title, or the
    ///   beginning of one of them.
    /// - Returns: The item's id.
    /// - Throws: ``DeploymentError`` when none or several fit.
    public func item(_ name: String) async throws(DeploymentError) -> ItemID {
        let state = try await state()
        let found = state.find(name)
        guard let only = found.first, found.count == 1 else {
            let near = state.outline.nearest(to: name).map { "\($0.number) \($0.item.id)" }
            let message =
                found.isEmpty
                ? "the checklist has no item '\(name)'; "
                    + (near.map { "did you mean \($0)?" } ?? "'status' lists them")
                : "'\(name)' fits \(found.count) items: "
                    + found.prefix(5).map { "\($0.number) \($0.item.id)" }.joined(separator: ", ")
            throw DeploymentError(.refused(Refusal(.unknownName, message)))
        }
        return only.item.id
    }

    /// The slot that a person means.
    ///
    /// - Parameter name: Its id, its label in upper or lower case, or the beginning of either.
    /// - Returns: The slot's id.
    /// - Throws: ``DeploymentError`` when none or several fit.
    public func slot(_ name: String) async throws(DeploymentError) -> SignOffSlotID {
        let slots = try await state().signOffSlots
        if let exact = slots.first(where: { $0.id.text == name }) { return exact.id }
        let wanted = name.lowercased()
        var found = slots.filter { $0.label.lowercased() == wanted }
        if found.isEmpty, !wanted.isEmpty {
            found = slots.filter { slot in
                slot.id.text.hasPrefix(wanted) || slot.label.lowercased().hasPrefix(wanted)
            }
        }
        guard let only = found.first, found.count == 1 else {
            let shown = (found.isEmpty ? slots : found).map { "'\($0.label)' (\($0.id))" }
            let near = Suggestion.nearest(name, among: slots.flatMap { [$0.label, $0.id.text] })
            let message =
                (found.isEmpty ? "there is no sign-off" : "several sign-offs fit") + " '\(name)'; "
                + (found.isEmpty ? near.map { "did you mean '\($0)'? " } ?? "" : "")
                + (slots.isEmpty
                    ? "the checklist has none" : "choose " + shown.joined(separator: ", "))
            throw DeploymentError(.refused(Refusal(.unknownName, message)))
        }
        return only.id
    }
}

extension Deployment {
    /// The gate that a person means: `completion`, `closure`, or that before a phase, which is named
    /// as for ``phase(named:)``.
    ///
    /// - Returns: `nil` when none or several fit.
    public func gate(named name: String) -> GateID? {
        if name == "completion" { return .completion }
        if name == "closure" { return .closure }
        if let levels = checklist.rollbackPlan?.levels, name.hasPrefix("rollback/"),
            let level = levels.first(where: { "rollback/\($0.id)" == name })
        {
            return .rollback(level.id)
        }
        return phase(named: name).map { .phase($0.id) }
    }

    /// The phase that a person means: by its id, its title in upper or lower case, the beginning of
    /// either, its number, or words that only its title has.
    ///
    /// - Returns: `nil` when none or several fit.
    public func phase(named name: String) -> Phase? {
        let phases = checklist.phases
        if let exact = phases.first(where: { $0.id.text == name }) { return exact }
        let wanted = name.lowercased()
        if let exact = phases.first(where: { $0.title.lowercased() == wanted }) { return exact }
        if let number = Int(name), phases.indices.contains(number - 1) { return phases[number - 1] }
        guard !wanted.isEmpty else { return nil }
        let found = phases.filter { phase in
            phase.id.text.hasPrefix(wanted) || phase.title.lowercased().hasPrefix(wanted)
        }
        if found.count == 1 { return found.first }
        let words = "-\(Naming.slug(name))-"
        let within = phases.filter { "-\(Naming.slug($0.title))-".contains(words) }
        return within.count == 1 ? within.first : nil
    }
}
