// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Testing

@Suite struct MetricChartTests {
    @Test func chartsAreSoundXMLWhateverTheWordsAre() throws {
        var metric = MeasuringTests.rate
        metric.title = "Rate <b> & \"x\" \u{202E}\u{1}"
        metric.bands = Bands(
            target: try Bound("> 95%"),
            warning: try Bound("< 90%"),
            critical: try Bound("!10%..99%")
        )
        var measurements = try (0..<5000).map { number in
            Measurement(
                at: MeasuringTests.moment + .seconds(number),
                number % 97 == 0
                    ? .absent : .ratio(try Ratio(ExactDecimal(80 + number % 20), of: 100)),
                source: "<script>"
            )
        }
        measurements.append(Measurement(at: MeasuringTests.moment + .seconds(9000), .nan))
        let scratch = try Scratch()
        for (name, shown) in [
            ("many", measurements), ("none", []), ("one", Array(measurements[1...1])),
        ] {
            let chart = MetricChart(metric, shown, marks: [.init(MeasuringTests.moment, "deploy")])
            #expect(chart.svg.utf8.count < 100_000 && !chart.svg.contains("nan"))
            try scratch.write(chart.svg, "\(name).svg")
            try scratch.write("<div>\(chart.table(limit: 3))</div>", "\(name).html")
            #expect(!chart.table(limit: 3).contains("<script"))
        }
        guard Scratch.has("python3") else { return }
        let script = "import sys, xml.dom.minidom as m; [m.parse(f) for f in sys.argv[1:]]"
        let (status, output) = try scratch.run("python3 -c '\(script)' *.svg *.html")
        #expect(status == 0, "\(output)")
    }

    @Test func sparklinesShowGaps() throws {
        let outcomes: [Measurement.Outcome] = try [
            .value(Quantity("1s")), .absent, .value(Quantity("2000ms")), .ratio(Ratio(1, of: 0)),
            .value(Quantity("3s")),
        ]
        #expect(Sparkline.text(outcomes) == "▁·▅·█")
        #expect(Sparkline.text([]) == "")
        #expect(Sparkline.text([.absent, .nan]) == "··")
        #expect(Sparkline.text(Array(repeating: outcomes[0], count: 99)).count == 24)
    }
}
