// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

extension ChecklistDocument {
    /// What `check --json` prints of one file. A later version may add members.
    ///
    /// - Parameters:
    ///   - path: The file's name as it was given.
    ///   - findings: What is listed as objections; `nil` for ``findings``.
    /// - Returns: An object with the lists of what was found, each element with its `line`.
    public func json(path: String, findings: [Finding]? = nil) -> JSONValue {
        CheckedFile(self, path: path, findings: findings ?? self.findings).jsonObject
    }
}

/// What `check --json` prints of one file.
package struct CheckedFile: JSONObjectForm {
    let document: ChecklistDocument
    let path: String
    let findings: [ChecklistDocument.Finding]

    /// A file as it was understood, and what is listed as objections.
    package init(
        _ document: ChecklistDocument,
        path: String,
        findings: [ChecklistDocument.Finding]
    ) {
        self.document = document
        self.path = path
        self.findings = findings
    }

    /// Tells the lists of what was found, each element with its `line`.
    package func tell(_ members: inout some JSONMembersTaking) {
        let checklist = document.checklist
        members.take("code", document.codeLines)
        members.take("contracts", document.contractLines)
        members.take("fields", checklist.fields.json)
        members.take("findings", findings)
        members.take("hash", checklist.hash.json)
        members.take("path", path)
        members.take("prose", document.proseBlocks)
        members.take("rollback", document.rollbackLines)
        let slots = Dictionary(checklist.signOffSlots.map { ($0.id, $0) }) { first, _ in first }
        members.take(
            "signOffs",
            document.signOffLines.map { SlotLine(line: $0, slot: slots[$0.id]) }
        )
        members.take("steps", document.stepLines)
        members.take("tasks", document.tasks)
        members.take("thresholds", document.thresholds)
        members.take("variables", document.variableLines)
    }
}

extension ChecklistDocument.Task: JSONObjectForm {
    package func tell(_ members: inout some JSONMembersTaking) {
        members.take("checked", isChecked)
        members.take("depth", depth)
        members.take("headingPath", headingPath)
        // Every task can be told from the others, also one that is no item of a run.
        members.take("id", id?.text ?? slot.map { "sign-off/\($0)" } ?? "line/\(line)")
        members.take("kind", kind)
        members.take("line", line)
        members.take("slot", ifAny: slot)
        members.take("source", isDeclared ? "declared" : "inferred")
        members.take("taskDepth", taskDepth)
        members.take("text", text)
    }
}

extension ChecklistDocument.Finding: JSONObjectForm {
    /// An object with `rule`, `severity`, `line` and `message`.
    public var json: JSONValue { jsonObject }

    package func tell(_ members: inout some JSONMembersTaking) {
        members.take("line", line)
        members.take("message", message)
        members.take("rule", rule)
        members.take("severity", severity.rawValue)
    }
}

extension LintRule {
    /// An object with `name`, `severity` and `sentence`.
    public var json: JSONValue {
        .members([
            "name": name.json, "severity": severity.rawValue.json, "sentence": sentence.json,
        ])
    }
}

extension ChecklistDocument.CodeLine: JSONObjectForm {
    package func tell(_ members: inout some JSONMembersTaking) {
        members.take("destructive", isDestructive)
        members.take("language", language)
        members.take("line", line)
        members.take("use", use.rawValue)
    }
}

extension ChecklistDocument.Prose: JSONObjectForm {
    package func tell(_ members: inout some JSONMembersTaking) {
        members.take("line", line)
        members.take("text", text)
    }
}

extension ChecklistDocument.NamedLine: JSONObjectForm {
    package func tell(_ members: inout some JSONMembersTaking) {
        members.take("line", line)
        members.take("name", name)
    }
}

extension ChecklistDocument.RollbackLine: JSONObjectForm {
    package func tell(_ members: inout some JSONMembersTaking) {
        members.take("id", ifAny: id)
        members.take("line", line)
        members.take("steps", steps.map(BareLine.init))
        members.take("title", title)
        members.take("triggers", triggers.map(BareLine.init))
        members.take("verification", verification.map(BareLine.init))
    }
}

/// A line of which nothing but the number is said.
private struct BareLine: JSONObjectForm {
    let line: Int

    func tell(_ members: inout some JSONMembersTaking) {
        members.take("line", line)
    }
}

/// A place for a signature, with what the checklist says of it.
private struct SlotLine: JSONObjectForm {
    let line: ChecklistDocument.SignOffLine
    let slot: SignOffSlot?

    func tell(_ members: inout some JSONMembersTaking) {
        switch slot?.requirement {
        case .required?, nil: break
        case .optional?: members.take("condition", "optional")
        case .conditional(let words)?: members.take("condition", words)
        }
        members.take("group", ifAny: slot?.group)
        members.take("id", line.id.text)
        members.take("line", line.line)
        members.take("role", slot?.label ?? line.id.text)
    }
}

extension ChecklistDocument.ThresholdLine: JSONObjectForm {
    package func tell(_ members: inout some JSONMembersTaking) {
        let (comparison, value, unit) = Self.parts(of: phrase.bound)
        members.take("line", line)
        members.take("metric", ifAny: phrase.metric)
        members.take("op", comparison)
        members.take("role", phrase.role.rawValue)
        members.take("statistic", ifAny: phrase.statistic)
        members.take("unit", unit.symbol)
        members.take("value", value)
    }

    private static func parts(of bound: Bound) -> (comparison: String, value: String, unit: Unit) {
        func text(_ range: Bound.ClosedQuantities) -> String {
            "\(range.lower.magnitude)..\(range.upper.magnitude)"
        }
        return switch bound {
        case .compare(let comparison, let limit):
            (comparison.rawValue, limit.magnitude.description, limit.unit)
        case .within(let range): ("range", text(range), range.lower.unit)
        case .outside(let range): ("outside", text(range), range.lower.unit)
        }
    }
}
