// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// A PromQL expression, or a formula that is written like one: `sent / (sent + failed)`.
///
/// Only what the rules ask for is kept: ranges are told by their being there, strings by their
/// place. An expression is never computed.
indirect enum Expression: Hashable {
    case number(ExactDecimal)
    case text
    case selector(Selector)
    /// A function with its arguments: `rate(…)`, `p95(…)`.
    case call(String, [Expression])
    /// `sum by (job) (…)`; `labels` are those that it keeps, `nil` when it drops named ones.
    case aggregation(String, [Expression], labels: [String]?)
    case negated(Expression)
    /// Two expressions; `isMatched` says that `on` or `ignoring` pairs their labels.
    case binary(Operator, Expression, Expression, isMatched: Bool)

    /// A metric, and which of its series.
    struct Selector: Hashable {
        var name: String
        /// The labels that matchers name, in order.
        var labels: [String] = []
        var hasRange = false
        var hasOffset = false
    }

    enum Operator: String, Hashable {
        case plus = "+"
        case minus = "-"
        case times = "*"
        case over = "/"
        case modulo = "%"
        case power = "^"
        case equal = "=="
        case notEqual = "!="
        case atMost = "<="
        case atLeast = ">="
        case less = "<"
        case greater = ">"
        case and
        case or
        case unless

        var isComparison: Bool { comparison != nil }

        var comparison: Comparison? {
            switch self {
            case .equal: .equal
            case .notEqual: .notEqual
            case .atMost: .atMost
            case .atLeast: .atLeast
            case .less: .less
            case .greater: .greater
            default: nil
            }
        }

        var isSetOperation: Bool { self == .and || self == .or || self == .unless }
    }

    /// The parts directly inside.
    var parts: [Expression] {
        switch self {
        case .number, .text, .selector: []
        case .call(_, let arguments), .aggregation(_, let arguments, _): arguments
        case .negated(let inner): [inner]
        case .binary(_, let left, let right, _): [left, right]
        }
    }

    /// The expression and everything inside it.
    var all: [Expression] { [self] + parts.flatMap(\.all) }

    /// The selectors in it, from left to right.
    var selectors: [Selector] {
        all.compactMap { if case .selector(let selector) = $0 { selector } else { nil } }
    }

    /// The names of its metrics in one spelling for all habits, each once.
    var counters: Set<String> { Set(selectors.map { Self.canonical($0.name) }) }

    /// `notification_email_failed` of `notification.email.failed` and `…_failed_total`.
    static func canonical(_ name: String) -> String {
        let text = name.lowercased().replacing(".", with: "_").replacing(":", with: "_")
        return text.hasSuffix("_total") ? String(text.dropLast(6)) : text
    }

    /// A comparison with a number at the outside, as of an alert: the left side, how, and the limit.
    var limit: (subject: Expression, comparison: Comparison, limit: ExactDecimal)? {
        guard case .binary(let sign, let left, let right, _) = self else { return nil }
        if sign == .and || sign == .or || sign == .unless { return left.limit ?? right.limit }
        guard let comparison = sign.comparison else { return nil }
        if case .number(let number) = right { return (left, comparison, number) }
        if case .number(let number) = left { return (right, comparison.mirrored, number) }
        return nil
    }

    /// The division in it that makes it a ratio, whatever is multiplied or wrapped around it.
    var division: (numerator: Expression, denominator: Expression, isMatched: Bool)? {
        switch self {
        case .binary(.over, let left, let right, let isMatched):
            // `a / b / 100` is the ratio a / b in other units.
            if case .number = right { return left.division }
            return (left, right, isMatched)
        case .binary(.times, let left, let right, _):
            if case .number = right { return left.division }
            if case .number = left { return right.division }
            return nil
        case .aggregation(_, let arguments, _): return arguments.last?.division
        case .call(let name, let arguments) where name != "rate" && name != "increase":
            return arguments.first?.division
        default: return nil
        }
    }

    /// The parts that are added up, one without a sum.
    var addends: [Expression] {
        switch self {
        case .binary(.plus, let left, let right, _): left.addends + right.addends
        case .aggregation("sum", let arguments, _): arguments.last?.addends ?? []
        default: [self]
        }
    }
}

extension Comparison {
    /// The comparison with both sides exchanged.
    var mirrored: Comparison {
        switch self {
        case .less: .greater
        case .atMost: .atLeast
        case .greater: .less
        case .atLeast: .atMost
        case .equal, .notEqual: self
        }
    }

    /// Whether large values are inside.
    var facesUp: Bool { self == .greater || self == .atLeast }
}
