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
        .members([
            "path": path.json,
            "hash": checklist.hash.json,
            "tasks": tasks.map(\.json).json,
            "signOffs": signOffLines.map { line in
                let slot = checklist.signOffSlots.first { $0.id == line.id }
                return JSONValue.members([
                    "line": line.line.json,
                    "id": line.id.json,
                    "role": (slot?.label ?? line.id.text).json,
                    "group": slot?.group?.json,
                    "condition": slot.flatMap(Self.condition)?.json,
                ])
            }.json,
            "thresholds": thresholds.map(\.json).json,
            "rollback": rollbackLines.map { line in
                JSONValue.members([
                    "line": line.line.json,
                    "id": line.id?.json,
                    "title": line.title.json,
                    "steps": line.steps.map { JSONValue.members(["line": $0.json]) }.json,
                    "triggers": line.triggers.map { JSONValue.members(["line": $0.json]) }.json,
                ])
            }.json,
            "contracts": Self.named(contractLines),
            "variables": Self.named(variableLines),
            "fields": checklist.fields.map(\.json).json,
            "steps": Self.named(stepLines),
            "prose": proseBlocks.map { block in
                JSONValue.members(["line": block.line.json, "text": block.text.json])
            }.json,
            "findings": (findings ?? self.findings).map(\.json).json,
        ])
    }

    private static func condition(_ slot: SignOffSlot) -> String? {
        switch slot.requirement {
        case .required: nil
        case .optional: "optional"
        case .conditional(let words): words
        }
    }

    private static func named(_ lines: [NamedLine]) -> JSONValue {
        lines.map { line in
            JSONValue.members(["line": line.line.json, "name": line.name.json])
        }.json
    }
}

extension ChecklistDocument.Finding {
    /// An object with `rule`, `severity`, `line` and `message`.
    public var json: JSONValue {
        .members([
            "rule": rule.json, "severity": severity.rawValue.json, "line": line.json,
            "message": message.json,
        ])
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

extension ChecklistDocument.Task {
    var json: JSONValue {
        .members([
            // Every task can be told from the others, also one that is no item of a run.
            "id": (id?.text ?? slot.map { "sign-off/\($0)" } ?? "line/\(line)").json,
            "slot": slot?.json,
            "line": line.json,
            "checked": isChecked.json,
            "depth": depth.json,
            "taskDepth": taskDepth.json,
            "text": text.json,
            "headingPath": headingPath.json,
            "kind": kind.json,
            "source": (isDeclared ? "declared" : "inferred").json,
        ])
    }
}

extension ChecklistDocument.ThresholdLine {
    var json: JSONValue {
        var members: JSONObject = ["line": line.json, "role": phrase.role.rawValue.json]
        members["metric"] = phrase.metric?.json
        members["statistic"] = phrase.statistic?.json
        switch phrase.bound {
        case .compare(let comparison, let limit):
            members["op"] = comparison.rawValue.json
            members["value"] = limit.magnitude.description.json
            members["unit"] = limit.unit.symbol.json
        case .within(let range):
            members["op"] = "range".json
            members["value"] = "\(range.lower.magnitude)..\(range.upper.magnitude)".json
            members["unit"] = range.lower.unit.symbol.json
        case .outside(let range):
            members["op"] = "outside".json
            members["value"] = "\(range.lower.magnitude)..\(range.upper.magnitude)".json
            members["unit"] = range.lower.unit.symbol.json
        }
        return .object(members)
    }
}
