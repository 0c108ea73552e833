// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// A number as monitoring systems write it: with NaN and infinities, which are values there.
public enum MetricNumber: Hashable, Sendable {
    /// A number, exactly.
    case finite(ExactDecimal)
    /// No number, such as 0 of 0.
    case nan
    /// Beyond all numbers, such as 1 of 0.
    case infinite(isNegative: Bool)
    /// A number with more digits than are computed with here.
    case tooLong

    /// Reads what Go, Python and OpenMetrics write: a decimal with or without an exponent, `NaN`,
    /// `Inf`, `+Inf`, `-Inf` and `Infinity` in any case.
    ///
    /// - Returns: `nil` for anything else.
    public init?(_ text: String) {
        let word = text.lowercased()
        switch word {
        case "nan", "+nan", "-nan": self = .nan
        case "inf", "+inf", "infinity", "+infinity": self = .infinite(isNegative: false)
        case "-inf", "-infinity": self = .infinite(isNegative: true)
        default:
            do throws(MetricError) {
                self = .finite(try ExactDecimal(text))
            } catch {
                guard error.code == .overflow || Self.isDecimal(word) else { return nil }
                self = .tooLong
            }
        }
    }

    // An exponent of more digits than are read is a number all the same.
    private static func isDecimal(_ text: String) -> Bool {
        text.utf8.contains { (0x30...0x39).contains($0) }
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-.e".utf8.contains($0) }
            && Double(text) != nil
    }

    /// The number, where it is one that can be computed with.
    var finite: ExactDecimal? { if case .finite(let number) = self { number } else { nil } }

    /// What a measurement in this unit finds.
    func outcome(in unit: Unit) -> Measurement.Outcome {
        switch self {
        case .finite(let number): .value(Quantity(number, unit))
        case .nan, .infinite: .nan
        case .tooLong: .error(.parse)
        }
    }
}
