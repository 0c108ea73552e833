// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

extension Verb {
    static let metricRules = Verb(
        "metric rules",
        "write alerting rules of Prometheus, or read them",
        details: [
            "Without --read: the metrics of a checklist, or of the deployment, as a rule file on "
                + "standard output, one rule for each band and one for having no data. What a rule "
                + "cannot say is told on standard error.",
            "With --read: what a rule file, or the fences of a page, says as metrics, and what is "
                + "lost on the way; --against looks at the rules and a page with the rules of lint "
                + "across both.",
        ],
        operands: [Operand("FILE", .optional)],
        options: [
            Option(flag: "read", "read FILE instead of writing rules"),
            Option("against", "PAGE", "a page whose thresholds the rules must not contradict"),
            .query,
        ],
        examples: [
            "deploykit metric rules CHECKLIST.md --query 'lag=sum(kafka_lag)' > rules.yml",
            "deploykit metric rules rules.yml --read --against CHECKLIST.md",
        ],
        exits: [
            (.done, "written, or read without an error of lint"),
            (.no, "a rule of lint of severity 'error' is broken"),
            (.undecided, "no metric can be written as a rule"),
        ]
    ) { call in
        call.arguments.has("read") ? try read(call) : try await write(call)
    }

    private static func write(_ call: Call) async throws -> ExitCode {
        let checklist: Checklist
        if let path = call.arguments.operands.first {
            checklist = try ChecklistFile(path).checklist
        } else {
            let workspace = try await Workspace.reading(call)
            checklist = try await workspace.deployment(orLatest: true).state().checklist
        }
        var expressions: [MetricID: String] = [:]
        for word in call.arguments.all("query") {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[1].isEmpty else {
                throw UsageError("--query '\(word)' is not METRIC=EXPRESSION")
            }
            let id = MetricID(String(parts[0]))
            guard checklist.metrics.contains(where: { $0.id == id }) else {
                throw UsageError(
                    "the checklist has no metric '\(id)'",
                    hints: checklist.metrics.map(\.id.text)
                )
            }
            expressions[id] = String(parts[1])
        }
        let export = RuleExport(
            checklist.metrics,
            group: checklist.service ?? checklist.title,
            expressions: expressions
        )
        for loss in export.losses { call.console.note("\(loss.metric): \(loss.message)".visible) }
        call.console.print(
            .members([
                "schemaVersion": 1.json, "rules": export.yaml.json, "count": export.ruleCount.json,
                "losses": .array(
                    export.losses.map {
                        .members(["metric": $0.metric.json, "message": $0.message.json])
                    }
                ),
            ]),
            orData: export.yaml
        )
        return export.ruleCount == 0 ? .undecided : .done
    }

    private static func read(_ call: Call) throws -> ExitCode {
        guard let path = call.arguments.operands.first else {
            throw UsageError("--read needs a FILE")
        }
        let (bytes, text) = try InputFile.document(path)
        let reading: RuleReading
        do {
            let isPage =
                path.lowercased().hasSuffix(".md") || path.lowercased().hasSuffix(".markdown")
            reading =
                isPage
                ? try RuleReading(page: bytes)
                : try RuleReading(
                    file: text,
                    against: try call.arguments["against"].map { try InputFile.document($0).text }
                )
        } catch let error as RuleError {
            throw InputError(.invalid, "'\(path)': \(error)")
        } catch let error as DocumentError {
            throw InputError(.invalid, "line \(error.line): \(error.message)")
        }
        let imported = RuleImport(reading.rules)
        call.console.print(
            .members([
                "schemaVersion": 1.json,
                "metrics": .array(
                    imported.metrics.map { derived in
                        .members([
                            "metric": derived.metric.json, "expression": derived.expression.json,
                            "lines": derived.lines.json,
                        ])
                    }
                ),
                "losses": .array(
                    imported.losses.map { loss in
                        .members([
                            "line": loss.line.json, "rule": loss.rule.json,
                            "message": loss.message.json,
                        ])
                    }
                ),
                "findings": .array(
                    reading.findings.map { finding in
                        .members([
                            "rule": finding.rule.json, "line": finding.line.json,
                            "severity": finding.severity.rawValue.json,
                            "message": finding.message.json,
                        ])
                    }
                ),
            ]),
            or: Self.text(imported, reading)
        )
        let isBroken = reading.findings.contains { $0.severity == .error }
        return isBroken ? .no : .done
    }

    private static func text(_ imported: RuleImport, _ reading: RuleReading) -> String {
        var text = ""
        for derived in imported.metrics {
            let bands = derived.metric.bands
            let bounds = [("warning", bands.warning), ("critical", bands.critical)]
                .compactMap { name, bound in bound.map { "\(name) \($0)" } }
            text += "\(derived.metric.id): \(bounds.joined(separator: ", "))\n"
            text += "  \(derived.expression)\n"
        }
        for loss in imported.losses {
            text += "line \(loss.line): \(loss.rule): lost: \(loss.message)\n"
        }
        for finding in reading.findings {
            text += "line \(finding.line): \(finding.rule): \(finding.message)\n"
        }
        return text.split(separator: "\n").map { String($0).visible + "\n" }.joined()
    }
}
