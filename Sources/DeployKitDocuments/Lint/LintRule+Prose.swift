// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

extension LintRule {
    /// Every rule that ``ChecklistDocument/findings`` can name: those about a definition, and those
    /// across prose; by name.
    public static let all: [LintRule] = (definition + DocumentLint.rules.map { $0.rule })
        .reduce(into: [LintRule]()) { if !$0.contains($1) { $0.append($1) } }
        .sorted { $0.name < $1.name }

    /// An alert that misses the first event.
    public static let counterBirth = LintRule(
        "counter-birth",
        .warning,
        "An alert waits for a counter to grow from nothing, and a counter that is born with its "
            + "first event has not grown, so that this event is missed."
    )

    /// A divisor that is zero when it matters.
    public static let divisionByZero = LintRule(
        "division-by-zero",
        .warning,
        "An alert divides by a counter that stands still when things are worst, so that it fires "
            + "with +Inf or, with NaN, never."
    )

    /// Sides of an operator that never meet.
    public static let labelMismatch = LintRule(
        "label-mismatch",
        .warning,
        "The two sides of an operator have different labels, so that the result is empty and the "
            + "alert never fires."
    )

    /// Names that the monitoring system does not have.
    public static let metricNaming = LintRule(
        "metric-naming",
        .note,
        "A metric is called otherwise than Prometheus can or should call it, so that whoever looks "
            + "for it under that name does not find it."
    )

    /// A part compared with the other part instead of the whole.
    public static let ratioMismatch = LintRule(
        "ratio-mismatch",
        .error,
        "An alert divides one part by the other where the page states a part of the whole, so that "
            + "it fires at another value than the page says."
    )

    /// A label that contradicts the page.
    public static let severityMismatch = LintRule(
        "severity-mismatch",
        .warning,
        "An alert has another severity than the page gives the same value, so that the wrong people "
            + "are woken, or nobody is."
    )

    /// One limit with two numbers.
    public static let thresholdConflict = LintRule(
        "threshold-conflict",
        .warning,
        "The same limit is stated twice with different numbers, so that some act on the wrong one."
    )
}

/// A rule across the prose of a page.
protocol ProseRule: SendableMetatype {
    /// The rule.
    static var rule: LintRule { get }

    /// Reports each breach with its line and what was found.
    static func check(_ context: LintContext, _ report: (Int, String) -> Void)
}

/// Looks at a page with every rule across its prose.
enum DocumentLint {
    static let rules: [any ProseRule.Type] = [
        CounterBirth.self, DivisionByZero.self, LabelMismatch.self, LateOutput.self,
        MetricNaming.self, RatioMismatch.self, SeverityMismatch.self, ThresholdConflict.self,
    ]

    /// The names of the rules.
    static let names = Set(rules.map { $0.rule.name })

    static func findings(in reader: ChecklistReader) -> [ChecklistDocument.Finding] {
        let context = LintContext(reader)
        var findings: [ChecklistDocument.Finding] = []
        for type in rules {
            type.check(context) { line, message in
                findings.append(.init(type.rule, line: line, message))
            }
        }
        return findings
    }
}
