// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitTesting
import Testing

/// What was measured comes back into the blanks of the page that the metrics stand on.
@Suite struct MeasuredWriteBackTests {
    static let page = """
        # Kiln

        ## Fire

        - [ ] Light the burner

        ## Performance metrics

        - [ ] Heat-up: _____ ms (Target: < 500ms)
        - [ ] Draught loss: ___ % (Target: < 10%)
        - [ ] Peak load: ____ kg
        - Fuel used: ____

        | Metric | Target | Actual |
        |---|---|---|
        | Yield | > 90% | ___% |
        | Cracks | < 5% | |
        | Shelf time | < 2h | ____ |

        """

    private static func measured(_ metric: MetricID, _ text: String) throws -> NewMeasurement {
        let now = FixedClock().now()
        return NewMeasurement(metric, Measurement(at: now, .value(try Quantity(text))))
    }

    private static func ratio(_ metric: MetricID, _ part: Int, _ whole: Int) throws
        -> NewMeasurement
    {
        let ratio = try Ratio(ExactDecimal("\(part)"), of: ExactDecimal("\(whole)"))
        return NewMeasurement(metric, Measurement(at: FixedClock().now(), .ratio(ratio)))
    }

    private func page(_ run: PageRun, _ page: [UInt8]) async throws -> [UInt8] {
        let writeBack = try WriteBack(into: page)
        let state = try await run.live.state()
        var texts: [Digest: String] = [:]
        for field in state.fields.values {
            texts[field.value.digest] = try await run.live.deployments.text(of: field.value)
        }
        return writeBack.patched(
            with: state,
            texts: texts,
            measurements: try await run.live.lastValues(of: writeBack.measuredMetrics)
        )
    }

    /// The lines as they are shown, that is without comments.
    private func shown(_ bytes: [UInt8]) -> [String] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
            var rest = String(line)
            while let start = rest.firstRange(of: "<!--"), let end = rest.firstRange(of: "-->") {
                rest.removeSubrange(start.lowerBound..<end.upperBound)
            }
            return rest
        }
    }

    @Test func measuredValuesStandInTheirBlanksInTheUnitOfThePage() async throws {
        let source = Array(Self.page.utf8)
        let run = try await PageRun(of: source)
        try await run.live.measure(
            [
                Self.measured("heat-up", "0.43s"),
                Self.ratio("draught-loss", 1, 30), Self.measured("peak-load-kg", "12"),
                Self.measured("yield", "97.2%"), Self.ratio("cracks", 1, 40),
                Self.measured("shelf-time", "90min"),
            ],
            by: .person("lena")
        )
        let written = try await page(run, source)
        let lines = shown(written)
        for line in [
            "- [ ] Heat-up: 430 ms (Target: < 500ms)",
            "- [ ] Draught loss: 3.3333 % (Target: < 10%)", "- [ ] Peak load: 12 kg",
            "| Yield | > 90% | 97.2% |", "| Cracks | < 5% | 2.5%|", "| Shelf time | < 2h | 90min |",
            "- Fuel used: ____",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        #expect(try WriteBack(into: written).hash == (try WriteBack(into: source).hash))
        #expect(try await page(run, written) == written)
    }

    @Test func nothingButStateChanges() async throws {
        let source = Array(Self.page.utf8)
        let run = try await PageRun(of: source)
        try await run.live.measure(
            [Self.measured("heat-up", "7ms"), Self.measured("cracks", "0%")],
            by: .person("lena")
        )
        let written = try await page(run, source)
        let before = String(decoding: source, as: UTF8.self).split(separator: "\n")
        let after = String(decoding: written, as: UTF8.self).split(separator: "\n")
        let changed = zip(before, after).filter { $0 != $1 }.map(\.0)
        #expect(before.count == after.count)
        #expect(changed.map { $0.prefix(12) } == ["- [ ] Heat-u", "| Cracks | <"])
    }

    @Test(arguments: ["0 %", "100 %", "9 %", "> 3 %"])
    func noValueThatIsFilledInIsABoundOfThePage(value: String) async throws {
        let source = Array(Self.page.utf8)
        let run = try await PageRun(of: source)
        try await run.live.perform(.set("draught-loss", value), by: .person("lena"))
        try await run.live.perform(.set("peak-load", value), by: .person("lena"))
        let written = try await page(run, source)
        #expect(shown(written) != shown(source))
        #expect(try WriteBack(into: written).hash == (try WriteBack(into: source).hash))
    }

    @Test func aPersonsWordGoesBeforeAMeasurement() async throws {
        let source = Array(Self.page.utf8)
        let run = try await PageRun(of: source)
        try await run.live.measure([Self.measured("heat-up", "7ms")], by: .person("lena"))
        try await run.live.perform(.set("heat-up", "about 8"), by: .person("lena"))
        let lines = shown(try await page(run, source))
        #expect(lines.contains("- [ ] Heat-up: about 8 ms (Target: < 500ms)"))
    }

    @Test func whatHasNoPlaceInTheUnitOfThePageIsLeftOut() async throws {
        let source = Array(Self.page.replacing("_____ ms", with: "_____ %").utf8)
        let run = try await PageRun(of: source)
        try await run.live.measure([Self.measured("heat-up", "7ms")], by: .person("lena"))
        #expect(try await page(run, source) == source)
    }

    @Test func whatFoundNoValueIsNoMeasuredValue() async throws {
        let source = Array(Self.page.utf8)
        let run = try await PageRun(of: source)
        let now = FixedClock().now()
        try await run.live.measure(
            [NewMeasurement("heat-up", Measurement(at: now, .absent))],
            by: .person("lena")
        )
        #expect(try await page(run, source) == source)
    }
}
