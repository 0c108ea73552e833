// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

/// A decision on metrics as people read it.
struct DecisionText {
    let decision: MetricDecision
    let state: Deployment
    let console: Console

    var text: String {
        let metrics = Dictionary(
            state.checklist.metrics.map { ($0.id, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        let rows = decision.findings.map { finding in
            let metric = metrics[finding.metric]
            return [
                finding.verdict.sign, finding.metric.text.visible.cut(to: 40),
                finding.last?.sentence.visible ?? "–",
                finding.verdict.word + (finding.decides ? "" : " (does not decide)"),
                finding.lastAt?.minute(besides: decision.question.at) ?? "",
                metric.map { Self.bounds($0) } ?? "",
            ]
        }
        var text = Table.text(rows)
        if rows.isEmpty { text = "the checklist names no metric that could be judged\n" }
        text += "\(decision.question.at.minute) UTC: \(decision.verdict.word): "
        text += console.styled(decision.recommendation.words, decision.recommendation.style) + "\n"
        if let score = state.checklist.score(of: decision) { text += "score \(score)\n" }
        for proposal in state.rollbackProposals { text += proposal.line(in: state) + "\n" }
        return text
    }

    private static func bounds(_ metric: SuccessMetric) -> String {
        [
            ("target", metric.bands.target), ("warning", metric.bands.warning),
            ("critical", metric.bands.critical),
        ]
        .compactMap { name, bound in bound.map { "\(name) \($0)" } }.joined(separator: ", ")
        .visible
    }
}

extension Verdict {
    /// The verdict in a few words.
    var word: String {
        if isComplete { return severity.words }
        let known = severity == .met ? [] : [severity.words]
        return (known + incomplete.sorted().map(\.words)).joined(separator: ", ")
    }

    /// One character for the verdict.
    var sign: String {
        switch severity {
        case .critical: "✗"
        case .warning: "!"
        case .offTarget: isComplete ? "~" : "?"
        case .met: isComplete ? "✓" : "?"
        }
    }
}

extension Incompleteness {
    /// Why nothing, or not enough, was measured, in a few words.
    fileprivate var words: String {
        switch self {
        case .notYetRun: "never measured"
        case .absent: "no value"
        case .nan: "no number"
        case .tooFew: "too few samples"
        case .error(let kind): "not measured (\(kind.rawValue))"
        case .terminated: "ended early"
        case .noBaseline: "nothing to compare with"
        }
    }
}

extension Severity {
    /// The severity in words.
    var words: String { self == .offTarget ? "off target" : rawValue }
}

extension Recommendation {
    /// What to do, in words.
    var words: String {
        switch self {
        case .promote: "go on"
        case .promoteWithNote: "go on with a note that the target was missed"
        case .hold: "hold; a person decides whether to go on"
        case .inconclusive: "inconclusive; measure what is missing"
        case .rollBack: "roll back"
        }
    }

    var style: Style {
        switch self {
        case .promote: .good
        case .promoteWithNote, .hold, .inconclusive: .warning
        case .rollBack: .bad
        }
    }
}

extension RollbackProposal {
    /// The proposal in one line.
    func line(in state: Deployment) -> String {
        let plan = state.checklist.rollbackPlan
        let title =
            trigger.map { id in plan?.triggers.first { $0.id == id }?.title ?? id.text }
            ?? "by \(actor.id)"
        let level = level.map { id in
            plan?.levels.first { $0.id == id }?.title ?? id.text
        }
        return "rollback proposed at \(at.minute) UTC: \(title.visible)"
            + (level.map { " → \($0.visible)" } ?? "")
            + (outcome == .open ? "" : " (\(outcome.rawValue))")
    }

    /// An object of the proposal.
    var json: JSONValue {
        .members([
            "trigger": trigger?.json, "level": level?.json, "at": at.json,
            "recordedAt": recordedAt.json, "outcome": outcome.rawValue.json,
        ])
    }
}
