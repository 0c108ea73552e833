// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// One event of a deployment in words.
struct HistoryLine {
    /// When it was recorded.
    let at: Timestamp
    /// Who caused it.
    let who: String
    /// What happened.
    let what: String
    /// What was said about it.
    let text: AttachmentReference?
    /// The item that it is about, where it is about one.
    let item: ItemID?
    /// Whether something went wrong, or was put right.
    let isIssue: Bool

    /// The line for an event of a deployment.
    init(_ recorded: RecordedEvent, in deployment: Deployment) {
        at = recorded.at
        who = recorded.actor.id.text
        let words = Words(recorded.event, deployment)
        (what, text, item, isIssue) = (words.what, words.text, words.item, words.isIssue)
    }

    private struct Words {
        var what = ""
        var text: AttachmentReference?
        var item: ItemID?
        var isIssue = false
        private let deployment: Deployment

        init(_ event: DeploymentEvent, _ deployment: Deployment) {
            self.deployment = deployment
            if !tellOfItem(event) { tellOfDeployment(event) }
        }

        private mutating func tell(
            _ what: String,
            _ text: AttachmentReference? = nil,
            isIssue: Bool = false
        ) {
            (self.what, self.text, self.isIssue) = (what, text, isIssue)
        }

        private mutating func tell(
            of item: ItemID,
            _ what: String,
            _ text: AttachmentReference? = nil,
            isIssue: Bool = false
        ) {
            let title = deployment.outline[item]?.item.title ?? item.text
            tell("\(deployment.number(item)) \(title): \(what)", text, isIssue: isIssue)
            self.item = item
        }

        private mutating func tellOfItem(_ event: DeploymentEvent) -> Bool {
            switch event {
            case .notApplicable(let items, _, _):
                let numbers = items.map(deployment.number).joined(separator: ", ")
                tell("not applicable: \(numbers)")
            case .skipped(let item, let reason): tell(of: item, "not applicable", reason)
            case .attemptStarted(let item, let attempt, _, let offered):
                let start = offered.isEmpty ? "started" : "its command was confirmed and started"
                tell(of: item, attempt == 1 ? start : "\(start), attempt \(attempt)")
            case .attemptPassed(let item, _, _, _, _): tell(of: item, "passed")
            case .attemptFailed(let item, _, let cause, _, let note):
                tell(of: item, "failed (\(cause.phrase))", note, isIssue: true)
            case .attemptInDoubt(let item, _, let cause, _, let note):
                tell(of: item, "in doubt (\(cause.phrase))", note, isIssue: true)
            case .doubtResolved(let item, _, let happened, let reason, _):
                let words = happened ? "it did happen" : "it did not happen"
                tell(of: item, "doubt resolved: \(words)", reason, isIssue: true)
            case .done(let item, _, let note, _): tell(of: item, "done", note)
            case .failed(let item, _, let reason):
                tell(of: item, "reported as failed", reason, isIssue: true)
            case .waived(let item, let reason): tell(of: item, "waived", reason, isIssue: true)
            case .reopened(let item, _, let reason):
                tell(of: item, "reopened", reason, isIssue: true)
            case .judged(let item, _, let judgement, let note):
                tell(of: item, "judged: \(judgement.recommendation.rawValue)", note)
            default: return false
            }
            return true
        }

        private mutating func tellOfDeployment(_ event: DeploymentEvent) {
            switch event {
            case .started: tell("started")
            case .gateOpened(let gate, let round, _): tell("gate \(gate): round \(round) opened")
            case .signedOff(let signOff):
                tell(
                    "\(deployment.label(signOff.slot)): \(signOff.decision.rawValue)",
                    signOff.reason
                )
            case .withdrawn(let slot, _, _, let person, let reason):
                tell("\(deployment.label(slot)): \(person) withdrew", reason, isIssue: true)
            case .signOffSkipped(let slot, let reason):
                tell("\(deployment.label(slot)): not needed", reason)
            case .gateRejected(let gate, _, let slot, let person):
                tell(
                    "gate \(gate): rejected at '\(deployment.label(slot))' by \(person)",
                    isIssue: true
                )
            case .gateConsumed(let gate, _, _): tell("gate \(gate): passed")
            case .gateReopened(let gate, let round, let reason):
                tell("gate \(gate): round \(round) opened again", reason, isIssue: true)
            case .contractRecorded(let slot, let id, _): tell("contract \(slot): \(id)")
            case .fieldSet(let field, let value): tell("blank '\(field)' filled in", value)
            case .noted(let text): tell("note", text, isIssue: true)
            // What stopped it, and what let it go on, is an issue of its own.
            case .halted(let cause): tell("halted: \(words(for: cause))")
            case .resumed: tell("goes on")
            case .observing: tell("deployed; what follows is observation")
            case .completed: tell("completed")
            case .aborted(_, _, let reason): tell("aborted", reason, isIssue: true)
            case .superseded(let other, _): tell("superseded by \(other)")
            case .rollback(let event): tellOfRollback(event)
            case .window(let event): tellOfWindow(event)
            case .gate(.glassBroken(let glass)):
                let what = glass.gate.map { "glass broken at gate \($0)" } ?? "glass broken"
                tell(what, glass.reason, isIssue: true)
            case .gate(.lapsed(let gate, let round, _, _)):
                tell("gate \(gate): the time of round \(round) was over", isIssue: true)
            case .issue(.met(let number, let text, _)):
                tell("issue \(number)", text, isIssue: true)
            case .issue(.resolved(let number, let text)):
                tell("issue \(number) resolved", text, isIssue: true)
            case .amended(let amendment):
                tell("checklist amended", amendment.reason, isIssue: true)
            case .smoke(.ended(let run, let verdict)):
                tell("smoke run \(run): \(verdict.word.rawValue)", isIssue: verdict.word == .failed)
            case .smoke(.started(let run, let suite, _)): tell("smoke run \(run) of '\(suite)'")
            case .hookFailed(let failure):
                tell("hook '\(failure.hook)' failed", failure.note, isIssue: true)
            case .unknown(let kind, _): tell("'\(kind)', written by a newer version")
            default: tell("something that this version has no words for")
            }
        }

        private mutating func tellOfWindow(_ event: WindowEvent) {
            switch event {
            case .started(let plans, _, _):
                tell("monitoring begins: \(plans.map { "\($0.window)" }.joined(separator: ", "))")
            case .made(let id, let note, _): tell("observation \(id): well", note)
            case .failed(let id, let reason):
                tell("observation \(id): not well", reason, isIssue: true)
            case .missed(let id, _): tell("observation \(id) was missed", isIssue: true)
            case .waived(let ids, let reason):
                let names = ids.map { "\($0)" }.joined(separator: ", ")
                tell("not observed: \(names)", reason, isIssue: true)
            case .reopened(let id, let reason):
                tell("observation \(id) taken back", reason, isIssue: true)
            }
        }

        private mutating func tellOfRollback(_ event: RollbackEvent) {
            switch event {
            case .based(let other, _, _):
                tell(other.map { "goes back on behalf of \($0)" } ?? "rehearses the way back")
            case .proposed(let trigger, let level, _, let reason):
                let who = trigger.map { "trigger '\($0)' proposes" } ?? "somebody proposes"
                tell(
                    "\(who) a rollback" + (level.map { ", level '\($0)'" } ?? ""),
                    reason,
                    isIssue: true
                )
            case .dismissed(let level, let reason):
                let what = level.map { "level '\($0)'" } ?? "every level"
                tell("rollback by \(what) decided against", reason, isIssue: true)
            case .authorised(let level, let trigger, let reason):
                let who = trigger.map { "by the trigger '\($0)'" } ?? "by a person"
                tell("rollback by level '\(level)' authorised \(who)", reason, isIssue: true)
            case .began(let level, let steps, _):
                tell("rollback by level '\(level)' begins, \(steps.count) steps", isIssue: true)
            case .failed(let level, let step):
                tell("rollback by level '\(level)' failed at \(step)", isIssue: true)
            case .resumed(let level): tell("rollback by level '\(level)' goes on")
            case .verified(let level, _):
                tell("rollback by level '\(level)' verified", isIssue: true)
            }
        }

        private func words(for cause: HaltCause) -> String {
            if case .itemFailed(let item) = cause { return "\(deployment.number(item)) failed" }
            if case .itemInDoubt(let item) = cause {
                return "\(deployment.number(item)) is in doubt"
            }
            if case .rollbackFailed(let level) = cause {
                return "the rollback by level '\(level)' failed"
            }
            if case .gateRejected(let gate) = cause { return "gate \(gate) was rejected" }
            if case .gateExpired(let gate) = cause { return "the time of gate \(gate) was over" }
            if case .observationFailed(let id) = cause { return "observation \(id) failed" }
            return "\(cause)"
        }
    }
}
