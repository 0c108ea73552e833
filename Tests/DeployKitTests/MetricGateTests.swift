// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// Items and gates that the metrics decide.
@Suite struct MetricGateTests {
    private let clock = FixedClock()
    private let actor = Actor.person("lena@example.com")
    private let deployments: Deployments

    init() {
        deployments = Deployments(store: InMemoryAuditStore(), clock: clock)
    }

    private func start(
        gate: PhaseGate? = nil,
        trigger: RollbackTrigger? = nil
    ) async throws -> LiveDeployment {
        let plain = try Checklist("Orders") {
            DeployKit.Phase("Canary") {
                Item("Send it", id: "send")
                Item("Mails arrive", .metric("email.delivery.success"), id: "mails")
            }
            DeployKit.Phase("Everywhere", gate: gate) { Item("Send it all", id: "all") }
        }
        let level = RollbackLevel(id: "stop", title: "Stop", steps: [RollbackStep(title: "Stop")])
        let checklist = Checklist(
            title: plain.title,
            phases: plain.phases,
            rollbackPlan: trigger.map { RollbackPlan(levels: [level], triggers: [$0]) },
            metrics: [MetricVerdictTests.delivery()]
        )
        let live = try await deployments.start(
            checklist,
            environment: Trial.staging(),
            version: "1",
            by: actor
        )
        try await live.complete("send", by: actor)
        clock.advance(by: .seconds(1))
        return live
    }

    private func record(_ good: Int, on live: LiveDeployment) async throws {
        let outcome = Measurement.Outcome.ratio(try Ratio(ExactDecimal(good), of: 100))
        try await live.measure(
            [NewMeasurement("email.delivery.success", Measurement(at: clock.now(), outcome))],
            by: actor
        )
    }

    private func next(of live: LiveDeployment) async throws -> NextStep {
        let state = try await live.state()
        return state.nextStep(given: try await deployments.facts(for: state))
    }

    private func refusal(_ live: LiveDeployment, note: String? = nil) async -> Refusal.Code? {
        do {
            try await live.complete("mails", by: actor, note: note)
            return nil
        } catch {
            return error.refusal?.code
        }
    }

    @Test func whatWasNeverMeasuredPassesNothing() async throws {
        let live = try await start()
        #expect(try await next(of: live) == .undecided(["mails"]))
        #expect(await refusal(live) == .undecided)
        #expect(await refusal(live, note: "it looks fine") == .undecided)
        try await record(99, on: live)
        #expect(try await next(of: live) == .judge("mails"))
        try await live.perform(.judge("mails"), by: actor)
        #expect(try await live.state().items["mails"]?.state == .passed(1))
        let replay = try #require(try await live.replayJudgements().first)
        #expect(replay.isIdentical && replay.asker == .item("mails"))
        // What is measured later changes nothing of what was decided.
        clock.advance(by: .seconds(60))
        try await record(10, on: live)
        #expect(try await live.replayJudgements().map(\.isIdentical) == [true])
    }

    @Test func aMissedTargetNeedsANoteAndAWarningHolds() async throws {
        let live = try await start()
        try await record(85, on: live)
        #expect(try await next(of: live) == .person(["mails"]))
        #expect(await refusal(live, note: "so what") == .unmet)
        clock.advance(by: .seconds(60))
        try await record(93, on: live)
        #expect(await refusal(live) == .reasonMissing)
        #expect(await refusal(live, note: "the weekend") == nil)
        let item = try await live.state().items["mails"]
        #expect(item?.state == .passed(1) && item?.note != nil)
    }

    @Test func aCriticalMetricFailsItsItemAndFiresTheTriggerOfIt() async throws {
        let live = try await start(
            trigger: RollbackTrigger(
                id: "t",
                title: "T",
                item: "mails",
                level: "stop",
                policy: .automatic
            )
        )
        try await record(10, on: live)
        try await live.perform(.judge("mails"), by: actor)
        let state = try await live.state()
        #expect(state.items["mails"]?.cause == .unmet)
        #expect(state.status == .rollingBack && state.rollback?.trigger == "t")
    }

    @Test func aGateOpensOnMetricsAndKeepsWhatItOpenedOn() async throws {
        let live = try await start(gate: .metrics("email.delivery.success"))
        try await live.perform(.waive("mails", reason: "the gate asks"), by: actor)
        func verdict() async throws(DeploymentError) -> GateVerdict {
            let state = try await live.state()
            return state.verdict(
                of: .phase("everywhere"),
                given: try await deployments.facts(for: state)
            )
        }
        let metric: MetricID = "email.delivery.success"
        #expect(try await verdict() == .inconclusive([.metrics([metric], .inconclusive)]))
        try await record(10, on: live)
        #expect(try await verdict() == .closed([.metrics([metric], .rollBack)]))
        clock.advance(by: .seconds(60))
        try await record(93, on: live)
        #expect(try await verdict() == .closed([.metrics([metric], .promoteWithNote)]))
        clock.advance(by: .seconds(60))
        try await record(99, on: live)
        #expect(try await verdict() == .open)
        try await live.complete("all", by: actor)
        let replay = try #require(try await live.replayJudgements().last)
        #expect(replay.asker == .gate(.phase("everywhere")) && replay.isIdentical)
        #expect(replay.recorded.recommendation == .promote)
    }

    @Test func aCanaryBakesBeforeTheNextPhase() async throws {
        let live = try await start(gate: .metrics(bake: .minutes(30)))
        // What was measured before the canary was out says nothing about it.
        try await record(99, on: live)
        clock.advance(by: .seconds(60))
        try await live.perform(.waive("mails", reason: "the gate asks"), by: actor)
        let start = clock.now()
        func reasons() async throws(DeploymentError) -> [GateReason] {
            let state = try await live.state()
            let facts = try await deployments.facts(for: state)
            return switch state.verdict(of: .phase("everywhere"), given: facts) {
            case .open: []
            case .closed(let reasons), .inconclusive(let reasons): reasons
            }
        }
        #expect(try await reasons() == [.baking(until: start + .minutes(30))])
        clock.advance(by: .seconds(1800))
        let metric: MetricID = "email.delivery.success"
        #expect(try await reasons() == [.metrics([metric], .inconclusive)])
        try await record(99, on: live)
        #expect(try await reasons() == [])
    }

    @Test func aPartIsNoLargerThanItsWhole() async throws {
        let live = try await start()
        for outcome in [
            Measurement.Outcome.value(Quantity(120, .percent)),
            .ratio(try Ratio(120, of: 100)),
        ] {
            let error = await #expect(throws: DeploymentError.self) {
                try await live.measure(
                    [
                        NewMeasurement(
                            "email.delivery.success",
                            Measurement(at: clock.now(), outcome)
                        )
                    ],
                    by: actor
                )
            }
            #expect(error?.refusal?.code == .measurementRefused)
        }
        // Where nothing says that it is a part of a whole it may be true, and is doubted.
        var metric = MetricVerdictTests.delivery()
        metric.aggregation = nil
        let measurement = Measurement(at: clock.now(), .value(Quantity(120, .percent)))
        #expect(metric.impossibility(of: measurement) == nil)
        #expect(metric.doubts(about: measurement).count == 1)
        metric.bands = Bands(target: try Bound("< 150%"))
        #expect(metric.doubts(about: measurement).isEmpty)
    }

    @Test func theScoreIsAReport() throws {
        func metric(_ id: MetricID, _ weight: Int) -> SuccessMetric {
            var metric = MetricVerdictTests.delivery()
            metric.id = id
            metric.role = .scored(weight)
            return metric
        }
        let checklist = Checklist(
            title: "T",
            phases: [],
            metrics: [metric("a", 3), metric("b", 2), metric("c", 1), metric("d", 4)]
        )
        func samples(_ id: MetricID, _ good: Int) throws -> (MetricID, Measurement) {
            let moment = clock.now()
            return (id, Measurement(at: moment, .ratio(try Ratio(ExactDecimal(good), of: 100))))
        }
        var ledger = MetricLedger(
            MetricQuestion(at: clock.now()),
            of: checklist,
            since: clock.now()
        )
        for (id, measurement) in try [samples("a", 99), samples("b", 85), samples("c", 10)] {
            ledger.observe(MetricSample(id, measurement))
        }
        let score = try #require(checklist.score(of: ledger.decision))
        #expect(score.description == "4 of 10, 40 %")
        #expect(ledger.decision.recommendation == .rollBack)
    }
}
