// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// Metrics as alerting rules of Prometheus: one rule for each band, and one for having no data.
///
/// A ratio is made of `increase()`, never of `rate()`: at 95 good of 100 the quotient of two rates is
/// 0.9500000000000001, so that a rule fires on the very bound. A counter that is not there counts
/// as 0, and what is too little to judge fires the rule for no data. Both severities fire beyond the
/// critical bound; who is told keeps the worse one, or lets it inhibit the other.
public struct RuleExport: Hashable, Sendable {
    /// What a metric cannot take along, in a sentence.
    public struct Loss: Hashable, Sendable {
        /// The metric.
        public let metric: MetricID
        /// What is lost.
        public let message: String
    }

    /// The rule file, in YAML.
    public let yaml: String
    /// What it does not say, in the order of the metrics.
    public let losses: [Loss]
    /// How many rules there are.
    public let ruleCount: Int

    /// The rules for metrics.
    ///
    /// - Parameters:
    ///   - metrics: The metrics; those without a violated band and those that are informational
    ///     have none.
    ///   - group: The name of the group.
    ///   - expressions: What to ask for metrics that are no ratio of counters, by metric.
    ///   - window: How far back counters are looked at where a metric does not say so.
    public init(
        _ metrics: [SuccessMetric],
        group: String,
        expressions: [MetricID: String] = [:],
        window: Duration = PageSampler.usualWindow
    ) {
        var writer = Writer(expressions: expressions, usualWindow: window)
        for metric in metrics where metric.role != .informational { writer.write(metric) }
        losses = writer.losses
        ruleCount = writer.count
        let head = "groups:\n  - name: \(Self.quoted(group))\n    rules:"
        yaml = writer.count == 0 ? "groups: []\n" : "\(head)\n\(writer.text)"
    }

    /// The sums of a ratio, each as an expression: a part and the whole.
    ///
    /// - Returns: `nil` when a name is none of a series.
    public static func sums(
        of terms: RatioTerms,
        window: Duration
    ) -> (part: String, whole: String)? {
        guard let part = sum(of: terms.part, window) else { return nil }
        switch terms.counterpart {
        case .total(let name): return sum(of: name, window).map { (part, $0) }
        case .others(let name): return sum(of: name, window).map { (part, "(\(part) + \($0))") }
        }
    }

    private static func sum(of name: String, _ window: Duration) -> String? {
        // Names with dots are those of other systems; Prometheus has underscores in their place.
        let name = name.replacing(".", with: "_")
        guard OpenMetricsLine.isName(name) else { return nil }
        return "(sum(increase(\(name)[\(prometheus(window))])) or vector(0))"
    }

    /// A time as Prometheus writes it: `1h30m`, `90s`, `250ms`.
    static func prometheus(_ span: Duration) -> String {
        var rest = span.wholeMilliseconds
        var text = ""
        for (unit, length) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)] {
            let count = rest / Int64(length)
            if count > 0 { text += "\(count)\(unit)" }
            rest -= count * Int64(length)
        }
        if rest > 0 || text.isEmpty { text += "\(rest)ms" }
        return text
    }

    /// A YAML scalar in double quotes.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            default:
                let isHidden =
                    scalar.value < 32 || (0x7F...0x9F).contains(scalar.value)
                    || (0xD800...0xFFFF).contains(scalar.value)
                        && scalar.properties.isDefaultIgnorableCodePoint
                if isHidden {
                    let digits = String(scalar.value, radix: 16, uppercase: true)
                    result += "\\U" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}

/// Writes the rules of one metric after the other.
private struct Writer {
    let expressions: [MetricID: String]
    let usualWindow: Duration
    var text = ""
    var losses: [RuleExport.Loss] = []
    var count = 0

    private struct Source {
        var value: String
        /// Fires when there is too little to judge.
        var noData: String
        var unit: Unit
    }

    mutating func write(_ metric: SuccessMetric) {
        let bands = [("warning", metric.bands.warning), ("critical", metric.bands.critical)]
        guard bands.contains(where: { $0.1 != nil }) else {
            lose(metric, "it has no band that could be violated, and so no rule")
            return
        }
        guard let source = source(of: metric) else { return }
        tellLosses(metric)
        for (severity, bound) in bands {
            guard let bound, let condition = condition(bound, source, metric) else { continue }
            rule(metric, alert(metric), condition, severity)
        }
        switch metric.noData.absent {
        case .incomplete, .keepLast, .treatAs:
            rule(metric, alert(metric) + "NoData", source.noData, "nodata")
        case .breach: rule(metric, alert(metric) + "NoData", source.noData, "critical")
        case .notBreach: break
        }
    }

    private mutating func source(of metric: SuccessMetric) -> Source? {
        let window = metric.window ?? usualWindow
        if let expression = expressions[metric.id] {
            // What the name says of the unit is believed; otherwise it is the base unit.
            let isMilliseconds = expression.contains("_ms") || expression.contains("_milliseconds")
            return Source(
                value: "(\(expression))",
                noData: "absent(\(expression))",
                unit: isMilliseconds && metric.unit.dimension == .duration
                    ? .milliseconds : Self.baseUnit(of: metric.unit)
            )
        }
        guard case .ratio(let terms)? = metric.aggregation else {
            lose(metric, "it does not say which series it is; --query \(metric.id)=EXPRESSION does")
            return nil
        }
        guard let (part, whole) = RuleExport.sums(of: terms, window: window) else {
            lose(metric, "its counters have names that Prometheus does not have")
            return nil
        }
        return Source(
            value: "\(part)\n  / \(whole)",
            noData: "\(whole) < \(max(1, metric.requiredSamples))",
            unit: .ratio
        )
    }

    private static func baseUnit(of unit: Unit) -> Unit {
        switch unit.dimension {
        case .ratio: .ratio
        case .duration: .seconds
        case .bytes: .bytes
        case .rate: .perSecond
        case .count, .dimensionless: unit
        }
    }

    private mutating func condition(
        _ bound: Bound,
        _ source: Source,
        _ metric: SuccessMetric
    ) -> String? {
        var limits: [String] = []
        for limit in bound.limits {
            guard let text = Self.text(limit, in: source.unit) else {
                lose(metric, "its bound '\(bound)' has no form in '\(source.unit)'")
                return nil
            }
            limits.append(text)
        }
        switch bound {
        case .compare(let comparison, _):
            let sign = comparison == .equal ? "==" : comparison.rawValue
            return "\(source.value) \(sign) \(limits[0])"
        case .within:
            return "\(source.value) >= \(limits[0]) and \(source.value) <= \(limits[1])"
        case .outside:
            return "\(source.value) < \(limits[0]) or \(source.value) > \(limits[1])"
        }
    }

    // 10 an hour is no finite decimal a second: the division is left to the reader of the rule.
    private static func text(_ limit: Quantity, in unit: Unit) -> String? {
        if let exact = try? limit.converted(to: unit).magnitude { return exact.description }
        guard limit.unit.isComparable(with: unit),
            let up = try? limit.magnitude.multiplied(by: limit.unit.numerator)
                .multiplied(by: unit.denominator),
            let down = try? limit.unit.denominator.multiplied(by: unit.numerator)
        else { return nil }
        return "(\(up) / \(down))"
    }

    private mutating func tellLosses(_ metric: SuccessMetric) {
        switch metric.sustain.rule {
        case .instant, .lasting(_, gap: .reset): break
        case .lasting(_, gap: .hold):
            lose(metric, "a gap does not end a violation, and in Prometheus it does")
        case .consecutive(let count):
            lose(metric, "\(count) violations in a row are not counted: the rule fires at once")
        case .mOfN(let count, let window):
            lose(metric, "\(count) of \(window) are not counted: the rule fires at once")
        case .total(let count):
            lose(metric, "\(count) violations in all are not counted: the rule fires at once")
        }
        if metric.bands.clear != nil { lose(metric, "the band that clears a violation") }
        if metric.bands.target != nil { lose(metric, "the target, which is no alert") }
        if metric.baseline != nil { lose(metric, "the comparison with how it was before") }
        if metric.noData.absent == .keepLast { lose(metric, "that absence repeats the last value") }
        if case .ratio? = metric.aggregation { return }
        if metric.requiredSamples > 0 { lose(metric, "the least number of samples") }
    }

    private mutating func rule(
        _ metric: SuccessMetric,
        _ alert: String,
        _ condition: String,
        _ severity: String
    ) {
        count += 1
        text += "      - alert: \(alert)\n        expr: |\n"
        for line in condition.split(separator: "\n") { text += "          \(line)\n" }
        if case .lasting(let span, _) = metric.sustain.rule, span > .zero {
            text += "        for: \(RuleExport.prometheus(span))\n"
        }
        if let keep = metric.sustain.keepFor, keep > .zero {
            text += "        keep_firing_for: \(RuleExport.prometheus(keep))\n"
        }
        // Annotations are templates.
        let title = metric.title.replacing("{{", with: "{{ \"{{\" }}")
        text += """
                    labels:
                      severity: \(severity)
                      objective: \(RuleExport.quoted(metric.id.text))
                    annotations:
                      summary: \(RuleExport.quoted(title))

            """
    }

    /// `EmailDeliverySuccess` of `email.delivery.success`.
    private func alert(_ metric: SuccessMetric) -> String {
        let words = Naming.slug(metric.id.text).split {
            !($0.isASCII && ($0.isLetter || $0.isNumber))
        }
        let name = words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        return name.first?.isLetter == true ? name : "Metric" + name
    }

    private mutating func lose(_ metric: SuccessMetric, _ message: String) {
        losses.append(RuleExport.Loss(metric: metric.id, message: message))
    }
}
