// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

extension ChecklistDocument {
    /// The ``findings``, and what only shows once it is known who may sign; by line.
    public func findings(for directory: Directory) -> [Finding] {
        if directory.isEmpty { return findings }
        let lines = Dictionary(
            signOffLines.map { ($0.id, $0.line) },
            uniquingKeysWith: { first, _ in first }
        )
        let people = checklist.findings(directory: directory).compactMap { finding -> Finding? in
            guard finding.rule == .unsatisfiableSignOff, case .slot(let id) = finding.subject else {
                return nil
            }
            return Finding(finding.rule, line: lines[id] ?? 1, finding.message)
        }
        let others = findings.filter { $0.rule != LintRule.unsatisfiableSignOff.name }
        return (others + people).sorted { ($0.line, $0.rule) < ($1.line, $1.rule) }
    }

    /// What the rules object to in a definition without a page, all of it on line 1, with the part
    /// that it is about before the message.
    public static func findings(in checklist: Checklist, for directory: Directory) -> [Finding] {
        checklist.findings(directory: directory).map { finding in
            let line = finding.commandLine.map { ", line \($0) of its command" } ?? ""
            return Finding(
                finding.rule,
                line: 1,
                "\(finding.subject)\(line): \(finding.message)"
            )
        }
    }
}
