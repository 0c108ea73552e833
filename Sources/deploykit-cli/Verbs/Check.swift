// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

extension Verb {
    static let check = Verb(
        "check",
        "say what is understood of a checklist",
        details: [
            "Says of each FILE what was understood and whether it was declared or inferred, and what "
                + "is wrong with it, by line. Nothing is run and nothing is recorded. Under GitHub "
                + "Actions the findings are shown beside the lines.",
            "A command runs only when the page declares it: "
                + "<!-- deploykit: kind=command effect=idempotent --> inside the item.",
            "--annotate prints the page with everything declared that was inferred, so that later "
                + "versions of it, and of deploykit, understand the same. Only comments are added, "
                + "which GitHub does not show. Of a FILE in JSON it prints the page, with nothing in "
                + "it to guess.",
        ],
        operands: [Operand("FILE", .any)],
        options: [
            Option(flag: "verbose", "list every item, and what stayed prose"),
            Option(flag: "annotate", "print the one FILE with what was inferred declared in it"),
            Option("output", "FILE", "write what --annotate makes there instead"),
            Option(flag: "rules", "list the rules, with their severity and what they find"),
            Option("schema", "NAME", "print the JSON Schema of a 'checklist' or of this 'report'"),
        ],
        examples: [
            "deploykit check docs/DEPLOYMENT.md", "deploykit check --json docs/*.md",
            "deploykit check --annotate docs/DEPLOYMENT.md --output docs/DEPLOYMENT.md",
            "deploykit check --schema report",
        ],
        scope: .files,
        exits: [
            (.done, "understood, without an error"),
            (.no, "a finding is an error"),
            (.invalidData, "a file cannot be read as a checklist"),
        ]
    ) { call in
        let arguments = call.arguments
        if arguments.has("rules") { return rules(call.console) }
        if let name = arguments["schema"] { return try schema(name, call.console) }
        guard !arguments.operands.isEmpty else {
            throw UsageError("FILE is missing", hints: ["usage: deploykit check FILE… [options]"])
        }
        if arguments.has("annotate") { return try annotate(call) }
        if arguments.has("output") { throw UsageError("--output goes with --annotate") }
        return try report(call)
    }

    private static func report(_ call: Call) throws -> ExitCode {
        let directory = try directory(call)
        let isRead = WorkflowCommands.areRead(call.environment)
        var report = CheckReport()
        var commands = WorkflowCommands()
        var text = ""
        var annotations = ""
        for path in call.arguments.operands {
            do throws(InputError) {
                let file = try ChecklistFile(path)
                let findings = file.findings(for: directory)
                report.add(file, findings)
                if !call.console.isJSON {
                    let isVerbose = call.arguments.has("verbose")
                    text += CheckText(file, findings, isVerbose: isVerbose).text
                }
                if isRead {
                    for severity in LintRule.Severity.allCases {
                        for finding in findings where finding.severity == severity {
                            annotations += commands.annotation(finding, in: path)
                        }
                    }
                }
            } catch {
                report.add(error, at: path)
                if isRead { annotations += commands.refusal(error.message, of: path) }
                if !isRead, !call.console.isJSON { call.console.note(error.message.visible) }
            }
        }
        if call.console.isJSON {
            call.console.print(report)
            call.console.printError(annotations)
        } else if isRead {
            call.console.print(asIs: WorkflowCommands.fenced(text) + annotations)
        } else {
            call.console.print(text)
        }
        return .strongest(report.codes)
    }

    // The people of the project file, where there is one: without them anyone may sign.
    private static func directory(_ call: Call) throws -> Directory {
        guard let path = try StoreLocation(call).project else { return Directory() }
        return try ProjectFile.read(path).directory
    }

    private static func annotate(_ call: Call) throws -> ExitCode {
        guard call.arguments.operands.count == 1 else {
            throw UsageError("--annotate takes one FILE at a time")
        }
        let path = call.operand(0)
        let file = try ChecklistFile(path)
        guard file.document != nil else { return try page(of: file, call) }
        let annotation: Annotation
        do throws(DocumentError) {
            annotation = try Annotation(of: file.bytes)
        } catch {
            throw InputError(.invalid, "'\(path)': \(error.message)")
        }
        let output = call.arguments["output"]
        if let output { try OutputFile.replace(output, annotation.bytes) }
        show(
            annotation.bytes,
            inserted: annotation.count,
            or: "\(annotation.count) declarations added",
            output,
            call.console
        )
        return .done
    }

    // A checklist in JSON is declared as a whole: its page has no guess in it.
    private static func page(of file: ChecklistFile, _ call: Call) throws -> ExitCode {
        let page: ChecklistPage
        do throws(DocumentError) {
            page = try ChecklistPage(of: file.checklist)
        } catch {
            throw InputError(.invalid, "'\(file.path)': \(error.message)")
        }
        let output = call.arguments["output"]
        if let output { try OutputFile.replace(output, page.bytes) }
        show(
            page.bytes,
            inserted: nil,
            or: "the page of \(file.path.visible)",
            output,
            call.console
        )
        return .done
    }

    private static func show(
        _ bytes: [UInt8],
        inserted: Int?,
        or words: String,
        _ output: String?,
        _ console: Console
    ) {
        let markdown = String(decoding: bytes, as: UTF8.self)
        // A page is data, and printed as it is.
        guard output != nil || console.isJSON else { return console.print(asIs: markdown) }
        console.print(
            .members([
                "schemaVersion": 1.json, "path": output?.json, "inserted": inserted?.json,
                "markdown": output == nil ? markdown.json : nil,
            ]),
            or: "\(words), in \(output?.visible ?? "")\n"
        )
    }

    private static func rules(_ console: Console) -> ExitCode {
        let width = LintRule.all.map(\.name.count).max() ?? 0
        let text = LintRule.all.map { rule in
            let lead = "\(rule.severity.rawValue.padded(to: 8)) \(rule.name.padded(to: width))  "
            let lines = rule.sentence.wrapped(to: 60).split(separator: "\n")
            return lines.enumerated().map { index, line in
                (index == 0 ? lead : String(repeating: " ", count: lead.count)) + line + "\n"
            }.joined()
        }.joined()
        console.print(
            .members(["schemaVersion": 1.json, "rules": LintRule.all.map(\.json).json]),
            or: text
        )
        return .done
    }

    private static func schema(_ name: String, _ console: Console) throws -> ExitCode {
        guard let schema = PublishedSchema(rawValue: name) else {
            throw UsageError(
                "there is no schema '\(name)'",
                hints: PublishedSchema.allCases.map { "--schema \($0.rawValue)" }
            )
        }
        console.print(asIs: schema.text)
        return .done
    }
}
