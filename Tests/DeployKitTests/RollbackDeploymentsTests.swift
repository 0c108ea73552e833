// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// Going back after the end, rehearsals and locks, in a store.
@Suite struct RollbackDeploymentsTests {
    private let clock = FixedClock()
    private let actor = Actor.person("lena@example.com")
    private let deployments: Deployments

    init() {
        deployments = Deployments(store: InMemoryAuditStore(), clock: clock)
    }

    private func pass(_ ids: [ItemID], on live: LiveDeployment) async throws {
        for id in ids {
            let number = (try await live.state().progress(of: id)?.attempts ?? 0) + 1
            try await live.perform(.begin(id, runner: nil), by: actor)
            try await live.perform(
                .finish(id, attempt: number, AttemptOutcome(.passed)),
                by: actor
            )
        }
    }

    private func carryOut(_ live: LiveDeployment) async throws -> Deployment {
        while true {
            let state = try await live.state()
            guard case .step(let id)? = state.rollback?.stage, !state.status.isTerminal else {
                return state
            }
            if state.entry(of: id)?.item.kind.isAutomatic == true {
                try await pass([id], on: live)
            } else {
                try await live.perform(.complete(id, note: nil, evidence: []), by: actor)
            }
        }
    }

    private func completed(version: String) async throws -> LiveDeployment {
        let live = try await deployments.start(
            Checklist.undoable(),
            environment: Trial.staging(),
            version: version,
            by: actor
        )
        try await pass(["switch", "migrate", "smoke"], on: live)
        #expect(try await live.state().status == .completed)
        return live
    }

    @Test func afterTheEndADeploymentOfItsOwnGoesBack() async throws {
        let original = try await completed(version: "1")
        let back = try await deployments.goBack(from: original.id, reason: "it leaks", by: actor)
        let state = try await back.state()
        #expect(state.subject.kind == .rollback && state.subject.original == original.id)
        #expect(state.rollback?.level == "undo")
        #expect(state.rollback?.progress(of: "rollback/undo/2").state == .pending)
        // Asked again, it is the same; nothing forward can be done in it.
        let again = try await deployments.goBack(from: original.id, reason: "it leaks", by: actor)
        #expect(again.id == back.id)
        await #expect(throws: DeploymentError.self) {
            try await back.perform(.begin("switch", runner: nil), by: actor)
        }
        #expect(try await carryOut(back).status == .rolledBack)
        let refused = await #expect(throws: DeploymentError.self) {
            try await deployments.start(
                Checklist.undoable(),
                environment: Trial.staging(),
                version: "2",
                by: actor
            )
        }
        #expect(refused?.refusal?.code == .environmentLocked)
        let lock = try await deployments.unlock(
            "staging",
            of: "orders",
            reason: "fixed",
            by: actor,
            key: "k"
        )
        #expect(lock?.deployment == back.id)
        let nothing = try await deployments.unlock(
            "staging",
            of: "orders",
            reason: "fixed",
            by: actor,
            key: "k"
        )
        #expect(nothing == nil)
        _ = try await completed(version: "2")
    }

    @Test func onlyTheLastDeploymentGoesBack() async throws {
        let first = try await completed(version: "1")
        clock.advance(by: .seconds(60))
        _ = try await completed(version: "2")
        let error = await #expect(throws: DeploymentError.self) {
            try await deployments.goBack(from: first.id, reason: "late", by: actor)
        }
        #expect(error?.refusal?.code == .wrongState)
    }

    @Test func aRehearsalDoesEveryStepAndOpensAGate() async throws {
        var checklist = try Checklist.undoable()
        checklist = Checklist(
            title: checklist.title,
            phases: checklist.phases.map { phase in
                DeployKit.Phase(
                    id: phase.id,
                    title: phase.title,
                    conditions: [
                        .rehearsed("undo", environment: "staging", within: .days(30))
                    ],
                    sections: phase.sections
                )
            },
            rollbackPlan: checklist.rollbackPlan
        )
        let live = try await deployments.start(
            checklist,
            environment: Trial.production(),
            version: "1",
            by: actor
        )
        let missing = GateReason.notRehearsed(
            "undo",
            environment: "staging",
            within: .days(30)
        )
        #expect(try await live.gate("Deploy").verdict == .closed([missing]))
        let rehearsal = try await deployments.rehearse(
            "undo",
            of: checklist,
            environment: Trial.staging(),
            version: "1",
            by: actor
        )
        let steps = try await rehearsal.state().rollback?.progress.values.map(\.state)
        #expect(steps?.allSatisfy { $0 == .pending } == true)
        #expect(try await carryOut(rehearsal).status == .completed)
        #expect(try await live.gate("Deploy").verdict == .open)
        clock.advance(by: .seconds(31 * 86_400))
        #expect(try await live.gate("Deploy").verdict == .closed([missing]))
        // It took no lock, and to have rehearsed is not to have deployed.
        #expect(try await deployments.locked().isEmpty)
        let promotion = GateCondition.completed(environment: "staging", within: nil)
        let other = Checklist(
            title: checklist.title,
            phases: checklist.phases.map { phase in
                DeployKit.Phase(
                    id: phase.id,
                    title: phase.title,
                    conditions: [promotion],
                    sections: phase.sections
                )
            },
            rollbackPlan: checklist.rollbackPlan
        )
        let exercise = try await deployments.rehearse(
            "undo",
            of: other,
            environment: Trial.staging(),
            version: "1",
            by: actor
        )
        #expect(try await carryOut(exercise).status == .completed)
        try await live.perform(.abort(reason: "the other"), by: actor)
        let promoted = try await deployments.start(
            other,
            environment: Trial.production(),
            version: "1",
            by: actor
        )
        let verdict = try await promoted.gate("Deploy").verdict
        guard case .closed(let reasons) = verdict, reasons.count == 1,
            case .notCompleted(environment: "staging", within: nil, closest: _) = reasons[0]
        else {
            Issue.record("\(verdict)")
            return
        }
    }

    @Test func nobodyRehearsesInProduction() async throws {
        let error = await #expect(throws: DeploymentError.self) {
            try await deployments.rehearse(
                "undo",
                of: Checklist.undoable(),
                environment: Trial.production(),
                version: "1",
                by: actor
            )
        }
        #expect(error?.refusal?.code == .wrongState)
    }

    @Test func measurementsBeginAnAutomaticRollback() async throws {
        let plain = try Checklist.undoable(triggers: [
            RollbackTrigger(
                id: "mails-fail",
                title: "Mails fail",
                metric: "email.delivery.success",
                policy: .automatic
            )
        ])
        let checklist = Checklist(
            title: plain.title,
            phases: plain.phases,
            rollbackPlan: plain.rollbackPlan,
            metrics: [MetricVerdictTests.delivery()]
        )
        let live = try await deployments.start(
            checklist,
            environment: Trial.staging(),
            version: "1",
            by: actor
        )
        try await pass(["switch"], on: live)
        try await live.measure(
            [
                NewMeasurement(
                    "email.delivery.success",
                    Measurement(at: clock.now(), .ratio(try Ratio(ExactDecimal(10), of: 100)))
                )
            ],
            by: actor
        )
        let after = try await live.conclude(live.question(), by: actor).state
        #expect(after.status == .rollingBack)
        #expect(after.rollback?.trigger == "mails-fail" && after.rollback?.level == "undo")
        // While it goes back its metrics are as bad as they were, and call for nothing more.
        let later = try await live.conclude(live.question(), by: actor).state
        #expect(later.rollbackProposals.count == 1)
        #expect(try await live.replay().allSatisfy(\.isIdentical))
    }
}
