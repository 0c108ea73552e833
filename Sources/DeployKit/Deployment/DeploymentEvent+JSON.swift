// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension DeploymentEvent {
    /// The name of the event in the log. Names are never changed or used again.
    public var kind: String {
        switch self {
        case .started: "deployment-started"
        case .notApplicable: "items-not-applicable"
        case .skipped: "item-skipped"
        case .attemptStarted: "attempt-started"
        case .attemptPassed: "attempt-passed"
        case .attemptFailed: "attempt-failed"
        case .attemptInDoubt: "attempt-in-doubt"
        case .doubtResolved: "doubt-resolved"
        case .done: "item-done"
        case .failed: "item-failed"
        case .waived: "item-waived"
        case .reopened: "item-reopened"
        case .gateOpened: "gate-opened"
        case .signedOff: "signed-off"
        case .withdrawn: "sign-off-withdrawn"
        case .signOffSkipped: "sign-off-skipped"
        case .gateRejected: "gate-rejected"
        case .gateConsumed: "gate-consumed"
        case .judged: "item-judged"
        case .gateReopened: "gate-reopened"
        case .contractRecorded: "contract-recorded"
        case .fieldSet: "field-set"
        case .noted: "noted"
        case .halted: "deployment-halted"
        case .resumed: "deployment-resumed"
        case .observing: "deployment-observing"
        case .completed: "deployment-completed"
        case .aborted: "deployment-aborted"
        case .superseded: "deployment-superseded"
        case .rollback(let event): event.kind
        case .window(let event): event.kind
        case .gate(let event): event.kind
        case .issue(let event): event.kind
        case .amended: "deployment-amended"
        case .hookFailed: HookEvent.kind
        case .smoke(let event): event.kind
        case .unknown(let kind, _): kind
        }
    }

    /// The members of the event in the body of its entry, to which the log adds `actor`.
    public var json: JSONValue {
        switch self {
        case .started(let id, let subject, let source, let variables):
            .members([
                "deployment": id.json, "subject": subject.json, "source": source?.json,
                "variables": variables.jsonUnlessEmpty,
            ])
        case .notApplicable(let items, let why, let inputs):
            .members(["items": items.json, "why": why.json, "inputs": inputs.json])
        case .skipped(let item, let reason):
            .members(["item": item.json, "reason": reason.json])
        case .attemptStarted(let item, let attempt, let runner, let offered):
            .members([
                "item": item.json, "attempt": attempt.json, "runner": runner?.json,
                "offered": offered.jsonUnlessEmpty,
            ])
        case .attemptPassed(let item, let attempt, let output, let evidence, let value):
            .members([
                "item": item.json, "attempt": attempt.json, "output": output?.json,
                "evidence": evidence.jsonUnlessEmpty, "value": value?.json,
            ])
        case .attemptFailed(let item, let attempt, let cause, let output, let note),
            .attemptInDoubt(let item, let attempt, let cause, let output, let note):
            .members([
                "item": item.json, "attempt": attempt.json, "cause": cause.json,
                "output": output?.json, "note": note?.json,
            ])
        case .doubtResolved(let item, let attempt, let happened, let reason, let evidence):
            .members([
                "item": item.json, "attempt": attempt.json, "happened": happened.json,
                "reason": reason.json, "evidence": evidence.jsonUnlessEmpty,
            ])
        case .done(let item, let attempt, let note, let evidence):
            .members([
                "item": item.json, "attempt": attempt.json, "note": note?.json,
                "evidence": evidence.jsonUnlessEmpty,
            ])
        case .failed(let item, let attempt, let reason):
            .members(["item": item.json, "attempt": attempt.json, "reason": reason?.json])
        case .waived(let item, let reason):
            .members(["item": item.json, "reason": reason.json])
        case .reopened(let item, let cascade, let reason):
            .members([
                "item": item.json, "cascade": cascade.jsonUnlessEmpty, "reason": reason?.json,
            ])
        case .gateOpened(let gate, let round, let terms):
            .members(["gate": gate.json, "round": round.json, "terms": terms.json])
        case .signedOff(let signOff):
            .members(["signOff": signOff.json])
        case .withdrawn(let slot, let gate, let round, let person, let reason):
            .members([
                "slot": slot.json, "gate": gate.json, "round": round.json, "person": person.json,
                "reason": reason.json,
            ])
        case .signOffSkipped(let slot, let reason):
            .members(["slot": slot.json, "reason": reason.json])
        case .gateRejected(let gate, let round, let slot, let person):
            .members([
                "gate": gate.json, "round": round.json, "slot": slot.json, "person": person.json,
            ])
        case .gateConsumed(let gate, let round, let judgement):
            .members(["gate": gate.json, "round": round.json, "judgement": judgement?.json])
        case .judged(let item, let attempt, let judgement, let note):
            .members([
                "item": item.json, "attempt": attempt.json, "judgement": judgement.json,
                "note": note?.json,
            ])
        case .gateReopened(let gate, let round, let reason):
            .members(["gate": gate.json, "round": round.json, "reason": reason.json])
        case .contractRecorded(let slot, let contract, let item):
            .members(["slot": slot.json, "contract": contract.json, "item": item?.json])
        case .fieldSet(let field, let value):
            .members(["field": field.json, "value": value.json])
        case .noted(let text):
            .members(["text": text.json])
        case .halted(let cause):
            .members(["cause": cause.json])
        case .resumed, .observing, .completed:
            .object([:])
        case .aborted(let cause, let cancelled, let reason):
            .members([
                "cause": cause.json, "cancelled": cancelled.jsonUnlessEmpty,
                "reason": reason?.json,
            ])
        case .superseded(let deployment, let cancelled):
            .members(["by": deployment.json, "cancelled": cancelled.jsonUnlessEmpty])
        case .rollback(let event): event.json
        case .window(let event): event.json
        case .gate(let event): event.json
        case .issue(let event): event.json
        case .amended(let amendment): amendment.json
        case .hookFailed(let event): event.json
        case .smoke(let event): event.json
        case .unknown(_, let body):
            body
        }
    }

    /// Reads an event from its name and the members of its body.
    ///
    /// A name that is not known here gives ``unknown(kind:body:)``: it is kept and reported.
    ///
    /// - Throws: ``JSONError`` when the name is known and the members are not those of the event.
    public init(kind: String, json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        switch kind {
        case "deployment-started":
            self = .started(
                try members.required("deployment"),
                try members.required("subject"),
                source: try members.optional("source"),
                variables: try members.list("variables")
            )
        case "items-not-applicable":
            self = .notApplicable(
                try members.required("items"),
                try members.required("why"),
                inputs: try members.required("inputs")
            )
        case "item-skipped":
            self = .skipped(try members.required("item"), reason: try members.required("reason"))
        case "attempt-started":
            self = .attemptStarted(
                try members.required("item"),
                attempt: try members.required("attempt"),
                runner: try members.optional("runner"),
                offered: try members.list("offered")
            )
        case "attempt-passed":
            self = .attemptPassed(
                try members.required("item"),
                attempt: try members.required("attempt"),
                output: try members.optional("output"),
                evidence: try members.list("evidence"),
                value: try members.optional("value")
            )
        case "attempt-failed":
            self = .attemptFailed(
                try members.required("item"),
                attempt: try members.required("attempt"),
                cause: try members.required("cause"),
                output: try members.optional("output"),
                note: try members.optional("note")
            )
        case "attempt-in-doubt":
            self = .attemptInDoubt(
                try members.required("item"),
                attempt: try members.required("attempt"),
                cause: try members.required("cause"),
                output: try members.optional("output"),
                note: try members.optional("note")
            )
        case "doubt-resolved":
            self = .doubtResolved(
                try members.required("item"),
                attempt: try members.required("attempt"),
                happened: try members.required("happened"),
                reason: try members.required("reason"),
                evidence: try members.list("evidence")
            )
        case "item-done":
            self = .done(
                try members.required("item"),
                attempt: try members.required("attempt"),
                note: try members.optional("note"),
                evidence: try members.list("evidence")
            )
        case "item-failed":
            self = .failed(
                try members.required("item"),
                attempt: try members.required("attempt"),
                reason: try members.optional("reason")
            )
        case "item-waived":
            self = .waived(try members.required("item"), reason: try members.required("reason"))
        case "item-reopened":
            self = .reopened(
                try members.required("item"),
                cascade: try members.list("cascade"),
                reason: try members.optional("reason")
            )
        case "gate-opened":
            self = .gateOpened(
                try members.required("gate"),
                round: try members.required("round"),
                try members.required("terms")
            )
        case "signed-off":
            self = .signedOff(try members.required("signOff"))
        case "sign-off-withdrawn":
            self = .withdrawn(
                try members.required("slot"),
                try members.required("gate"),
                round: try members.required("round"),
                person: try members.required("person"),
                reason: try members.required("reason")
            )
        case "sign-off-skipped":
            self = .signOffSkipped(
                try members.required("slot"),
                reason: try members.required("reason")
            )
        case "gate-rejected":
            self = .gateRejected(
                try members.required("gate"),
                round: try members.required("round"),
                slot: try members.required("slot"),
                person: try members.required("person")
            )
        case "gate-consumed":
            self = .gateConsumed(
                try members.required("gate"),
                round: try members.required("round"),
                try members.optional("judgement")
            )
        case "item-judged":
            self = .judged(
                try members.required("item"),
                attempt: try members.required("attempt"),
                try members.required("judgement"),
                note: try members.optional("note")
            )
        case "gate-reopened":
            self = .gateReopened(
                try members.required("gate"),
                round: try members.required("round"),
                reason: try members.required("reason")
            )
        case "contract-recorded":
            self = .contractRecorded(
                try members.required("slot"),
                try members.required("contract"),
                item: try members.optional("item")
            )
        case "field-set":
            self = .fieldSet(try members.required("field"), try members.required("value"))
        case "noted":
            self = .noted(try members.required("text"))
        case "deployment-halted":
            self = .halted(try members.required("cause"))
        case "deployment-resumed": self = .resumed
        case "deployment-observing": self = .observing
        case "deployment-completed": self = .completed
        case "deployment-aborted":
            self = .aborted(
                try members.required("cause"),
                cancelled: try members.list("cancelled"),
                reason: try members.optional("reason")
            )
        case "deployment-superseded":
            self = .superseded(
                by: try members.required("by"),
                cancelled: try members.list("cancelled")
            )
        case HookEvent.kind:
            self = .hookFailed(try HookEvent(json: json))
            return
        case "deployment-amended":
            self = .amended(try Amendment(json: json))
            return
        default:
            self =
                try RollbackEvent(kind: kind, json: json).map { .rollback($0) }
                ?? WindowEvent(kind: kind, json: json).map { .window($0) }
                ?? GateEvent(kind: kind, json: json).map { .gate($0) }
                ?? IssueEvent(kind: kind, json: json).map { .issue($0) }
                ?? SmokeEvent(kind: kind, json: json).map { .smoke($0) }
                ?? .unknown(kind: kind, body: json)
            return
        }
        try members.finish()
    }
}

/// An event with who caused it and when it was recorded.
public struct RecordedEvent: Hashable, Sendable {
    /// What happened.
    public let event: DeploymentEvent
    /// Who caused it.
    public let actor: Actor
    /// When it was recorded.
    public let at: Timestamp
    /// The checklist that an amendment names; `nil` for every other event.
    public let definition: Checklist?

    /// An event with its circumstances.
    public init(
        _ event: DeploymentEvent,
        by actor: Actor,
        at: Timestamp,
        definition: Checklist? = nil
    ) {
        self.event = event
        self.actor = actor
        self.at = at
        self.definition = definition
    }
}
