// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

/// What `check` says of one file to a person.
struct CheckText {
    private let file: ChecklistFile
    private let findings: [ChecklistDocument.Finding]
    private let isVerbose: Bool
    private var checklist: Checklist { file.checklist }

    /// How many findings are shown of a file; `--json` has them all.
    static let findingLimit = 100

    init(_ file: ChecklistFile, _ findings: [ChecklistDocument.Finding], isVerbose: Bool) {
        self.file = file
        self.findings = findings
        self.isVerbose = isVerbose
    }

    var text: String {
        var text = "\(file.path.visible)\n  \(summary)\n"
        if Outline(checklist).leaves.isEmpty {
            text += "  there is no task item: 'start' refuses a page without one\n"
            if checklist.rollbackPlan?.levels.isEmpty == false {
                text +=
                    "  what stands there is a rollback: 'rehearse' tries it, and kind=manual below a "
                    + "heading\n  makes its tasks items of a run\n"
            }
        }
        let hints = commandHints
        if !hints.isEmpty { text += "  \(hints.joined(separator: " · "))\n" }
        text += destructiveLines
        text += scopes
        if isVerbose { text += items }
        return text + findingLines + "\n"
    }

    private var summary: String {
        let leaves = Outline(checklist).leaves
        let declared = leaves.count { isDeclared($0.item.id) }
        let parts: [(Int, String, String)] = [
            (checklist.phases.count, "phase", "phases"),
            (checklist.rollbackPlan?.levels.count ?? 0, "rollback level", "rollback levels"),
            (checklist.metrics.count, "metric", "metrics"),
            (checklist.signOffSlots.count, "sign-off slot", "sign-off slots"),
            (checklist.contractSlots.count, "contract", "contracts"),
            (checklist.fields.count, "field", "fields"),
        ]
        let items =
            "\(leaves.count) \(leaves.count == 1 ? "item" : "items") "
            + "(\(declared) declared, \(leaves.count - declared) inferred)"
        let rest = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.0 == 1 ? $0.1 : $0.2)" }
        return ([items] + rest).joined(separator: " · ")
    }

    private func isDeclared(_ id: ItemID) -> Bool {
        file.document?.declaredItems.contains(id) ?? true
    }

    private var commandHints: [String] {
        let items = checklist.items
        let declared = items.count { $0.kind.isAutomatic }
        let inferred = items.reduce(0) { $0 + $1.offers.count }
        var hints: [String] = []
        if declared > 0 { hints.append("'run' executes \(declared) declared items") }
        if inferred > 0 {
            hints.append(
                inferred == 1
                    ? "1 command is inferred: 'run --offer' asks about it"
                    : "\(inferred) commands are inferred: 'run --offer' asks about each"
            )
        }
        let prose = file.document?.proseBlocks.count ?? 0
        if prose > 0 {
            hints.append(
                "kept as prose: \(prose) \(prose == 1 ? "block" : "blocks")"
                    + (isVerbose ? "" : " (--verbose)")
            )
        }
        return hints
    }

    private var destructiveLines: String {
        let lines = (file.document?.codeLines ?? []).filter(\.isDestructive).map { "\($0.line)" }
        guard !lines.isEmpty else { return "" }
        let place = lines.count == 1 ? "line" : "lines"
        return "  destructive commands: \(place) \(lines.joined(separator: ", "))\n"
    }

    private var scopes: String {
        let outline = Outline(checklist)
        guard outline.phaseScopes.contains(where: { !$0.isEmpty }) else { return "" }
        var text = "  environments (\(checklist.infersScopes ? "inferred" : "declared")):\n"
        for (phase, scope) in zip(checklist.phases, outline.phaseScopes) {
            let words = scope.isEmpty ? "all" : scope.joined(separator: ", ")
            text += "    \(phase.title.visible.cut(to: 50).padded(to: 52))\(words.visible)\n"
        }
        return text
    }

    private var items: String {
        var text = ""
        var lines: [ItemID: Int] = [:]
        for task in file.document?.tasks ?? [] {
            if let id = task.id { lines[id] = task.line }
        }
        for step in file.document?.stepLines ?? [] { lines[ItemID(step.name)] = step.line }
        let entries = Outline(checklist).entries
        let width = max(8, (entries.map(\.number.count).max() ?? 0) + 1)
        for entry in entries {
            let source = isDeclared(entry.item.id) ? "declared" : "inferred"
            text +=
                "  " + (lines[entry.item.id].map(String.init) ?? "-").padded(to: 6)
                + "\(entry.number.padded(to: width))\(entry.item.kind.word.padded(to: 9)) \(source)  "
                + entry.item.title.visible.cut(to: 46) + "\n"
        }
        for code in file.document?.codeLines ?? [] {
            let words = [
                code.use.rawValue, code.isDestructive ? "destructive" : "", code.language.visible,
            ]
            text +=
                "  \(String(code.line).padded(to: 6))code    "
                + words.filter { !$0.isEmpty }.joined(separator: "  ") + "\n"
        }
        for block in file.document?.proseBlocks ?? [] {
            text +=
                "  \(String(block.line).padded(to: 6))prose   \(block.text.visible.cut(to: 60))\n"
        }
        return text
    }

    private var findingLines: String {
        guard !findings.isEmpty else { return "" }
        var shown = findings
        if findings.count > Self.findingLimit {
            let byWeight = LintRule.Severity.allCases.flatMap { severity in
                findings.filter { $0.severity == severity }
            }
            shown = byWeight.prefix(Self.findingLimit).sorted { $0.line < $1.line }
        }
        var text = "\n"
        for finding in shown {
            text +=
                "  \(finding.severity.rawValue.padded(to: 8))\(String(finding.line).padded(to: 6))"
                + "\(finding.rule.padded(to: 22)) \(finding.message.visible)\n"
        }
        let rest = findings.count - shown.count
        if rest > 0 { text += "  and \(rest) more, which --json lists\n" }
        let counts = LintRule.Severity.allCases.compactMap { severity -> String? in
            let count = findings.count { $0.severity == severity }
            return count == 0 ? nil : "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
        }
        return text + "  \(counts.joined(separator: ", "))\n"
    }
}
