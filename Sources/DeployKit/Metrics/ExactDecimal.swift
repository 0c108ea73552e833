// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A decimal number of at most 38 digits, computed exactly or refused.
///
/// The value is ``coefficient`` × 10^−``scale``, kept in lowest terms, so that equal numbers are
/// equal values. Nothing here rounds: 0.95 is 95/100, never the nearest binary fraction. The text
/// form is `-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?`, without `-0`.
public struct ExactDecimal: Hashable, Sendable {
    /// The digits as a whole number, within ±(10^38 − 1).
    public let coefficient: Int128
    /// How many of the digits stand after the point, from 0 to 38.
    public let scale: Int

    /// The most digits that a number has, and the most that stand after its point.
    public static let mostDigits = 38

    /// Zero.
    public static let zero = ExactDecimal(0)
    /// One.
    public static let one = ExactDecimal(1)

    /// A whole number.
    public init(_ value: Int) {
        coefficient = Int128(value)
        scale = 0
    }

    /// The number `coefficient` × 10^−`scale`; a negative scale appends zeros.
    ///
    /// - Throws: ``MetricError``, code `overflow`, when it has more than 38 digits.
    public init(coefficient: Int128, scale: Int = 0) throws(MetricError) {
        var (digits, places) = (coefficient, scale)
        if digits == 0 { places = 0 }
        while places > 0, digits % 10 == 0 {
            digits /= 10
            places -= 1
        }
        while places < 0 {
            let (product, overflow) = digits.multipliedReportingOverflow(by: 10)
            guard !overflow else { throw Self.overflow }
            digits = product
            places += 1
        }
        guard digits.magnitude < Self.power(38), places <= Self.mostDigits else {
            throw Self.overflow
        }
        self.coefficient = digits
        self.scale = places
    }

    /// Reads a number: the text form, and also a leading `+`, superfluous zeros, a missing digit
    /// on one side of the point, and an exponent such as `1e+06`.
    ///
    /// - Throws: ``MetricError``, code `syntax` when `text` is no number (`NaN` and `Inf` are none),
    ///   `overflow` when it has more than 38 digits.
    public init(_ text: String) throws(MetricError) {
        var bytes = Array(text.utf8)[...]
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative || bytes.first == UInt8(ascii: "+") { bytes.removeFirst() }
        var exponent = 0
        if let mark = bytes.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) {
            guard let parsed = Self.exponent(bytes[(mark + 1)...]) else {
                throw MetricError(.syntax, "'\(text)' is no number")
            }
            exponent = parsed
            bytes = bytes[..<mark]
        }
        let point = bytes.firstIndex(of: UInt8(ascii: ".")) ?? bytes.endIndex
        let whole = bytes[..<point]
        var fraction = bytes[min(point + 1, bytes.endIndex)...]
        guard !whole.isEmpty || !fraction.isEmpty,
            (whole + fraction).allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") })
        else { throw MetricError(.syntax, "'\(text)' is no number") }
        while fraction.last == UInt8(ascii: "0") { fraction.removeLast() }
        var digits: Int128 = 0
        for byte in whole + fraction {
            let (product, overflow) = digits.multipliedReportingOverflow(by: 10)
            guard !overflow, product < Int128(Self.power(38)) else { throw Self.overflow }
            digits = product + Int128(byte - UInt8(ascii: "0"))
        }
        try self.init(
            coefficient: isNegative ? -digits : digits,
            scale: fraction.count - exponent
        )
    }

    /// The number with the other sign.
    public var negated: Self { Self(known: -coefficient, scale: scale) }

    /// Tells whether the number is below zero.
    public var isNegative: Bool { coefficient < 0 }

    /// Tells whether the number has no digits after its point.
    public var isWhole: Bool { scale == 0 }

    /// The sum.
    ///
    /// - Throws: ``MetricError``, code `overflow`, when it has more than 38 digits.
    public func adding(_ other: Self) throws(MetricError) -> Self {
        let common = max(scale, other.scale)
        let left = try shifted(to: common)
        let right = try other.shifted(to: common)
        let (sum, overflow) = left.addingReportingOverflow(right)
        guard !overflow else { throw Self.overflow }
        return try Self(coefficient: sum, scale: common)
    }

    /// The product.
    ///
    /// - Throws: ``MetricError``, code `overflow`, when it has more than 38 digits.
    public func multiplied(by other: Self) throws(MetricError) -> Self {
        let (product, overflow) = coefficient.multipliedReportingOverflow(by: other.coefficient)
        guard !overflow else { throw Self.overflow }
        return try Self(coefficient: product, scale: scale + other.scale)
    }

    /// The quotient, when it has a finite decimal form.
    ///
    /// - Throws: ``MetricError``, code `value` for a division by zero, `inexact` when no decimal of
    ///   38 digits is the quotient.
    public func divided(by other: Self) throws(MetricError) -> Self {
        guard other.coefficient != 0 else {
            throw MetricError(.value, "\(self) is divided by zero")
        }
        var (digits, places) = (coefficient, scale - other.scale)
        while digits % other.coefficient != 0 {
            let (product, overflow) = digits.multipliedReportingOverflow(by: 10)
            guard !overflow else {
                throw MetricError(.inexact, "\(self) / \(other) has no exact decimal form")
            }
            digits = product
            places += 1
        }
        return try Self(coefficient: digits / other.coefficient, scale: places)
    }

    /// The quotient, rounded to at most so many places, half away from zero: for statistics, never
    /// for what is judged.
    ///
    /// - Throws: ``MetricError``, code `value` for a division by zero, `overflow` when the
    ///   computation needs more than 38 digits.
    package func divided(by other: Self, places: Int) throws(MetricError) -> Self {
        guard other.coefficient != 0 else {
            throw MetricError(.value, "\(self) is divided by zero")
        }
        let shift = places + other.scale - scale
        guard abs(shift) <= Self.mostDigits else { throw Self.overflow }
        let factor = Int128(exactly: Self.power(abs(shift)))
        guard let factor else { throw Self.overflow }
        let (up, down) = shift >= 0 ? (factor, 1) : (1, factor)
        let (dividend, tooLarge) = coefficient.multipliedReportingOverflow(by: up)
        let (divisor, tooSmall) = other.coefficient.multipliedReportingOverflow(by: down)
        guard !tooLarge, !tooSmall else { throw Self.overflow }
        let (quotient, rest) = dividend.quotientAndRemainder(dividingBy: divisor)
        let isUp = rest.magnitude >= divisor.magnitude - rest.magnitude
        let step: Int128 = !isUp ? 0 : (dividend < 0) == (divisor < 0) ? 1 : -1
        return try Self(coefficient: quotient + step, scale: places)
    }

    private init(known coefficient: Int128, scale: Int) {
        self.coefficient = coefficient
        self.scale = scale
    }

    private static let overflow = MetricError(
        .overflow,
        "the number needs more than \(mostDigits) digits"
    )

    private func shifted(to common: Int) throws(MetricError) -> Int128 {
        let factor = Int128(Self.power(common - scale))
        let (product, overflow) = coefficient.multipliedReportingOverflow(by: factor)
        guard !overflow else { throw Self.overflow }
        return product
    }

    static func power(_ exponent: Int) -> UInt128 {
        (0..<exponent).reduce(1) { power, _ in power * 10 }
    }

    private static func exponent(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count <= 4 else { return nil }
        return Int(String(decoding: bytes, as: UTF8.self))
    }
}

extension ExactDecimal: Comparable {
    /// Tells whether `left` is smaller; exact for every pair of numbers.
    public static func < (left: Self, right: Self) -> Bool {
        order(of: [left], and: [right]) == .ascending
    }

    /// How the product of `left` stands to the product of `right`; exact, whatever their size.
    ///
    /// This is how ratios are compared: n/d with q is n with d × q, and nothing is ever divided.
    package static func order(of left: [Self], and right: [Self]) -> Order {
        let (a, b) = (WideProduct(left), WideProduct(right))
        guard a.sign == b.sign else { return a.sign < b.sign ? .ascending : .descending }
        let places = a.scale - b.scale
        let (x, y) = (a.scaledUp(by: max(0, -places)), b.scaledUp(by: max(0, places)))
        let magnitudes = WideProduct.order(x, y)
        return a.sign < 0 ? magnitudes.reversed : magnitudes
    }
}

/// How one value stands to another.
package enum Order: Hashable, Sendable {
    /// The first is smaller.
    case ascending
    /// Both are equal.
    case same
    /// The first is larger.
    case descending

    /// The order of the two the other way round.
    package var reversed: Self {
        switch self {
        case .ascending: .descending
        case .same: .same
        case .descending: .ascending
        }
    }
}

/// A product of decimals in full width, for comparison only.
private struct WideProduct {
    var sign = 1
    var scale = 0
    /// The magnitude, least significant first, without leading zeros.
    var limbs: [UInt64] = [1]

    init(_ factors: [ExactDecimal]) {
        for factor in factors {
            sign *= Int(factor.coefficient.signum())
            scale += factor.scale
            multiply(by: factor.coefficient.magnitude)
        }
    }

    func scaledUp(by places: Int) -> [UInt64] {
        var copy = self
        var rest = places
        while rest > 0 {
            let step = min(rest, ExactDecimal.mostDigits)
            copy.multiply(by: ExactDecimal.power(step))
            rest -= step
        }
        return copy.limbs
    }

    static func order(_ left: [UInt64], _ right: [UInt64]) -> Order {
        guard left.count == right.count else {
            return left.count < right.count ? .ascending : .descending
        }
        for (a, b) in zip(left.reversed(), right.reversed()) where a != b {
            return a < b ? .ascending : .descending
        }
        return .same
    }

    private mutating func multiply(by factor: UInt128) {
        let halves = [UInt64(truncatingIfNeeded: factor), UInt64(truncatingIfNeeded: factor >> 64)]
        var product = [UInt64](repeating: 0, count: limbs.count + 2)
        for (shift, half) in halves.enumerated() {
            var carry: UInt128 = 0
            for (index, limb) in limbs.enumerated() {
                let sum = UInt128(limb) * UInt128(half) + UInt128(product[index + shift]) + carry
                product[index + shift] = UInt64(truncatingIfNeeded: sum)
                carry = sum >> 64
            }
            product[limbs.count + shift] = UInt64(truncatingIfNeeded: carry)
        }
        while product.last == 0 { product.removeLast() }
        limbs = product
    }
}

extension ExactDecimal: CustomStringConvertible, ExpressibleByIntegerLiteral {
    /// A whole number.
    public init(integerLiteral value: Int) {
        self.init(value)
    }

    /// The text form, the same for equal numbers.
    public var description: String {
        let digits = String(coefficient.magnitude)
        let sign = isNegative ? "-" : ""
        guard scale > 0 else { return sign + digits }
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.utf8.count)) + digits
        return "\(sign)\(padded.dropLast(scale)).\(padded.suffix(scale))"
    }
}

extension ExactDecimal: JSONConvertible {
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
