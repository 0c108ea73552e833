// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// `metric-naming`: a page that shows rules for Prometheus calls its metrics otherwise than
/// Prometheus can or should.
///
/// A name with dots is none there, so that whoever looks for `mail.failed` does not find
/// `mail_failed`; `promtool check metrics` also objects to counters without `_total` and to units
/// other than the base ones. Pages without a rule for Prometheus may well mean another system.
enum MetricNaming: ProseRule {
    static let rule = LintRule.metricNaming

    static func check(_ context: LintContext, _ report: (Int, String) -> Void) {
        let queries = context.statements.filter(\.isQuery)
        guard !queries.isEmpty else { return }
        var queried: [String: Int] = [:]
        var said: Set<String> = []
        for query in queries {
            let counters = counters(in: query.expression)
            for selector in query.expression.selectors where !selector.name.isEmpty {
                let name = selector.name
                if queried[Expression.canonical(name)] == nil {
                    queried[Expression.canonical(name)] = query.line
                }
                guard said.insert(name).inserted else { continue }
                if counters.contains(name), !counterEndings.contains(where: name.hasSuffix) {
                    report(query.line, "the counter '\(name)' does not end in '_total'")
                }
                if let unit = foreignUnit(name) {
                    report(query.line, "'\(name)' measures in \(unit)")
                }
            }
        }
        let families = Set(queried.keys.compactMap { $0.split(separator: "_").first })
        for statement in context.statements where !statement.isQuery {
            for selector in statement.expression.selectors where selector.name.contains(".") {
                let name = selector.name
                let canonical = Expression.canonical(name)
                guard let family = canonical.split(separator: "_").first,
                    families.contains(family), said.insert(name).inserted
                else { continue }
                let other =
                    queried[canonical].map { "; line \($0) writes it otherwise" }
                    ?? "; the rules on this page are for Prometheus"
                let unit = foreignUnit(canonical).map { ", and it measures in \($0)" } ?? ""
                report(
                    statement.line,
                    "'\(name)' is no name of a metric in Prometheus\(other)\(unit)"
                )
            }
        }
    }

    private static let counterEndings = ["_total", "_count", "_sum", "_bucket", "_created"]

    // What stands in a function that only counters have.
    private static func counters(in expression: Expression) -> Set<String> {
        Set(
            expression.all.flatMap { part -> [String] in
                guard case .call(let name, let arguments) = part,
                    ["rate", "increase", "irate"].contains(name)
                else { return [] }
                return arguments.flatMap(\.selectors).map(\.name)
            }
        )
    }

    // Prometheus wants seconds, bytes and ratios.
    private static func foreignUnit(_ name: String) -> String? {
        let base = counterEndings.first(where: name.hasSuffix).map { name.dropLast($0.count) }
        switch (base ?? name[...]).split(separator: "_").last {
        case "ms", "milliseconds", "millis": return "milliseconds, not in seconds"
        case "minutes": return "minutes, not in seconds"
        case "kb", "kilobytes", "mb", "megabytes": return "multiples of bytes, not in bytes"
        case "percent": return "percent, not as a ratio"
        default: return nil
        }
    }
}
