// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Foundation
import Testing

/// Measurements out of documents and answers.
@Suite struct MeasuringTests {
    static let moment = Timestamp(milliseconds: 1_767_225_600_000)

    static let rate = SuccessMetric(
        id: "rate",
        title: "Success rate",
        unit: .percent,
        direction: .higherIsBetter,
        bands: Bands(target: try? Bound("> 95%"))
    )

    private static let latency = SuccessMetric(
        id: "latency",
        title: "Latency",
        unit: .milliseconds,
        direction: .lowerIsBetter,
        aggregation: (try? ExactDecimal("0.95")).map { .quantile($0, .r7) }
    )

    // MARK: What people write

    @Test(arguments: [
        ("96%", "96%"), ("0.96 ratio", "0.96 ratio"), ("19/20", "19 of 20"),
        ("19 of 20", "19 of 20"),
        ("NaN", "no number"), ("absent", "no value"),
    ])
    func readsWhatPeopleSay(text: String, sentence: String) throws {
        #expect(try Measurement.Outcome(measured: text, of: Self.rate).sentence == sentence)
        #expect(try Measurement.Outcome(measured: "400", of: Self.latency).sentence == "400ms")
    }

    @Test(arguments: ["0.95", "95", "21/20", "5s", "fast", "", "-1/20", "1/0x5"])
    func refusesWhatNobodyCanMean(text: String) {
        #expect(throws: MetricError.self) { try Measurement.Outcome(measured: text, of: Self.rate) }
    }

    @Test func doubtsPercentThatWillHaveBeenAPartOfOne() throws {
        func doubts(_ text: String) throws -> Int {
            let outcome = try Measurement.Outcome(measured: text, of: Self.rate)
            return Self.rate.doubts(about: Measurement(at: Self.moment, outcome)).count
        }
        #expect(try doubts("0.95%") == 1)
        #expect(try doubts("95%") == 0)
        #expect(try doubts("0.95 ratio") == 0)
    }

    // MARK: Tables

    private func measurements(csv text: String) throws -> [Measurement] {
        try MeasurementTable(csv: Array(text.utf8)).rows.map { row in
            let metric = row.metric == "latency" ? Self.latency : Self.rate
            return try row.measurement(of: metric, at: Self.moment, source: "file", digest: nil)
        }
    }

    @Test func readsCSV() throws {
        let text =
            "\u{FEFF}metric,value,good,total,count,at,source\r\n"
            + "rate,\"96%\",,,310,2026-01-01T00:00:00Z,\"Lena, \"\"QA\"\"\"\r\n"
            + "rate,,19,20,,1767225601.5,\r\n\r\nlatency,4.2s,,,,,\r\nrate,NaN,,,,,\r\nrate,,,,,,\r\n"
        let found = try measurements(csv: text)
        #expect(
            found.map(\.outcome.sentence) == ["96%", "19 of 20", "4.2s", "no number", "no value"]
        )
        #expect(found[0].source == "Lena, \"QA\"" && found[0].sampleCount == 310)
        #expect(found[1].at.milliseconds == 1_767_225_601_500)
        #expect(found[2].at == Self.moment)
    }

    @Test(arguments: [
        "metric,vlaue\nrate,1%\n", "metric,value\nrate\n", "metric,value\n\"rate,1%\n",
        "a,a\n1,2\n", "",
        "value,total\n1%,2\n", "good\n3\n", "value,good,total\n1%,1,2\n",
        "value,at\n1%,yesterday\n",
        "value,count\n1%,-3\n", "value\n0.95\n", "value\n5s\n", "good,total\n21,20\n",
        "value\n1% \"x\"\n",
        "value,at\n1%,1767225600000\n",
    ])
    func refusesCSVWithTheLine(text: String) {
        #expect(throws: AnswerError.self) { try measurements(csv: text) }
    }

    @Test func readsJSONWithEveryDigit() throws {
        let text = #"""
            {"measurements": [
              {"metric": "rate", "value": "96%", "count": 310},
              {"metric": "latency", "value": 0.1000000000000000055511151231257827},
              {"metric": "latency", "samples": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]},
              {"metric": "rate", "bad": 5, "total": 100}, {"metric": "rate", "value": null}
            ]}
            """#
        let rows = try MeasurementTable(json: Array(text.utf8)).rows
        let found = try rows.map { row in
            let metric = row.metric == "latency" ? Self.latency : Self.rate
            return try row.measurement(of: metric, at: Self.moment, source: "file", digest: nil)
        }
        #expect(
            found.map(\.outcome.sentence) == [
                "96%", "0.1000000000000000055511151231257827ms", "19.05ms", "95 of 100", "no value",
            ]
        )
        #expect(found[2].sampleCount == 20)
    }

    @Test(arguments: [
        "", "{", "[1]", "7", #"{"value":1,"value":2}"#, #"{"valeu":1}"#, #"[{"value":01}]"#,
        "[{\"value\":1}] x",
        #"{"measurements":3}"#, #"{"value":"\ud800"}"#, #"{"samples":[1,"x"]}"#,
        #"{"value":1e999}"#,
        #"{"value":true}"#,
    ])
    func refusesJSON(text: String) {
        #expect(throws: AnswerError.self) {
            try MeasurementTable(json: Array(text.utf8)).rows.forEach { row in
                _ = try row.measurement(of: Self.latency, at: Self.moment, source: "", digest: nil)
            }
        }
    }

    @Test func deepJSONEndsInARefusalAndNotInACrash() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: AnswerError.self) { try MeasurementTable(json: Array(deep.utf8)) }
    }

    // MARK: Tests that ran

    @Test func countsTheTestsThatRan() throws {
        let text = """
            <?xml version="1.0"?>
            <!-- <testcase/> -->
            <testsuites tests="5"><testsuite name="a > b">
              <testcase name="one"/><testcase name='two'><failure message="&lt;">no</failure></testcase>
              <testcase name="three"><skipped/></testcase><testcase name="four"><error/></testcase>
              <testcase name="five"><system-out><![CDATA[<failure/>]]></system-out></testcase>
            </testsuite></testsuites>
            """
        let report = try JUnitReport(Array(text.utf8))
        #expect((report.passed, report.failed, report.skipped) == (2, 2, 1))
        #expect(try report.outcome() == .ratio(Ratio(2, of: 4)))
        let empty = try JUnitReport(Array("<testsuite tests=\"0\"></testsuite>".utf8))
        #expect(try empty.outcome() == .absent)
    }

    @Test(arguments: [
        "", "<html/>", "<testsuite>", "<testsuite></other>", "<testsuite tests=\"3\"></testsuite>",
        "<!DOCTYPE x [<!ENTITY a \"b\">]><testsuite/>", "<testsuite><testcase></testsuite>",
        "<testsuite/><testsuite/>", "<testsuite a=1/>", "<testsuite><!-- ", "plain text",
    ])
    func refusesWhatIsNoReport(text: String) {
        #expect(throws: AnswerError.self) { try JUnitReport(Array(text.utf8)) }
    }

    // MARK: Servers

    private func points(_ data: String, _ rest: String = "") throws -> [PrometheusAnswer.Point] {
        let text = #"{"status":"success","data":{"resultType":\#(data)}\#(rest)}"#
        return try PrometheusAnswer(Array(text.utf8)).points()
    }

    @Test func readsEveryResultType() throws {
        #expect(try points(#""scalar","result":[1767225600.25,"1"]"#).map(\.value) == [.finite(1)])
        let one = try points(#""vector","result":[{"metric":{},"value":[1767225600,"NaN"]}]"#)
        #expect(one.map(\.value) == [.nan])
        #expect(try points(#""vector","result":[]"#).isEmpty)
        let two = try points(
            #""matrix","result":[{"metric":{"a":"b"},"values":[[1767225600,"1"],[1767225660,"+Inf"]]}]"#
        )
        #expect(two.map(\.value) == [.finite(1), .infinite(isNegative: false)])
        #expect(two[1].at.milliseconds == 1_767_225_660_000)
        let text =
            #"{"status":"success","data":{"resultType":"vector","result":[]},"warnings":["w"],"infos":["i"]}"#
        let answer = try PrometheusAnswer(Array(text.utf8))
        #expect(answer.warnings == ["w"] && answer.infos == ["i"])
    }

    @Test(arguments: [
        (
            #"{"status":"error","errorType":"bad_data","error":"parse error"}"#,
            MeasurementErrorKind.query
        ),
        (#"{"status":"error","errorType":"timeout","error":"too long"}"#, .timeout),
        (#"{"status":"error","errorType":"internal","error":"x","data":{}}"#, .transport),
        (#"{"status":"success"}"#, .parse), ("<html>", .parse), (#"{"ok":true}"#, .parse),
        (#"{"status":"success","data":{"resultType":"string","result":[1,"x"]}}"#, .query),
        (#"{"status":"success","data":{"resultType":"new","result":[]}}"#, .parse),
        (#"{"status":"success","data":{"resultType":"scalar","result":[1,"x"]}}"#, .parse),
        (#"{"status":"success","data":{"resultType":"scalar","result":[1,2]}}"#, .parse),
        (
            #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"1"]},{"metric":{},"value":[1,"1"]}]}}"#,
            .ambiguous
        ),
        (
            #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[1,{}]}]}}"#,
            .query
        ),
    ])
    func everyKindOfFailureStaysApart(text: String, kind: MeasurementErrorKind) {
        #expect { try PrometheusAnswer(Array(text.utf8)).points() } throws: { error in
            (error as? AnswerError)?.kind == kind
        }
    }

    @Test func asksAServerForThePartAndTheWhole() throws {
        var sampler = PrometheusSampler(
            server: "http://lena:secret@prom.example/base/",
            queries: [(Self.rate, .ratio(part: "sum(good)", whole: "sum(all) or vector(0)"))]
        )
        let requests = sampler.requests(for: Self.moment)
        #expect(requests.count == 2)
        guard case .page(let url, _) = requests[1] else { return }
        #expect(
            url
                == "http://lena:secret@prom.example/base/api/v1/query?query=sum%28all%29%20or%20vector%280%29"
                + "&time=1767225600.000&timeout=30000ms"
        )
        func answer(_ value: String, status: Int = 200) -> Result<MetricAnswer, MetricFailure> {
            let text =
                value.isEmpty
                ? #"{"status":"success","data":{"resultType":"vector","result":[]}}"#
                : #"{"status":"success","data":{"resultType":"scalar","result":[1,"\#(value)"]}}"#
            return .success(MetricAnswer(bytes: Array(text.utf8), status: status))
        }
        func found(_ answers: Result<MetricAnswer, MetricFailure>...) -> Measurement.Outcome? {
            sampler.measurements(from: answers, at: Self.moment).measurements.first?.measurement
                .outcome
        }
        #expect(found(answer("95"), answer("100")) == .ratio(try Ratio(95, of: 100)))
        #expect(found(answer(""), answer("100")) == .ratio(try Ratio(0, of: 100)))
        #expect(found(answer("95"), answer("")) == .absent)
        #expect(found(answer("NaN"), answer("1")) == .nan)
        #expect(found(answer("-1"), answer("1")) == .error(.query))
        #expect(found(answer("1"), .failure(MetricFailure(.timeout, "late"))) == .error(.timeout))
        #expect(found(answer("1"), answer("1", status: 401)) == .error(.authentication))
        let broken = Result<MetricAnswer, MetricFailure>.success(
            MetricAnswer(bytes: [0x3C], status: 502)
        )
        #expect(found(broken, answer("1")) == .error(.transport))
        let kept = sampler.measurements(from: [answer("95"), answer("100")], at: Self.moment)
            .measurements[0]
        #expect(kept.measurement.source == "http://prom.example/base")
        #expect(kept.measurement.query == "sum(good) ; sum(all) or vector(0)")
        #expect(kept.measurement.digest != nil)
    }

    // MARK: Pages

    private func page(_ sent: String, _ failed: String) -> Result<MetricAnswer, MetricFailure> {
        let text = """
            # TYPE mails counter
            mails_total{state="sent",pod="a"} \(sent)
            mails_total{state="failed",pod="a"} \(failed)
            # EOF

            """
        return .success(
            MetricAnswer(
                bytes: Array(text.utf8),
                mediaType: "application/openmetrics-text",
                status: 200
            )
        )
    }

    private func sampler(_ query: String, window: Int = 300) throws -> PageSampler {
        var metric = Self.rate
        metric.window = .seconds(window)
        return PageSampler(url: "http://x/metrics", queries: [(metric, try PageQuery(query))])
    }

    @Test func ratiosGrowOutOfCountersThatAreReset() throws {
        let query =
            "mails_total{state=\"sent\"} / (mails_total{state=\"sent\"} + mails_total{state=\"failed\"})"
        var sampler = try sampler(query)
        let readings = [
            ("100", "10", "no value"), ("195", "15", "95 of 100"), ("5", "1", "100 of 106"),
            ("5", "1", "100 of 106"), ("NaN", "1", "failed: parse"), ("-1", "1", "failed: parse"),
            ("15", "1", "110 of 116"),
        ]
        var kept: [(sample: MetricSample, raw: [UInt8])] = []
        for (number, (sent, failed, expected)) in readings.enumerated() {
            let moment = Self.moment + .seconds(number * 30)
            let new = sampler.measurements(from: [page(sent, failed)], at: moment).measurements[0]
            #expect(new.measurement.outcome.sentence == expected, "reading \(number)")
            if let raw = new.raw { kept.append((MetricSample("rate", new.measurement), raw.bytes)) }
        }
        // Another process goes on with what was kept.
        var other = try self.sampler(query)
        other.resume(from: kept)
        let moment = Self.moment + .seconds(300)
        let here = sampler.measurements(from: [page("20", "2")], at: moment).measurements[0]
        let there = other.measurements(from: [page("20", "2")], at: moment).measurements[0]
        #expect(here.measurement == there.measurement)
        #expect(here.measurement.outcome.sentence == "115 of 122")
    }

    @Test func theWindowForgets() throws {
        var sampler = try sampler("increase(mails_total{state=\"failed\"})", window: 60)
        let found = (0..<6).map { number in
            sampler.measurements(
                from: [page("0", "\(number * number)")],
                at: Self.moment + .seconds(number * 30)
            ).measurements[0].measurement.outcome.sentence
        }
        #expect(found == ["no value", "1%", "4%", "8%", "12%", "16%"])
    }

    @Test func severalSeriesAreNoValue() throws {
        var ambiguous = try sampler("mails_total")
        let outcome = ambiguous.measurements(from: [page("1", "2")], at: Self.moment).measurements[
            0
        ]
        #expect(outcome.measurement.outcome == .error(.ambiguous))
        var sum = try sampler("sum(mails_total)")
        let added = sum.measurements(from: [page("1", "2")], at: Self.moment).measurements[0]
        #expect(added.measurement.outcome.sentence == "3%")
        var gone = try sampler("sum(other)")
        let nothing = gone.measurements(from: [page("1", "2")], at: Self.moment).measurements[0]
        #expect(nothing.measurement.outcome == .absent)
    }

    @Test(arguments: [
        "", "a +", "a / ", "(a", "rate(a", "quantile(95, a)", "quantile(a)", "max(a)", "a{b=c}",
        "a{b!=\"c\"}",
        "a + b", "increase(a) / b", "a b", "9a", "a{b=\"c}",
    ])
    func refusesWhatIsNoQueryOfAPage(text: String) {
        #expect(throws: MetricError.self) { try PageQuery(text) }
    }

    // 100 samples in buckets to 5, 10 and 25: what `histogram_quantile` says of their growth.
    @Test func quantilesOfAHistogramAreThoseOfPrometheus() throws {
        func page(_ counts: [Int]) -> Result<MetricAnswer, MetricFailure> {
            var text = "# TYPE d histogram\n"
            for (limit, count) in zip(["5.0", "10.0", "25.0", "+Inf"], counts) {
                text += "d_bucket{le=\"\(limit)\"} \(count)\n"
            }
            text += "d_count \(counts[3])\nd_sum 1\n# EOF\n"
            return .success(
                MetricAnswer(
                    bytes: Array(text.utf8),
                    mediaType: "application/openmetrics-text",
                    status: 200
                )
            )
        }
        var metric = Self.latency
        metric.window = .seconds(300)
        var sampler = PageSampler(url: "", queries: [(metric, try PageQuery("quantile(0.95, d)"))])
        _ = sampler.measurements(from: [page([1, 1, 1, 1])], at: Self.moment)
        let new = sampler.measurements(
            from: [page([6, 11, 21, 21])],
            at: Self.moment + .seconds(60)
        ).measurements[0]
        #expect(new.measurement.outcome.sentence == "23.5ms")
        #expect(new.measurement.sampleCount == 20)
    }
}
