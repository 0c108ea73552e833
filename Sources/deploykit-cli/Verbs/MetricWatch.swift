// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitRunner
import DeployKitSQLite

extension Verb {
    static let metricWatch = Verb(
        "metric watch",
        "measure again and again until a verdict or the end",
        details: [
            "Asks a Prometheus server, or reads the page of an exporter, at every moment of the "
                + "watch; records what was found, judges it, and stops when a metric is critical or "
                + "the time is over. A trigger of the rollback plan proposes a rollback then; one "
                + "that is automatic begins it, and it is carried out as by 'run'.",
            "What is asked follows from a metric's counters, where the checklist names them, and "
                + "from --query, --part and --whole. A watch that was interrupted is gone on with "
                + "by the same command: moments that were missed are asked of a server, and "
                + "recorded as not measured otherwise.",
        ],
        options: [
            Option("prometheus", "URL", "ask this server"),
            Option("page", "URL", "read this page of OpenMetrics or Prometheus text"),
            .query, .part, .whole, .count, .token,
            Option("every", "TIME", "the time from one moment to the next; else 60s"),
            Option("for", "TIME", "how long; else as the window says"),
            Option("window", "NAME", "a window of the checklist, for its length and rhythm"),
            Option(flag: "stop", "end the watch that is open, and watch no more"),
        ],
        examples: [
            "deploykit metric watch --prometheus http://prom:9090 --every 60s --for 30m",
            "deploykit metric watch --page http://localhost:8080/metrics --for 10m",
        ],
        exits: .deciding + [
            (.conflict, "another watcher is at work, or a lock is in the way"),
            (.rolledBack, "an automatic trigger began a rollback, and it is verified"),
            (.rollbackFailed, "that rollback failed"),
        ]
    ) { call in
        let workspace = try await Workspace.writing(call)
        let live = try await workspace.deployment(orLatest: true)
        let actor = await workspace.actor()
        let lock = try await workspace.lock(for: .watch, on: live.id)
        if call.arguments.has("stop") {
            // A watcher that is at work would go on: it is ended where it runs.
            let held = try AttemptLock(path: lock)
            defer { withExtendedLifetime(held) {} }
            let wasOpen = try await live.openWatch() != nil
            try await live.endWatch(by: actor)
            call.console.print(
                .members(["schemaVersion": 1.json, "wasOpen": wasOpen.json]),
                or: wasOpen ? "the watch is ended\n" : "no watch is open\n"
            )
            return .done
        }
        let state = try await live.state()
        let sampler = try sampler(call, state)
        let texts = ["query", "part", "whole", "count"].flatMap(call.arguments.all)
        let sources = sampler.requests(for: state.startedAt).map(\.source)
        try await workspace.checkSecrets(in: texts + sources, of: live)
        let (duration, cadence) = try times(call, state)
        let watcher = MetricWatcher(
            try MetricInput.fetcher(call, workspace),
            lock: lock
        )
        let view = WatchView(call.console)
        let task = Task.detached {
            try await watcher.watch(for: duration, every: cadence, sampler, on: live, by: actor) {
                view.show($0)
            }
        }
        let signals = Signals { task.cancel() }
        let result = try await task.value
        let members: KeyValuePairs<String, JSONValue?> = [
            "ending": result.ending.rawValue.json, "decision": result.decision?.json,
            "rollbackProposals": result.state.rollbackProposals.map(\.json).jsonUnlessEmpty,
        ]
        if result.state.status == .rollingBack, result.ending == .verdict, signals.received == nil {
            if !call.console.isJSON { call.console.print(text(result, call.console)) }
            let settings = try await workspace.runnerSettings(for: live)
            return try await carryOn(live, settings, in: workspace, besides: members)
        }
        call.console.print(
            .members(["schemaVersion": 1.json, "deployment": result.state.summary]).adding(members),
            or: text(result, call.console)
        )
        if let code = signals.received { return code }
        return result.decision.map { ExitCode($0.recommendation) } ?? .undecided
    }

    private static func text(_ result: MetricWatcher.Result, _ console: Console) -> String {
        var text = ""
        if let decision = result.decision {
            text += DecisionText(decision: decision, state: result.state, console: console).text
        }
        switch result.ending {
        case .verdict: text += "the watch ended with this verdict\n"
        case .end: text += "the watch is over\n"
        case .interrupted:
            text += "interrupted; the same command goes on, and 'metric watch --stop' ends it\n"
        }
        return text
    }

    private static func sampler(
        _ call: Call,
        _ state: Deployment
    ) throws -> any MetricSampling {
        switch (call.arguments["prometheus"], call.arguments["page"]) {
        case (let server?, nil):
            return PrometheusSampler(server: server, queries: try MetricInput.queries(call, state))
        case (nil, let page?):
            return PageSampler(url: page, queries: try pageQueries(call, state))
        case (nil, nil): throw UsageError("--prometheus URL or --page URL says what to ask")
        case (_?, _?): throw UsageError("--prometheus and --page are two sources; name one")
        }
    }

    private static func pageQueries(
        _ call: Call,
        _ state: Deployment
    ) throws -> [(metric: SuccessMetric, query: PageQuery)] {
        for option in ["part", "whole", "count"] where call.arguments.has(option) {
            throw UsageError(
                "--\(option) is for a server; of a page write --query 'M=part / whole'"
            )
        }
        var queries: [(metric: SuccessMetric, query: PageQuery)] = []
        do {
            for (metric, text) in try MetricInput.pairs(call, "query", state) {
                guard !queries.contains(where: { $0.metric.id == metric.id }) else {
                    throw UsageError("'\(metric.id)' is asked for twice")
                }
                queries.append((metric, try PageQuery(text)))
            }
            for metric in state.checklist.metrics
            where !queries.contains(where: { $0.metric.id == metric.id }) {
                guard case .ratio(let terms)? = metric.aggregation else { continue }
                queries.append((metric, try PageQuery(terms)))
            }
        } catch let error as MetricError {
            throw UsageError(error.message)
        }
        guard !queries.isEmpty else {
            throw UsageError(
                "nothing is asked for: no metric says which counters it is made of",
                hints: ["--query 'METRIC=failed_total / (failed_total + sent_total)'"]
            )
        }
        return queries
    }

    private static func times(
        _ call: Call,
        _ state: Deployment
    ) throws -> (duration: Duration, cadence: Duration) {
        var window: MonitoringWindow?
        if let name = call.arguments["window"] {
            let windows = state.checklist.windows
            let fitting = windows.filter { $0.id.text == name || $0.title == name }
            guard let found = fitting.first ?? windows.first(where: { $0.id.text.hasPrefix(name) })
            else {
                throw UsageError(
                    "the checklist has no window '\(name)'",
                    hints: windows.map { "--window \($0.id.text.shellQuoted)   \($0.title)" }
                )
            }
            window = found
        }
        guard let duration = try call.duration("for") ?? window?.duration else {
            throw UsageError("--for TIME or --window NAME says how long to watch")
        }
        let cadence = try call.duration("every") ?? window?.cadence ?? .seconds(60)
        return (duration, min(cadence, duration))
    }
}

/// Shows a watch while it goes on: one line for each moment.
private final class WatchView: Sendable {
    private let console: Console

    init(_ console: Console) { self.console = console }

    func show(_ progress: MetricWatcher.Progress) {
        switch progress {
        case .resumed(let watch, let count):
            line("the watch since \(watch.start.minute) UTC goes on; \(count) moments are recorded")
        case .missed(let count):
            line("\(count) moments passed unwatched, and are recorded as not measured")
        case .measured(let index, let watch, let measurements, let decision, let remarks):
            let values = measurements.map { "\($0.metric) \($0.measurement.outcome.sentence)" }
            let moment = watch.moment(index).description.dropFirst(11).prefix(8)
            line(
                "\(moment) \(index + 1)/\(watch.momentCount)  "
                    + "\(values.joined(separator: "; "))  → \(decision.verdict.word)"
            )
            for remark in remarks { console.note(remark.visible) }
        }
    }

    private func line(_ text: String) {
        if console.isJSON {
            console.printError(text.visible + "\n")
        } else {
            console.print(text.visible + "\n")
        }
    }
}
