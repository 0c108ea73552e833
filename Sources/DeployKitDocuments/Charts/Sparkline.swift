// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// A metric's last values in one line of a terminal: `▁▃▂▇`, with a dot for what could not be
/// measured. The lowest of the values shown is the lowest mark; values that are all the same stand in
/// the middle.
public enum Sparkline: Sendable {
    private static let marks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// The line for the last `width` measurements.
    public static func text(_ outcomes: [Measurement.Outcome], width: Int = 24) -> String {
        let values = outcomes.suffix(max(1, width)).map(number)
        let known = values.compactMap(\.self)
        guard let low = known.min(), let high = known.max() else {
            return String(repeating: "·", count: values.count)
        }
        return String(
            values.map { value in
                guard let value else { return "·" }
                guard high > low else { return marks[3] }
                return marks[min(7, Int((value - low) / (high - low) * 8))]
            }
        )
    }

    private static func number(_ outcome: Measurement.Outcome) -> Double? {
        switch outcome {
        case .value(let quantity):
            let value = Double(quantity.magnitude.description) ?? 0
            let up = Double(quantity.unit.numerator.description) ?? 1
            return value * up / (Double(quantity.unit.denominator.description) ?? 1)
        case .ratio(let ratio):
            guard ratio.denominator > 0 else { return nil }
            let part = Double(ratio.numerator.description) ?? 0
            return part / (Double(ratio.denominator.description) ?? 1)
        case .nan, .absent, .terminated, .error: return nil
        }
    }
}
