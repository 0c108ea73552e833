// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

/// What `check` says of one file to a person.
struct CheckText {
    private let file: ChecklistFile
    private let isVerbose: Bool
    private let declared: Set<ItemID>
    private var checklist: Checklist { file.checklist }

    init(_ file: ChecklistFile, isVerbose: Bool) {
        declared = Set(
            (file.document?.tasks ?? []).compactMap { $0.isDeclared ? $0.id : nil }
        )
        self.file = file
        self.isVerbose = isVerbose
    }

    var text: String {
        var text = "\(file.path.visible)\n  \(summary)\n"
        if Outline(checklist).leaves.isEmpty {
            text += "  there is no task item: 'start' refuses a page without one\n"
        }
        let hints = commandHints
        if !hints.isEmpty { text += "  \(hints.joined(separator: " · "))\n" }
        text += scopes
        if isVerbose { text += items }
        text += findings
        return text + "\n"
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
        file.document == nil || declared.contains(id)
    }

    private var commandHints: [String] {
        let items = checklist.items
        let declared = items.count { $0.kind.isAutomatic }
        let inferred = items.reduce(0) { $0 + $1.offers.count }
        var hints: [String] = []
        if declared > 0 { hints.append("'run' executes \(declared) declared items") }
        if inferred > 0 { hints.append("\(inferred) commands are inferred: none runs by itself") }
        let prose = file.document?.proseBlocks.count ?? 0
        if prose > 0 {
            hints.append("kept as prose: \(prose) blocks" + (isVerbose ? "" : " (--verbose)"))
        }
        return hints
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
        for entry in Outline(checklist).entries {
            let source = isDeclared(entry.item.id) ? "declared" : "inferred"
            text +=
                "  " + (lines[entry.item.id].map(String.init) ?? "-").padded(to: 6)
                + "\(entry.number.padded(to: 8))\(entry.item.kind.word.padded(to: 9)) \(source)  "
                + entry.item.title.visible.cut(to: 46) + "\n"
        }
        for block in file.document?.proseBlocks ?? [] {
            text +=
                "  \(String(block.line).padded(to: 6))prose   \(block.text.visible.cut(to: 60))\n"
        }
        return text
    }

    private var findings: String {
        guard let findings = file.document?.findings, !findings.isEmpty else { return "" }
        var text = "\n"
        for finding in findings {
            text +=
                "  \(finding.severity.rawValue.padded(to: 8))\(String(finding.line).padded(to: 6))"
                + "\(finding.rule.padded(to: 22)) \(finding.message.visible)\n"
        }
        return text
    }
}
