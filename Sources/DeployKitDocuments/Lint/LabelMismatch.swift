// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// `label-mismatch`: two sides of an operator have different labels, so that no series of one
/// meets a series of the other.
///
/// Prometheus pairs series whose labels are all equal; the result of a division without a pair is
/// empty and an alert on it never fires, however bad things are. Labels are known from every
/// matcher of the page and from `by (…)`; `on`, `ignoring` and an aggregation of both sides pair
/// them.
enum LabelMismatch: ProseRule {
    static let rule = LintRule.labelMismatch

    static func check(_ context: LintContext, _ report: (Int, String) -> Void) {
        var known: [String: Set<String>] = [:]
        for statement in context.statements {
            for selector in statement.expression.selectors {
                known[Expression.canonical(selector.name), default: []].formUnion(selector.labels)
            }
        }
        for statement in context.statements where statement.isQuery {
            for case .binary(let sign, let left, let right, let isMatched) in statement.expression
                .all
            where !isMatched && !sign.isSetOperation {
                guard let one = labels(of: left, known), let two = labels(of: right, known),
                    let difference = difference(one, two)
                else { continue }
                report(
                    statement.line,
                    "the sides of '\(sign.rawValue)' in '\(statement.text)' differ in the labels "
                        + "\(difference), so that nothing is compared; sum() or on() pairs them"
                )
                break
            }
        }
    }

    private enum Labels: Equatable {
        /// Those of the series as they are: at least these.
        case atLeast(Set<String>)
        /// Exactly these, after an aggregation.
        case exactly(Set<String>)
    }

    // The labels of a vector; `nil` for numbers and for what cannot be known.
    private static func labels(
        of expression: Expression,
        _ known: [String: Set<String>]
    ) -> Labels? {
        switch expression {
        case .number, .text: return nil
        case .selector(let selector):
            return .atLeast(known[Expression.canonical(selector.name)] ?? [])
        case .negated(let inner): return labels(of: inner, known)
        case .aggregation(_, _, let kept): return kept.map { .exactly(Set($0)) }
        case .call(let name, let arguments):
            if ["scalar", "time", "vector", "label_replace", "label_join", "absent"].contains(name)
            {
                return nil
            }
            return arguments.lazy.compactMap { labels(of: $0, known) }.first
        case .binary(_, let left, let right, let isMatched):
            if isMatched { return nil }
            return labels(of: left, known) ?? labels(of: right, known)
        }
    }

    private static func difference(_ left: Labels, _ right: Labels) -> String? {
        let apart: Set<String>
        switch (left, right) {
        case (.exactly(let one), .exactly(let two)): apart = one.symmetricDifference(two)
        case (.atLeast(let one), .atLeast(let two)): apart = one.symmetricDifference(two)
        case (.exactly(let kept), .atLeast(let raw)), (.atLeast(let raw), .exactly(let kept)):
            apart = kept.isEmpty && raw.isEmpty ? ["instance", "job"] : raw.subtracting(kept)
        }
        guard !apart.isEmpty else { return nil }
        return apart.sorted().map { "'\($0)'" }.joined(separator: ", ")
    }
}
