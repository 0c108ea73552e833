// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import DeployKitTesting
import Glibc
import Testing

/// Watching, with a clock that is told to move and a source that is told what to say.
@Suite struct MetricWatcherTests {
    private let clock = FixedClock()
    private let actor = Actor.service("watcher")
    private let store = InMemoryAuditStore()

    private var deployments: Deployments { Deployments(store: store, clock: clock) }

    /// Says the next number of a list at each moment, and keeps the past or not.
    private struct Source: MetricSampling {
        var metrics: [MetricID] { ["lag"] }
        let knowsThePast: Bool
        let start: Timestamp
        let values: [Int]
        var resumed = 0

        func requests(for moment: Timestamp) -> [MetricRequest] {
            [.page(url: "\((moment - start).wholeMilliseconds / 60_000)", accept: "")]
        }

        mutating func measurements(
            from answers: [Result<MetricAnswer, MetricFailure>],
            at moment: Timestamp
        ) -> (measurements: [NewMeasurement], remarks: [String]) {
            var outcome = Measurement.Outcome.absent
            if case .success(let answer)? = answers.first,
                let number = Int(String(decoding: answer.bytes, as: UTF8.self)),
                values.indices.contains(number)
            {
                outcome = .value(Quantity(ExactDecimal(values[number]), .number))
            }
            let measurement = Measurement(at: moment, outcome)
            let raw = Evidence.text("reading at \(moment)")
            return ([NewMeasurement("lag", measurement, raw: raw)], [])
        }

        mutating func resume(from samples: [(sample: MetricSample, raw: [UInt8])]) {
            resumed = samples.count
        }
    }

    /// Answers with the address, so that a source knows which moment was asked about.
    private struct Echo: MetricFetching {
        func answer(to request: MetricRequest) async throws(MetricFailure) -> MetricAnswer {
            guard case .page(let url, _) = request else { throw MetricFailure(.query, "no page") }
            return MetricAnswer(bytes: Array(url.utf8))
        }
    }

    private func start() async throws -> LiveDeployment {
        let metric = SuccessMetric(
            id: "lag",
            title: "Lag",
            unit: .number,
            direction: .lowerIsBetter,
            bands: Bands(
                target: try Bound("< 10"),
                warning: try Bound("> 100"),
                critical: try Bound("> 1000")
            ),
            sustain: try Sustain(.lasting(.seconds(120), gap: .reset))
        )
        let trigger = RollbackTrigger(id: "lags", title: "It lags", metric: "lag", level: "pause")
        let checklist = try Checklist(
            "Orders",
            rollbackPlan: RollbackPlan(
                levels: [RollbackLevel(id: "pause", title: "Pause", steps: [])],
                triggers: [trigger]
            ),
            metrics: [metric]
        ) {
            DeployKit.Phase("Deploy") { Item("Deploy it") }
        }
        return try await deployments.start(
            checklist,
            environment: try Environment("staging", tier: .test),
            version: "1",
            by: actor
        )
    }

    /// A time that passes when somebody sleeps, and ends the task at a moment.
    private func time(until end: Timestamp? = nil) -> MetricWatcher.Time {
        MetricWatcher.Time(
            now: { [clock] in clock.now() },
            sleep: { [clock] span in
                if let end, clock.now() >= end { throw CancellationError() }
                clock.advance(by: span)
            }
        )
    }

    private func watch(
        _ live: LiveDeployment,
        _ source: Source,
        until end: Timestamp? = nil
    ) async throws -> MetricWatcher.Result {
        let watcher = MetricWatcher(Echo(), lock: nil, time: time(until: end))
        return try await watcher.watch(
            for: .seconds(600),
            every: .seconds(60),
            source,
            on: live,
            by: actor
        ) { _ in }
    }

    private func outcomes(_ live: LiveDeployment) async throws -> [Measurement.Outcome] {
        try await live.samples(of: ["lag"]).map(\.measurement.outcome)
    }

    private static func values(_ numbers: [Int]) -> [Measurement.Outcome] {
        numbers.map { .value(Quantity(ExactDecimal($0), .number)) }
    }

    @Test func watchesToTheEndAndDecides() async throws {
        let live = try await start()
        let numbers = Array(0...9) + [5]
        let source = Source(knowsThePast: false, start: clock.now(), values: numbers)
        let result = try await watch(live, source)
        #expect(result.ending == .end)
        #expect(result.decision?.recommendation == .promote)
        #expect(try await outcomes(live) == Self.values(numbers))
        #expect(try await live.openWatch() == nil)
        #expect(try await live.replay().allSatisfy(\.isIdentical))
        // What changes nothing is recorded once: at the first moment and at the end.
        #expect(try await live.replay().count == 2)
    }

    @Test func stopsWhenAViolationHasLastedAndProposesARollback() async throws {
        let live = try await start()
        let numbers = [5, 2000, 5, 2000, 2000, 2000, 2000, 2000]
        let source = Source(knowsThePast: false, start: clock.now(), values: numbers)
        let result = try await watch(live, source)
        #expect(result.ending == .verdict)
        #expect(result.decision?.triggers == ["lags"])
        #expect(result.state.rollbackProposals.map(\.level) == ["pause"])
        #expect(try await outcomes(live).count == 6)
        #expect(try await live.replay().allSatisfy(\.isIdentical))
    }

    // Interrupted anywhere and gone on with later, a watch has a measurement of every moment.
    @Test(arguments: 1...9, [true, false])
    func losesNoMomentWhenItIsInterrupted(minutes: Int, knowsThePast: Bool) async throws {
        let live = try await start()
        let begin = clock.now()
        let numbers = (0...10).map { $0 % 7 }
        let source = Source(knowsThePast: knowsThePast, start: begin, values: numbers)
        let first = try await watch(live, source, until: begin + .seconds(60 * minutes))
        #expect(first.ending == .interrupted)
        let recorded = try await outcomes(live).count
        #expect(recorded == minutes + 1)
        #expect(try await live.openWatch()?.start == begin)
        clock.advance(by: .seconds(200))
        // Another process: nothing is left but the store.
        let again = try await deployments.deployment(live.id)
        let second = try await watch(again, source)
        #expect(second.ending == .end)
        let all = try await live.samples(of: ["lag"])
        #expect(all.map(\.measurement.at) == (0...10).map { begin + .seconds(60 * $0) })
        let missed = all.filter { $0.measurement.outcome == .terminated }.count
        if knowsThePast {
            #expect(all.map(\.measurement.outcome) == Self.values(numbers))
        } else {
            #expect(missed == min(2, 10 - minutes) || missed == min(3, 10 - minutes))
        }
        #expect(try await live.replay().allSatisfy(\.isIdentical))
    }

    @Test func anotherWatchIsNotMixedIn() async throws {
        let live = try await start()
        let source = Source(knowsThePast: false, start: clock.now(), values: [1, 2, 3])
        _ = try await watch(live, source, until: clock.now() + .seconds(60))
        struct Other: MetricSampling {
            let metrics: [MetricID] = ["other"]
            let knowsThePast = false
            func requests(for moment: Timestamp) -> [MetricRequest] { [] }
            mutating func measurements(
                from answers: [Result<MetricAnswer, MetricFailure>],
                at moment: Timestamp
            ) -> (measurements: [NewMeasurement], remarks: [String]) { ([], []) }
            mutating func resume(from samples: [(sample: MetricSample, raw: [UInt8])]) {}
        }
        let error = await #expect(throws: RunnerError.self) {
            let watcher = MetricWatcher(Echo(), lock: nil, time: time())
            _ = try await watcher.watch(
                for: .seconds(60),
                every: .seconds(30),
                Other(),
                on: live,
                by: actor
            ) { _ in }
        }
        #expect(error?.code == .invalid)
        try await live.endWatch(by: actor)
        #expect(try await live.openWatch() == nil)
    }

    @Test func oneWatcherAtATime() async throws {
        let live = try await start()
        let path = "/tmp/deploykit-watch-\(getpid())"
        let held = try AttemptLock(path: path)
        let source = Source(knowsThePast: false, start: clock.now(), values: [])
        let error = await #expect(throws: RunnerError.self) {
            _ = try await MetricWatcher(Echo(), lock: path, time: time()).watch(
                for: .seconds(60),
                every: .seconds(60),
                source,
                on: live,
                by: actor
            ) { _ in }
        }
        #expect(error?.code == .locked)
        withExtendedLifetime(held) {}
    }
}

/// Asking for real, with curl and a server on this machine.
@Suite(
    .enabled("the server needs /usr/bin/python3") { access("/usr/bin/python3", X_OK) == 0 }
)
struct MetricFetcherTests {
    private func answer(
        _ url: String,
        limit: Int = 4096,
        timeout: Duration = .seconds(5)
    ) async -> Result<MetricAnswer, MetricFailure> {
        var fetcher = MetricFetcher(environment: plainEnvironment, directory: "/tmp")
        fetcher.limit = limit
        fetcher.timeout = timeout
        do throws(MetricFailure) {
            return .success(try await fetcher.answer(to: .page(url: url, accept: "text/plain")))
        } catch {
            return .failure(error)
        }
    }

    private func kind(
        _ result: Result<MetricAnswer, MetricFailure>
    ) -> MeasurementErrorKind? {
        if case .failure(let failure) = result { failure.kind } else { nil }
    }

    @Test func everyKindOfSilenceStaysApart() async throws {
        try await withServer { port in
            let base = "http://127.0.0.1:\(port)"
            let fine = try await answer("\(base)/ok").get()
            #expect(fine.status == 200 && fine.bytes.starts(with: Array("{\"status\"".utf8)))
            #expect(try await answer("\(base)/absent").get().status == 404)
            #expect(try await answer("\(base)/moved").get().status == 302)
            #expect(try await answer("\(base)/large", limit: 5000).get().bytes.count == 5000)
            #expect(kind(await answer("\(base)/large", limit: 4999)) == .transport)
            #expect(kind(await answer("\(base)/slow", timeout: .milliseconds(300))) == .timeout)
            #expect(kind(await answer("\(base)/broken")) == .transport)
            #expect(kind(await answer("http://127.0.0.1:1/")) == .transport)
            #expect(kind(await answer("file:///etc/passwd")) == .transport)
            #expect(kind(await answer("http://user name@x y/")) == .transport)
        }
    }

    @Test func commandsAnswerWithWhatTheyPrint() async throws {
        let fetcher = MetricFetcher(environment: plainEnvironment, directory: "/tmp")
        let fine = try await fetcher.answer(to: .command(.shell("echo 4.2s")))
        #expect(fine.bytes == Array("4.2s\n".utf8))
        let error = await #expect(throws: MetricFailure.self) {
            try await fetcher.answer(to: .command(.shell("echo no >&2; exit 3")))
        }
        #expect(error?.kind == .query && error?.message.contains("exits with 3: no") == true)
        await #expect(throws: MetricFailure.self) {
            try await fetcher.answer(to: .command(.command("/no/such/program")))
        }
    }
}
