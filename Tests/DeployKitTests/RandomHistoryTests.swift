// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// The invariants of deployments, on random histories in which time passes and emergencies happen.
@Suite struct RandomHistoryTests {
    static let seeds = RandomHistory.seeds

    /// The histories are worth trying: each thing that can happen happens in some of them.
    @Test func everythingHappensInSome() throws {
        var kinds: Set<String> = []
        var statuses: Set<String> = []
        for seed in 1...200 as ClosedRange<UInt64> {
            let trial = try RandomHistory(seed).trial
            kinds.formUnion(trial.log.map(\.event.kind))
            statuses.insert(trial.deployment.status.word)
        }
        for kind in [
            "windows-started", "observation-made", "observation-missed", "observation-failed",
            "observations-waived", "observation-reopened", "gate-lapsed", "glass-broken",
            "deployment-amended", "gate-reopened", "gate-rejected", "gate-consumed",
        ] {
            #expect(kinds.contains(kind), "\(kind)")
        }
        #expect(
            statuses.isSuperset(of: ["active", "halted", "observing", "completed", "aborted"]),
            "\(statuses)"
        )
    }

    /// D1: the events alone give the state after every prefix; written and read, they are the same.
    @Test(arguments: seeds) func d1EventsAloneGiveTheState(seed: UInt64) throws {
        let trial = try RandomHistory(seed).trial
        #expect(trial.replayed() == trial.deployment)
        for event in trial.log.map(\.event) {
            let bytes = try event.json.canonicalBytes(within: .record)
            #expect(
                try DeploymentEvent(kind: event.kind, json: JSONValue(canonical: bytes)) == event
            )
        }
    }

    /// D2: what has ended does not change any more.
    @Test(arguments: seeds) func d2TheEndIsTheEnd(seed: UInt64) throws {
        var history = try RandomHistory(seed, steps: 120)
        guard history.trial.deployment.status.isTerminal else { return }
        let (log, state) = (history.trial.log.count, history.trial.deployment)
        for _ in 0..<30 { try history.step() }
        #expect(history.trial.log.count == log && history.trial.deployment == state)
    }

    /// D3: every event is one step of the revision; without one nothing changes.
    @Test(arguments: seeds) func d3EveryChangeIsOneEvent(seed: UInt64) throws {
        let trial = try RandomHistory(seed).trial
        #expect(trial.deployment.revision == trial.log.count)
    }

    /// D8: nothing behind a gate that asks for anything starts before the gate was consumed; and a
    /// gate is consumed only while it is open.
    @Test(arguments: seeds) func d8NothingStartsBehindAClosedGate(seed: UInt64) throws {
        let history = try RandomHistory(seed)
        var consumed: Set<GateID> = []
        for (recorded, step) in zip(
            history.trial.log.dropFirst(),
            history.steps.suffix(history.trial.log.count - 1)
        ) {
            switch recorded.event {
            case .gateConsumed(let gate, _, _): consumed.insert(gate)
            case .attemptStarted(let id, _, _, _), .done(let id, _, _, _):
                let entry = try #require(step.before.outline[id])
                let gate = GateID.phase(step.before.checklist.phases[entry.phase].id)
                let terms = step.before.terms(of: gate, given: step.facts)
                #expect(terms.slots.isEmpty || consumed.contains(gate), "\(id)")
                if !consumed.contains(gate), step.before.obstacleStands(step.facts, before: entry) {
                    Issue.record("\(id) began in a freeze")
                }
            default: break
            }
        }
    }

    /// D10: whoever broke the glass never signs its review, under no alias.
    @Test(arguments: seeds) func d10NobodyReviewsTheirOwnEmergency(seed: UInt64) throws {
        let state = try RandomHistory(seed, steps: 120).trial.deployment
        for broken in state.brokenGlass {
            let directory = RandomHistory.directory
            for signOff in state.signOffs where signOff.slot == broken.glass.review.id {
                let own =
                    directory.canonical(signOff.person) == directory.canonical(broken.actor.id)
                let isListed = state.gates[signOff.gate]?.terms.directory.isEmpty == false
                #expect(!own || (!isListed && signOff.person != broken.actor.id))
            }
        }
    }

    /// D11: a round that was rejected or whose time was over is never satisfied any more.
    @Test(arguments: seeds) func d11ALostRoundStaysLost(seed: UInt64) throws {
        let trial = try RandomHistory(seed).trial
        var lost: Set<String> = []
        for event in trial.log.map(\.event) {
            switch event {
            case .gateRejected(let gate, let round, _, _): lost.insert("\(gate) \(round)")
            case .gate(.lapsed(let gate, let round, let outcome, _)):
                if case .escalate = outcome { continue }
                lost.insert("\(gate) \(round)")
            case .gate(.glassBroken(let glass)):
                if let gate = glass.gate { lost.remove("\(gate) \(glass.round ?? 0)") }
            case .gateConsumed(let gate, let round, _):
                #expect(!lost.contains("\(gate) \(round)"))
            default: break
            }
        }
    }

    /// D12: what was signed for another checklist never counts.
    @Test(arguments: seeds) func d12WhatWasSignedForAnotherChecklistNeverCounts(seed: UInt64) throws
    {
        let history = try RandomHistory(seed)
        for (recorded, step) in zip(history.trial.log.dropFirst(), history.steps) {
            guard case .gateConsumed(let gate, _, _) = recorded.event,
                !step.before.isBypassed(gate),
                let progress = step.before.gates[gate]
            else { continue }
            let hash = step.before.subject.checklist
            #expect(progress.signOffs.allSatisfy { $0.checklist == hash })
        }
    }

    /// D13: a round that is lost never rolls anything back, and is never reported as a failure.
    @Test(arguments: seeds) func d13ALostRoundIsNoFailure(seed: UInt64) throws {
        let trial = try RandomHistory(seed).trial
        for (position, recorded) in trial.log.enumerated() {
            guard case .gate(.lapsed) = recorded.event, let before = trial.replayed(position),
                let after = trial.replayed(position + 1)
            else { continue }
            #expect(before.items == after.items)
        }
    }

    /// D14: whatever was waived has a reason, items and observations alike.
    @Test(arguments: seeds) func d14WaiversHaveReasons(seed: UInt64) throws {
        let state = try RandomHistory(seed).trial.deployment
        for (id, progress) in state.items where progress.state == .waived {
            #expect(progress.note != nil && state.outline[id]?.item.isWaivable == true)
        }
        for record in state.observations.values where record.standing == .waived {
            #expect(record.note != nil && record.actor != nil)
        }
    }

    /// D16: what happens depends on the pinned definition alone: the terms, the deadline and the due
    /// times of what was opened stay as they were, whatever the checklist says afterwards.
    @Test(arguments: seeds) func d16WhatWasOpenedStaysAsItWas(seed: UInt64) throws {
        let trial = try RandomHistory(seed).trial
        var plans: [WindowPlan]?
        for position in 1...trial.log.count {
            guard let state = trial.replayed(position), let known = plans else {
                plans = trial.replayed(position).flatMap { $0.windows.isEmpty ? nil : $0.windows }
                continue
            }
            #expect(state.windows == known)
        }
    }

    /// D19: noticing in two steps or in one what time has brought about makes no difference but to
    /// when it is recorded, and a clock that is set back takes nothing back.
    @Test(arguments: seeds) func d19TimePassesInAnyNumberOfSteps(seed: UInt64) throws {
        var history = try RandomHistory(seed, steps: 40)
        let start = history.trial.now
        let pauses = (0..<4).map { _ in Int.random(in: 0...90_000, using: &history.trial.random) }
        var (once, often) = (history.trial, history.trial)
        for pause in pauses {
            often.now = often.now + .seconds(pause)
            _ = try often.advance()
        }
        once.now = often.now
        _ = try once.advance()
        let from = history.trial.log.count
        #expect(once.log[from...].map(\.event) == often.log[from...].map(\.event))
        #expect(once.deployment.status == often.deployment.status)
        #expect(once.deployment.observations == often.deployment.observations)
        #expect(once.environments == often.environments)
        // Back again: nothing is undone, and nothing happens twice.
        let (count, records) = (once.log.count, once.deployment.observations)
        once.now = start
        _ = try once.advance()
        #expect(once.log.count == count && once.deployment.observations == records)
    }

    /// D20: whoever is active or halted holds the environment, whoever observes or has ended does not.
    @Test(arguments: seeds) func d20TheLockIsHeldWhileSomethingIsChanged(seed: UInt64) throws {
        var history = try RandomHistory(seed, steps: 0)
        for _ in 0..<80 {
            try history.step()
            let state = history.trial.deployment
            let holder = history.trial.environments[state.subject.environment.name]?.holder
            switch state.status {
            case .active, .halted, .rollingBack: #expect(holder?.deployment == state.id)
            case .observing, .completed, .rolledBack, .aborted, .superseded:
                #expect(holder == nil)
            }
            #expect(holder.map { $0.subject == state.subject } ?? true)
        }
    }
}

extension Trial {
    /// Lets time take effect; already is fine.
    mutating func advance() throws -> Bool {
        let events = try decide(.advance).events
        record(events[...], by: .person("lena@example.com"))
        return !events.isEmpty
    }
}

extension Deployment {
    /// Whether a freeze keeps the phase of an item closed.
    fileprivate func obstacleStands(_ facts: Facts, before entry: Outline.Entry) -> Bool {
        let reasons: [GateReason] =
            switch verdict(of: .phase(checklist.phases[entry.phase].id), given: facts) {
            case .open: []
            case .closed(let reasons), .inconclusive(let reasons): reasons
            }
        return reasons.contains(where: \.isOfCalendar)
    }
}
