// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// `division-by-zero`: an alert divides by something that is zero when things are worst.
///
/// With nothing sent and everything failing, `failed / sent` is +Inf, and with no traffic at all it
/// is NaN, which no comparison notices. A denominator that contains the numerator, that is filtered
/// (`> 0`, `clamp_min`) or that counts everything (`requests`, `attempts`) is none of these.
enum DivisionByZero: ProseRule {
    static let rule = LintRule.divisionByZero

    static func check(_ context: LintContext, _ report: (Int, String) -> Void) {
        for alert in context.alerts {
            for case .binary(.over, let left, let right, _) in alert.expression.all {
                let (part, divisor) = (left.counters, right.counters)
                guard !part.isEmpty, !divisor.isEmpty, part.isDisjoint(with: divisor),
                    !divisor.contains(where: countsAll), !isGuarded(right),
                    !isGuarded(alert.expression, divisor)
                else { continue }
                report(
                    alert.line,
                    "'\(divisor.sorted().joined(separator: " + "))' may be zero in "
                        + "'\(alert.text)': the result is +Inf, or NaN, which never fires"
                )
                break
            }
        }
    }

    private static let wholes: Set<Substring> = [
        "requests", "request", "attempts", "attempt", "all", "calls", "count", "invocations",
        "capacity", "limit", "size", "bytes", "max", "seconds", "processed", "received", "jobs",
    ]

    private static func countsAll(_ counter: String) -> Bool {
        let words = counter.split(separator: "_")
        return words.contains("total") || words.last.map { wholes.contains($0) } ?? false
    }

    // Whether the divisor is filtered itself.
    private static func isGuarded(_ divisor: Expression) -> Bool {
        divisor.all.contains { part in
            switch part {
            case .call("clamp_min", _), .call("clamp", _): true
            case .binary(let sign, _, _, _): sign.isComparison || sign == .or
            default: false
            }
        }
    }

    // `… and divisor > 0`: another part of the expression asks that there is something to divide by.
    private static func isGuarded(_ expression: Expression, _ divisor: Set<String>) -> Bool {
        expression.all.contains { part in
            guard case .binary(let sign, let left, let right, _) = part,
                sign == .and || sign == .unless
            else { return false }
            return [left, right].contains { side in
                side.limit != nil && side.counters.isSubset(of: divisor) && !side.counters.isEmpty
            }
        }
    }
}
