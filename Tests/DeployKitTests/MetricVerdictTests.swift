// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

@Suite struct MetricVerdictTests {
    private static func random(_ random: inout MetricRandom) -> Verdict {
        let reasons: [Incompleteness] = [
            .absent, .nan, .tooFew, .notYetRun, .terminated, .error(.timeout),
        ]
        return Verdict(
            Severity.allCases[random.int(in: 0...3)],
            incomplete: Set(reasons.filter { _ in random.int(in: 0...3) == 0 })
        )
    }

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func joinIsAssociativeCommutativeIdempotentAndMonotone(seed: UInt64) throws {
        var source = MetricRandom(state: seed)
        let (a, b, c) = (
            Self.random(&source), Self.random(&source), Self.random(&source)
        )
        #expect(a.joined(with: b.joined(with: c)) == a.joined(with: b).joined(with: c))
        #expect(a.joined(with: b) == b.joined(with: a))
        #expect(a.joined(with: a) == a)
        let join = a.joined(with: b)
        #expect(join.severity >= a.severity && join.incomplete.isSuperset(of: a.incomplete))
        #expect(Verdict.joined([a, b, c, a]) == Verdict.joined([c, b, a]))
        #expect(try Verdict(json: join.json) == join)
        #expect(!join.isSuccess || (a.isSuccess && b.isSuccess))
    }

    @Test func nothingMeasuredIsNeverASuccess() {
        #expect(!Verdict.joined([]).isSuccess)
        #expect(Verdict.notYetRun.recommendation == .inconclusive)
        let verdict = [Self.delivery()].verdict(at: minute(9), of: [:])
        #expect(verdict == .notYetRun)
    }

    @Test func criticalNeedsNoCompleteness() {
        let verdict = Verdict(.critical, incomplete: [.absent])
        #expect(verdict.recommendation == .rollBack)
        #expect(Verdict(.offTarget).recommendation == .promoteWithNote)
        #expect(Verdict(.offTarget, incomplete: [.nan]).recommendation == .inconclusive)
    }

    static func delivery(
        sustain: Sustain = .instant,
        noData: NoDataPolicies = NoDataPolicies()
    ) -> SuccessMetric {
        SuccessMetric(
            id: "email.delivery.success",
            title: "Email delivery success rate",
            unit: .ratio,
            direction: .higherIsBetter,
            aggregation: .ratio(RatioTerms("sent", .others("failed"))),
            bands: Bands(
                target: try? Bound("> 95%"),
                warning: try? Bound("< 90%"),
                critical: try? Bound("< 80%")
            ),
            sustain: sustain,
            noData: noData
        )
    }

    @Test(arguments: [
        (96, 100, Severity.met), (95, 100, .offTarget), (90, 100, .offTarget),
        (85, 100, .warning), (80, 100, .warning), (79, 100, .critical), (0, 20, .critical),
    ])
    func bandsAreExactAtTheirEdges(good: Int, of total: Int, severity: Severity) throws {
        let ratio = try Ratio(ExactDecimal(good), of: ExactDecimal(total))
        let verdict = Self.delivery().verdict(for: Measurement(at: minute(0), .ratio(ratio)))
        #expect(verdict == Verdict(severity))
    }

    @Test func everyKindOfNothingStaysApart() throws {
        let metric = Self.delivery()
        let cases: [(Measurement.Outcome, Incompleteness)] = [
            (.absent, .absent), (.nan, .nan), (.terminated, .terminated),
            (.error(.authentication), .error(.authentication)),
            (.ratio(try Ratio(19, of: 19)), .tooFew), (.ratio(try Ratio(0, of: 0)), .tooFew),
            (.value(try Quantity("5s")), .error(.unit)),
        ]
        for (outcome, reason) in cases {
            let verdict = metric.verdict(for: Measurement(at: minute(0), outcome))
            #expect(verdict.incomplete == [reason])
            #expect(!verdict.isSuccess)
        }
    }

    @Test(arguments: [
        ("0.95", 200), ("0.99", 1000), ("0.5", 20), ("0.1", 100), ("0.999", 10_000),
    ])
    func quantilesNeedTenSamplesInTheirTail(p: String, samples: Int) throws {
        var metric = Self.delivery()
        metric.aggregation = .quantile(try ExactDecimal(p), .r7)
        #expect(metric.requiredSamples == samples)
    }

    @Test(arguments: [
        ("> 95%", 20), ("> 99.9%", 1000), ("= 100%", 1), ("> 66%", 3), ("< 1%", 100),
    ])
    func ratiosNeedRoomForOneBadSample(target: String, samples: Int) throws {
        var metric = Self.delivery()
        metric.bands = Bands(target: try Bound(target))
        metric.direction = target.hasPrefix("<") ? .lowerIsBetter : .higherIsBetter
        #expect(metric.requiredSamples == samples)
    }

    @Test func policiesDecideWhatNoDataMeans() throws {
        let absent = [Measurement(at: minute(1), .absent)]
        func verdict(_ policy: NoDataPolicy, after: [Measurement] = []) -> Verdict {
            Self.delivery(noData: NoDataPolicies(absent: policy))
                .verdict(at: minute(1), of: after + absent)
        }
        let good = Measurement(at: minute(0), .ratio(try Ratio(99, of: 100)))
        let bad = Measurement(at: minute(0), .ratio(try Ratio(85, of: 100)))
        #expect(verdict(.incomplete, after: [good]) == Verdict(.met, incomplete: [.absent]))
        #expect(verdict(.breach) == Verdict(.critical))
        #expect(verdict(.notBreach, after: [bad]) == Verdict(.met))
        #expect(verdict(.keepLast, after: [bad]) == Verdict(.warning))
        #expect(verdict(.keepLast) == Verdict(.met, incomplete: [.absent]))
        #expect(verdict(.treatAs(try Quantity("93%"))) == Verdict(.offTarget))
    }

    @Test func onlyMetricsThatDecideJoin() throws {
        var advisory = Self.delivery()
        advisory.id = "advice"
        advisory.role = .advisory
        let series = [
            Measurement(at: minute(0), .ratio(try Ratio(99, of: 100)))
        ]
        let bad = [Measurement(at: minute(0), .ratio(try Ratio(1, of: 100)))]
        let verdict = [Self.delivery(), advisory].verdict(
            at: minute(0),
            of: ["email.delivery.success": series, "advice": bad]
        )
        #expect(verdict == Verdict(.met))
        #expect([advisory].verdict(at: minute(0), of: ["advice": series]) == .notYetRun)
    }

    @Test func metricsAndMeasurementsKeepTheirJSON() throws {
        var metric = Self.delivery(
            sustain: try Sustain(.lasting(.seconds(300), gap: .reset), keepFor: .seconds(60)),
            noData: NoDataPolicies(absent: .breach, error: .treatAs(try Quantity("90%")))
        )
        metric.window = .seconds(300)
        metric.role = .scored(2)
        metric.windows = ["first-day"]
        #expect(try SuccessMetric(json: metric.json) == metric)
        #expect(metric.json["bands"]?["target"] == .string("> 95%"))
        let measurement = Measurement(
            at: minute(3),
            .ratio(try Ratio(19, of: 20)),
            sampleCount: 20,
            source: "prometheus",
            query: "x"
        )
        #expect(try Measurement(json: measurement.json) == measurement)
        for outcome in [.absent, .nan, .terminated, .error(.parse)] as [Measurement.Outcome] {
            let other = Measurement(at: minute(3), outcome)
            #expect(try Measurement(json: other.json) == other)
        }
        let window = try MonitoringWindow(
            id: "first-day",
            title: "First 24 hours",
            duration: .seconds(86_400),
            cadence: .seconds(3600)
        )
        #expect(try MonitoringWindow(json: window.json) == window)
        #expect(window.occurrenceCount == 25)
        #expect(window.dueTime(24, after: minute(0)) == minute(1440))
        #expect(window.dueTime(25, after: minute(0)) == nil)
        let rules: [Sustain.Rule] = [
            .instant, .consecutive(3), .mOfN(2, of: 3), .total(4),
            .lasting(.seconds(1), gap: .hold),
        ]
        for rule in rules {
            let sustain = try Sustain(rule)
            #expect(try Sustain(json: sustain.json) == sustain)
        }
        #expect(throws: MetricError.self) { try Sustain(.mOfN(4, of: 3)) }
    }
}

/// The moment so many minutes after the start of a trace.
func minute(_ number: Int) -> Timestamp { Timestamp(milliseconds: Int64(number) * 60_000) }
