// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitRunner

/// Where the measurements of one call come from.
struct MetricInput {
    private let call: Call
    private let state: Deployment
    private let now: Timestamp

    init(_ call: Call, _ state: Deployment, _ now: Timestamp) {
        self.call = call
        self.state = state
        self.now = now
    }

    /// What was measured, and remarks about it.
    ///
    /// - Throws: `UsageError` for a call that makes no sense; `InputError` for what cannot be read;
    ///   `Refusal` for a metric that there is not.
    func measurements(
        _ workspace: Workspace
    ) async throws -> (measurements: [NewMeasurement], remarks: [String]) {
        let sources = ["from", "run", "prometheus"].filter(call.arguments.has)
        guard sources.count <= 1 else {
            throw UsageError("--\(sources[0]) and --\(sources[1]) are two sources; name one")
        }
        switch sources.first {
        case nil: return ([try typed(workspace, await workspace.actor())], [])
        case "from"?: return (try file(), [])
        case "run"?: return (try await command(workspace), [])
        default: return try await server(workspace)
        }
    }

    /// What fetches for this call.
    static func fetcher(_ call: Call, _ workspace: Workspace) throws -> MetricFetcher {
        var fetcher = MetricFetcher(
            environment: call.environment.filter { name, _ in
                ["PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR"].contains(name)
                    || name.hasPrefix("LC_") || name.lowercased().hasSuffix("_proxy")
            },
            directory: call.directory
        )
        // A secret that is not there cannot be shown either.
        fetcher.secrets = (workspace.project?.secrets ?? []).compactMap { secret in
            try? workspace.source(of: secret).secret(
                named: secret.name,
                environment: call.environment
            )
        }
        if let name = call.arguments["token"] {
            fetcher.token = try SecretSource.environment(name).secret(
                named: name,
                environment: call.environment
            )
        }
        return fetcher
    }

    /// What is asked for, so that the same call under one key is known again: the words, and what was
    /// read, but for the moments that the clock gave.
    static func request(_ call: Call, _ measurements: [NewMeasurement]) -> JSONValue {
        let given = [
            "samples", "at", "source", "from", "run", "format", "prometheus", "query", "part",
        ]
        let options = given.map { name in call.arguments.all(name).json }
        let digests = Set(measurements.compactMap { $0.measurement.digest?.hex }).sorted()
        let isAskedAnew = call.arguments.has("run") || call.arguments.has("prometheus")
        return [
            call.arguments.operands.json, options.json,
            isAskedAnew ? [String]().json : digests.json,
        ].json
    }

    /// Pairs such as `METRIC=EXPRESSION`, by metric.
    static func pairs(
        _ call: Call,
        _ option: String,
        _ state: Deployment
    ) throws -> [(metric: SuccessMetric, text: String)] {
        try call.arguments.all(option).map { word in
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[1].isEmpty else {
                throw UsageError("--\(option) '\(word)' is not METRIC=EXPRESSION")
            }
            return (try state.metric(named: String(parts[0])), String(parts[1]))
        }
    }

    /// What to ask a server for.
    static func queries(
        _ call: Call,
        _ state: Deployment
    ) throws -> [(metric: SuccessMetric, query: PrometheusSampler.Query)] {
        let counts = try pairs(call, "count", state)
        var queries: [(metric: SuccessMetric, query: PrometheusSampler.Query)] = []
        for (metric, text) in try pairs(call, "query", state) {
            let count = counts.first { $0.metric.id == metric.id }?.text
            queries.append((metric, count.map { .counted(text, samples: $0) } ?? .value(text)))
        }
        let wholes = try pairs(call, "whole", state)
        for (metric, text) in try pairs(call, "part", state) {
            guard let whole = wholes.first(where: { $0.metric.id == metric.id }) else {
                throw UsageError("--part \(metric.id)=… needs --whole \(metric.id)=… beside it")
            }
            queries.append((metric, .ratio(part: text, whole: whole.text)))
        }
        for metric in state.checklist.metrics
        where !queries.contains(where: { $0.metric.id == metric.id }) {
            guard case .ratio(let terms)? = metric.aggregation,
                let sums = RuleExport.sums(
                    of: terms,
                    window: metric.window ?? PageSampler.usualWindow
                )
            else { continue }
            queries.append((metric, .ratio(part: sums.part, whole: sums.whole)))
        }
        let names = queries.map(\.metric.id)
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw UsageError("'\(twice)' is asked for twice")
        }
        guard !queries.isEmpty else {
            throw UsageError(
                "nothing is asked for: no metric says which counters it is made of",
                hints: ["--query METRIC=EXPRESSION", "--part METRIC=… --whole METRIC=…"]
            )
        }
        return queries
    }

    // MARK: Sources

    private var moment: Timestamp {
        get throws {
            guard let text = call.arguments["at"] else { return now }
            guard let moment = Timestamp(measured: text) else {
                throw UsageError("--at '\(text)' is no moment such as 2026-01-01T00:00:00Z")
            }
            return moment
        }
    }

    private var metric: SuccessMetric? {
        get throws { try call.arguments.operands.first.map { try state.metric(named: $0) } }
    }

    private func noValue() throws {
        guard call.arguments.operands.count < 2 else {
            throw UsageError("a value and a source of values are given; name one")
        }
        guard !call.arguments.has("samples") else {
            throw UsageError("--samples stands beside a VALUE; a source counts its own")
        }
    }

    private func typed(_ workspace: Workspace, _ actor: Actor) throws -> NewMeasurement {
        guard call.arguments.operands.count == 2, let metric = try metric else {
            throw UsageError(
                "a METRIC and its VALUE are missing, or a source",
                hints: ["usage: deploykit \(Verb.metricRecord.usage)"]
                    + state.checklist.metrics.prefix(8).map { "  \($0.id)   \($0.title)" }
            )
        }
        var samples: Int?
        if let text = call.arguments["samples"] {
            guard let count = Int(text), count >= 0 else {
                throw UsageError("--samples '\(text)' is no number of samples")
            }
            samples = count
        }
        do {
            let outcome = try Measurement.Outcome(measured: call.operand(1), of: metric)
            return NewMeasurement(
                metric.id,
                Measurement(
                    at: try moment,
                    outcome,
                    sampleCount: samples,
                    source: call.arguments["source"] ?? "said by \(actor.id)"
                )
            )
        } catch let error as MetricError {
            throw UsageError(error.message)
        }
    }

    private func file() throws -> [NewMeasurement] {
        try noValue()
        let name = call.arguments["from"] ?? "-"
        let path = name == "-" ? "/dev/stdin" : name
        guard let format = try format ?? MeasurementFormat(fileName: name) else {
            throw UsageError(
                "'\(name)' does not tell its format by its name",
                hints: [
                    "--format " + MeasurementFormat.allCases.map(\.rawValue).joined(separator: "|")
                ]
            )
        }
        return try read(
            try InputFile.bytes(path),
            format,
            source: call.arguments["source"] ?? "file \(name)",
            of: name
        )
    }

    private func command(_ workspace: Workspace) async throws -> [NewMeasurement] {
        try noValue()
        let text = call.arguments["run"] ?? ""
        let request = MetricRequest.command(.shell(text))
        let fetcher = try Self.fetcher(call, workspace)
        let answer: MetricAnswer
        do {
            answer = try await fetcher.answer(to: request)
        } catch {
            guard let metric = try metric else { throw InputError(.invalid, error.message) }
            call.console.note(error.message.visible)
            return [
                NewMeasurement(
                    metric.id,
                    Measurement(
                        at: try moment,
                        .error(error.kind),
                        source: call.arguments["source"] ?? "command",
                        query: text
                    )
                )
            ]
        }
        return try read(
            answer.bytes,
            try format ?? .value,
            source: call.arguments["source"] ?? "command",
            of: "the output"
        ).map { new in
            let old = new.measurement
            return NewMeasurement(
                new.metric,
                Measurement(
                    at: old.at,
                    old.outcome,
                    sampleCount: old.sampleCount,
                    source: old.source,
                    query: text,
                    digest: old.digest
                )
            )
        }
    }

    private func server(
        _ workspace: Workspace
    ) async throws -> (measurements: [NewMeasurement], remarks: [String]) {
        guard call.arguments.operands.isEmpty else {
            throw UsageError(
                "--prometheus asks by --query METRIC=EXPRESSION; no METRIC stands alone"
            )
        }
        let fetcher = try Self.fetcher(call, workspace)
        var sampler = PrometheusSampler(
            server: call.arguments["prometheus"] ?? "",
            queries: try Self.queries(call, state),
            takesAllPoints: true
        )
        let moment = try moment
        var answers: [Result<MetricAnswer, MetricFailure>] = []
        for request in sampler.requests(for: moment) {
            do throws(MetricFailure) {
                answers.append(.success(try await fetcher.answer(to: request)))
            } catch {
                answers.append(.failure(error))
            }
        }
        return sampler.measurements(from: answers, at: moment)
    }

    private var format: MeasurementFormat? {
        get throws(UsageError) {
            guard let name = call.arguments["format"] else { return nil }
            guard let format = MeasurementFormat(rawValue: name) else {
                throw UsageError(
                    "'\(name)' is no format; there are "
                        + MeasurementFormat.allCases.map(\.rawValue).joined(separator: ", ")
                )
            }
            return format
        }
    }

    private func read(
        _ bytes: [UInt8],
        _ format: MeasurementFormat,
        source: String,
        of name: String
    ) throws -> [NewMeasurement] {
        let metric = try metric
        var query: PageQuery?
        if format == .openmetrics, let text = try Self.pairs(call, "query", state).first?.text {
            do {
                query = try PageQuery(text)
            } catch {
                throw UsageError(error.message)
            }
        }
        do {
            return try format.measurements(
                in: bytes,
                of: try metric ?? Self.pairs(call, "query", state).first?.metric,
                query: query,
                for: state,
                at: try moment,
                source: source
            )
        } catch let error as AnswerError {
            throw InputError(.invalid, "'\(name)': \(error)")
        }
    }
}
