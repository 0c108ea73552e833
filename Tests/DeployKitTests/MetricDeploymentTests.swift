// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// Measurements in a store: recorded, judged, judged again.
@Suite struct MetricDeploymentTests {
    private let clock = FixedClock()
    private let actor = Actor.person("lena@example.com")
    private let deployments: Deployments

    init() {
        deployments = Deployments(store: InMemoryAuditStore(), clock: clock)
    }

    private func start(version: String = "1") async throws -> LiveDeployment {
        let trigger = RollbackTrigger(
            id: "too-many-failures",
            title: "Too many failures",
            metric: "email.delivery.success",
            level: "pause"
        )
        let level = RollbackLevel(id: "pause", title: "Pause", steps: [])
        var latency = SuccessMetric(
            id: "latency",
            title: "Latency",
            unit: .milliseconds,
            direction: .lowerIsBetter,
            bands: Bands(target: try Bound("< 5000ms"))
        )
        latency.baseline = try Baseline(
            .previousDeployments(3, accepts: .pass),
            tolerance: .relative(Quantity("10%")),
            whenMissing: .pass
        )
        let checklist = try Checklist(
            "Orders",
            rollbackPlan: RollbackPlan(levels: [level], triggers: [trigger]),
            metrics: [MetricVerdictTests.delivery(), latency]
        ) {
            DeployKit.Phase("Deploy") { Item("Deploy it") }
        }
        return try await deployments.start(
            checklist,
            environment: Trial.staging(),
            version: version,
            by: actor
        )
    }

    private func delivery(_ good: Int, after span: Duration = .zero) throws -> NewMeasurement {
        NewMeasurement(
            "email.delivery.success",
            Measurement(at: clock.now() + span, .ratio(try Ratio(ExactDecimal(good), of: 100)))
        )
    }

    private func latency(_ text: String) throws -> NewMeasurement {
        NewMeasurement("latency", Measurement(at: clock.now(), .value(try Quantity(text))))
    }

    @Test func theSameQuestionHasTheSameAnswerLaterToo() async throws {
        let live = try await start()
        clock.advance(by: .seconds(60))
        try await live.measure([delivery(96), latency("400ms")], by: actor)
        let question = try await live.question()
        let then = try await live.decision(on: question)
        #expect(then.recommendation == .promote)
        _ = try await live.conclude(question, by: actor)
        clock.advance(by: .seconds(3600))
        try await live.measure([delivery(70)], by: actor)
        #expect(try await live.decision(on: question) == then)
        #expect(try await live.decision(on: live.question()).recommendation == .rollBack)
        let replays = try await live.replay()
        #expect(replays.map(\.isIdentical) == [true])
        #expect(replays.map(\.recorded) == [then])
    }

    // A decision rests on what stood in the log before it, however late the rest was recorded.
    @Test func whatIsRecordedLateChangesNoDecisionThatWasMade() async throws {
        let live = try await start()
        clock.advance(by: .seconds(600))
        try await live.measure([delivery(96), latency("400ms")], by: actor)
        let question = try await live.question()
        let then = try await live.conclude(question, by: actor).decision
        try await live.measure([delivery(50, after: .seconds(-60))], by: actor)
        let late = try await live.decision(on: question)
        #expect(late.findings.first?.count == 2)
        #expect(late.verdict == then.verdict)
        #expect(try await live.replay().allSatisfy(\.isIdentical))
        let earlier = try await live.question(at: clock.now() + .seconds(-30))
        #expect(try await live.decision(on: earlier).verdict.severity == .critical)
    }

    @Test func aTriggerProposesARollbackOnce() async throws {
        let live = try await start()
        try await live.measure([delivery(10)], by: actor)
        let first = try await live.conclude(live.question(), by: actor)
        #expect(first.decision.triggers == ["too-many-failures"])
        #expect(first.state.rollbackProposals.map(\.level) == ["pause"])
        clock.advance(by: .seconds(60))
        let second = try await live.conclude(live.question(), by: actor)
        #expect(second.state.rollbackProposals.count == 1)
        try await live.complete("deploy-it", by: actor)
        #expect(try await live.state().status == .completed)
        #expect(try await live.state().rollbackProposals.count == 1)
        #expect(try await live.replay().map(\.isIdentical) == [true, true])
    }

    // Somebody decided about what was seen then, and about nothing that comes later.
    @Test func aDismissedTriggerFiresAgainAfterItWasSilent() async throws {
        let live = try await start()
        func conclude(_ good: Int) async throws -> [RollbackProposal.Outcome] {
            clock.advance(by: .seconds(60))
            try await live.measure([delivery(good)], by: actor)
            return try await live.conclude(live.question(), by: actor).state.rollbackProposals
                .map(\.outcome)
        }
        #expect(try await conclude(10) == [.open])
        #expect(try await conclude(99) == [.open])
        #expect(try await conclude(10) == [.open])
        try await live.perform(.rollback(.dismiss(reason: "a burst")), by: actor)
        #expect(try await conclude(10) == [.dismissed])
        let other = try await live.question(about: ["latency"])
        _ = try await live.conclude(other, by: actor)
        #expect(try await conclude(10) == [.dismissed], "silence about something else is none")
        #expect(try await conclude(99) == [.dismissed])
        #expect(try await conclude(10) == [.dismissed, .open])
        #expect(try await live.replay().allSatisfy(\.isIdentical))
    }

    @Test func whatWasNeverMeasuredIsNoSuccess() async throws {
        let live = try await start()
        let nothing = try await live.decision(on: live.question())
        #expect(nothing.recommendation == .inconclusive)
        try await live.measure([delivery(99)], by: actor)
        let half = try await live.decision(on: live.question())
        #expect(half.verdict == Verdict(.met, incomplete: [.notYetRun]))
        let only = try await live.question(about: ["email.delivery.success"])
        #expect(try await live.decision(on: only).recommendation == .promote)
    }

    @Test func baselinesComeFromEarlierDeployments() async throws {
        let first = try await start()
        try await first.measure([delivery(99), latency("100ms")], by: actor)
        _ = try await first.conclude(first.question(), by: actor)
        try await first.complete("deploy-it", by: actor)
        clock.advance(by: .seconds(60))
        let second = try await start(version: "2")
        try await second.measure([delivery(99), latency("111ms")], by: actor)
        let question = try await second.question()
        #expect(question.baselines.map { "\($0.violation)" } == ["> 110ms"])
        let decision = try await second.conclude(question, by: actor).decision
        #expect(decision.verdict == Verdict(.warning))
        #expect(try await second.replay().map(\.isIdentical) == [true])
    }

    @Test func oneKeyRecordsOnce() async throws {
        let live = try await start()
        let sample = try delivery(96)
        #expect(try await live.measure([sample], by: actor, key: "k").hasChanged)
        #expect(try await !live.measure([sample], by: actor, key: "k").hasChanged)
        #expect(try await live.samples(of: ["email.delivery.success"]).count == 1)
        await #expect(throws: DeploymentError.self) {
            try await live.measure([delivery(97)], by: actor, key: "k")
        }
    }

    @Test func refusesWhatCannotHaveBeenMeasured() async throws {
        let live = try await start()
        let refused: [(NewMeasurement, Refusal.Code)] = [
            (try delivery(96, after: .seconds(61)), .measurementRefused),
            (NewMeasurement("latency", try delivery(96).measurement), .measurementRefused),
            (
                NewMeasurement("email.delivery.success", try latency("5s").measurement),
                .measurementRefused
            ),
            (NewMeasurement("latncy", try latency("5s").measurement), .unknownName),
        ]
        for (measurement, code) in refused {
            let error = await #expect(throws: DeploymentError.self) {
                try await live.measure([measurement], by: actor)
            }
            #expect(error?.refusal?.code == code)
        }
        try await live.perform(.abort(reason: "enough"), by: actor)
        let error = await #expect(throws: DeploymentError.self) {
            try await live.measure([delivery(96)], by: actor)
        }
        #expect(error?.refusal?.code == .ended)
    }

    @Test func aWatchIsResumedWhereItWouldHaveBeen() async throws {
        let live = try await start()
        let watch = try MetricWatch(
            start: clock.now(),
            duration: .seconds(600),
            cadence: .seconds(60),
            metrics: ["latency"]
        )
        #expect(watch.momentCount == 11)
        #expect(try await !live.start(watch, by: actor).isResumed)
        clock.advance(by: .seconds(150))
        let other = try MetricWatch(
            start: clock.now(),
            duration: .seconds(60),
            cadence: .seconds(60),
            metrics: ["latency"]
        )
        let resumed = try await live.start(other, by: actor)
        #expect(resumed.isResumed && resumed.watch == watch)
        #expect(watch.countOfMoments(until: clock.now()) == 3)
        try await live.endWatch(by: actor)
        #expect(try await live.openWatch() == nil)
    }

    @Test func manyMeasurementsAreRecordedTogether() async throws {
        let live = try await start()
        clock.advance(by: .seconds(3600))
        let many = try (0..<1000).map { number in
            try delivery(96, after: .seconds(-number))
        }
        try await live.measure(many, by: actor)
        let decision = try await live.decision(
            on: live.question(about: ["email.delivery.success"])
        )
        #expect(decision.findings.first?.count == 1000)
        #expect(decision.recommendation == .promote)
    }
}
