// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitTesting
import Foundation
import Testing

/// Sustained violations and exported rules, as `promtool` of Prometheus sees them.
@Suite struct PromtoolTests {
    private static let hasPromtool = Scratch.has("promtool")

    // MARK: How long a violation lasts

    /// What a series has at one minute.
    private enum Step: Hashable {
        case value(Int)
        /// No sample; the last one is still seen for five minutes.
        case missing
        /// The series is marked as gone.
        case stale

        var text: String {
            switch self {
            case .value(let value): "\(value)"
            case .missing: "_"
            case .stale: "stale"
            }
        }
    }

    private struct Trace {
        var lasting: Int
        var keeping: Int
        var steps: [Step]

        init(seed: UInt64) {
            var random = SplitMix64(seed: seed)
            lasting = [0, 1, 2, 3, 5, 10].randomElement(using: &random) ?? 0
            keeping = [0, 0, 1, 3, 5].randomElement(using: &random) ?? 0
            steps = []
            var isBad = Bool.random(using: &random)
            while steps.count < 60 {
                let length = Int.random(in: 1...9, using: &random)
                switch Int.random(in: 0...5, using: &random) {
                case 0: steps += Array(repeating: .missing, count: length)
                case 1:
                    steps.append(.stale)
                    steps += Array(repeating: .missing, count: length / 2)
                default: steps += Array(repeating: .value(isBad ? 2 : 0), count: length)
                }
                isBad.toggle()
            }
            steps.removeLast(steps.count - 60)
        }

        var name: String { "For\(lasting)Keep\(keeping)" }

        /// What Prometheus finds at a minute: the last sample of the last five minutes, unless the
        /// series was marked as gone since. Version 3 leaves out the one of exactly five minutes ago.
        func seen(at minute: Int, isVersion3: Bool) -> Int? {
            for age in 0...(isVersion3 ? 4 : 5) where minute >= age {
                switch steps[minute - age] {
                case .value(let value): return value
                case .stale: return nil
                case .missing: continue
                }
            }
            return nil
        }

        /// The minutes at which our engine says that it counts.
        func firing(isVersion3: Bool) throws -> [Int] {
            let rule: Sustain.Rule = .lasting(.seconds(60 * lasting), gap: .reset)
            let metric = SuccessMetric(
                id: "x",
                title: "x",
                unit: .number,
                direction: .lowerIsBetter,
                bands: Bands(critical: try Bound("> 1")),
                sustain: try Sustain(rule, keepFor: keeping > 0 ? .seconds(60 * keeping) : nil)
            )
            var judge = SeriesJudge(metric)
            return try steps.indices.filter { minute in
                let value = seen(at: minute, isVersion3: isVersion3)
                let outcome: Measurement.Outcome =
                    try value.map { .value(try Quantity("\($0)")) } ?? .absent
                let at = Timestamp(milliseconds: Int64(minute) * 60_000)
                judge.observe(Measurement(at: at, outcome))
                return judge.verdict.severity == .critical
            }
        }
    }

    private static func isVersion3() throws -> Bool {
        let version = try Scratch().run("promtool --version").output
        return version.contains("version 3.")
    }

    @Test(.enabled(if: hasPromtool, "promtool (Debian: prometheus) is not installed"))
    func sustainedViolationsFireAtTheSameMinutes() throws {
        let isVersion3 = try Self.isVersion3()
        let count = Scratch.count("DEPLOYKIT_TRACES") ?? 20
        let scratch = try Scratch()
        var rules = "groups:\n- name: g\n  rules:\n"
        for lasting in [0, 1, 2, 3, 5, 10] {
            for keeping in [0, 1, 3, 5] {
                rules += "  - alert: For\(lasting)Keep\(keeping)\n    expr: x > 1\n"
                rules += "    for: \(lasting)m\n    keep_firing_for: \(keeping)m\n"
            }
        }
        try scratch.write(rules, "rules.yml")
        var tests = "rule_files: [rules.yml]\nevaluation_interval: 1m\ntests:\n"
        var minutes = 0
        for seed in 1...UInt64(count) {
            let trace = Trace(seed: seed)
            let firing = Set(try trace.firing(isVersion3: isVersion3))
            minutes += trace.steps.count
            tests +=
                "- name: trace\(seed)\n  interval: 1m\n  input_series:\n  - series: x\n    values: "
            tests +=
                "'" + trace.steps.map(\.text).joined(separator: " ") + "'\n  alert_rule_test:\n"
            for minute in trace.steps.indices {
                tests += "  - {eval_time: \(minute)m, alertname: \(trace.name), exp_alerts: "
                tests += firing.contains(minute) ? "[{exp_labels: {}}]}\n" : "[]}\n"
            }
        }
        try scratch.write(tests, "tests.yml")
        let (status, output) = try scratch.run("promtool test rules tests.yml")
        #expect(status == 0, "\(output.prefix(2000))")
        print("promtool agrees with \(count) traces, \(minutes) minutes")
    }

    // MARK: Exported rules

    /// The worked example: a success rate out of two counters.
    private static func delivery() throws -> SuccessMetric {
        SuccessMetric(
            id: "email.delivery.success",
            title: "Email delivery \"success\" {{ rate }}: 95 % → ok",
            unit: .ratio,
            direction: .higherIsBetter,
            aggregation: .ratio(
                RatioTerms(
                    "notification_email_sent_total",
                    .others("notification_email_failed_total")
                )
            ),
            bands: Bands(
                target: try Bound("> 95%"),
                warning: try Bound("< 90%"),
                critical: try Bound("< 80%")
            ),
            window: .seconds(300),
            sustain: try Sustain(.lasting(.seconds(300), gap: .reset)),
            minimumSamples: 20
        )
    }

    /// The input of each case, and the severities that fire after 20 minutes.
    private static let cases: [(name: String, series: [String: String], fires: [String])] = [
        ("no failed series", ["sent": "0+100x30"], []),
        (
            "only labelled failures", ["failed{error_type=\"auth\"}": "0+60x30"],
            ["warning", "critical"]
        ),
        ("85 %", ["sent": "0+85x30", "failed": "0+15x30"], ["warning"]),
        ("exactly 90 %", ["sent": "0+90x30", "failed": "0+10x30"], []),
        ("exactly 80 %", ["sent": "0+80x30", "failed": "0+20x30"], ["warning"]),
        ("flat counters", ["sent": "100x30", "failed": "3x30"], ["nodata"]),
        ("nothing scraped", ["other": "1x30"], ["nodata"]),
    ]

    @Test(.enabled(if: hasPromtool, "promtool (Debian: prometheus) is not installed"))
    func exportedRulesFireAsTheMetricIsJudged() throws {
        let export = RuleExport([try Self.delivery()], group: "orders: 1")
        #expect(export.ruleCount == 3)
        let scratch = try Scratch()
        try scratch.write(export.yaml, "rules.yml")
        let (checked, says) = try scratch.run("promtool check rules rules.yml")
        #expect(checked == 0, "\(says)")
        var tests = "rule_files: [rules.yml]\nevaluation_interval: 1m\ntests:\n"
        for (name, series, fires) in Self.cases {
            tests += "- name: '\(name)'\n  interval: 1m\n  input_series:\n"
            for (counter, values) in series {
                let parts = counter.split(separator: "{", maxSplits: 1)
                let labels = parts.count == 2 ? "{" + parts[1] : ""
                tests += "  - series: 'notification_email_\(parts[0])_total\(labels)'\n"
                tests += "    values: '\(values)'\n"
            }
            tests += "  alert_rule_test:\n"
            for (alert, severities) in [
                ("EmailDeliverySuccess", ["warning", "critical"]),
                ("EmailDeliverySuccessNoData", ["nodata"]),
            ] {
                tests += "  - eval_time: 20m\n    alertname: \(alert)\n    exp_alerts:\n"
                let firing = severities.filter { fires.contains($0) }
                if firing.isEmpty { tests += "      []\n" }
                for severity in firing {
                    tests +=
                        "    - exp_labels: {severity: \(severity), objective: email.delivery.success}\n"
                    tests +=
                        "      exp_annotations: {summary: 'Email delivery \"success\" {{ rate }}: 95 % → ok'}\n"
                }
            }
        }
        try scratch.write(tests, "tests.yml")
        let (status, output) = try scratch.run("promtool test rules tests.yml")
        #expect(status == 0, "\(output.prefix(2000))")
        print("promtool: \(Self.cases.count) cases of exported rules")
    }

    @Test(.enabled(if: hasPromtool, "promtool (Debian: prometheus) is not installed"))
    func everyKindOfMetricMakesRulesThatPrometheusTakes() throws {
        var random = SplitMix64(seed: 3)
        let bounds = [
            "> 5s", "< 10/h", "> 1.5KB", "0/h..5/h", "!1s..2s", "= 0", "!= 3", "> 20%",
            "<= 1000 messages",
        ]
        var metrics: [SuccessMetric] = []
        var expressions: [MetricID: String] = [:]
        for number in 0..<60 {
            let bound = try Bound(bounds.randomElement(using: &random) ?? "")
            let id = MetricID(
                "\(["9.lives", "größe", "a-b", "x~2"].randomElement(using: &random) ?? "")-\(number)"
            )
            let title = [
                "plain", "it's \"quoted\"", "back\\slash", "new\nline", "{{ .Value }}", "tab\t: #",
            ]
            metrics.append(
                SuccessMetric(
                    id: id,
                    title: title.randomElement(using: &random) ?? "",
                    unit: bound.unit,
                    direction: .withinRange,
                    bands: Bands(warning: bound),
                    sustain: try Sustain(
                        [.instant, .lasting(.milliseconds(90_500), gap: .hold), .consecutive(3)]
                            .randomElement(using: &random) ?? .instant,
                        keepFor: Bool.random(using: &random) ? .seconds(3600) : nil
                    ),
                    noData: NoDataPolicies(
                        absent: [.incomplete, .breach, .notBreach].randomElement(using: &random)
                            ?? .breach
                    )
                )
            )
            expressions[id] = [
                "sum(x)", "histogram_quantile(0.95, sum by (le) (rate(y_bucket[5m])))",
            ]
            .randomElement(using: &random)
        }
        let export = RuleExport(metrics, group: "all", expressions: expressions)
        let scratch = try Scratch()
        try scratch.write(export.yaml, "rules.yml")
        // Two rules of one name are remarked upon, and taken.
        let (status, output) = try scratch.run("promtool check rules --lint=none rules.yml")
        #expect(status == 0, "\(output.prefix(1000))")
        #expect(output.contains("\(export.ruleCount) rules"))
        // What is written is read again.
        #expect(try RuleFile(Array(export.yaml.utf8)).rules.count == export.ruleCount)
        #expect(RuleExport([], group: "none").yaml == "groups: []\n")
    }

    // MARK: Rule files

    private static let file = """
        # The rules of a service.
        ---
        groups:
        - name: orders
          interval: 30s
          rules:
          - alert: LagHigh
            expr: 'kafka_lag{group="a: b"} > 1000'   # per group
            for: 1h30m
            keep_firing_for: 5m
            labels: {severity: critical, team: "x, y"}
            annotations:
              summary: "Lag is \\u0041 \\"{{ $value }}\\""
              description: >-
                It grows
                and grows.
          - alert: LagHigh
            expr: |
              kafka_lag{group="a: b"}
                > 100
            labels:
              severity: warning
          - record: job:lag:sum
            expr: sum by (job) (kafka_lag)
        - name: "more"
          rules:
            - alert: Gone
              expr: absent(up) == 1 and on() vector(1)
            - alert: Reversed
              expr: 0.5 < failed / sent

        """

    private static let refusedFiles: [(String, String)] = [
        ("1h30m", "5 m"), ("1h30m", "1.5h"), ("1h30m", "30m1h"), ("1h30m", "soon"),
        ("interval: 30s", "intervall: 30s"), ("keep_firing_for", "keep_fireing_for"),
        ("    expr: 'kafka_lag{group=\"a: b\"} > 1000'   # per group\n", ""),
        ("  - record: job:lag:sum\n", "  - alert: A\n    record: job:lag:sum\n"),
        ("'kafka_lag{group=\"a: b\"} > 1000'", "kafka_lag{group=\"a: b\"} > 1000"),
        ("{severity: critical, team: \"x, y\"}", "{severity: critical"),
        ("- name: orders\n", "- nme: orders\n"), ("  interval: 30s", "\tinterval: 30s"),
        ("severity: warning", "severity: warning\n      severity: critical"),
        ("groups:\n- name: orders", "group:\n- name: orders"), ("\"more\"", "\"more"),
    ]

    @Test func readsRuleFilesAndSaysWhatIsLost() throws {
        let rules = try RuleFile(Array(Self.file.utf8)).rules
        #expect(rules.map(\.name) == ["LagHigh", "LagHigh", "job:lag:sum", "Gone", "Reversed"])
        #expect(rules[0].expression == "kafka_lag{group=\"a: b\"} > 1000")
        #expect(rules[0].lasting == .seconds(5400) && rules[0].keepFor == .seconds(300))
        #expect(rules[0].labels == ["severity": "critical", "team": "x, y"])
        #expect(rules[0].annotations["summary"] == "Lag is A \"{{ $value }}\"")
        #expect(rules[0].annotations["description"] == "It grows and grows.")
        #expect(rules[1].expression == "kafka_lag{group=\"a: b\"}\n  > 100")
        #expect(rules.map(\.line) == [7, 17, 23, 27, 29])
        let imported = RuleImport(rules)
        #expect(
            imported.metrics.map(\.expression) == ["kafka_lag{group=\"a: b\"}", "failed / sent"]
        )
        #expect(imported.metrics[0].metric.bands.critical == (try Bound("> 1000")))
        #expect(imported.metrics[0].metric.bands.warning == (try Bound("> 100")))
        #expect(imported.metrics[0].lines == [7, 17])
        #expect(imported.metrics[0].metric.findings == [])
        #expect(imported.metrics[1].metric.bands.warning == (try Bound("> 0.5")))
        let lost = imported.losses.map { "\($0.line) \($0.message)" }
        #expect(lost.contains { $0.hasPrefix("7 the labels team") })
        #expect(lost.contains { $0.hasPrefix("17 its own 'for'") })
        #expect(lost.contains { $0.hasPrefix("23 it records") })
        #expect(lost.contains { $0.hasPrefix("27 its expression is no comparison") })
        #expect(lost.contains { $0.hasPrefix("29 it has no severity") })
    }

    @Test(
        .enabled(if: hasPromtool, "promtool (Debian: prometheus) is not installed"),
        arguments: refusedFiles.indices
    )
    func whatPrometheusRefusesIsRefusedWithItsLine(index: Int) throws {
        let (old, new) = Self.refusedFiles[index]
        let text = Self.file.replacingOccurrences(of: old, with: new)
        try #require(text != Self.file)
        let scratch = try Scratch()
        try scratch.write(text, "rules.yml")
        #expect(try scratch.run("promtool check rules --lint=none rules.yml").status != 0)
        #expect(throws: RuleError.self) { try RuleFile(Array(text.utf8)) }
        try scratch.write(Self.file, "sound.yml")
        #expect(try scratch.run("promtool check rules --lint=none sound.yml").status == 0)
    }

    // YAML that is sound elsewhere, and stays unread here.
    @Test(arguments: [
        ("labels: {severity: critical, team: \"x, y\"}", "labels: &a {severity: critical}", 11),
        ("severity: warning", "severity: !!str warning", 22),
        ("      severity: warning", "      <<: x", 22),
        ("sum by (job) (kafka_lag)", "sum by (job)\n        (kafka_lag)", 25),
        ("name: \"more\"", "name: *m", 25),
        ("# The rules of a service.\n---", "---\n---", 2),
    ])
    func otherYAMLIsRefusedByLine(old: String, new: String, line: Int) throws {
        let text = Self.file.replacingOccurrences(of: old, with: new)
        try #require(text != Self.file)
        #expect { try RuleFile(Array(text.utf8)) } throws: { error in
            (error as? RuleError)?.line == line
        }
    }

    @Test func aRuleFileIsLookedAtBesideAPage() throws {
        let page = "# Deploy\n\n## Metrics to monitor\n\n- Failure rate: Critical: >20%\n"
        let rules = """
            groups:
            - name: g
              rules:
              - alert: FailureRate
                expr: rate(failed_total{kind="x"}[5m]) / rate(sent_total{kind="x"}[5m]) > 0.2
            """
        let alone = try RuleReading(file: rules)
        #expect(alone.findings.map(\.rule).contains("division-by-zero"))
        #expect(alone.findings.allSatisfy { $0.line == 5 })
        let beside = try RuleReading(file: rules, against: page)
        #expect(beside.findings.allSatisfy { $0.line == 5 })
        let fence = Array("# Rules\n\n```yaml\n\(rules)\n```\n".utf8)
        #expect(try RuleReading(page: fence).rules.map(\.line) == [7])
    }
}
