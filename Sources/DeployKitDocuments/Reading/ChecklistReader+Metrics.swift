// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension ChecklistReader {
    /// Reads the thresholds of all prose, and the metrics out of those that judge success.
    mutating func readThresholds() {
        for node in nodes.indices {
            let headings = path(of: node)
            if nodes[node].level > 0 {
                keep(
                    ThresholdPhrase.reading(
                        of: nodes[node].title,
                        in: .init(headings: headings.dropLast(), isHeading: true)
                    ),
                    line: nodes[node].line,
                    subject: nil,
                    in: node
                )
            }
            var above = Above(headings)
            for block in nodes[node].blocks {
                readThresholds(block, in: node, above)
                guard case .paragraph = document.blocks[block].kind else { continue }
                let text = inlines(of: block).text
                if text.hasSuffix(":") {
                    above = Above(headings + [text])
                } else if above.headings.count > headings.count {
                    above = Above(headings)
                }
            }
        }
    }

    /// The headings above a block, with the sentence that leads to it.
    private struct Above {
        let headings: [String]
        let words: HeadingWords

        init(_ headings: [String]) {
            self.headings = headings
            words = HeadingWords(headings)
        }
    }

    private mutating func readThresholds(_ block: Int, in node: Int, _ above: Above) {
        for inner in whole(block) {
            switch document.blocks[inner].kind {
            case .paragraph: readThresholds(ofParagraph: inner, below: block, in: node, above)
            case .table:
                guard let table = tables[inner] else { continue }
                for (row, cells) in zip(table.rows.dropFirst(), table.body) {
                    let reading = ThresholdPhrase.reading(
                        row: cells,
                        columns: table.header,
                        in: .init(headings: above.headings)
                    )
                    keep(
                        reading,
                        line: document.rows[row].line,
                        subject: nil,
                        in: node,
                        isRow: true
                    )
                }
            default: break
            }
        }
    }

    private mutating func readThresholds(
        ofParagraph paragraph: Int,
        below block: Int,
        in node: Int,
        _ above: Above
    ) {
        let lines = document.lines(of: paragraph)
        let isAlone = lines.count == 1
        func read(_ piece: String, line: Int) {
            guard ThresholdReader.mayHold(piece) else { return }
            let leads = leads(of: paragraph, below: block)
            let above = leads.isEmpty ? above : Above(above.headings + leads)
            let context = ThresholdPhrase.Context(headings: above.headings)
            let reading = ThresholdReader(piece, context, below: above.words).reading
            let number = isAlone ? document.blocks[paragraph].firstLine : line
            keep(reading, line: number, subject: leads.last, in: node)
        }
        for line in lines {
            // A value that write-back filled in is no bound.
            let text =
                isAlone
                ? withoutComments(definedInlines(of: paragraph) ?? inlines(of: paragraph))
                : definedBytes(of: line).map { Self.plain($0[...]) } ?? plain(line.range)
            if text.utf8.count <= ThresholdReader.longestText {
                read(text, line: line.number)
            } else {
                for piece in ThresholdReader.pieces(of: text) { read(piece, line: line.number) }
            }
        }
    }

    /// The first paragraphs of the list items around a block, outermost first.
    private func leads(of block: Int, below root: Int) -> [String] {
        var result: [String] = []
        var current = document.blocks[block].parent
        while let index = current, index >= root {
            if case .item = document.blocks[index].kind,
                let first = document.blocks[index].firstChild,
                first != block
            {
                result.append(withoutComments(inlines(of: first)))
            }
            current = document.blocks[index].parent
        }
        return result.reversed()
    }

    private mutating func keep(
        _ reading: ThresholdPhrase.Reading?,
        line: Int,
        subject: String?,
        in node: Int,
        isRow: Bool = false
    ) {
        guard case .thresholds(let phrases)? = reading else { return }
        for phrase in phrases {
            if !phrase.isZeroForm, boundOfLine[line] == nil { boundOfLine[line] = thresholds.count }
            thresholds.append(.init(line: line, phrase: phrase))
        }
        guard judgesSuccess(node), let phrase = phrases.first else { return }
        var title = subject ?? phrase.metric ?? ""
        // "Connection errors: should be <5%" below "SMTP errors" is a metric of its own.
        if subject != nil, let own = phrase.metric, !Self.isRole(own) { title = own }
        title = Self.metricTitle(title)
        guard !title.isEmpty else { return }
        metricOfLine[line] = addMetric(title, phrase, line: line)
        // A row has a band in each column; what else a sentence says is a remark.
        guard isRow else { return }
        for other in phrases.dropFirst() where other.role != phrase.role {
            _ = addMetric(title, other, line: line)
        }
    }

    private func judgesSuccess(_ node: Int) -> Bool {
        switch nodes[node].purpose {
        case .metrics, .criteria: true
        case .run:
            headings(of: node).contains { heading in
                nodes[heading].window != nil
                    && Self.observations.occurInAnyCase(in: nodes[heading].title)
            }
        default: false
        }
    }

    private static let observations: PhraseList = ["monitor", "metric"]

    private static func isRole(_ metric: String) -> Bool {
        let words = Set(metric.lowercased().split { !$0.isLetter }.map(String.init))
        return !words.isDisjoint(with: [
            "target", "warning", "critical", "alert", "normal", "rate", "drops",
        ])
            && words.count <= 2
            || words.isSubset(of: ["p50", "p", "should", "be", "successful", "delivery"])
    }

    /// A title without a statistic in parentheses and a colon at its end.
    private static func metricTitle(_ title: String) -> String {
        var text = title.trimmed
        if text.hasSuffix(")"), let open = text.lastIndex(of: "("),
            text[text.index(after: open)...].first == "p"
        {
            text = text[..<open].trimmed
        }
        while text.hasSuffix(":") { text = text.dropLast().trimmed }
        return text
    }

    /// Adds what a phrase says to the metric of this title.
    mutating func addMetric(_ title: String, _ phrase: ThresholdPhrase, line: Int) -> MetricID {
        var id = MetricID(Naming.slug(title))
        let violated: Bool
        switch phrase.role {
        case .target, .normal: violated = false
        default: violated = true
        }
        if let known = positionOfMetric[id] {
            if merge(phrase, into: known) { return metrics[known].id }
            id = MetricID("\(id)~\(countOfMetrics(named: id) + 1)")
        }
        var metric = SuccessMetric(
            id: id,
            title: title,
            unit: phrase.bound.unit,
            direction: Self.direction(phrase.bound, violated: violated),
            aggregation: Self.aggregation(phrase.statistic)
        )
        Self.set(phrase, in: &metric)
        positionOfMetric[id] = metrics.count
        metrics.append(metric)
        if phrase.role == .alert { alerted.insert(id) }
        return id
    }

    /// How many metrics have an id that begins so; those counted before are not looked at again.
    private mutating func countOfMetrics(named id: MetricID) -> Int {
        var (count, seen) = namesakes[id] ?? (0, 0)
        count += metrics[seen...].count { $0.id.text.hasPrefix(id.text) }
        seen = metrics.count
        namesakes[id] = (count, seen)
        return count
    }

    /// Adds a metric that a checklist names without a bound: it is recorded only.
    mutating func addInformational(_ title: String, line: Int) {
        let title = Self.metricTitle(title)
        let id = MetricID(Naming.slug(title))
        metricOfLine[line] = id
        guard positionOfMetric[id] == nil else { return }
        positionOfMetric[id] = metrics.count
        metrics.append(
            SuccessMetric(
                id: id,
                title: title,
                unit: .number,
                direction: .withinRange,
                role: .informational
            )
        )
    }

    /// Tells whether the phrase fits the metric. Of two numbers for the same band the first counts.
    private mutating func merge(_ phrase: ThresholdPhrase, into index: Int) -> Bool {
        var metric = metrics[index]
        guard phrase.bound.unit.isComparable(with: metric.unit) else { return false }
        let before = metric.bands
        Self.set(phrase, in: &metric)
        metric.bands.target = before.target ?? metric.bands.target
        if alerted.contains(metric.id), phrase.role == .warning {
            alerted.remove(metric.id)
        } else {
            metric.bands.warning = before.warning ?? metric.bands.warning
            if before.warning == nil, phrase.role == .alert { alerted.insert(metric.id) }
        }
        metric.bands.critical = before.critical ?? metric.bands.critical
        metric.aggregation = metric.aggregation ?? Self.aggregation(phrase.statistic)
        metrics[index] = metric
        return true
    }

    private static func set(_ phrase: ThresholdPhrase, in metric: inout SuccessMetric) {
        switch phrase.role {
        case .target, .normal: metric.bands.target = phrase.bound
        case .warning, .alert: metric.bands.warning = phrase.bound
        case .critical, .stop, .rollbackTrigger: metric.bands.critical = phrase.bound
        }
    }

    private static func direction(_ bound: Bound, violated: Bool) -> Direction {
        guard case .compare(let comparison, let limit) = bound else { return .withinRange }
        switch comparison {
        case .less, .atMost: return violated ? .higherIsBetter : .lowerIsBetter
        case .greater, .atLeast: return violated ? .lowerIsBetter : .higherIsBetter
        case .equal:
            if limit.magnitude == .zero { return .lowerIsBetter }
            return limit == Quantity(100, .percent) ? .higherIsBetter : .withinRange
        case .notEqual: return .withinRange
        }
    }

    private static func aggregation(_ statistic: String?) -> Aggregation? {
        guard let statistic = statistic?.lowercased() else { return nil }
        switch statistic {
        case "average", "avg", "mean": return .mean
        case "median": return quantile("50")
        case "max", "maximum": return .max
        default:
            let digits = statistic.drop { !$0.isNumber }.prefix { $0.isNumber || $0 == "." }
            return statistic.hasPrefix("p") || statistic.holds("percentile")
                ? quantile(String(digits)) : nil
        }
    }

    private static func quantile(_ percent: String) -> Aggregation? {
        let digits = percent.filter { $0 != "." }
        guard !digits.isEmpty, let p = try? ExactDecimal("0." + digits), p > 0 else { return nil }
        return .quantile(p, .unspecified)
    }
}
