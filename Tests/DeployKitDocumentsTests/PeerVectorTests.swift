// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Foundation
import Testing

/// How other tools judge, said in our words, and where the two differ by design.
@Suite struct PeerVectorTests {
    // MARK: Nagios

    private static let nagios = """
        import json
        from nagiosplugin import Range
        out = []
        for warning, critical, value in json.load(open("cases.json")):
            v = float(value)
            out.append("c" if not Range(critical).match(v) else "w" if not Range(warning).match(v) else "o")
        print("".join(out), end="")
        """

    /// A range of Nagios and the bound that it alerts on: what is outside of it, ends excluded, or
    /// with `@` what is inside, ends included.
    private static func range(
        _ random: inout SplitMix64
    ) throws -> (text: String, violated: Bound) {
        let a = Int.random(in: -20...100, using: &random)
        let b = a + Int.random(in: 0...60, using: &random)
        func text(_ tenths: Int) -> String {
            tenths % 10 == 0
                ? "\(tenths / 10)"
                : "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
        }
        switch Int.random(in: 0...4, using: &random) {
        case 0: return ("~:\(text(b))", try Bound("> \(text(b))"))
        case 1: return ("\(text(a)):", try Bound("< \(text(a))"))
        case 2: return ("@\(text(a)):\(text(b))", try Bound("\(text(a))..\(text(b))"))
        case 3 where b >= 0: return (text(b), try Bound("!0..\(text(b))"))
        default: return ("\(text(a)):\(text(b))", try Bound("!\(text(a))..\(text(b))"))
        }
    }

    @Test(
        .enabled(
            if: Scratch.hasModule("nagiosplugin"),
            "the Python module nagiosplugin is not installed"
        )
    )
    func rangesAreJudgedAsByNagiosplugin() throws {
        var random = SplitMix64(seed: 7)
        var cases: [[String]] = []
        var ours = ""
        let count = Scratch.count("DEPLOYKIT_BANDS") ?? 10_000
        for _ in 0..<count {
            let (warning, critical) = (try Self.range(&random), try Self.range(&random))
            // Values on and beside the limits are the ones that matter.
            let limits = warning.violated.description + " " + critical.violated.description
            let numbers = limits.split { !"-0123456789.".contains($0) }
                .flatMap { String($0).components(separatedBy: "..") }.filter {
                    !$0.isEmpty && $0 != "-"
                }
            let base = try ExactDecimal(numbers.randomElement(using: &random) ?? "0")
            let step = try ExactDecimal(
                ["0", "0.1", "-0.1", "3"].randomElement(using: &random) ?? "0"
            )
            let value = try base.adding(step)
            cases.append([warning.text, critical.text, value.description])
            let metric = SuccessMetric(
                id: "x",
                title: "x",
                unit: .number,
                direction: .withinRange,
                bands: Bands(warning: warning.violated, critical: critical.violated)
            )
            let measurement = Measurement(
                at: Timestamp(milliseconds: 0),
                .value(Quantity(value, .number))
            )
            switch metric.verdict(for: measurement).severity {
            case .critical: ours += "c"
            case .warning: ours += "w"
            case .met, .offTarget: ours += "o"
            }
        }
        let scratch = try Scratch()
        try scratch.write(Self.nagios, "oracle.py")
        let data = try JSONEncoder().encode(cases)
        try scratch.write(String(decoding: data, as: UTF8.self), "cases.json")
        let (status, theirs) = try scratch.run("python3 oracle.py")
        try #require(status == 0 && theirs.count == count, "\(theirs.suffix(300))")
        let apart = zip(cases, zip(ours, theirs)).filter { $0.1.0 != $0.1.1 }
        #expect(apart.isEmpty, "\(apart.prefix(5))")
        print("nagiosplugin agrees on \(count) pairs of ranges")
    }

    // MARK: Argo Rollouts

    private static func tracker(_ rule: Sustain.Rule, _ trace: String) throws -> Bool {
        var tracker = SustainTracker(try Sustain(rule))
        for (number, letter) in trace.enumerated() {
            let state: BandState = letter == "F" ? .violated : letter == "E" ? .unknown : .clear
            tracker.observe(state, at: Timestamp(milliseconds: Int64(number) * 60_000))
        }
        return tracker.isFiring
    }

    /// `failureLimit: n` is `total(n + 1)`: a run fails at the failure after the limit.
    @Test(arguments: [
        ("FFFF", 4, false), ("FFFFF", 4, true), ("FSFSFSFSF", 4, true), ("F", 0, true),
        ("SSS", 0, false),
        ("FEFEF", 2, true), ("FEFE", 2, false),
    ])
    func failureLimitIsATotalOfOneMore(trace: String, limit: Int, fails: Bool) throws {
        #expect(try Self.tracker(.total(limit + 1), trace) == fails)
    }

    /// `consecutiveSuccessLimit: k` is `consecutive(k)` of what is met, which an error breaks there
    /// and leaves as it is here: the one difference.
    @Test(arguments: [
        ("SSSS", 4, true), ("SSS", 4, false), ("SSSFSSS", 4, false), ("SSFSSSS", 4, true),
    ])
    func consecutiveSuccessesAreARow(trace: String, limit: Int, succeeds: Bool) throws {
        let mirrored = String(trace.map { $0 == "S" ? "F" : "S" })
        #expect(try Self.tracker(.consecutive(limit), mirrored) == succeeds)
        #expect(try Self.tracker(.consecutive(2), "FEF"), "Argo: an error starts the row anew")
    }

    /// Success and failure conditions are target and critical band; between them Argo is
    /// Inconclusive and pauses, and here the target is missed.
    @Test func aMeasurementBetweenTheConditionsIsOffTarget() throws {
        let metric = SuccessMetric(
            id: "x",
            title: "x",
            unit: .ratio,
            direction: .higherIsBetter,
            bands: Bands(target: try Bound(">= 0.95 ratio"), critical: try Bound("< 0.8 ratio"))
        )
        func verdict(_ outcome: Measurement.Outcome) -> Verdict {
            metric.verdict(for: Measurement(at: Timestamp(milliseconds: 0), outcome))
        }
        #expect(verdict(.value(try Quantity("0.95 ratio"))) == Verdict(.met))
        #expect(verdict(.value(try Quantity("0.9 ratio"))) == Verdict(.offTarget))
        #expect(verdict(.value(try Quantity("0.7 ratio"))) == Verdict(.critical))
        // NaN there: Failed with a success condition alone, Successful with a failure condition
        // alone, Inconclusive with both. An empty result is an error that aborts. Here: incomplete.
        #expect(verdict(.nan) == Verdict(.met, incomplete: [.nan]))
        #expect(verdict(.absent) == Verdict(.met, incomplete: [.absent]))
        #expect([verdict(.nan), verdict(.absent)].allSatisfy { !$0.isSuccess })
        // No condition at all is Successful there, and so is a run that ended before any
        // measurement. Here nothing was judged.
        #expect(!Verdict.joined([]).isSuccess)
    }

    // MARK: Keptn

    /// `pass` criteria relative to earlier evaluations, as baselines. `<` and `<=` of Keptn both
    /// stand for a tolerance whose end is no violation, which is `<=`: that is the difference.
    @Test(arguments: [
        ("10%", "10", true), ("10%", "11", true), ("10%", "11.01", false), ("1", "11", true),
        ("1", "11.01", false),
    ])
    func criteriaRelativeToTheLastEvaluations(tolerance: String, value: String, passes: Bool) throws
    {
        let amount = try Quantity(tolerance)
        let baseline = try Baseline(
            .previousDeployments(2, accepts: .pass),
            tolerance: amount.unit == .percent ? .relative(amount) : .absolute(amount)
        )
        let ten = Measurement.Outcome.value(try Quantity("10"))
        let violation = try baseline.violation(
            after: [ten, ten],
            unit: .number,
            direction: .lowerIsBetter
        )
        #expect(try violation?.contains(Quantity(value)) == !passes)
    }

    /// Without an earlier evaluation Keptn's criteria are satisfied; here that must be asked for.
    @Test func withoutAnEarlierEvaluationNothingPassesByItself() throws {
        func verdict(_ whenMissing: Baseline.WhenMissing) throws -> Verdict {
            let metric = SuccessMetric(
                id: "x",
                title: "x",
                unit: .number,
                direction: .lowerIsBetter,
                baseline: try Baseline(
                    .previousDeployments(1, accepts: .pass),
                    tolerance: .relative(Quantity("10%")),
                    whenMissing: whenMissing
                )
            )
            let moment = Timestamp(milliseconds: 0)
            return metric.verdict(
                at: moment,
                of: [Measurement(at: moment, .value(try Quantity("7")))]
            )
        }
        #expect(try verdict(.pass).isSuccess)
        #expect(try !verdict(.incomplete).isSuccess)
    }
}
