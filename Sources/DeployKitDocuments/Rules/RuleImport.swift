// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// Metrics as alerting rules describe them, and what does not fit.
///
/// An expression is kept as it is written and never computed. What is recognised is a comparison with
/// a number at the outside, `expression > number` or the other way round: alerts with the same
/// expression are one metric with a warning and a critical band, by their label `severity`.
public struct RuleImport: Hashable, Sendable {
    /// A metric with what to ask for it.
    public struct Derived: Hashable, Sendable {
        /// The metric.
        public let metric: SuccessMetric
        /// The expression, as it is written.
        public let expression: String
        /// The lines of the rules that it is made of.
        public let lines: [Int]
    }

    /// What does not come along.
    public struct Loss: Hashable, Sendable {
        /// The line of the rule.
        public let line: Int
        /// The name of the rule.
        public let rule: String
        /// What is lost, in a sentence.
        public let message: String
    }

    /// The metrics, in the order of the rules.
    public let metrics: [Derived]
    /// What does not come along, in the order of the rules.
    public let losses: [Loss]

    /// Looks at rules.
    public init(_ rules: [RuleFile.Rule]) {
        var derived: [Derived] = []
        var losses: [Loss] = []
        for rule in rules {
            func lose(_ message: String) {
                losses.append(Loss(line: rule.line, rule: rule.name, message: message))
            }
            guard !rule.isRecording else {
                lose("it records a series, and bounds nothing")
                continue
            }
            guard let comparison = Comparison.outermost(in: rule.expression) else {
                lose("its expression is no comparison with a number, and is kept as it is")
                continue
            }
            let severity = rule.labels["severity"]
            guard severity != "nodata" else {
                lose("it tells of missing data, and a metric has policies for that")
                continue
            }
            let others = rule.labels.keys.filter { $0 != "severity" && $0 != "objective" }.sorted()
            if !others.isEmpty { lose("the labels \(others.joined(separator: ", "))") }
            if !rule.annotations.isEmpty { lose("the annotations") }
            lose("that no series at all ends an alert: here it is incomplete, never good")
            let isCritical = severity.flatMap { AlertSeverity(label: $0) } == .critical
            if severity == nil { lose("it has no severity, and is taken as a warning") }
            let bound = Bound.compare(comparison.sign, Quantity(comparison.limit, .number))
            let place = derived.firstIndex { $0.expression == comparison.subject }
            var metric =
                place.map { derived[$0].metric }
                ?? Self.metric(of: rule, comparison, among: derived.map(\.metric.id))
            if isCritical ? metric.bands.critical != nil : metric.bands.warning != nil {
                lose("a second bound of the same severity for the same expression")
                continue
            }
            if isCritical { metric.bands.critical = bound } else { metric.bands.warning = bound }
            if place != nil, Self.sustain(of: rule) != metric.sustain {
                lose("its own 'for', since one metric has one")
            }
            let entry = Derived(
                metric: metric,
                expression: comparison.subject,
                lines: (place.map { derived[$0].lines } ?? []) + [rule.line]
            )
            if let place { derived[place] = entry } else { derived.append(entry) }
        }
        metrics = derived
        self.losses = losses
    }

    private static func metric(
        of rule: RuleFile.Rule,
        _ comparison: (subject: String, sign: Comparison, limit: ExactDecimal),
        among known: [MetricID]
    ) -> SuccessMetric {
        let base = rule.labels["objective"] ?? Naming.slug(words(rule.name))
        var id = MetricID(base)
        var number = 2
        while known.contains(id) {
            id = MetricID("\(base)~\(number)")
            number += 1
        }
        let direction: Direction =
            switch comparison.sign {
            case .greater, .atLeast: .lowerIsBetter
            case .less, .atMost: .higherIsBetter
            case .equal, .notEqual: .withinRange
            }
        return SuccessMetric(
            id: id,
            title: rule.annotations["summary"] ?? words(rule.name),
            unit: .number,
            direction: direction,
            sustain: sustain(of: rule)
        )
    }

    private static func sustain(of rule: RuleFile.Rule) -> Sustain {
        let kind: Sustain.Rule =
            rule.lasting.map { $0 > .zero ? .lasting($0, gap: .reset) : .instant } ?? .instant
        // Both spans were read as durations of Prometheus, which are never negative.
        return (try? Sustain(kind, keepFor: rule.keepFor)) ?? .instant
    }

    /// `Kafka Lag High` of `KafkaLagHigh`.
    private static func words(_ name: String) -> String {
        var result = ""
        var wasLower = false
        for character in name {
            if character.isUppercase, wasLower { result += " " }
            result.append(character)
            wasLower = character.isLowercase || character.isNumber
        }
        return result
    }
}

extension Comparison {
    /// The comparison with a number that an expression consists of, or `nil` when it is none.
    static func outermost(
        in expression: String
    ) -> (subject: String, sign: Comparison, limit: ExactDecimal)? {
        let characters = Array(expression)
        var depth = 0
        var quote: Character?
        var found: (start: Int, end: Int, sign: Comparison)?
        var index = 0
        var word = ""
        while index < characters.count {
            let character = characters[index]
            if let open = quote {
                if character == "\\" { index += 1 } else if character == open { quote = nil }
                index += 1
                continue
            }
            let isOfWord = character.isLetter || character.isNumber || character == "_"
            if isOfWord { word.append(character) }
            if !isOfWord || index == characters.count - 1 {
                // Sets and modifiers make more of it than a comparison.
                if depth == 0, ["and", "or", "unless", "bool", "on", "ignoring"].contains(word) {
                    return nil
                }
                word = ""
            }
            switch character {
            case "\"", "'", "`": quote = character
            case "(", "[", "{": depth += 1
            case ")", "]", "}": depth -= 1
            case "<", ">", "=", "!":
                guard depth == 0 else { break }
                let two = String(characters[index..<min(index + 2, characters.count)])
                let signs: [(String, Comparison)] = [
                    ("<=", .atMost), (">=", .atLeast), ("==", .equal), ("!=", .notEqual),
                ]
                let sign = signs.first { $0.0 == two }?.1 ?? (character == "<" ? .less : .greater)
                let length = signs.contains { $0.0 == two } ? 2 : 1
                guard found == nil, length == 2 || character == "<" || character == ">" else {
                    return nil
                }
                found = (index, index + length, sign)
                index += length - 1
            default: break
            }
            index += 1
        }
        guard let found else { return nil }
        let left = String(characters[..<found.start]).trimmed
        let right = String(characters[found.end...]).trimmed
        if let limit = try? ExactDecimal(right), !left.isEmpty { return (left, found.sign, limit) }
        if let limit = try? ExactDecimal(left), !right.isEmpty {
            return (right, found.sign.mirrored, limit)
        }
        return nil
    }
}
