// DeployKit
// SPDX-License-Identifier: Apache-2.0

// A metric source of one's own has two halves: what to ask and how to read the answer, which is pure
// (MetricSampling), and the asking (MetricFetching). Here a broker is asked how long its queue is.

import DeployKit
import DeployKitRunner
import DeployKitTesting

/// What to ask, and what the answer says. It can be tested without a broker.
struct QueueDepth: MetricSampling {
    let metrics: [MetricID] = ["queue-lag"]
    // A broker knows how long its queue is, not how long it was.
    let knowsThePast = false

    func requests(for moment: Timestamp) -> [MetricRequest] {
        [.page(url: "http://broker.internal/queues/orders", accept: "text/plain")]
    }

    mutating func measurements(
        from answers: [Result<MetricAnswer, MetricFailure>],
        at moment: Timestamp
    ) -> (measurements: [NewMeasurement], remarks: [String]) {
        var remarks: [String] = []
        let outcome: Measurement.Outcome
        switch answers.first {
        case .success(let answer)?:
            // Nothing stands for 0 but 0: what cannot be read is an error, never a number.
            let text = String(decoding: answer.bytes, as: UTF8.self)
            let quantity = try? Quantity("\(text) messages")
            outcome = quantity.map { .value($0) } ?? .error(.parse)
        case .failure(let failure)?:
            remarks.append("\(failure)")
            outcome = .error(failure.kind)
        case nil:
            outcome = .absent
        }
        let measurement = Measurement(at: moment, outcome, source: "broker.internal")
        return ([NewMeasurement("queue-lag", measurement)], remarks)
    }

    // Each answer stands for itself: there is nothing to go on with.
    mutating func resume(from samples: [(sample: MetricSample, raw: [UInt8])]) {}
}

/// The asking. A service has its own client here; this one has its answers in advance.
actor Broker: MetricFetching {
    private var answers = ["4", "7", nil, "2500", "2600"]

    func answer(to request: MetricRequest) async throws(MetricFailure) -> MetricAnswer {
        guard !answers.isEmpty, let text = answers.removeFirst() else {
            throw MetricFailure(.transport, "the broker cannot be reached")
        }
        return MetricAnswer(bytes: Array(text.utf8), mediaType: "text/plain", status: 200)
    }
}

let critical = try Bound(">1000 messages")
let lag = SuccessMetric(
    id: "queue-lag",
    title: "Queue lag",
    unit: critical.unit,
    direction: .lowerIsBetter,
    bands: Bands(target: try Bound("<10 messages"), critical: critical)
)
let checklist = try Checklist("Orders", metrics: [lag]) {
    Phase("Release") { Item("Traffic shifted") }
}

let clock = FixedClock()
let deployments = Deployments(store: InMemoryAuditStore(), clock: clock)
let deployment = try await deployments.start(
    checklist,
    environment: Environment("staging", tier: .test),
    version: "1.4.0",
    by: .service("release-bot")
)
// The watcher records each measurement before it judges it. Time is an argument, as everywhere.
let watcher = MetricWatcher(
    Broker(),
    lock: nil,
    time: MetricWatcher.Time(now: { clock.now() }, sleep: { clock.advance(by: $0) })
)
let result = try await watcher.watch(
    for: .seconds(600),
    every: .seconds(60),
    QueueDepth(),
    on: deployment,
    by: .service("release-bot")
) { progress in
    if case .measured(let index, _, let measurements, let decision, _) = progress {
        let found = measurements.map { "\($0.measurement.outcome)" }.joined()
        print("\(index): \(found): \(decision.recommendation)")
    }
}
print("ended by \(result.ending)")
