// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

/// The traces were run with promtool 2.42 at an evaluation a minute.
@Suite struct MetricSustainTests {
    private static func fires(
        _ rule: Sustain.Rule,
        keepFor: Duration? = nil,
        _ states: [BandState]
    ) throws -> [Int] {
        var tracker = SustainTracker(try Sustain(rule, keepFor: keepFor))
        return states.indices.filter { number in
            tracker.observe(states[number], at: minute(number))
            return tracker.isFiring
        }
    }

    private static func lasting(
        _ minutes: Int,
        _ gap: Sustain.Gap = .reset
    ) -> Sustain.Rule {
        .lasting(.seconds(60 * minutes), gap: gap)
    }

    private static func of(_ text: String) -> [BandState] {
        text.map { $0 == "V" ? .violated : $0 == "_" ? .gap : $0 == "?" ? .unknown : .clear }
    }

    @Test func firesWhenTheViolationHasLasted() throws {
        // for: 10m, first true at minute 5.
        let states = Self.of(String(repeating: ".", count: 5) + String(repeating: "V", count: 15))
        #expect(try Self.fires(Self.lasting(10), states) == Array(15..<20))
        #expect(try Self.fires(.instant, states) == Array(5..<20))
    }

    @Test func oneAbsenceStartsTheClockAnew() throws {
        // for: 10m, active at 0, stale at 6: fires at 17 only.
        let states = Self.of("VVVVVV_" + String(repeating: "V", count: 14))
        #expect(try Self.fires(Self.lasting(10), states) == Array(17..<21))
        #expect(try Self.fires(Self.lasting(10, .hold), states) == Array(10..<21))
    }

    @Test func aFailedEvaluationChangesNothing() throws {
        let states = Self.of("VVVVVV?" + String(repeating: "V", count: 7))
        #expect(try Self.fires(Self.lasting(10), states) == Array(10..<14))
    }

    @Test func keepingStartsWhenTheViolationIsGone() throws {
        // Last true at 8, keep_firing_for: 5m: through 13, gone at 14.
        let states = Self.of("VVVVVVVVV.......")
        #expect(
            try Self.fires(Self.lasting(2), keepFor: .seconds(300), states) == Array(2...13)
        )
    }

    @Test func reproducesTheTraceOfTwoRulesMinuteByMinute() throws {
        // x: 15000 8000.1x3 15000.1x3 1x10
        let values =
            ["15000"] + Array(repeating: "8000.1", count: 4)
            + Array(repeating: "15000.1", count: 4) + Array(repeating: "1", count: 11)
        func states(_ text: String) throws -> [BandState] {
            let bound = try Bound(text)
            return try values.map {
                try bound.contains(Quantity($0)) ? .violated : .clear
            }
        }
        #expect(try Self.fires(Self.lasting(5), states("> 8000")) == [5, 6, 7, 8])
        #expect(
            try Self.fires(Self.lasting(2), keepFor: .seconds(300), states("> 15000"))
                == Array(7...13)
        )
    }

    @Test func whatReappearsWhileKeptStaysAndAfterwardsStartsAnew() throws {
        let kept = Self.of("VVV..V......V.")
        let firing = try Self.fires(Self.lasting(2), keepFor: .seconds(180), kept)
        #expect(firing == [2, 3, 4, 5, 6, 7, 8])
    }

    @Test func countsInARowAmongTheLastAndAltogether() throws {
        #expect(try Self.fires(.consecutive(3), Self.of("VV.VVV.V")) == [5])
        #expect(try Self.fires(.consecutive(3), Self.of("VV_V.")) == [3])
        #expect(try Self.fires(.mOfN(2, of: 3), Self.of("V.VV..V.")) == [2, 3, 4])
        #expect(try Self.fires(.total(3), Self.of("V.V..V...")) == [5, 6, 7, 8])
    }

    // The oracle looks back over the whole trace instead of keeping a state.
    @Test(arguments: 1...300 as ClosedRange<UInt64>)
    func agreesWithLookingBack(seed: UInt64) throws {
        var random = MetricRandom(state: seed)
        let trace = (0..<40).map { _ in random.int(in: 0...3) > 0 }
        let (span, count) = (random.int(in: 0...4), random.int(in: 1...4))
        let window = count + random.int(in: 0...3)
        let states = trace.map { $0 ? BandState.violated : .clear }
        let lasting = trace.indices.filter { end in
            end >= span && trace[(end - span)...end].allSatisfy(\.self)
        }
        #expect(try Self.fires(Self.lasting(span), states) == lasting)
        let row = trace.indices.filter { end in
            end + 1 >= count && trace[(end + 1 - count)...end].allSatisfy(\.self)
        }
        #expect(try Self.fires(.consecutive(count), states) == row)
        let among = trace.indices.filter { end in
            trace[max(0, end + 1 - window)...end].count(where: \.self) >= count
        }
        #expect(try Self.fires(.mOfN(count, of: window), states) == among)
    }

    @Test func hysteresisHoldsUntilCleared() throws {
        var metric = MetricVerdictTests.delivery()
        metric.bands.clear = try Bound(">= 93%")
        let series = try [96, 88, 91, 92, 93, 91].enumerated().map { index, good in
            Measurement(at: minute(index), .ratio(try Ratio(ExactDecimal(good), of: 100)))
        }
        let found = (0..<6).map { metric.verdict(at: minute($0), of: series).severity }
        #expect(found == [.met, .warning, .warning, .warning, .offTarget, .offTarget])
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func replayDoesNotDependOnOrderOrOnTheFuture(seed: UInt64) throws {
        var random = MetricRandom(state: seed)
        let metric = MetricVerdictTests.delivery(
            sustain: try Sustain(Self.lasting(random.int(in: 0...3)), keepFor: .seconds(120))
        )
        let series = try (0..<20).map { number in
            let good = ExactDecimal(random.int(in: 70...100))
            let outcome: Measurement.Outcome =
                random.int(in: 0...5) == 0 ? .absent : .ratio(try Ratio(good, of: 100))
            return Measurement(at: minute(number / 2 * 2), outcome)
        }
        let instant = minute(random.int(in: 0...20))
        let past = series.filter { $0.at <= instant }
        let verdict = metric.verdict(at: instant, of: series)
        #expect(metric.verdict(at: instant, of: series.shuffled(using: &random)) == verdict)
        #expect(metric.verdict(at: instant, of: past) == verdict)
    }
}
