// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// `threshold-conflict`: a page states a limit twice, with different numbers.
///
/// Whichever is right, half of the readers act on the other. Compared are targets, warnings and
/// criticals about the same metric and statistic; an "alert if" with its warning and its critical; a
/// share of failures that calls for a rollback with the share of successes that is critical; and a
/// rule for Prometheus with what prose says. What is about different windows, environments or things
/// counted does not conflict, nor what stands under headings side by side, as of stages.
enum ThresholdConflict: ProseRule {
    static let rule = LintRule.thresholdConflict

    static func check(_ context: LintContext, _ report: (Int, String) -> Void) {
        var seen: [String: [Stated]] = [:]
        for threshold in context.thresholds {
            guard let stated = Stated(threshold, context) else { continue }
            let earlier = seen[stated.name, default: []]
            if earlier.count >= LintContext.mostThresholds { continue }
            let other = earlier.first { $0.kind == stated.kind && stated.conflicts(with: $0) }
            if stated.kind != .alert, let other {
                report(stated.line, stated.sentence(against: other))
            }
            seen[stated.name, default: []].append(stated)
        }
        for stated in seen.values {
            for alert in stated where alert.kind == .alert { check(alert, beside: stated, report) }
            for failing in stated where failing.kind == .critical {
                check(failing, against: failing.nameOfSuccess.flatMap { seen[$0] } ?? [], report)
            }
        }
        rules(context, report)
    }

    // An alert says the warning or the critical in other words.
    private static func check(
        _ alert: Stated,
        beside all: [Stated],
        _ report: (Int, String) -> Void
    ) {
        let bands = all.filter {
            ($0.kind == .warning || $0.kind == .critical) && $0.isComparable(with: alert)
        }
        if let band = bands.first, bands.allSatisfy(alert.conflicts) {
            report(alert.line, alert.sentence(against: band))
        }
    }

    // "Failure rate > 20%" calls for a rollback, and a success rate is critical below 80%.
    private static func check(
        _ failing: Stated,
        against successes: [Stated],
        _ report: (Int, String) -> Void
    ) {
        let critical = successes.filter { $0.kind == .critical }
        guard let share = failing.rest, let other = critical.first,
            !critical.contains(where: { $0.hasLimit(share) })
        else { return }
        report(failing.line, failing.sentence(against: other))
    }

    private static func rules(_ context: LintContext, _ report: (Int, String) -> Void) {
        for alert in context.alerts {
            guard let limit = StatedLimit(alert.expression, alert, context),
                let subject = context.subject(of: alert)
            else { continue }
            let stated = context.thresholds(about: subject).filter { threshold in
                threshold.phrase.role != .target && threshold.phrase.role != .normal
                    && limit.isComparable(with: threshold)
            }
            guard let first = stated.first, !stated.contains(where: limit.equals) else { continue }
            report(
                alert.line,
                "'\(alert.text)' has another limit than line \(first.line), which says "
                    + "'\(first.phrase.bound)'"
            )
        }
    }
}

/// A threshold as the rule compares it.
private struct Stated {
    enum Kind {
        case target
        case warning
        case critical
        case alert
    }

    let line: Int
    let name: String
    let kind: Kind
    private let phrase: ThresholdPhrase
    private let comparison: Comparison
    private let limit: Quantity
    private let place: LintContext.Place

    init?(_ threshold: ChecklistDocument.ThresholdLine, _ context: LintContext) {
        let phrase = threshold.phrase
        guard case .compare(let comparison, let limit) = phrase.bound, let metric = phrase.metric,
            metric.contains(where: \.isLetter)
        else { return nil }
        switch phrase.role {
        case .target, .normal: kind = .target
        case .warning: kind = .warning
        case .critical, .stop, .rollbackTrigger: kind = .critical
        case .alert: kind = .alert
        }
        line = threshold.line
        name = context.name(of: metric)
        self.phrase = phrase
        self.comparison = comparison
        self.limit = limit
        place = context.place(of: threshold.line)
    }

    /// The same thing in the same unit, on the same side, at the same time and place.
    func isComparable(with other: Stated) -> Bool {
        guard comparison.facesUp == other.comparison.facesUp,
            limit.unit.isComparable(with: other.limit.unit),
            limit.unit.dimension != .count || limit.unit == other.limit.unit,
            (phrase.statistic ?? other.phrase.statistic)
                == (other.phrase.statistic ?? phrase.statistic)
        else { return false }
        return meets(other)
    }

    func conflicts(with other: Stated) -> Bool {
        guard isComparable(with: other), let order = try? limit.order(to: other.limit) else {
            return false
        }
        return order != .same
    }

    // Two windows, two environments, or two cases side by side may well have two limits.
    private func meets(_ other: Stated) -> Bool {
        let (own, its) = (place.headings, other.place.headings)
        if own.count > 2, own.count == its.count, own != its, own.dropLast() == its.dropLast() {
            return false
        }
        if let own = phrase.window, let its = other.phrase.window, own != its { return false }
        if let own = place.window, let its = other.place.window, own != its { return false }
        return place.scope.isEmpty || other.place.scope.isEmpty || place.scope == other.place.scope
    }

    func sentence(against other: Stated) -> String {
        "'\(phrase.metric ?? "")' is bounded by '\(phrase.bound)' here and by '\(other.phrase.bound)' "
            + "on line \(other.line)"
    }

    /// The name of the metric of success when this one is about failures.
    var nameOfSuccess: String? {
        let words = name.split(separator: "-").map(String.init)
        guard let index = words.firstIndex(where: { ["failure", "error"].contains($0) }),
            comparison.facesUp, limit.unit.dimension == .ratio
        else { return nil }
        var other = words
        other[index] = "success"
        return other.joined(separator: "-")
    }

    /// What is left of the whole.
    var rest: ExactDecimal? {
        guard let value = try? limit.converted(to: .ratio).magnitude else { return nil }
        return try? ExactDecimal.one.adding(value.negated)
    }

    func hasLimit(_ share: ExactDecimal) -> Bool {
        (try? limit.order(to: Quantity(share, .ratio))) == .same
    }
}
