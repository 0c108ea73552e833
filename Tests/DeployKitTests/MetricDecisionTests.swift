// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

@Suite struct MetricDecisionTests {
    // MARK: Statistics

    // 1…20: R, type 7 and 6, and the nearest rank; 0…10: the vectors of Keptn's lighthouse.
    @Test(arguments: [
        (1...20, "0.95", QuantileEstimator.r7, "19.05"), (1...20, "0.95", .r6, "19.95"),
        (1...20, "0.95", .nearestRank, "19"), (0...10, "0.9", .r6, "9.8"),
        (0...10, "0.95", .r6, "10"), (0...10, "0.5", .r6, "5"), (7...7, "0.5", .r7, "7"),
        (1...2, "0.1", .r6, "1"), (1...4, "0.25", .nearestRank, "1"),
    ])
    func quantilesFollowTheirEstimator(
        range: ClosedRange<Int>,
        p: String,
        estimator: QuantileEstimator,
        expected: String
    ) throws {
        let samples = range.reversed().map { ExactDecimal($0) }
        let value = try Aggregation.quantile(try ExactDecimal(p), estimator).value(of: samples)
        #expect(value == (try ExactDecimal(expected)))
    }

    @Test func anUndeclaredEstimatorComputesNothing() throws {
        let aggregation = Aggregation.quantile(try ExactDecimal("0.95"), .unspecified)
        #expect(throws: MetricError.self) { try aggregation.value(of: [1, 2]) }
        #expect(try aggregation.value(of: []) == nil)
        #expect(try Aggregation.mean.value(of: [1, 1, 2])?.description == "1.333333333333333333")
    }

    // MARK: Baselines

    private static func latency(_ baseline: Baseline?) -> SuccessMetric {
        SuccessMetric(
            id: "latency",
            title: "Latency",
            unit: .milliseconds,
            direction: .lowerIsBetter,
            baseline: baseline
        )
    }

    private static func value(_ text: String) throws -> Measurement.Outcome {
        .value(try Quantity(text))
    }

    @Test(arguments: [
        ("10%", "10ms", Severity.met), ("10%", "11ms", .met), ("10%", "11.01ms", .warning),
        ("1ms", "11ms", .met), ("1ms", "11.001ms", .warning), ("0%", "10ms", .met),
    ])
    func aValueMayBeWorseThanTheBaselineByTheTolerance(
        tolerance: String,
        value: String,
        expected: Severity
    ) throws {
        let amount = try Quantity(tolerance)
        let baseline = try Baseline(
            .previousDeployments(2, accepts: .pass),
            tolerance: amount.unit == .percent ? .relative(amount) : .absolute(amount)
        )
        #expect(try Baseline(json: baseline.json) == baseline)
        let metric = Self.latency(baseline)
        #expect(try SuccessMetric(json: metric.json) == metric)
        let violation = try baseline.violation(
            after: [Self.value("10ms"), Self.value("10ms"), .nan],
            unit: metric.unit,
            direction: metric.direction
        )
        let series = [Measurement(at: minute(1), try Self.value(value))]
        let verdict = metric.verdict(at: minute(1), of: series, baseline: violation)
        #expect(verdict == Verdict(expected))
    }

    @Test func withoutEarlierValuesAComparisonIsIncompleteUnlessItMayPass() throws {
        for (whenMissing, missing) in [
            (Baseline.WhenMissing.incomplete, [Incompleteness.noBaseline]), (.pass, []),
        ] {
            let baseline = try Baseline(
                .beforeDeployment(.seconds(3600)),
                tolerance: .relative(Quantity("5%")),
                whenMissing: whenMissing
            )
            #expect(
                try baseline.violation(after: [], unit: .milliseconds, direction: .lowerIsBetter)
                    == nil
            )
            let series = [Measurement(at: minute(1), try Self.value("10ms"))]
            let verdict = Self.latency(baseline).verdict(at: minute(1), of: series)
            #expect(verdict == Verdict(.met, incomplete: Set(missing)))
        }
    }

    // MARK: The table

    @Test func noTableGoesOnWithoutData() throws {
        let policy = DecisionPolicy.standard
        #expect(try DecisionPolicy(json: policy.json) == policy)
        var rows: [Severity: DecisionPolicy.Row] = [:]
        for severity in Severity.allCases {
            rows[severity] = .init(complete: .hold, incomplete: .hold)
        }
        #expect(try DecisionPolicy(rows).recommendation(for: Verdict(.met)) == .hold)
        rows[.met] = .init(complete: .promote, incomplete: .promote)
        #expect(throws: MetricError.self) { try DecisionPolicy(rows) }
        rows[.met] = nil
        #expect(throws: MetricError.self) { try DecisionPolicy(rows) }
    }

    // MARK: One pass

    // The oracle sorts everything and looks at it at once.
    @Test(arguments: 1...100 as ClosedRange<UInt64>)
    func onePassSaysWhatSortingSays(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let metric = MetricVerdictTests.delivery(
            sustain: try Sustain(
                .lasting(.seconds(60 * Int.random(in: 0...3, using: &random)), gap: .reset)
            )
        )
        let checklist = Checklist(title: "t", phases: [], metrics: [metric])
        var series: [Measurement] = []
        for number in 0..<30 {
            let good = ExactDecimal(Int.random(in: 70...100, using: &random))
            series.append(Measurement(at: minute(number / 2), .ratio(try Ratio(good, of: 100))))
        }
        if seed % 2 == 0 { series.shuffle(using: &random) }
        let question = MetricQuestion(at: minute(Int.random(in: 3...15, using: &random)))
        var ledger = MetricLedger(question, of: checklist, since: minute(2))
        for measurement in series { ledger.observe(MetricSample(metric.id, measurement)) }
        if !ledger.disordered.isEmpty { ledger.retake(series, of: metric) }
        let known = series.filter { $0.at >= minute(2) }
        #expect(ledger.decision.verdict == metric.verdict(at: question.at, of: known))
        #expect(ledger.decision.findings.map(\.count) == [known.count { $0.at <= question.at }])
        #expect(try MetricDecision(json: ledger.decision.json) == ledger.decision)
    }

    @Test func anOldMeasurementCountsAsAbsentWhereAgeIsLimited() throws {
        let metric = MetricVerdictTests.delivery()
        let checklist = Checklist(title: "t", phases: [], metrics: [metric])
        func verdict(_ longestAge: Duration?) throws -> Verdict {
            let question = MetricQuestion(at: minute(11), longestAge: longestAge)
            var ledger = MetricLedger(question, of: checklist, since: minute(0))
            let good = Measurement(at: minute(1), .ratio(try Ratio(99, of: 100)))
            ledger.observe(MetricSample(metric.id, good))
            return ledger.decision.verdict
        }
        #expect(try verdict(nil) == Verdict(.met))
        #expect(try verdict(.seconds(600)) == Verdict(.met))
        #expect(try verdict(.seconds(599)) == Verdict(.met, incomplete: [.absent]))
    }

    #if os(Linux)
        // In a process of its own, whose memory nobody else grows. `make torture` judges a million.
        @Test func memoryDoesNotGrowWithTheSamples() async throws {
            await #expect(processExitsWith: .success) {
                let count = AuditProofOracleTests.count("DEPLOYKIT_SAMPLES") ?? 5_000
                let metric = MetricVerdictTests.delivery(
                    sustain: try Sustain(.mOfN(3, of: 10), keepFor: .seconds(60))
                )
                let checklist = Checklist(title: "t", phases: [], metrics: [metric])
                let question = MetricQuestion(at: minute(count))
                var ledger = MetricLedger(question, of: checklist, since: minute(0))
                func judge(_ range: Range<Int>) throws {
                    for number in range {
                        let good = ExactDecimal(80 + number % 20)
                        let measurement = Measurement(
                            at: minute(number),
                            .ratio(try Ratio(good, of: 100)),
                            source: "a server",
                            query: "good / all"
                        )
                        ledger.observe(MetricSample(metric.id, measurement))
                    }
                }
                try judge(0..<1000)
                let before = try MetricDecisionTests.residentPages()
                try judge(1000..<count)
                let grown = try MetricDecisionTests.residentPages() - before
                // An issue in there would have to pass the pipe to here.
                precondition(grown < 512, "\(grown) pages for \(count) samples")
                precondition(ledger.decision.findings.first?.count == count)
            }
        }

        private static func residentPages() throws -> Int {
            let file = try #require(fopen("/proc/self/statm", "r"))
            defer { fclose(file) }
            var buffer = [CChar](repeating: 0, count: 256)
            _ = fgets(&buffer, 256, file)
            let text = String(decoding: buffer.map(UInt8.init(bitPattern:)), as: UTF8.self)
            return try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        }
    #endif
}

#if os(Linux)
    import Glibc
#endif
