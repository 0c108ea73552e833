// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let help = Verb(
        "help",
        "explain a verb, a group of them, or list them all",
        details: [
            "--man prints the page of the manual instead: that of deploykit, or of the verb that is "
                + "named. With --output it writes all pages, one file each, into a folder.",
            "--schema prints the JSON Schema of what the verb prints with --json.",
        ],
        operands: [Operand("VERB", .optional), Operand("VERB", .optional)],
        options: [
            Option(flag: "man", "as a page of the manual, in mdoc"),
            Option("output", "FOLDER", "with --man: write all pages there"),
            Option(flag: "schema", "the JSON Schema of the verb's --json"),
        ],
        examples: [
            "deploykit help", "deploykit help audit", "deploykit help audit verify",
            "deploykit help status --man | man -l -", "deploykit help status --schema",
        ],
        scope: .files,
        exits: [(.done, "shown"), (.invalidData, "a page cannot be written")]
    ) { call in
        if call.arguments.has("schema") { return try schema(call) }
        guard call.arguments.has("man") else {
            if call.arguments.has("output") { throw UsageError("--output goes with --man") }
            let page = try Help.page(for: call.arguments.operands)
            call.console.print(page.json, or: page.text)
            return .done
        }
        if let folder = call.arguments["output"] {
            guard call.arguments.operands.isEmpty else {
                throw UsageError("--output writes the pages of all verbs; name none")
            }
            for page in ManPage.all {
                try OutputFile.replace("\(folder)/\(page.name).1", Array(page.text.utf8))
            }
            call.console.print(
                .members([
                    "schemaVersion": 1.json, "path": folder.json,
                    "pages": ManPage.all.map(\.name).json,
                ]),
                or: "\(ManPage.all.count) pages in \(folder.visible)\n"
            )
            return .done
        }
        let page = try page(for: call.arguments.operands)
        call.console.print(
            .members([
                "schemaVersion": 1.json, "pages": [page.name].json, "text": page.text.json,
            ]),
            or: page.text
        )
        return .done
    }

    // A schema is JSON, whether or not --json is given.
    private static func schema(_ call: Call) throws(UsageError) -> ExitCode {
        guard !call.arguments.operands.isEmpty, !call.arguments.has("man") else {
            throw UsageError("--schema takes a verb, and nothing else")
        }
        let (verb, _) = try find(call.arguments.operands)
        guard let text = VerbSchema.text(for: verb) else {
            throw UsageError("'\(verb.name)' has no schema")
        }
        call.console.print(asIs: text)
        return .done
    }

    private static func page(for words: [String]) throws(UsageError) -> ManPage {
        if words.isEmpty { return .overview }
        let (verb, rest) = try find(words)
        if let word = rest.first {
            throw UsageError("'\(verb.name)' is one verb; '\(word)' is one word too many")
        }
        return ManPage(verb)
    }
}
