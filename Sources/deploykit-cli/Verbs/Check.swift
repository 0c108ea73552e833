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
        var files: [CheckAnswer.File] = []
        var text = ""
        var size = 0
        for path in call.arguments.operands {
            do {
                let file = try ChecklistFile(path)
                size += file.bytes.count
                let findings = file.document?.findings ?? []
                if findings.contains(where: { $0.severity == .error }) {
                    codes.append(.no)
                }
                if call.console.isJSON {
                    files.append(.read(file))
                } else {
                    text += CheckText(file, isVerbose: call.arguments.has("verbose")).text
                }
            } catch let error as InputError {
                codes.append(.invalidData)
                if call.console.isJSON {
                    files.append(.refused(path, error))
                } else {
                    call.console.note(error.message.visible)
                }
            }
        }
        if call.console.isJSON {
            let answer = CheckAnswer(files: files)
            call.console.print(lineOf: answer.canonicalText(likelyCount: 4 * size))
        } else {
            call.console.print(text)
        }
        return .strongest(codes)
    }
}

/// What `check --json` prints.
private struct CheckAnswer: JSONObjectForm {
    enum File {
        case read(ChecklistFile)
        case refused(String, InputError)
    }

    let files: [File]

    func tell(_ members: inout some JSONMembersTaking) {
        members.take("files", files)
        members.take("schemaVersion", .integer(1))
    }
}

extension CheckAnswer.File: JSONObjectForm {
    func tell(_ members: inout some JSONMembersTaking) {
        switch self {
        case .refused(let path, let error):
            members.take(
                "error",
                .members(["code": error.code.rawValue.json, "message": error.message.json])
            )
            members.take("path", path)
        case .read(let file):
            if let document = file.document {
                CheckedFile(document, path: file.path).tell(&members)
            } else {
                members.take("findings", .array([]))
                members.take("hash", file.checklist.hash.json)
                members.take("path", file.path)
                members.take("tasks", .array(Outline(file.checklist).entries.map(Self.task)))
            }
        }
    }

    private static func task(_ entry: Outline.Entry) -> JSONValue {
        .members([
            "id": entry.item.id.json, "text": entry.item.title.json,
            "kind": entry.item.kind.word.json, "source": "declared".json,
        ])
    }
}
