// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// The parts of a report that need more than the state of a deployment.
struct ReportParts {
    private let run: DeploymentReport.Run
    private let lines: [HistoryLine]
    private let evidence: EvidenceReport
    // A table of more lines is read by nobody; the log has them all.
    private static let mostLines = 2000
    private static let mostSamples = 60

    init(_ run: DeploymentReport.Run) {
        self.run = run
        lines = run.history.map { HistoryLine($0, in: run.deployment) }
        evidence = EvidenceReport(of: run.deployment, texts: run.texts)
    }

    var changes: HTMLText {
        guard let before = run.predecessor else {
            return """
                <h3>What changed</h3>
                <p>Nothing that was completed here before is on record.</p>

                """
        }
        let rows = DeploymentChanges(from: before, to: run.deployment).lines.map {
            line -> HTMLText in
            """
            <tr><td>\(line.what)</td><td><code>\(line.before)</code></td>\
            <td><code>\(line.now)</code></td></tr>

            """
        }
        let since: HTMLText = """
            <h3>What changed since \(before.subject.version)</h3>
            <p class="small">Compared with \(before.id.text), completed \
            \(before.endedAt?.description ?? "").</p>

            """
        return since
            + (rows.isEmpty
                ? "<p>Nothing.</p>\n"
                : EvidenceReport.table("Changes", ["What", "Before", "Now"], rows))
    }

    var issues: HTMLText {
        let rows = lines.enumerated().filter(\.element.isIssue).map { index, line -> HTMLText in
            """
            <tr><td class="at">\(evidence.moment(line.at))</td><td>\(line.what)</td>\
            <td>\(line.who)</td><td>\(evidence.text(line.text))</td>\
            <td>\(outcome(of: line, after: index))</td></tr>

            """
        }
        let heads = ["When", "What", "Who", "What was said", "In the end"]
        return "<h3>Issues met</h3>\n"
            + (rows.isEmpty ? "<p>None.</p>\n" : EvidenceReport.table("Issues", heads, rows))
    }

    // How it came out with the item that an issue was about.
    private func outcome(of line: HistoryLine, after index: Int) -> String {
        guard let item = line.item else { return "" }
        guard lines[(index + 1)...].contains(where: { $0.item == item }) else { return "" }
        guard let progress = run.deployment.items[item] else { return "" }
        return progress.state.word + (progress.settledAt.map { " at \($0.description)" } ?? "")
    }

    var timeline: HTMLText {
        let chart = TimelineChart(of: run.deployment, run.history)
        if chart.isEmpty { return "" }
        return """
            <h3>Timeline</h3>
            <figure class="wide" tabindex="0" role="group" aria-label="Timeline">
            \(HTMLText(stringLiteral: chart.svg))</figure>

            """
    }

    var gates: HTMLText {
        var opened: [GateID: Timestamp] = [:]
        var passed: [GateID: Timestamp] = [:]
        for recorded in run.history {
            switch recorded.event {
            case .gateOpened(let gate, _, _), .gateReopened(let gate, _, _):
                opened[gate] = recorded.at
            case .gateConsumed(let gate, _, _): passed[gate] = recorded.at
            default: break
            }
        }
        if run.deployment.gates.isEmpty { return "" }
        let rows = run.deployment.gates.sorted { "\($0.key)" < "\($1.key)" }.map {
            gate,
            progress -> HTMLText in
            let signers = progress.signOffs.map { signOff in
                let moment = run.deployment.moment(of: signOff)?.description ?? ""
                return "\(signOff.person.text) \(signOff.decision.rawValue) at \(moment)"
            }
            let waited =
                zip([opened[gate]], [passed[gate]]).compactMap { from, to in
                    from.flatMap { from in to.map { ($0 - from).spoken } }
                }.first ?? ""
            return """
                <tr><td>\(gate.description)</td><td class="at">\(evidence.moment(opened[gate]))</td>\
                <td>\(signers.joined(separator: "; "))</td>\
                <td class="at">\(evidence.moment(passed[gate]))</td><td>\(waited)</td></tr>

                """
        }
        let heads = ["Gate", "Asked from", "Who signed", "Passed", "Waited"]
        return "<h3>Gates</h3>\n" + EvidenceReport.table("Gates", heads, rows)
    }

    var metrics: HTMLText {
        let parts = run.deployment.checklist.metrics.compactMap { metric -> HTMLText? in
            let own = run.samples.filter { $0.metric == metric.id }.map(\.measurement)
            if own.isEmpty { return nil }
            var marks = [MetricChart.Mark(run.deployment.startedAt, "started")]
            if let ended = run.deployment.endedAt { marks.append(MetricChart.Mark(ended, "ended")) }
            let chart = MetricChart(metric, own, marks: marks)
            return """
                <figure class="wide" tabindex="0" role="group" aria-label="\(plain: metric.title)">
                \(HTMLText(stringLiteral: chart.svg))\
                \(HTMLText(stringLiteral: chart.table(limit: Self.mostSamples)))</figure>

                """
        }
        return parts.isEmpty ? "" : "<h3>Metrics</h3>\n" + parts.reduce("", +)
    }

    var events: HTMLText {
        let hidden = max(0, lines.count - Self.mostLines)
        var rows = lines.prefix(Self.mostLines).map { line -> HTMLText in
            """
            <tr><td class="at">\(evidence.moment(line.at))</td><td>\(line.what)</td>\
            <td>\(line.who)</td><td>\(evidence.text(line.text))</td></tr>

            """
        }
        if hidden > 0 {
            rows.append("<tr><td colspan=\"4\">\(hidden) later events are not shown</td></tr>\n")
        }
        return "<h3>Events</h3>\n"
            + EvidenceReport.table("Everything, in order", ["When", "What", "Who", "Text"], rows)
    }
}
