// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Testing

@Suite struct ThresholdPhraseTests {
    private func first(
        _ text: String,
        _ headings: [String] = [],
        column: String? = nil
    ) -> ThresholdPhrase? {
        let context = ThresholdPhrase.Context(headings: headings, column: column)
        guard case .thresholds(let found)? = ThresholdPhrase.reading(of: text, in: context) else {
            return nil
        }
        return found.first
    }

    @Test(arguments: [
        ("Mail acceptance rate >95%", "> 95%", "target"),
        ("Target: <5 seconds p95", "< 5s", "target"),
        ("Warning: >8000ms", "> 8000ms", "warning"),
        ("Critical: <80%", "< 80%", "critical"),
        ("Alert if > 10/min", "> 10/min", "alert"),
        ("Sync alarm: >10 failures/minute", "> 10/min", "alert"),
        ("Alert if the rate drops below 90%", "< 90%", "alert"),
        ("Normal: 0-5 per hour", "0/h..5/h", "normal"),
        ("<1% duplicate letter rate", "< 1%", "target"),
        ("Login errors: should be 0%", "= 0%", "target"),
        ("STOP TRIGGER: if balance < $5, stop", "< $5", "stop"),
        ("Queue depth <10 messages", "< 10 messages", "target"),
        ("Satisfaction: > 4.0/5.0", "> 4/5", "target"),
        ("Home page: _____ ms (Target: < 50ms)", "< 50ms", "target"),
        ("Error rate stays below 2 %", "< 2%", "target"),
        ("Taxa de falha deve ser menos de 1,5 %", "< 1.5%", "target"),
        ("Latencia por debajo de 300 ms", "< 300ms", "target"),
        ("Taux d'erreur inférieur à 1 %", "< 1%", "target"),
        ("Fehlerquote höchstens 2 %", "<= 2%", "target"),
        ("错误率低于2%", "< 2%", "target"),
        ("エラー率が5%以上", ">= 5%", "target"),
    ])
    func readsTheFormsPeopleWrite(text: String, bound: String, role: String) {
        let phrase = first(text)
        #expect(phrase?.bound.description == bound)
        #expect(phrase?.role.rawValue == role)
    }

    @Test func takesMetricStatisticAndWindowApart() {
        let latency = first("Order mail latency p95 <5 seconds")
        #expect(latency?.metric == "Order mail latency")
        #expect(latency?.statistic == "p95")
        #expect(first("Login time < 2s (average)")?.statistic == "average")
        #expect(first("95th percentile < 2s")?.statistic == "p95")
        let uptime = first("Uptime < 95% for 1 hour")
        #expect(uptime?.window == "for 1 hour")
        #expect(uptime?.metric == "Uptime")
        #expect(first("<5 tickets about letters in first week")?.bound.unit.dimension == .count)
        let target = first("Target: >95% of all mail", ["Mail acceptance"])
        #expect(target?.metric == "Mail acceptance")
        #expect(first("Target: >95%", ["Mail acceptance"])?.metric == "Mail acceptance")
    }

    @Test func theHeadingDecidesTheRole() {
        let text = "Error rate > 5%"
        #expect(first(text)?.role == .target)
        #expect(first(text, ["Rollback", "When to roll back"])?.role == .rollbackTrigger)
        #expect(first(text, ["Rollback plan"])?.role == .target)
        #expect(first(text, ["When to roll back", "After: verify"])?.role == .target)
        #expect(first(text, ["Alerts"])?.role == .alert)
        #expect(first("Coverage < 100%", ["NO-GO criteria"])?.role == .stop)
        #expect(first("Target: > 5%", ["Rollback triggers"])?.role == .target)
    }

    @Test func bareValuesCountOnlyWhereBoundsAreExpected() {
        #expect(first("100% availability") == nil)
        #expect(first("100% availability", ["Success criteria"])?.bound.description == "= 100%")
        #expect(first("200+ users") == nil)
        #expect(first("200+ users", ["Success metrics"])?.bound.description == ">= 200 users")
    }

    @Test(arguments: [
        "Node >= 18 installed", "TLS 1.2+", "Takes 30 min", "Call <host> on port 8080",
        "Step 2 -> 3", "Run it 10 x 5", "Released v1.2.3", "See page 5-10", "ETA (30 min)", "",
        "Deploy in 5 minutes", "export A=5", "Tested with N = 50, 100", "Meta: 48% → 60%",
        "CRITICAL: payments rework (2-3h)", "Expect HTTP 200 + JSON",
    ])
    func leavesProseAlone(text: String) {
        #expect(ThresholdPhrase.reading(of: text) == nil)
    }

    @Test(arguments: [
        "Zero login errors", "No critical issues found", "Verify no data inconsistencies",
        "Sem erros 500 nos logs", "Keine Fehler im Log",
    ])
    func noneOfSomethingIsACountOfZero(text: String) {
        let phrase = first(text)
        #expect(phrase?.bound.description == "= 0 count")
        #expect(phrase?.isZeroForm == true)
    }

    @Test(arguments: [
        "No increase in error rates", "No database performance degradation",
        "Verify no regression in response times",
    ])
    func comparisonsWithoutANumberAreForAPerson(text: String) {
        #expect(ThresholdPhrase.reading(of: text) == .qualitative)
    }

    @Test func rowsTakeTheirMetricFromTheFirstCell() throws {
        let reading = ThresholdPhrase.reading(
            row: ["Answer Time (P95)", "< 250ms", "187ms", "Pass"],
            columns: ["Metric", "Target", "Actual", "Status"]
        )
        guard case .thresholds(let found)? = reading else {
            Issue.record("no thresholds")
            return
        }
        #expect(found.map(\.bound.description) == ["< 250ms"])
        #expect(found.first?.metric == "Answer Time")
        #expect(found.first?.statistic == "p95")
        let both = ThresholdPhrase.reading(
            row: ["Failures", "< 1%", "> 5%"],
            columns: ["Metric", "Target", "Alert Threshold"]
        )
        guard case .thresholds(let two)? = both else {
            Issue.record("no thresholds")
            return
        }
        #expect(two.map(\.role) == [.target, .alert])
        let bands = ThresholdPhrase.reading(
            row: ["Mail", "> 95%", "< 90%", "< 80%"],
            columns: ["Metric", "Target", "Warning threshold", "Critical"]
        )
        guard case .thresholds(let three)? = bands else {
            Issue.record("no thresholds")
            return
        }
        #expect(three.map(\.role) == [.target, .warning, .critical])
        let any = ThresholdPhrase.reading(
            row: ["Import failure", "Any", "Mail"],
            columns: ["Alert", "Threshold", "Channel"],
            in: ThresholdPhrase.Context(headings: ["Alerts"])
        )
        guard case .thresholds(let one)? = any else {
            Issue.record("no thresholds")
            return
        }
        #expect(one.map(\.bound.description) == ["> 0 count"])
        #expect(one.map(\.role) == [.alert])
    }

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func anyTextIsReadWithoutTrapping(seed: UInt64) {
        var state = seed
        func next(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        let parts = [
            "<", ">", "=", "≥", "%", " ", "5", "99999999999999999999", ",", ".", "-", "–", "no ",
            "zero", "p95", "target", ":", "alert if ", "ms", "/", "per ", "以上", "秒", "$", "+",
            "(", ")", "\u{301}", "回", "K", "below ", "first ", "万", "_", "×",
        ]
        let text = (0..<next(30)).map { _ in parts[next(parts.count)] }.joined()
        let context = ThresholdPhrase.Context(headings: ["Success criteria"], column: "Target")
        if case .thresholds(let found)? = ThresholdPhrase.reading(of: text, in: context) {
            #expect(!found.isEmpty)
        }
    }
}
