// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// `ratio-mismatch`: an alert divides one part by the other where the page states a part of the
/// whole.
///
/// `failed / sent > 0.2` fires from 16.7% of all attempts on, not from 20%: r/(1 − r) is not r. The
/// rule is broken where the page has the formula of the whole, or names a share with the same number;
/// an alert whose number was converted (0.25 for 20%) keeps it.
enum RatioMismatch: ProseRule {
    static let rule = LintRule.ratioMismatch

    static func check(_ context: LintContext, _ report: (Int, String) -> Void) {
        for alert in context.alerts {
            guard let (subject, comparison, limit) = alert.expression.limit,
                comparison.facesUp, limit > 0, let ratio = subject.division
            else { continue }
            let part = ratio.numerator.counters
            let other = ratio.denominator.counters
            guard !part.isEmpty, !other.isEmpty, part.isDisjoint(with: other) else { continue }
            let formula = context.formulas(over: part.union(other)).first { statement in
                isShare(statement.expression, of: part.union(other))
            }
            guard formula != nil || areOpposite(part, other) else { continue }
            let shares = shares(alert, formula, context)
            // The number was converted: it means a share that the page states.
            if shares.contains(where: { isConverted(limit, from: $0.share) }) { continue }
            let stated = shares.first { $0.share == limit }
            guard let place = stated?.line ?? formula?.line else { continue }
            let of = stated == nil ? "the formula on line \(place)" : "line \(place)"
            report(
                alert.line,
                "'\(alert.text)' compares one part with the other, \(of) a part with the whole: "
                    + "\(percent(limit)) here is \(percent(limit, ofWhole: true)) of all"
            )
        }
    }

    // A division of one of the counters by the sum of all of them.
    private static func isShare(_ expression: Expression, of counters: Set<String>) -> Bool {
        guard let ratio = expression.division else { return false }
        return ratio.denominator.counters == counters && ratio.denominator.addends.count > 1
            && ratio.numerator.counters.isStrictSubset(of: counters)
    }

    private static let bad: Set<String> = [
        "failed", "failure", "failures", "error", "errors", "rejected", "dropped", "bounced",
    ]
    private static let good: Set<String> = [
        "succeeded", "success", "successes", "successful", "delivered", "ok", "passed", "accepted",
    ]

    // Names whose last words are each other's opposite: what one counts, the other does not.
    private static func areOpposite(_ part: Set<String>, _ other: Set<String>) -> Bool {
        guard part.count == 1, other.count == 1, let one = part.first, let two = other.first else {
            return false
        }
        let (left, right) = (one.split(separator: "_"), two.split(separator: "_"))
        return left.dropLast().elementsEqual(right.dropLast())
            && bad.contains(String(left.last ?? "")) && good.contains(String(right.last ?? ""))
    }

    /// The failing shares that the page states about the same: as such, or as shares of success.
    private static func shares(
        _ alert: LintContext.Statement,
        _ formula: LintContext.Statement?,
        _ context: LintContext
    ) -> [(share: ExactDecimal, line: Int)] {
        let words =
            alert.expression.counters.flatMap { $0.split(separator: "_") }
            + LintContext.name(formula?.subject ?? "").split(separator: "-")
        return context.thresholds(sharing: Set(words.map(String.init))).compactMap { threshold in
            guard case .compare(let comparison, let limit) = threshold.phrase.bound,
                limit.unit.dimension == .ratio,
                let value = try? limit.converted(to: .ratio).magnitude
            else { return nil }
            let name = context.name(of: threshold.phrase.metric ?? "")
            let said = Set(name.split(separator: "-").map(String.init))
            if comparison.facesUp {
                return said.isDisjoint(with: failing) ? nil : (value, threshold.line)
            }
            guard comparison == .less || comparison == .atMost, said.contains("success"),
                let rest = try? ExactDecimal.one.adding(value.negated)
            else { return nil }
            return (rest, threshold.line)
        }
    }

    private static let failing: Set<String> = ["failure", "failures", "error", "errors"]

    // limit = share / (1 − share), without a division: limit − limit · share = share.
    private static func isConverted(_ limit: ExactDecimal, from share: ExactDecimal) -> Bool {
        guard let product = try? limit.multiplied(by: share),
            let left = try? limit.adding(product.negated)
        else { return false }
        return left == share
    }

    // A share in percent with one digit after the point, for people.
    private static func percent(_ limit: ExactDecimal, ofWhole: Bool = false) -> String {
        guard let value = Double(limit.description) else { return "\(limit)" }
        let tenths = Int(((ofWhole ? value / (1 + value) : value) * 1000).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)%" : "\(tenths / 10).\(tenths % 10)%"
    }
}
