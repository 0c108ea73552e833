// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// How a value may stand to a limit. Strictness is part of it, never a convention.
public enum Comparison: String, Hashable, Sendable, CaseIterable, JSONConvertible {
    /// Below the limit.
    case less = "<"
    /// Below it, or equal.
    case atMost = "<="
    /// Above it.
    case greater = ">"
    /// Above it, or equal.
    case atLeast = ">="
    /// Equal to it.
    case equal = "="
    /// Different from it.
    case notEqual = "!="

    /// Tells whether a value that stands so to the limit is inside.
    package func admits(_ order: Order) -> Bool {
        switch self {
        case .less: order == .ascending
        case .atMost: order != .descending
        case .greater: order == .descending
        case .atLeast: order != .ascending
        case .equal: order == .same
        case .notEqual: order != .same
        }
    }
}

/// A condition on a quantity: `> 95%`, `= 0 errors`, `0/h..5/h`, `!0/h..5/h`.
///
/// The text form is the comparison, a space and the quantity; or both ends of a closed range with
/// `..` between, with `!` before it for what is outside.
public enum Bound: Hashable, Sendable, CustomStringConvertible {
    /// A comparison with one limit.
    case compare(Comparison, Quantity)
    /// Inside the range, ends included.
    case within(ClosedQuantities)
    /// Outside the range; the ends are not.
    case outside(ClosedQuantities)

    /// The quantities from one to another, both included.
    public struct ClosedQuantities: Hashable, Sendable {
        /// The smallest.
        public let lower: Quantity
        /// The largest.
        public let upper: Quantity

        /// The range from `lower` to `upper`.
        ///
        /// - Throws: ``MetricError``, code `dimension` when the two do not compare, `value` when
        ///   `lower` is the larger.
        public init(_ lower: Quantity, _ upper: Quantity) throws(MetricError) {
            guard try lower.order(to: upper) != .descending else {
                throw MetricError(.value, "'\(lower)' is more than '\(upper)'")
            }
            self.lower = lower
            self.upper = upper
        }
    }

    /// Reads the text form, and also a bound as people write it: `>95%`, `≥ 80 %`, `== 0`,
    /// `0-5 per hour`, `99.5 – 100 %`.
    ///
    /// - Throws: ``MetricError``, code `syntax`, when `text` is no bound.
    public init(_ text: String) throws(MetricError) {
        let scalars = Array(text.unicodeScalars.drop { $0 == " " })
        let spellings: [(String, Comparison)] = [
            ("<=", .atMost), (">=", .atLeast), ("!=", .notEqual), ("==", .equal), ("≤", .atMost),
            ("≥", .atLeast), ("≠", .notEqual), ("＜", .less), ("＞", .greater), ("<", .less),
            (">", .greater), ("=", .equal),
        ]
        for (spelling, comparison) in spellings
        where scalars.starts(with: Array(spelling.unicodeScalars)) {
            let rest = scalars.dropFirst(spelling.unicodeScalars.count)
            self = .compare(comparison, try Quantity(String(String.UnicodeScalarView(rest))))
            return
        }
        let isOutside = scalars.first == "!"
        let range = try Self.range(isOutside ? Array(scalars.dropFirst()) : scalars, of: text)
        self = isOutside ? .outside(range) : .within(range)
    }

    private static func range(
        _ scalars: [Unicode.Scalar],
        of text: String
    ) throws(MetricError) -> ClosedQuantities {
        let refusal = MetricError(.syntax, "'\(text)' is no bound")
        guard let lower = try QuantityScan(scalars, at: 0) else { throw refusal }
        var index = lower.end
        while scalars[safe: index] == " " { index += 1 }
        let start = index
        // Two points end the lower end; a minus after them belongs to the upper one.
        if scalars[index...].starts(with: [".", "."]) {
            index += 2
        } else {
            while let scalar = scalars[safe: index], ["-", "–", "—", "~"].contains(scalar) {
                index += 1
            }
        }
        let separator = String(String.UnicodeScalarView(scalars[start..<index]))
        guard ["..", "-", "–", "—", "~"].contains(separator) else { throw refusal }
        let upper = try Quantity(String(String.UnicodeScalarView(scalars[index...])))
        // "0-5 per hour" names the unit once.
        let first =
            lower.hasUnit || separator == ".."
            ? lower.quantity : Quantity(lower.quantity.magnitude, upper.unit)
        return try ClosedQuantities(first, upper)
    }

    /// The unit of the limit, of the lower end for a range.
    public var unit: Unit {
        switch self {
        case .compare(_, let limit): limit.unit
        case .within(let range), .outside(let range): range.lower.unit
        }
    }

    /// The limits, smaller first.
    package var limits: [Quantity] {
        switch self {
        case .compare(_, let limit): [limit]
        case .within(let range), .outside(let range): [range.lower, range.upper]
        }
    }

    /// Tells whether a quantity is inside.
    ///
    /// - Throws: ``MetricError``, code `dimension`, when it measures something else.
    public func contains(_ quantity: Quantity) throws(MetricError) -> Bool {
        let orders = try limits.map { limit throws(MetricError) in try quantity.order(to: limit) }
        return admits(orders)
    }

    /// Tells whether a ratio is inside, by exact multiplication crosswise: 95 of 100 is not above
    /// 95%. A ratio of nothing is inside no bound.
    ///
    /// - Throws: ``MetricError``, code `dimension`, when the limit is no ratio.
    public func contains(_ ratio: Ratio) throws(MetricError) -> Bool {
        let orders = try limits.map { limit throws(MetricError) in try ratio.order(to: limit) }
        return ratio.denominator > 0 && admits(orders)
    }

    /// Whether a value that stands so to each of ``limits`` is inside.
    package func admits(_ orders: [Order]) -> Bool {
        switch self {
        case .compare(let comparison, _): comparison.admits(orders[0])
        case .within: orders[0] != .ascending && orders[1] != .descending
        case .outside: orders[0] == .ascending || orders[1] == .descending
        }
    }

    /// The text form, the same for equal bounds.
    public var description: String {
        switch self {
        case .compare(let comparison, let limit): "\(comparison.rawValue) \(limit)"
        case .within(let range): "\(range.lower)..\(range.upper)"
        case .outside(let range): "!\(range.lower)..\(range.upper)"
        }
    }
}

extension Bound: JSONConvertible {
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
