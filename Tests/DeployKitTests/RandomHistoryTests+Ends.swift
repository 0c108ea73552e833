// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// What an item stands on, and how a deployment ends.
extension RandomHistoryTests {
    /// D23: an item begins on nothing but what is satisfied, and an optional item that nobody has
    /// begun; and what is opened again takes along whatever was built on it.
    @Test(arguments: seeds) func d23NothingPassedLosesItsGround(seed: UInt64) throws {
        let trial = try RandomHistory(seed).trial
        var state = try #require(trial.replayed(1))
        for recorded in trial.log.dropFirst() {
            let before = state
            state.apply(recorded)
            func isSatisfied(_ id: ItemID, in state: Deployment) -> Bool {
                state.items[id]?.state.isSatisfying == true
            }
            for entry in state.outline.leaves {
                guard case .passed = state.items[entry.item.id]?.state else { continue }
                for id in Self.ground(of: entry, in: state.outline) {
                    let isOptional = state.outline[id]?.requirement == .optional
                    #expect(
                        isSatisfied(id, in: state) || isOptional && !isSatisfied(id, in: before),
                        "'\(entry.item.id)' is passed, and '\(id)' not, by \(recorded.event.kind)"
                    )
                }
            }
            switch recorded.event {
            case .attemptStarted(let id, _, _, _), .done(let id, _, _, _), .failed(let id, _, _):
                let entry = try #require(before.outline[id])
                for id in Self.ground(of: entry, in: before.outline) {
                    let isUntouched =
                        before.outline[id]?.requirement == .optional
                        && before.items[id]?.state == .pending
                    #expect(isSatisfied(id, in: before) || isUntouched, "\(entry.item.id)")
                }
            default: break
            }
        }
    }

    // The items that one names as done before it, those of a group each by itself.
    private static func ground(of entry: Outline.Entry, in outline: Outline) -> [ItemID] {
        func leaves(_ id: ItemID) -> [ItemID] {
            guard let entry = outline[id], entry.item.isGroup else { return [id] }
            return entry.children.flatMap { leaves(outline.entries[$0].item.id) }
        }
        return entry.after.flatMap(leaves)
    }

    /// D2, D4: nothing ends beside an attempt of which it is not recorded what became of it.
    @Test(arguments: seeds) func d2NothingEndsBesideAnAttempt(seed: UInt64) throws {
        let state = try RandomHistory(seed, steps: 120).trial.deployment
        guard state.status.isTerminal else { return }
        for (id, progress) in state.items {
            switch progress.state {
            case .running, .inDoubt: Issue.record("'\(id)' is \(progress.state.word)")
            default: break
            }
        }
    }

    /// D27: whoever has seen to what is under way and what is in doubt may end it, wherever it
    /// stands.
    @Test(arguments: seeds) func d27WhoeverHasSeenToEverythingMayEndIt(seed: UInt64) throws {
        var trial = try RandomHistory(seed).trial
        for entry in trial.deployment.outline.leaves {
            let id = entry.item.id
            if case .running(let attempt) = trial.deployment.items[id]?.state {
                try trial.perform(.finish(id, attempt: attempt, AttemptOutcome(.failed(.lost))))
            }
            if case .inDoubt = trial.deployment.items[id]?.state {
                try trial.perform(.resolve(id, happened: false, reason: "looked", evidence: []))
            }
        }
        // What ended last may have been what a lost gate waited for.
        if trial.deployment.status.isTerminal { return }
        try trial.perform(.abort(reason: "enough"))
        #expect(trial.deployment.status.isTerminal)
    }

    /// D27: from wherever people have brought a deployment, others bring it to its completion, unless
    /// a signature is asked for that nobody here can give.
    @Test(arguments: seeds) func d27PatienceLeadsToCompletion(seed: UInt64) throws {
        var history = try RandomHistory(seed)
        if history.trial.deployment.status.isTerminal { return }
        var count = 0
        while !history.trial.deployment.status.isTerminal, count < 400, try history.goOn() {
            count += 1
        }
        let state = history.trial.deployment
        switch state.status {
        case .completed: return
        // The time of a gate was over while an attempt kept the deployment from ending.
        case .aborted(.gateExpired): return
        default: break
        }
        let facts = history.trial.facts
        let reasons = state.openReasons(given: facts)
        #expect(
            !reasons.isEmpty && reasons.allSatisfy { state.isOutOfReach($0, given: facts) },
            "\(state.status) after \(count): \(reasons)"
        )
    }
}

extension RandomHistory {
    /// One thing that brings the deployment nearer to its completion.
    ///
    /// - Returns: Whether there was any.
    fileprivate mutating func goOn() throws -> Bool {
        let state = trial.deployment
        trial.thaw()
        for (id, progress) in state.items.sorted(by: { $0.key < $1.key }) {
            switch progress.state {
            case .running(let attempt):
                return try accept(.finish(id, attempt: attempt, outcome(of: id)))
            case .inDoubt:
                return try accept(.resolve(id, happened: false, reason: "looked", evidence: []))
            case .failed: return try accept(.reopen(id, reason: "seen to"))
            default: continue
            }
        }
        for (id, record) in state.observations where record.standing == .failed {
            return try accept(.observe(id.window, id.number, .reopened(reason: "seen to")))
        }
        for (gate, progress) in state.gates
        where progress.isLost && !progress.isConsumed && !state.isBypassed(gate) {
            return try accept(.reopenGate(gate, reason: "once more"))
        }
        for entry in state.outline.leaves where state.items[entry.item.id]?.state == .pending {
            let id = entry.item.id
            if try accept(.begin(id, runner: nil)) { return true }
            if try accept(.complete(id, note: nil, evidence: [])) { return true }
        }
        for slot in state.signOffSlots where try accept(.sign(slot.id, .approved, reason: nil)) {
            return true
        }
        for plan in state.windows {
            if try accept(.observe(plan.window, nil, .made(note: nil, evidence: []))) {
                return true
            }
            if try accept(.observe(plan.window, nil, .waived(reason: "not now"))) { return true }
        }
        for phase in state.checklist.phases
        where try accept(.breakGlass(.phase(phase.id), reason: "now")) {
            return true
        }
        return try accept(.advance)
    }

    private func outcome(of id: ItemID) throws -> AttemptOutcome {
        guard case .capture = trial.deployment.outline[id]?.item.kind else {
            return AttemptOutcome(.passed)
        }
        let contract = "CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA"
        let network = trial.deployment.subject.environment.networks[0]
        return AttemptOutcome(.captured(try ContractID(contract, on: network)))
    }

    /// Whether somebody may do this; whoever is first does it.
    private mutating func accept(_ command: DeploymentCommand) throws -> Bool {
        for name in Self.names {
            let actor = Actor.person(ActorID(name))
            guard case .accepted(let events, _) = trial.decide(command, by: actor) else {
                continue
            }
            let before = trial.deployment
            trial.record(events[...], by: actor)
            // What only notes that time has passed is no step.
            return trial.deployment != before
        }
        return false
    }
}

extension Trial {
    /// Lifts every freeze.
    fileprivate mutating func thaw() {
        let name = deployment.subject.environment.name
        let text = AttachmentReference(
            digest: SHA256.digest(of: []),
            byteCount: 0,
            mediaType: "text/plain"
        )
        for freeze in environments[name]?.freezes ?? [] {
            environments[name]?.apply(.thawed(name: freeze.name, reason: text), at: now)
        }
    }
}

extension Deployment {
    /// What keeps the next gate closed.
    fileprivate func openReasons(given facts: Facts) -> [GateReason] {
        switch nextGate(given: facts)?.verdict {
        case .closed(let reasons)?, .inconclusive(let reasons)?: reasons
        case .open?, nil: []
        }
    }

    /// Whether a signature is missing that takes a key, which nobody has here, or more people than
    /// may sign: who asked for the deployment or did something in it may not in production.
    fileprivate func isOutOfReach(_ reason: GateReason, given facts: Facts) -> Bool {
        switch reason {
        case .signOffMissing(let id, _, let required, let eligible, _):
            guard let gate = signOffSlots.first(where: { $0.id == id })?.gate else { return false }
            let terms = terms(of: gate, given: facts)
            let slot = terms.slots.first { $0.id == id }
            let asksForKey = (slot?.rule.assurance ?? .asserted) > .asserted
            let anybody = RandomHistory.names.map { ActorID($0) }
                .filter { !isExcluded($0, from: terms) }
            let able = terms.directory.isEmpty ? anybody.count : eligible.count
            return asksForKey || able < required
        case .signOffStale: return true
        default: return false
        }
    }
}
