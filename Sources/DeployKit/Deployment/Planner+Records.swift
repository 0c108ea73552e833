// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Planner {
    mutating func record(
        _ slot: ContractSlot.Name,
        _ contract: ContractID,
        item: ItemID?,
        attempt: Int,
        details: [ContractDetail] = [],
        provenance: ContractRecord.Provenance = .manual,
        allowing: Set<ContractAllowance> = []
    ) throws(Refusal) -> Bool {
        guard let place = state.checklist.contractSlots.first(where: { $0.name == slot }) else {
            let known = state.checklist.contractSlots.map(\.name.text).joined(separator: ", ")
            throw Refusal(
                .unknownName,
                "the checklist has no contract '\(slot)'; it has \(known.isEmpty ? "none" : known)"
            )
        }
        if item == nil, let present = state.contracts[slot], present.id != contract {
            throw Refusal(
                .conflict,
                "\(slot) is recorded as \(present.id) already; a new deployment records another ID"
            )
        }
        let environment = state.subject.environment
        let registry =
            facts.registries[environment.name] ?? ContractRegistry(environment: environment.name)
        let decision: ContractRegistry.Decision
        do {
            decision = try registry.record(
                ContractClaim(
                    contract,
                    in: place,
                    details: details,
                    provenance: provenance,
                    origin: ContractRecord.Origin(
                        deployment: state.id.text,
                        item: item?.text ?? "",
                        attempt: attempt
                    )
                ),
                of: environment,
                at: facts.now,
                allowing: allowing,
                others: facts.registries.values.filter { $0.environment != environment.name }
            )
        } catch {
            throw Refusal(error)
        }
        for event in decision.events { emit(event) }
        if state.contracts[slot]?.id == contract { return !decision.isAlready }
        emit(.contractRecorded(slot, contract, item: item))
        return true
    }

    mutating func set(_ field: FieldID, _ value: String) throws(Refusal) -> Bool {
        guard state.checklist.fields.contains(where: { $0.id == field }) else {
            let known = state.checklist.fields.map(\.id.text).joined(separator: ", ")
            throw Refusal(
                .unknownName,
                "the checklist has no field '\(field)'; it has \(known.isEmpty ? "none" : known)"
            )
        }
        if let present = state.fields[field], context.texts[present.value.digest] == value {
            return false
        }
        emit(.fieldSet(field, attachments.attach(.text(value))))
        return true
    }

    mutating func abort(_ reason: String) throws(Refusal) -> Bool {
        if case .aborted(.operatorDecision) = state.status { return false }
        try required(reason, "a reason")
        for entry in state.outline.leaves {
            switch state.items.state(of: entry) {
            case .running, .inDoubt:
                throw Refusal(
                    .wrongState,
                    "'\(entry.item.id)' is "
                        + "\(state.items.state(of: entry)?.word ?? ""): resolve it first"
                )
            default: break
            }
        }
        end(
            .aborted(
                .operatorDecision,
                cancelled: unsettled,
                reason: attachments.attach(reason)
            )
        )
        if let run = state.rollback {
            leaveLocked(run)
        } else {
            emit(EnvironmentEvent.left(state.id))
        }
        return true
    }
}
