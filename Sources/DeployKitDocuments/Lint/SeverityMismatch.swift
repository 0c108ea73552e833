// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// `severity-mismatch`: an alert is labelled otherwise than the page calls the same number.
///
/// Whoever is paged by severity sleeps through a critical value that is labelled as a warning. The
/// alert's limit is compared with the bands of the metric that its counters, or the words in its
/// names, belong to; a share of failures is compared with the share of successes that is left.
enum SeverityMismatch: ProseRule {
    static let rule = LintRule.severityMismatch

    static func check(_ context: LintContext, _ report: (Int, String) -> Void) {
        for alert in context.alerts {
            guard let label = alert.alert?.severity,
                let severity = AlertSeverity(label: label.text),
                let subject = context.subject(of: alert)
            else { continue }
            let stated = context.thresholds(about: subject).compactMap { threshold in
                band(of: threshold.phrase.role).map { (band: $0, threshold: threshold) }
            }.filter {
                StatedLimit(alert.expression, alert, context)?.equals($0.threshold) ?? false
            }
            guard let worst = stated.first(where: { $0.band == .critical }) ?? stated.first,
                worst.band != severity, worst.band == .critical || severity == .critical
            else { continue }
            report(
                label.line,
                "'\(alert.alert?.name ?? "")' is labelled '\(label.text)', and line "
                    + "\(worst.threshold.line) calls the same value \(worst.band)"
            )
        }
    }

    private static func band(of role: ThresholdPhrase.Role) -> AlertSeverity? {
        switch role {
        case .critical, .stop, .rollbackTrigger: .critical
        case .warning: .warning
        case .target, .alert, .normal: nil
        }
    }
}

/// The limit of an alert, to be compared with what prose states about the same metric.
struct StatedLimit {
    private let comparison: Comparison
    private let limit: ExactDecimal
    private let isShareOfRest: Bool
    private let unit: Unit?

    /// `nil` when the expression compares with no number.
    init?(_ expression: Expression, _ alert: LintContext.Statement, _ context: LintContext) {
        guard let (subject, comparison, limit) = expression.limit else { return nil }
        self.comparison = comparison
        self.limit = limit
        // The formula counts the good, the alert the others.
        let share = context.formula(of: alert)?.expression.division
        let ratio = subject.division
        isShareOfRest =
            ratio.map { ratio in
                share.map { ratio.numerator.counters.isDisjoint(with: $0.numerator.counters) }
                    ?? false
            } ?? false
        let name = subject.selectors.first.map { Expression.canonical($0.name) } ?? ""
        if ratio != nil {
            unit = .ratio
        } else if name.hasSuffix("_seconds") || name.contains("_seconds_") {
            unit = .seconds
        } else if name.hasSuffix("_ms") || name.contains("milliseconds") {
            unit = .milliseconds
        } else {
            unit = nil
        }
    }

    /// Whether both can be compared: the same side, and units that fit.
    func isComparable(with threshold: ChecklistDocument.ThresholdLine) -> Bool {
        order(to: threshold) != nil
    }

    /// Whether a threshold states the same limit on the same side.
    func equals(_ threshold: ChecklistDocument.ThresholdLine) -> Bool {
        order(to: threshold) == .same
    }

    private func order(to threshold: ChecklistDocument.ThresholdLine) -> Order? {
        guard case .compare(let stated, var quantity) = threshold.phrase.bound else { return nil }
        var facesUp = stated.facesUp
        if isShareOfRest {
            guard let value = try? quantity.converted(to: .ratio).magnitude,
                let rest = try? ExactDecimal.one.adding(value.negated)
            else { return nil }
            quantity = Quantity(rest, .ratio)
            facesUp.toggle()
        }
        guard facesUp == comparison.facesUp, stated != .equal, stated != .notEqual else {
            return nil
        }
        switch quantity.unit.dimension {
        case .count: return try? Quantity(limit, .count).order(to: quantity)
        case .rate: return nil
        default: return try? Quantity(limit, unit ?? .number).order(to: quantity)
        }
    }
}
