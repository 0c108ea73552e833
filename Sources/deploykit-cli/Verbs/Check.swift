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
                + "is wrong with it, by line. Nothing is run and nothing is recorded.",
            "A command runs only when the page declares it: "
                + "<!-- deploykit: kind=command effect=idempotent --> inside the item.",
        ],
        operands: [Operand("FILE", .several)],
        options: [Option(flag: "verbose", "list every item, and what stayed prose")],
        examples: ["deploykit check docs/DEPLOYMENT.md", "deploykit check --json docs/*.md"],
        exits: [
            (.done, "understood, without an error"),
            (.no, "a finding is an error"),
            (.invalidData, "a file cannot be read as a checklist"),
        ]
    ) { call in
        var codes: [ExitCode] = []
        var files: [JSONValue] = []
        var text = ""
        for path in call.arguments.operands {
            do {
                let file = try ChecklistFile(path)
                let findings = file.document?.findings ?? []
                if findings.contains(where: { $0.severity == .error }) {
                    codes.append(.no)
                }
                if call.console.isJSON {
                    files.append(file.json)
                } else {
                    text += CheckText(file, isVerbose: call.arguments.has("verbose")).text
                }
            } catch let error as InputError {
                codes.append(.invalidData)
                if call.console.isJSON {
                    files.append(
                        .members([
                            "path": path.json,
                            "error": .members([
                                "code": error.code.rawValue.json, "message": error.message.json,
                            ]),
                        ])
                    )
                } else {
                    call.console.note(error.message.visible)
                }
            }
        }
        call.console.print(
            .members(["schemaVersion": 1.json, "files": .array(files)]),
            or: text
        )
        return .strongest(codes)
    }
}

extension ChecklistFile {
    /// What `check --json` says of the file.
    var json: JSONValue {
        if let document { return document.json(path: path) }
        return .members([
            "path": path.json, "hash": checklist.hash.json,
            "tasks": .array(
                Outline(checklist).entries.map { entry in
                    .members([
                        "id": entry.item.id.json, "text": entry.item.title.json,
                        "kind": entry.item.kind.word.json, "source": "declared".json,
                    ])
                }
            ),
            "findings": .array([]),
        ])
    }
}
