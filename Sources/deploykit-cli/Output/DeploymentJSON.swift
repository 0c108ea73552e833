// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// The JSON forms of what the command shows. Member names are a contract; a later version may add
/// members, and raises `schemaVersion` when it changes or removes one.
extension Deployment {
    /// What tells one deployment from another, for every verb.
    var summary: JSONValue {
        .members([
            "id": id.json,
            "service": subject.service.json,
            "environment": subject.environment.name.json,
            "tier": subject.environment.tier.json,
            "version": subject.version.json,
            "kind": subject.kind.json,
            "level": subject.level?.json,
            "original": subject.original?.json,
            "status": status.word.json,
            "startedAt": startedAt.json,
            "startedBy": requester.json,
            "endedAt": endedAt?.json,
        ])
    }

    /// Everything that `status` shows.
    func report(given facts: Facts, notes: [Digest: String]) -> JSONValue {
        let states = states(given: facts)
        let phases = checklist.phases.enumerated().map { position, phase in
            let gate = GateID.phase(phase.id)
            return JSONValue.members([
                "id": phase.id.json,
                "number": (position + 1).json,
                "title": phase.title.json,
                "gate": verdict(of: gate, given: facts).json(in: self),
                "items": .array(
                    states.filter { $0.entry.phase == position }.map { entry, state in
                        self.json(of: entry, state, notes)
                    }
                ),
            ])
        }
        let ends = [GateID.completion, .closure].map { gate in
            JSONValue.members([
                "id": gate.json,
                "gate": verdict(of: gate, given: facts).json(in: self),
            ])
        }
        return .members([
            "schemaVersion": 1.json,
            "deployment": summary,
            "cause": cause,
            "checklist": .members([
                "title": checklist.title.json, "hash": subject.checklist.json,
                "edition": checklist.edition?.json, "path": source?.path.json,
            ]),
            "artifacts": subject.artifacts.json,
            "phases": .array(phases),
            "ends": .array(ends),
            "signOffs": .array(signOffSlots.map { json(of: $0, facts) }),
            "contracts": contractsJSON,
            "fields": .array(
                checklist.fields.map { field in
                    .members([
                        "id": field.id.json, "title": field.title.json,
                        "value": fields[field.id].flatMap { notes[$0.value.digest] }?.json,
                        "at": fields[field.id]?.at.json,
                    ])
                }
            ),
            "windows": windowsJSON(given: facts),
            "breakGlass": brokenGlass.isEmpty
                ? nil : .array(brokenGlass.map { json(of: $0, notes) }),
            "issues": issues.isEmpty ? nil : .array(issues.map { json(of: $0, notes) }),
            "amendments": amendments.map(\.json).jsonUnlessEmpty,
            "next": nextStep(given: facts).json(in: self),
            "rollbackProposals": rollbackProposals.map(\.json).jsonUnlessEmpty,
            "rollbacks": rollbacks.map { json(of: $0, notes) }.jsonUnlessEmpty,
            "smoke": smokeRuns.map(\.json).jsonUnlessEmpty,
            "unknownEvents": unknownEvents.jsonUnlessEmpty,
        ])
    }

    /// The contracts of the checklist, recorded or not.
    var contractsJSON: JSONValue {
        .array(
            checklist.contractSlots.map { slot in
                let contract = contracts[slot.name]
                return .members([
                    "slot": slot.name.json,
                    "id": contract?.id.text.json,
                    "network": contract?.id.network.json,
                    "item": contract?.item?.json,
                ])
            }
        )
    }

    /// One item after a change.
    func json(of id: ItemID, given facts: Facts) -> JSONValue? {
        if let step = step(id), let progress = progress(of: id) {
            return json(of: step.entry, progress.state, progress, [:])
        }
        guard let entry = outline[id], let state = state(of: id, given: facts) else { return nil }
        return json(of: entry, state, [:])
    }

    private var cause: JSONValue? {
        switch status {
        case .halted(let cause): cause.json
        case .aborted(let cause): cause.json
        case .superseded(let other): .members(["supersededBy": other.json])
        case .active, .observing, .rollingBack, .completed, .rolledBack: nil
        }
    }

    private func json(
        of entry: Outline.Entry,
        _ state: ItemState,
        _ notes: [Digest: String]
    ) -> JSONValue {
        json(of: entry, state, items[entry], notes)
    }

    private func json(
        of entry: Outline.Entry,
        _ state: ItemState,
        _ progress: ItemProgress?,
        _ notes: [Digest: String]
    ) -> JSONValue {
        .members([
            "id": entry.item.id.json,
            "number": entry.number.json,
            "title": entry.item.title.json,
            "section": entry.section.isEmpty ? nil : entry.section.json,
            "depth": entry.depth.json,
            "kind": entry.item.kind.word.json,
            "effect": entry.item.effect?.json,
            "requirement": entry.requirement.json,
            "state": state.word.json,
            "attempt": state.attempt?.json,
            "cause": progress?.cause?.json,
            "actor": progress?.actor?.json,
            "startedAt": progress?.startedAt?.json,
            "settledAt": progress?.settledAt?.json,
            "note": progress?.note.flatMap { notes[$0.digest] }?.json,
            "after": blockers(of: entry).jsonUnlessEmpty,
        ])
    }

    private func json(of run: RollbackRun, _ notes: [Digest: String]) -> JSONValue {
        .members([
            "level": run.level.json, "trigger": run.trigger?.json,
            "isAutomatic": run.isAutomatic.json, "at": run.at.json, "by": run.actor.json,
            "reason": run.reason.flatMap { notes[$0.digest] }?.json,
            "steps": .array(
                run.tasks.map { task in
                    let progress = run.progress(of: task.id)
                    return json(of: task.entry, progress.state, progress, notes).adding([
                        "compensates": task.compensates?.json,
                        "isVerification": task.isVerification.json,
                    ])
                }
            ),
        ])
    }

    private func json(of slot: SignOffSlot, _ facts: Facts) -> JSONValue {
        .members([
            "slot": slot.id.json,
            "label": slot.label.json,
            "gate": slot.gate.json,
            "requirement": slot.requirement.json,
            "required": slot.rule.count.json,
            "isSkipped": skippedSlots.contains(slot.id).json,
            "signatures": .array(
                (gates[slot.gate]?.signOffs ?? []).filter { $0.slot == slot.id }.map { signOff in
                    .members([
                        "decision": signOff.decision.json, "person": signOff.person.json,
                        "assurance": signOff.actor.assurance.json,
                        "isSigned": signOff.actor.assurance.isSigned.json,
                        "authority": signOff.authority.json, "round": signOff.round.json,
                        "standing": standing(of: signOff, given: facts).json,
                    ])
                }
            ),
        ])
    }
}

extension GateVerdict {
    /// The word for the verdict.
    var word: String {
        switch self {
        case .open: "open"
        case .closed: "closed"
        case .inconclusive: "inconclusive"
        }
    }

    /// Why it is not open.
    var reasons: [GateReason] {
        switch self {
        case .open: []
        case .closed(let reasons), .inconclusive(let reasons): reasons
        }
    }

    /// An object with `verdict` and `reasons`.
    func json(in deployment: Deployment) -> JSONValue {
        .members([
            "verdict": word.json,
            "reasons": .array(reasons.map { $0.json(in: deployment) }),
        ])
    }
}

extension GateReason {
    /// An object with `reason`, `sentence`, and what belongs to the reason.
    func json(in deployment: Deployment) -> JSONValue {
        let sentence = deployment.sentence(for: self).json
        return switch self {
        case .itemsOpen(let items):
            .members(["reason": "itemsOpen".json, "items": items.json, "sentence": sentence])
        case .itemsFailed(let items):
            .members(["reason": "itemsFailed".json, "items": items.json, "sentence": sentence])
        case .itemsInDoubt(let items):
            .members(["reason": "itemsInDoubt".json, "items": items.json, "sentence": sentence])
        case .signOffMissing(let slot, let counted, let required, let eligible, let unsigned):
            .members([
                "reason": "signOffMissing".json, "slot": slot.json, "counted": counted.json,
                "required": required.json, "eligible": eligible.json, "unsigned": unsigned.json,
                "sentence": sentence,
            ])
        case .signOffStale(let slot, let people, let standing):
            .members([
                "reason": "signOffStale".json, "slot": slot.json, "by": people.json,
                "standing": standing.json,
                "sentence": sentence,
            ])
        case .rejected(let slot, let person):
            .members([
                "reason": "rejected".json, "slot": slot.json, "by": person.json,
                "sentence": sentence,
            ])
        case .frozen(let obstacle):
            .members([
                "reason": "frozen".json, "obstacle": obstacle.json, "sentence": sentence,
            ])
        case .expired(let moment):
            .members(["reason": "expired".json, "at": moment.json, "sentence": sentence])
        case .notCompleted(let environment, let within, let closest):
            .members([
                "reason": "notCompleted".json, "environment": environment.json,
                "withinMilliseconds": within?.json, "closest": closest?.json,
                "sentence": sentence,
            ])
        case .notRehearsed(let level, let environment, let within):
            .members([
                "reason": "notRehearsed".json, "level": level.json,
                "environment": environment.json, "withinMilliseconds": within?.json,
                "sentence": sentence,
            ])
        case .metrics(let metrics, let recommendation):
            .members([
                "reason": "metrics".json, "metrics": metrics.json,
                "recommendation": recommendation.json, "sentence": sentence,
            ])
        case .baking(let until):
            .members(["reason": "baking".json, "until": until.json, "sentence": sentence])
        case .observations(let window, let open, let missed, let failed):
            .members([
                "reason": "observations".json, "window": window.json, "open": open.json,
                "missed": missed.json, "failed": failed.json, "sentence": sentence,
            ])
        case .ended:
            .members(["reason": "ended".json, "sentence": sentence])
        }
    }
}

extension NextStep {
    /// An object with `step` and what belongs to it.
    func json(in deployment: Deployment) -> JSONValue {
        switch self {
        case .start(let item): .members(["step": "start".json, "items": [item].json])
        case .underWay(let item, let attempt, let runner):
            .members([
                "step": "underWay".json, "items": [item].json, "attempt": attempt.json,
                "runner": runner?.json,
            ])
        case .failed(let items): .members(["step": "failed".json, "items": items.json])
        case .inDoubt(let items): .members(["step": "inDoubt".json, "items": items.json])
        case .person(let items): .members(["step": "person".json, "items": items.json])
        case .gate(let gate, let reasons):
            .members([
                "step": "gate".json, "gate": gate.json,
                "reasons": .array(reasons.map { $0.json(in: deployment) }),
            ])
        case .judge(let item): .members(["step": "judge".json, "items": [item].json])
        case .undecided(let items): .members(["step": "undecided".json, "items": items.json])
        case .rollbackProposed(let proposal):
            .members(["step": "rollbackProposed".json, "proposal": proposal.json])
        case .nothing: .members(["step": "nothing".json])
        }
    }
}
