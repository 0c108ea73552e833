// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

@Suite struct MetricDecimalTests {
    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("007", "7"), ("1.50", "1.5"), ("-0.05", "-0.05"), (".5", "0.5"),
        ("5.", "5"), ("1e+06", "1000000"), ("9.5e-01", "0.95"), ("+3", "3"), ("100", "100"),
        (
            "99999999999999999999999999999999999999",
            "99999999999999999999999999999999999999"
        ),
    ])
    func readsAndWritesOneForm(text: String, canonical: String) throws {
        let number = try ExactDecimal(text)
        #expect(number.description == canonical)
        #expect(try ExactDecimal(json: .string(canonical)) == number)
    }

    @Test(arguments: ["", "-", ".", "NaN", "+Inf", "1,5", "1e", "0x1", "1 ", "1.2.3", "٣"])
    func refusesWhatIsNoNumber(text: String) {
        #expect { try ExactDecimal(text) } throws: { ($0 as? MetricError)?.code == .syntax }
    }

    @Test func refusesJSONThatIsNotCanonical() {
        #expect(throws: JSONError.self) { try ExactDecimal(json: "1.50".json) }
        #expect(throws: JSONError.self) { try ExactDecimal(json: .integer(1)) }
    }

    @Test func refusesMoreThan38Digits() throws {
        let most = try ExactDecimal(String(repeating: "9", count: 38))
        #expect { try most.adding(1) } throws: { ($0 as? MetricError)?.code == .overflow }
        #expect { try most.multiplied(by: 2) } throws: { ($0 as? MetricError)?.code == .overflow }
        #expect { try ExactDecimal("1e38") } throws: { ($0 as? MetricError)?.code == .overflow }
        #expect { try ExactDecimal("1e-39") } throws: { ($0 as? MetricError)?.code == .overflow }
    }

    @Test func comparesTheLargestWithTheSmallest() throws {
        let most = try ExactDecimal(String(repeating: "9", count: 38))
        let least = try ExactDecimal("1e-38")
        #expect(least < most && most.negated < least && least.negated < .zero)
        #expect(ExactDecimal.order(of: [most, most, most], and: [least, least]) == .descending)
        #expect(ExactDecimal.order(of: [most, least], and: [least, most]) == .same)
    }

    @Test func dividesOnlyWhereTheQuotientIsFinite() throws {
        #expect(try ExactDecimal(1).divided(by: 8).description == "0.125")
        #expect(try ExactDecimal(-7).divided(by: 2).description == "-3.5")
        #expect { try ExactDecimal(1).divided(by: 3) } throws: {
            ($0 as? MetricError)?.code == .inexact
        }
        #expect { try ExactDecimal(1).divided(by: 0) } throws: {
            ($0 as? MetricError)?.code == .value
        }
    }

    // The oracle computes in Int on numbers scaled by hand.
    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func agreesWithIntegerArithmetic(seed: UInt64) throws {
        var random = MetricRandom(state: seed)
        let (a, b) = (random.int(in: -99_999...99_999), random.int(in: -99_999...99_999))
        let (s, t) = (random.int(in: 0...4), random.int(in: 0...4))
        let x = try ExactDecimal(coefficient: Int128(a), scale: s)
        let y = try ExactDecimal(coefficient: Int128(b), scale: t)
        let powers = [1, 10, 100, 1000, 10_000]
        let (left, right) = (a * powers[4 - s], b * powers[4 - t])
        #expect((x < y) == (left < right))
        #expect((x == y) == (left == right))
        #expect(try x.adding(y) == ExactDecimal(coefficient: Int128(left + right), scale: 4))
        let product = try ExactDecimal(coefficient: Int128(left * right), scale: 8)
        #expect(try x.multiplied(by: y) == product)
        if b != 0 { #expect(try product.divided(by: y) == x) }
    }
}

/// SplitMix64, so that a failing seed replays.
struct MetricRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func int(in range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
}
