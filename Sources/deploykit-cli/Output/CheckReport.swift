// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

/// What `check` says of all its files to a program: the files, and the rules that their findings
/// name.
struct CheckReport {
    fileprivate enum File {
        case read(ChecklistFile, [ChecklistDocument.Finding])
        case refused(String, InputError)
    }

    /// What each file means for the exit code.
    private(set) var codes: [ExitCode] = []
    private var files: [File] = []
    private var rules: Set<String> = []

    mutating func add(_ file: ChecklistFile, _ findings: [ChecklistDocument.Finding]) {
        if findings.contains(where: { $0.severity == .error }) { codes.append(.no) }
        rules.formUnion(findings.map(\.rule))
        files.append(.read(file, findings))
    }

    mutating func add(_ error: InputError, at path: String) {
        codes.append(.invalidData)
        files.append(.refused(path, error))
    }
}

extension CheckReport: JSONObjectForm {
    func tell(_ members: inout some JSONMembersTaking) {
        members.take("files", files)
        members.take("rules", LintRule.all.filter { rules.contains($0.name) }.map(\.json).json)
        members.take("schemaVersion", 1)
    }
}

extension CheckReport.File: JSONObjectForm {
    func tell(_ members: inout some JSONMembersTaking) {
        switch self {
        case .refused(let path, let error):
            members.take(
                "error",
                .members(["code": error.code.rawValue.json, "message": error.message.json])
            )
            members.take("path", path)
        case .read(let file, let findings):
            if let document = file.document {
                CheckedFile(document, path: file.path, findings: findings).tell(&members)
            } else {
                members.take("findings", findings)
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

extension ChecklistFile {
    /// What the rules object to; a definition without lines has it all on line 1.
    func findings(for directory: Directory) -> [ChecklistDocument.Finding] {
        document?.findings(for: directory)
            ?? ChecklistDocument.findings(in: checklist, for: directory)
    }
}
