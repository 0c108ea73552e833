// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// `counter-birth`: an alert waits for a counter to grow from nothing, and the first event is missed.
///
/// A counter that appears with its first event is born at 1; `increase` and `rate` see no growth, so
/// that `increase(errors[5m]) > 0` is silent at the first error of all (prometheus/prometheus 1673).
/// A larger limit means more than one event anyway; `or`, `unless` and `offset` are the ways to see
/// the birth.
enum CounterBirth: ProseRule {
    static let rule = LintRule.counterBirth

    static func check(_ context: LintContext, _ report: (Int, String) -> Void) {
        for alert in context.alerts {
            guard let (subject, comparison, limit) = alert.expression.limit,
                isFirstEvent(comparison, limit), grows(subject),
                !alert.expression.all.contains(where: seesBirths)
            else { continue }
            let delay = alert.alert?.lasting.map { ", and 'for: \($0.text)' waits besides" } ?? ""
            report(
                alert.line,
                "'\(alert.text)' misses the very first event: a counter that is born at 1 has not "
                    + "grown\(delay)"
            )
        }
    }

    private static func isFirstEvent(_ comparison: Comparison, _ limit: ExactDecimal) -> Bool {
        switch comparison {
        case .greater, .notEqual: limit == .zero
        case .atLeast: limit == .one
        default: false
        }
    }

    // Growth alone, or the sum of it.
    private static func grows(_ expression: Expression) -> Bool {
        switch expression {
        case .call(let name, let arguments):
            ["increase", "rate", "irate", "delta"].contains(name) && !arguments.isEmpty
        case .aggregation(let name, let arguments, _):
            ["sum", "max"].contains(name) && arguments.last.map(grows) ?? false
        default: false
        }
    }

    private static func seesBirths(_ part: Expression) -> Bool {
        switch part {
        case .binary(let sign, _, _, _): sign == .or || sign == .unless
        case .selector(let selector): selector.hasOffset
        default: false
        }
    }
}
