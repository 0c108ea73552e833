// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

@Suite struct MetricFollowerTests {
    private let clock = FixedClock()
    private let actor = Actor.service("watcher")
    private let store = WatchedStore()

    private func start() async throws -> LiveDeployment {
        func metric(_ id: MetricID) throws -> SuccessMetric {
            SuccessMetric(
                id: id,
                title: id.text,
                unit: .number,
                direction: .lowerIsBetter,
                bands: Bands(
                    target: try Bound("< 10"),
                    warning: try Bound("> 100"),
                    critical: try Bound("> 1000")
                ),
                sustain: try Sustain(.lasting(.seconds(120), gap: .reset))
            )
        }
        var errors = try metric("errors")
        errors.baseline = try Baseline(
            .beforeDeployment(.seconds(3600)),
            tolerance: .relative(Quantity("10%"))
        )
        let checklist = try Checklist("Orders", metrics: [try metric("lag"), errors]) {
            DeployKit.Phase("Deploy") { Item("Deploy it") }
        }
        return try await Deployments(store: store, clock: clock).start(
            checklist,
            environment: try Environment("staging", tier: .test),
            version: "1",
            by: actor
        )
    }

    // Invariant: what a follower answers is what is answered by reading everything, whatever was
    // recorded in between: late, ahead of time, from before the deployment, of several metrics.
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func answersAsIfEverythingWereReadEachTime(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let live = try await start()
        var follower = MetricFollower(live, metrics: [])
        var moment = clock.now()
        for _ in 0..<40 {
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let offset = Int.random(in: 0..<20, using: &random)
                let at: Timestamp
                switch offset {
                case 0: at = moment + .seconds(-4000)
                case 1...4: at = moment + .seconds(-30 * offset)
                case 5...7: at = moment + .seconds(50)
                default: at = moment
                }
                let values = [5, 50, 500, 5000]
                let value = values.randomElement(using: &random) ?? 5
                let metric: MetricID = Bool.random(using: &random) ? "lag" : "errors"
                let measurement = Measurement(
                    at: at,
                    .value(Quantity(ExactDecimal(value), .number))
                )
                try await live.measure([NewMeasurement(metric, measurement)], by: actor)
            }
            let followed = try await follower.decision(at: moment)
            let question = try await live.question(at: moment)
            #expect(followed == (try await live.decision(on: question)))
            let step = [0, 20, 60, 60, 60, 200].randomElement(using: &random) ?? 60
            moment = clock.advance(by: .seconds(step))
            if step == 200 {
                let concluded = try await follower.conclude(at: moment, by: actor)
                #expect(try await live.replay().last?.recorded == concluded)
            }
            // An earlier moment may be asked about, too.
            if Int.random(in: 0..<10, using: &random) == 0 {
                let earlier = moment + .seconds(-90)
                let question = try await live.question(at: earlier)
                let decision = try await live.decision(on: question)
                #expect(try await follower.decision(at: earlier) == decision)
            }
        }
        #expect(try await live.replay().allSatisfy(\.isIdentical))
    }

    @Test func readsEachEventOnce() async throws {
        let live = try await start()
        var follower = MetricFollower(live, metrics: ["lag"])
        _ = try await follower.decision(at: clock.now())
        await store.forget()
        let count = 300
        for _ in 0..<count {
            let moment = clock.advance(by: .seconds(60))
            let measurement = Measurement(at: moment, .value(Quantity(5, .number)))
            try await live.measure([NewMeasurement("lag", measurement)], by: actor)
            _ = try await follower.decision(at: moment)
        }
        let read = await store.recordsRead
        #expect(read.values.reduce(0, +) <= 2 * count, "\(read)")
        #expect(try await live.samples(of: ["lag"]).count == count)
    }
}
