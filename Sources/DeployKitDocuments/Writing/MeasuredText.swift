// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// What was measured as it is written into a blank: `_____ ms` takes a number of milliseconds,
/// `____` alone the quantity with its unit.
struct MeasuredText {
    /// The text.
    let text: String

    /// The text of an outcome before what stands behind the blank; `nil` when there is no value, or
    /// it cannot be said in the unit that stands there.
    init?(_ outcome: Measurement.Outcome, before rest: String) {
        let scalars = Array(("1" + rest).unicodeScalars)
        // What overflows is no unit.
        let scan = try? QuantityScan(scalars, at: 0)
        let unit = scan.flatMap { $0.hasUnit ? $0.quantity.unit : nil }
        switch outcome {
        case .value(let quantity):
            guard let unit else {
                // "____ STX" counts what the page names.
                let isNamed = QuantityScan.word(scalars, at: scalars[safe: 1] == " " ? 2 : 1) != nil
                let isCount = [.count, .dimensionless].contains(quantity.unit.dimension)
                guard isCount || !isNamed else { return nil }
                text = isCount && isNamed ? "\(quantity.magnitude)" : "\(quantity)"
                return
            }
            // A number is what the page says that it is.
            if quantity.unit == .number {
                text = "\(quantity.magnitude)"
            } else if let converted = try? quantity.converted(to: unit) {
                text = "\(converted.magnitude)"
            } else {
                return nil
            }
        case .ratio(let ratio):
            let unit = unit ?? .percent
            guard unit.isComparable(with: .ratio),
                let share = Self.share(ratio, in: unit)
            else { return nil }
            text = scan?.hasUnit == true ? "\(share)" : "\(Quantity(share, unit))"
        case .nan, .absent, .terminated, .error: return nil
        }
    }

    /// A ratio in percent or the like, to four places: the log keeps its parts.
    private static func share(_ ratio: Ratio, in unit: Unit) -> ExactDecimal? {
        guard let hundred = try? Quantity(1, .ratio).converted(to: unit).magnitude,
            let part = try? ratio.numerator.multiplied(by: hundred)
        else { return nil }
        return try? part.divided(by: ratio.denominator, places: 4)
    }
}
