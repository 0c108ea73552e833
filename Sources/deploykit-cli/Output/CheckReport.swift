// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

/// What `check` says of all its files to a program.
struct CheckReport {
    /// What each file means for the exit code.
    private(set) var codes: [ExitCode] = []
    private var files: [JSONValue] = []
    private var rules: Set<String> = []

    mutating func add(_ file: ChecklistFile, _ findings: [ChecklistDocument.Finding]) {
        if findings.contains(where: { $0.severity == .error }) { codes.append(.no) }
        rules.formUnion(findings.map(\.rule))
        files.append(file.json(findings))
    }

    mutating func add(_ error: InputError, at path: String) {
        codes.append(.invalidData)
        files.append(
            .members([
                "path": path.json,
                "error": .members([
                    "code": error.code.rawValue.json, "message": error.message.json,
                ]),
            ])
        )
    }

    /// The files, and the rules that their findings name.
    var json: JSONValue {
        .members([
            "schemaVersion": 1.json, "files": .array(files),
            "rules": LintRule.all.filter { rules.contains($0.name) }.map(\.json).json,
        ])
    }
}

extension ChecklistFile {
    /// What the rules object to; a definition without lines has it all on line 1.
    func findings(for directory: Directory) -> [ChecklistDocument.Finding] {
        document?.findings(for: directory)
            ?? ChecklistDocument.findings(in: checklist, for: directory)
    }

    fileprivate func json(_ findings: [ChecklistDocument.Finding]) -> JSONValue {
        if let document { return document.json(path: path, findings: findings) }
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
            "findings": findings.map(\.json).json,
        ])
    }
}
