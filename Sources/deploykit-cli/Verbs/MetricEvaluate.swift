// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

extension Verb {
    static let metricEvaluate = Verb(
        "metric evaluate",
        "what the measurements say, and what to do",
        details: [
            "Judges what is recorded, at a moment and from the log alone: the same moment gives the "
                + "same answer on every machine. Nothing is recorded, unless --record asks for it: "
                + "then a trigger of the rollback plan whose metric is critical proposes a rollback.",
            "A metric that was never measured is never a success.",
        ],
        operands: [Operand("METRIC", .any)],
        options: [
            Option("at", "TIME", "the moment: 2026-01-01T00:00:00Z; else now"),
            Option("max-age", "TIME", "how old the last measurement may be, such as 10m"),
            Option(flag: "record", "record the decision, and propose what it calls for"),
            Option("svg", "FILE", "draw the metric, of which there is one, into a new file"),
        ],
        examples: [
            "deploykit metric evaluate",
            "deploykit metric evaluate --at 2026-01-01T12:00:00Z --json",
            "deploykit metric evaluate latency --svg latency.svg",
        ],
        exits: .deciding
    ) { call in
        let isRecorded = call.arguments.has("record")
        let workspace =
            isRecorded ? try await Workspace.writing(call) : try await Workspace.reading(call)
        try await workspace.checkNote()
        let live = try await workspace.deployment(orLatest: true)
        let state = try await live.state()
        let metrics = try call.arguments.operands.map { try state.metric(named: $0) }
        let question = try await live.question(
            at: try moment(call),
            about: metrics.map(\.id),
            longestAge: try call.duration("max-age")
        )
        if let path = call.arguments["svg"] {
            guard let metric = metrics.first, metrics.count == 1 else {
                throw UsageError("--svg draws one metric: name it")
            }
            let samples = try await live.samples(of: [metric.id])
            let shown = samples.map(\.measurement).filter { $0.at <= question.at }
            let mark = MetricChart.Mark(state.startedAt, "deploy")
            try OutputFile.create(path, MetricChart(metric, shown, marks: [mark]).svg)
        }
        let decision: MetricDecision
        var after = state
        if isRecorded {
            (decision, after) = try await live.conclude(question, by: await workspace.actor())
        } else {
            decision = try await live.decision(on: question)
        }
        call.console.print(
            .members([
                "schemaVersion": 1.json, "deployment": after.summary, "decision": decision.json,
                "isRecorded": isRecorded.json,
                "score": after.checklist.score(of: decision).map { score in
                    .members([
                        "halves": score.halves.json, "of": score.total.json,
                        "percent": score.percent.json,
                    ])
                },
                "rollbackProposals": after.rollbackProposals.map(\.json).jsonUnlessEmpty,
            ]),
            or: DecisionText(decision: decision, state: after, console: call.console).text
        )
        return ExitCode(decision.recommendation)
    }

    static let metricReplay = Verb(
        "metric replay",
        "make every recorded decision again, from the log alone",
        details: [
            "Each decision is computed anew from the measurements that stood in the log before it, "
                + "and compared in every part with what was recorded."
        ],
        examples: ["deploykit metric replay", "deploykit metric replay --json"],
        exits: [
            (.done, "every decision comes out the same"),
            (.no, "one does not"),
            (.undecided, "no decision is recorded"),
        ]
    ) { call in
        let workspace = try await Workspace.reading(call)
        try await workspace.checkNote()
        let live = try await workspace.deployment(orLatest: true)
        let state = try await live.state()
        let replays = try await live.replay()
        let judgements = try await live.replayJudgements()
        let rows =
            replays.map { replay in
                [
                    replay.isIdentical ? "✓" : "✗", replay.recorded.question.at.minute,
                    replay.recorded.verdict.word, replay.recorded.recommendation.words,
                    replay.isIdentical ? "identical" : "now: \(replay.replayed.verdict.word)",
                ]
            }
            + judgements.map { judgement in
                [
                    judgement.isIdentical ? "✓" : "✗",
                    judgement.recorded.decision.question.at.minute,
                    judgement.recorded.decision.verdict.word,
                    judgement.recorded.recommendation.words,
                    (judgement.isIdentical
                        ? "identical" : "now: \(judgement.replayed.verdict.word)")
                        + ", for \(judgement.asker.words.visible)",
                ]
            }
        call.console.print(
            .members([
                "schemaVersion": 1.json, "deployment": state.summary,
                "decisions": .array(
                    replays.map { replay in
                        .members([
                            "recordedAt": replay.recordedAt.json, "actor": replay.actor.json,
                            "revision": replay.revision.json,
                            "isIdentical": replay.isIdentical.json,
                            "recorded": replay.recorded.json,
                            "replayed": replay.isIdentical ? nil : replay.replayed.json,
                        ])
                    }
                ),
                "judgements": judgements.map { judgement in
                    JSONValue.members([
                        "for": judgement.asker.words.json,
                        "recordedAt": judgement.recordedAt.json,
                        "isIdentical": judgement.isIdentical.json,
                        "recorded": judgement.recorded.json,
                        "replayed": judgement.isIdentical ? nil : judgement.replayed.json,
                    ])
                }.jsonUnlessEmpty,
            ]),
            or: rows.isEmpty ? "no decision is recorded\n" : Table.text(rows)
        )
        if rows.isEmpty { return .undecided }
        return replays.allSatisfy(\.isIdentical) && judgements.allSatisfy(\.isIdentical)
            ? .done : .no
    }

    private static func moment(_ call: Call) throws(UsageError) -> Timestamp? {
        guard let text = call.arguments["at"] else { return nil }
        guard let moment = Timestamp(measured: text) else {
            throw UsageError("--at '\(text)' is no moment such as 2026-01-01T00:00:00Z")
        }
        return moment
    }
}

extension MetricAsker {
    fileprivate var words: String {
        switch self {
        case .item(let id): id.text
        case .gate(let id): id.description
        }
    }
}

extension Call {
    /// The value of an option as a length of time, such as `30s` or `5m`.
    ///
    /// - Throws: `UsageError` when it is none.
    func duration(_ option: String) throws(UsageError) -> Duration? {
        guard let text = arguments[option] else { return nil }
        guard let span = Duration(prometheus: text), span > .zero else {
            throw UsageError("--\(option) '\(text)' is no time such as 30s, 5m or 1h30m")
        }
        return span
    }
}

extension [(code: ExitCode, meaning: String)] {
    /// The exit codes of verbs that decide on metrics.
    static var deciding: Self {
        [
            (.done, "all targets are met, and nothing is missing"),
            (.no, "critical: roll back; or the log lost what this machine has seen of it"),
            (.undecided, "something is missing, and nothing is critical or a warning"),
            (.personNeeded, "a warning, or a missed target: a person decides"),
        ]
    }
}

extension ExitCode {
    /// The code for a decision on metrics.
    init(_ recommendation: Recommendation) {
        switch recommendation {
        case .promote: self = .done
        case .promoteWithNote, .hold: self = .personNeeded
        case .inconclusive: self = .undecided
        case .rollBack: self = .no
        }
    }
}
