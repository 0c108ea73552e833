// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// What a comment beside a metric declares: `id`, which triggers and measurements refer to; the
/// counters of a ratio (`part` with `whole` or `others`); `window`, `samples`, `role` and `nodata`; and
/// how long a band must be violated: `for`, or `consecutive`, and `keep`.
extension ChecklistReader {
    private static let metricKeys: Set<String> = [
        "id", "part", "whole", "others", "window", "samples", "role", "nodata", "for",
        "consecutive", "keep",
    ]

    /// Reads the declarations in the list items and below the headings of metrics.
    mutating func readDeclaredMetrics() {
        for node in nodes.indices where nodes[node].purpose == .metrics {
            if let declaration = nodes[node].declaration, nodes[node].level > 0 {
                let lines = nodes[node].blocks.flatMap { block in
                    Array(document.blocks[block].firstLine...lastLine(of: block))
                }
                if let index = metric(titled: nodes[node].title, among: lines) {
                    for key in Self.metricKeys { _ = used(key, of: node) }
                    declare(index, declaration)
                }
            }
            for block in nodes[node].blocks.flatMap({ Array(whole($0)) }) {
                guard case .item = document.blocks[block].kind, taskOfBlock[block] == nil,
                    let paragraph = document.blocks[block].firstChild,
                    case .paragraph = document.blocks[paragraph].kind,
                    let declaration = inlineDeclaration(of: paragraph)
                else { continue }
                let first = document.blocks[block].firstLine
                let title = withoutComments(inlines(of: paragraph))
                guard let index = metric(titled: title, among: Array(first...lastLine(of: block)))
                else {
                    fault("no metric is known here that a declaration could be of", line: first)
                    continue
                }
                expect(Self.metricKeys, in: declaration, of: "a metric")
                declare(index, declaration)
            }
        }
    }

    private func lastLine(of block: Int) -> Int {
        let range = document.blocks[block].range
        guard range.upperBound > range.lowerBound else { return document.blocks[block].firstLine }
        return document.lineNumber(at: range.upperBound - 1)
    }

    // By its title, else the only one of these lines.
    private func metric(titled title: String, among lines: [Int]) -> Int? {
        var title = title.trimmed
        while title.hasSuffix(":") { title = title.dropLast().trimmed }
        let slug = MetricID(Naming.slug(title))
        if let known = positionOfMetric[slug] { return known }
        let found = Set(lines.compactMap { metricOfLine[$0] })
        guard found.count == 1, let only = found.first else { return nil }
        return metrics.firstIndex { $0.id == only }
    }

    private mutating func declare(_ index: Int, _ declaration: Declaration) {
        if let name = declaration.values["id"], !name.isEmpty { rename(index, name, declaration) }
        declareCounters(of: index, declaration)
        let time = "a time such as 30s or 5m"
        if let window = declaration.value(
            "window",
            expected: time,
            faults: &faults,
            read: Declaration.duration
        ) {
            metrics[index].window = window
        }
        if let samples = declaration.value(
            "samples",
            expected: "a number of samples",
            faults: &faults,
            read: { Int($0).flatMap { $0 >= 0 ? $0 : nil } }
        ) {
            metrics[index].minimumSamples = samples
        }
        if let role = declaration.value(
            "role",
            expected: "key, advisory, informational or a weight such as scored(2)",
            faults: &faults,
            read: Self.role
        ) {
            metrics[index].role = role
        }
        if let policy = declaration.value(
            "nodata",
            expected: "incomplete, breach, notBreach or keepLast",
            faults: &faults,
            read: Self.policy
        ) {
            metrics[index].noData = NoDataPolicies(
                absent: policy,
                nan: policy,
                error: policy,
                tooFew: policy
            )
        }
        declareSustain(of: index, declaration)
    }

    private mutating func rename(_ index: Int, _ name: String, _ declaration: Declaration) {
        let old = metrics[index].id
        let new = MetricID(name)
        guard new != old else { return }
        if metrics.contains(where: { $0.id == new }) {
            return fault("the id '\(name)' is taken already", line: declaration.line)
        }
        metrics[index].id = new
        // Where the page names it by its title, this is the one that is meant.
        positionOfMetric[new] = index
        for (line, id) in metricOfLine where id == old { metricOfLine[line] = new }
        if alerted.remove(old) != nil { alerted.insert(new) }
    }

    private mutating func declareCounters(of index: Int, _ declaration: Declaration) {
        let counterparts = ["whole", "others"].filter { declaration.values[$0] != nil }
        guard let part = declaration.values["part"] else {
            if let other = counterparts.first {
                fault("'\(other)' needs 'part' beside it", line: declaration.line)
            }
            return
        }
        guard counterparts.count == 1, let counterpart = counterparts.first,
            let name = declaration.values[counterpart]
        else {
            return fault("'part' needs one of 'whole' and 'others'", line: declaration.line)
        }
        guard metrics[index].unit.dimension == .ratio else {
            return fault(
                "'\(metrics[index].id)' is measured in '\(metrics[index].unit)', and is no part of "
                    + "a whole",
                line: declaration.line
            )
        }
        metrics[index].aggregation = .ratio(
            RatioTerms(part, counterpart == "whole" ? .total(name) : .others(name))
        )
    }

    private mutating func declareSustain(of index: Int, _ declaration: Declaration) {
        let span = declaration.value(
            "for",
            expected: "a time such as 5m",
            faults: &faults,
            read: Declaration.duration
        )
        let count = declaration.value(
            "consecutive",
            expected: "a number above 0",
            faults: &faults,
            read: { Int($0).flatMap { $0 > 0 ? $0 : nil } }
        )
        let keep = declaration.value(
            "keep",
            expected: "a time such as 5m",
            faults: &faults,
            read: Declaration.duration
        )
        if span != nil, count != nil {
            return fault("'for' and 'consecutive' are two rules", line: declaration.line)
        }
        let rule: Sustain.Rule =
            span.map { .lasting($0, gap: .reset) } ?? count.map { .consecutive($0) } ?? .instant
        guard rule != .instant || keep != nil else { return }
        do {
            metrics[index].sustain = try Sustain(rule, keepFor: keep)
        } catch {
            fault(error.message, line: declaration.line)
        }
    }

    private static func role(_ word: String) -> SuccessMetric.Role? {
        switch word {
        case "key": return .key
        case "advisory": return .advisory
        case "informational": return .informational
        default:
            guard word.hasPrefix("scored("), word.hasSuffix(")"),
                let weight = Int(word.dropFirst(7).dropLast()), weight >= 1
            else { return nil }
            return .scored(weight)
        }
    }

    private static func policy(_ word: String) -> NoDataPolicy? {
        switch word {
        case "incomplete": .incomplete
        case "breach": .breach
        case "notBreach": .notBreach
        case "keepLast": .keepLast
        default: nil
        }
    }
}
