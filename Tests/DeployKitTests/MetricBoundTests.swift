// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

@Suite struct MetricBoundTests {
    @Test(arguments: [
        ("95%", "95%"), ("30 seconds", "30s"), ("5000ms", "5000ms"), ("10/min", "10/min"),
        ("1.5 KB", "1.5KB"), ("$3", "$3"), ("-$3", "-$3"), ("5 per hour", "5/h"),
        ("1,000", "1000"), ("0,5 %", "0.5%"), ("10K", "10000"), ("10 messages", "10 messages"),
        ("4.0/5", "4/5"), ("3x", "3x"), ("0.95 ratio", "0.95 ratio"), ("7 count", "7 count"),
        ("20 errors/min", "20/min"), ("30秒", "30s"), ("2 Stunden", "2h"), ("99.5 percent", "99.5%"),
        ("1.20", "1.2"), ("100 RPS", "100/s"), ("5 critical issues", "5 critical issues"),
    ])
    func readsQuantities(text: String, canonical: String) throws {
        let quantity = try Quantity(text)
        #expect(quantity.description == canonical)
        #expect(try Quantity(json: quantity.json) == quantity)
    }

    @Test(arguments: ["", "%", "fast", "5 %%", "1 2", "> 5"])
    func refusesWhatIsNoQuantity(text: String) {
        #expect { try Quantity(text) } throws: { ($0 as? MetricError)?.code == .syntax }
    }

    @Test(arguments: Unit.standard)
    func everyUnitReadsItsOwnText(unit: Unit) throws {
        #expect(try Unit(symbol: unit.symbol) == unit)
        let quantity = Quantity(try ExactDecimal("12.5"), unit)
        #expect(try Quantity(json: quantity.json) == quantity)
    }

    @Test func convertsExactlyOrRefuses() throws {
        #expect(try Quantity(Duration.microseconds(1500)).description == "1.5ms")
        #expect(try Quantity("5 s").converted(to: .milliseconds).description == "5000ms")
        #expect(try Quantity("0.5%").converted(to: .ratio).description == "0.005 ratio")
        #expect(try Quantity("10/min").converted(to: .perHour).description == "600/h")
        #expect(try Quantity("4.5/5").converted(to: .percent).description == "90%")
        #expect { try Quantity("10/h").converted(to: .perMinute) } throws: {
            ($0 as? MetricError)?.code == .inexact
        }
        #expect { try Quantity("5s").converted(to: .bytes) } throws: {
            ($0 as? MetricError)?.code == .dimension
        }
        #expect { try Quantity("$5").converted(to: .currencyEuro()) } throws: {
            ($0 as? MetricError)?.code == .dimension
        }
    }

    @Test(arguments: [
        (">95%", "> 95%"), ("≥ 80 %", ">= 80%"), ("== 0", "= 0"), ("0-5 per hour", "0/h..5/h"),
        ("!1s..2s", "!1s..2s"), ("-1.6..-0.2", "-1.6..-0.2"), ("!-2s..3s", "!-2s..3s"),
        ("99.5% – 100%", "99.5%..100%"), ("＜3s", "< 3s"),
    ])
    func readsBounds(text: String, canonical: String) throws {
        let bound = try Bound(text)
        #expect(bound.description == canonical)
        #expect(try Bound(json: bound.json) == bound)
    }

    @Test(arguments: ["", "95%", ">", "5-1 s", "1s..2B", "< <5"])
    func refusesWhatIsNoBound(text: String) {
        #expect(throws: MetricError.self) { try Bound(text) }
    }

    @Test func ratesCompareAcrossUnitsThatDoNotConvert() throws {
        #expect(try Bound("> 10/h").contains(Quantity("1/min")))
        #expect(try !Bound("> 60/h").contains(Quantity("1/min")))
        #expect(try Bound(">= 60/h").contains(Quantity("1/min")))
    }

    // 48 boundaries at which a quotient of binary fractions is on the wrong side.
    @Test(arguments: [50, 75, 80, 90, 95, 99], [1, 3, 7, 20, 60, 100, 1000, 12_345])
    func aRatioOnTheBoundaryIsNeverBeyondIt(percent: Int, volume: Int) throws {
        let ratio = try Ratio(
            ExactDecimal(percent * volume),
            of: ExactDecimal(100 * volume)
        )
        let limit = Quantity(ExactDecimal(percent), .percent)
        #expect(try !Bound.compare(.greater, limit).contains(ratio))
        #expect(try !Bound.compare(.less, limit).contains(ratio))
        #expect(try Bound.compare(.equal, limit).contains(ratio))
    }

    @Test func aRatioOfNothingIsInsideNoBound() throws {
        let ratio = try Ratio(5, of: 0)
        for text in ["> 1%", "< 1%", "!= 0%"] { #expect(try !Bound(text).contains(ratio)) }
        #expect(throws: MetricError.self) { try Ratio(-1, of: 5) }
    }

    @Test func theDocumentedBandsAreSound() throws {
        let bands = Bands(
            target: try Bound("> 95%"),
            warning: try Bound("< 90%"),
            critical: try Bound("< 80%"),
            clear: try Bound(">= 92%")
        )
        #expect(bands.findings(unit: .percent, direction: .higherIsBetter) == [])
        #expect(try Bands(json: bands.json) == bands)
        let rate = Bands(target: try Bound("= 100%"), critical: try Bound("< 100%"))
        #expect(rate.findings(unit: .ratio, direction: .higherIsBetter) == [])
        let range = Bands(target: try Bound("0-5 per hour"), warning: try Bound("> 50/h"))
        #expect(range.findings(unit: .perHour, direction: .withinRange) == [])
    }

    @Test(
        arguments: [
            (["<= 1", nil, nil, nil], BandsFinding.Code.direction),
            (["<= 1", "<= 0.5", nil, nil], .overlap),
            (["> 95%", "< 80%", "< 90%", nil], .criticalOutsideWarning),
            (["> 95%", "< 96%", nil, nil], .overlap),
            (["> 95%", "<= 95%", "< 90%", ">= 95%"], .clear),
            (["> 95%", "< 90%", nil, "> 97%"], .clear),
            (["> 100%", nil, nil, nil], .unreachable),
            (["> 95%", "< 5s", nil, nil], .dimension),
            (["> 95%", "> 90%", nil, nil], .direction),
            (["> 95%", nil, ">= 96%", nil], .overlap),
        ] as [([String?], BandsFinding.Code)]
    )
    func unsoundBandsAreNamed(texts: [String?], code: BandsFinding.Code) throws {
        let bounds = try texts.map { try $0.map { try Bound($0) } }
        let bands = Bands(
            target: bounds[0],
            warning: bounds[1],
            critical: bounds[2],
            clear: bounds[3]
        )
        let unit = texts[0]?.hasSuffix("%") == true ? Unit.percent : .number
        let findings = bands.findings(unit: unit, direction: .higherIsBetter)
        #expect(findings.contains { $0.code == code }, "\(findings)")
    }

    // The slow oracle tries values one by one, in quarters of the distance between limits.
    @Test(arguments: 1...300 as ClosedRange<UInt64>)
    func overlapAndInclusionAgreeWithTryingValues(seed: UInt64) throws {
        var random = MetricRandom(state: seed)
        func bound() throws -> Bound {
            let limit = Quantity(ExactDecimal(random.int(in: 0...5)), .seconds)
            if random.int(in: 0...4) == 0 {
                let upper = Quantity(try limit.magnitude.adding(2), .seconds)
                return .within(try Bound.ClosedQuantities(limit, upper))
            }
            return .compare(Comparison.allCases[random.int(in: 0...5)], limit)
        }
        let bands = Bands(target: try bound(), warning: try bound(), critical: try bound())
        let values = try (0...32).map { step in
            Quantity(try ExactDecimal(step).divided(by: 4), .seconds)
        }
        func inside(_ bound: Bound?) throws -> Set<Int> {
            Set(try values.indices.filter { try bound?.contains(values[$0]) ?? false })
        }
        let (t, w, c) = (
            try inside(bands.target), try inside(bands.warning), try inside(bands.critical)
        )
        let findings = bands.findings(unit: .seconds, direction: .lowerIsBetter)
        let overlaps = findings.filter { $0.code == .overlap }.map(\.bands)
        #expect(overlaps.contains(["target", "warning"]) == !t.isDisjoint(with: w))
        #expect(overlaps.contains(["target", "critical"]) == !t.isDisjoint(with: c))
        #expect(
            findings.contains { $0.code == .criticalOutsideWarning } == !c.isSubset(of: w)
        )
        let empty = findings.filter { $0.code == .unreachable }.flatMap(\.bands)
        #expect(empty.contains("warning") == w.isEmpty)
    }
}

extension Unit {
    fileprivate static func currencyEuro() throws -> Unit { try Unit(symbol: "€") }
}
