// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitRunner

extension Verb {
    static let metricRecord = Verb(
        "metric record",
        "record what was measured",
        details: [
            "VALUE is a quantity (4.2s, 96%), a part of a whole (19/20), NaN, or absent. A number "
                + "without a unit is taken in the metric's own, except for a ratio.",
            "--from reads a file: JSON, CSV, JUnit results, a page of OpenMetrics, an answer of "
                + "Prometheus that was saved; --run takes a command's output; --prometheus asks a "
                + "server, and with a range query records every point. Each measurement keeps its "
                + "source, what was asked, and the digest of the answer.",
        ],
        operands: [Operand("METRIC", .optional), Operand("VALUE", .optional)],
        options: [
            Option("samples", "N", "how many samples the value rests on"),
            Option("at", "TIME", "when it was measured: 2026-01-01T00:00:00Z; else now"),
            Option("source", "TEXT", "who or what says so"),
            Option("from", "FILE", "a file; - is standard input"),
            Option("run", "COMMAND", "a command for bash, whose output is read"),
            Option("format", "NAME", "json, csv, junit, openmetrics, prometheus or value"),
            Option("prometheus", "URL", "ask this server"),
            .query, .part, .whole, .count, .token,
        ],
        examples: [
            "deploykit metric record email-delivery-success-rate 96% --samples 310",
            "deploykit metric record --from results.csv",
            "deploykit metric record smoke --from junit.xml",
            "deploykit metric record lag --run 'kafka-lag notification-service'",
        ],
        exits: .changing
    ) { call in
        let workspace = try await Workspace.writing(call)
        let live = try await workspace.deployment(orLatest: true)
        let state = try await live.state()
        let now = SystemClock().now()
        let (measurements, remarks) = try await MetricInput(call, state, now).measurements(
            workspace
        )
        for remark in remarks { call.console.note(remark.visible) }
        if measurements.isEmpty { call.console.note("there is nothing in it to be recorded") }
        let metrics = Dictionary(
            state.checklist.metrics.map { ($0.id, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        let doubts = measurements.prefix(1000).flatMap { new in
            metrics[new.metric]?.doubts(about: new.measurement) ?? []
        }
        // Of one measurement it stands beside the value.
        let isBeside = measurements.count == 1 && !call.console.isJSON
        if !isBeside { for doubt in doubts { call.console.note(doubt.visible) } }
        let small = Set(
            measurements.prefix(1000).compactMap { new in
                metrics[new.metric].flatMap { metric in
                    metric.verdict(for: new.measurement).incomplete.contains(.tooFew)
                        ? metric.id : nil
                }
            }
        )
        for id in small.sorted() {
            let needed = metrics[id]?.requiredSamples ?? 0
            call.console.note(
                "'\(id.text.visible)' is judged from \(needed) samples on; --samples, or a count beside "
                    + "the value, says how many there were"
            )
        }
        let early = measurements.count { $0.measurement.at < state.startedAt }
        if early > 0 {
            call.console.note(
                "\(early) of \(measurements.count) were measured before the deployment began: they "
                    + "say nothing about it, and serve baselines alone"
            )
        }
        let texts = Set(measurements.flatMap { [$0.measurement.source, $0.measurement.query] })
        try await workspace.checkSecrets(in: texts.compactMap(\.self), of: live)
        let result = try await live.measure(
            measurements,
            by: await workspace.actor(),
            key: call.key,
            request: MetricInput.request(call, measurements)
        )
        let shown = measurements.suffix(100)
        call.console.print(
            .members([
                "schemaVersion": 1.json, "deployment": result.state.summary,
                "hasChanged": result.hasChanged.json, "count": measurements.count.json,
                "measurements": .array(
                    shown.map { MetricSample($0.metric, $0.measurement).json }
                ),
                "remarks": remarks.jsonUnlessEmpty,
            ]),
            or: text(
                Array(shown),
                measurements.count,
                result.hasChanged,
                metrics,
                isBeside ? doubts : []
            )
        )
        return .done
    }

    private static func text(
        _ shown: [NewMeasurement],
        _ count: Int,
        _ hasChanged: Bool,
        _ metrics: [MetricID: SuccessMetric],
        _ doubts: [String]
    ) -> String {
        if !hasChanged { return "recorded already; nothing was changed\n" }
        let rows = shown.suffix(20).map { new in
            [
                new.metric.text.visible, new.measurement.outcome.sentence.visible,
                metrics[new.metric].map { $0.verdict(for: new.measurement).word } ?? "",
                new.measurement.at.minute,
            ] + doubts.map(\.visible)
        }
        let rest = count - rows.count
        return Table.text(rows) + (rest > 0 ? "and \(rest) more\n" : "")
    }
}

extension Option {
    static let query = Option(
        "query",
        "METRIC=EXPR",
        isRepeated: true,
        "what to ask for a metric: PromQL, or a query of a page"
    )
    static let part = Option(
        "part",
        "METRIC=EXPR",
        isRepeated: true,
        "of a ratio the part, in PromQL"
    )
    static let whole = Option(
        "whole",
        "METRIC=EXPR",
        isRepeated: true,
        "of a ratio the whole, in PromQL"
    )
    static let count = Option(
        "count",
        "METRIC=EXPR",
        isRepeated: true,
        "how many samples --query rests on, in PromQL"
    )
    static let token = Option(
        "token",
        "VARIABLE",
        "the environment variable with the bearer token that a server asks for"
    )
}
