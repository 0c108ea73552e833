// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A number with its unit, such as `95%`, `5000ms`, `10/min`, `1.5KB` or `$3`.
///
/// The text form is the number and the unit's symbol: together for symbols (`95%`, `30s`, `4.5/5`),
/// with a space for nouns, `count` and `ratio` (`10 messages`), the currency first (`$3`, `-$3`),
/// and the number alone for `number`.
public struct Quantity: Hashable, Sendable, CustomStringConvertible {
    /// How many of the unit.
    public let magnitude: ExactDecimal
    /// What of.
    public let unit: Unit

    /// So many of a unit.
    public init(_ magnitude: ExactDecimal, _ unit: Unit) {
        self.magnitude = magnitude
        self.unit = unit
    }

    /// Reads a quantity: the text form, and what people write instead.
    ///
    /// That is: a space before the unit or none, unit words (`30 seconds`), `per` for `/`
    /// (`5 errors per hour`), thousands in groups (`1,000`), a decimal comma (`0,5 %`), `10K`,
    /// `3M`, and superfluous zeros.
    ///
    /// - Throws: ``MetricError``, code `syntax` or `overflow`, when `text` is no quantity.
    public init(_ text: String) throws(MetricError) {
        let scalars = Array(text.unicodeScalars)
        let start = scalars.firstIndex { $0 != " " } ?? scalars.endIndex
        guard let found = try QuantityScan(scalars, at: start, nouns: true),
            scalars[found.end...].allSatisfy({ $0 == " " })
        else { throw MetricError(.syntax, "'\(text)' is no quantity") }
        self = found.quantity
    }

    /// A length of time in milliseconds; parts of a nanosecond are cut off.
    ///
    /// - Throws: ``MetricError``, code `overflow`, which no `Duration` is long enough for.
    public init(_ duration: Duration) throws(MetricError) {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = Int128(seconds) * 1_000_000_000 + Int128(attoseconds / 1_000_000_000)
        self.init(try ExactDecimal(coefficient: nanoseconds, scale: 6), .milliseconds)
    }

    /// The same amount in another unit.
    ///
    /// - Throws: ``MetricError``, code `dimension` when the units do not compare, `inexact` when
    ///   the amount has no finite decimal form there (10/h in /min), `overflow` past 38 digits.
    public func converted(to other: Unit) throws(MetricError) -> Quantity {
        guard unit.isComparable(with: other) else { throw mismatch(with: other) }
        let up = try magnitude.multiplied(by: unit.numerator).multiplied(by: other.denominator)
        let down = try unit.denominator.multiplied(by: other.numerator)
        return Quantity(try up.divided(by: down), other)
    }

    /// How this quantity stands to another; exact across all units of a dimension.
    ///
    /// - Throws: ``MetricError``, code `dimension`, when the units do not compare.
    package func order(to other: Quantity) throws(MetricError) -> Order {
        guard unit.isComparable(with: other.unit) else { throw mismatch(with: other.unit) }
        return ExactDecimal.order(
            of: [magnitude, unit.numerator, other.unit.denominator],
            and: [other.magnitude, other.unit.numerator, unit.denominator]
        )
    }

    /// The text form, the same for equal quantities.
    public var description: String {
        switch unit.dimension {
        case .dimensionless where Unit.currencies.contains(unit):
            return magnitude.isNegative
                ? "-\(unit)\(magnitude.negated)" : "\(unit)\(magnitude)"
        case .dimensionless where unit == .number: return magnitude.description
        case .count: return "\(magnitude) \(unit)"
        case .ratio where unit == .ratio: return "\(magnitude) \(unit)"
        default: return "\(magnitude)\(unit)"
        }
    }

    private func mismatch(with other: Unit) -> MetricError {
        MetricError(.dimension, "'\(unit)' and '\(other)' do not measure the same")
    }
}

extension Quantity: JSONConvertible {
    /// A JSON string: the text form.
    public var json: JSONValue { .string(description) }

    /// Reads the text form from a JSON string.
    ///
    /// - Throws: ``JSONError`` when `json` is no string of exactly that form.
    public init(json: JSONValue) throws(JSONError) {
        let text = try String(json: json)
        do {
            try self.init(text)
        } catch {
            throw error.inJSON
        }
        guard description == text else {
            throw JSONError(.value, "'\(text)' is not written as '\(self)'")
        }
    }
}
