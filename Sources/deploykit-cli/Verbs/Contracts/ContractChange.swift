// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// What verbs that change the contracts of an environment have in common.
enum ContractChange {
    /// Carries out a command and says what came of it.
    ///
    /// - Throws: Whatever the rules or the store say.
    static func perform(
        _ command: ContractCommand,
        in place: ContractPlace,
        _ workspace: Workspace
    ) async throws -> ExitCode {
        let result = try await workspace.deployments.perform(
            command,
            in: place.environment,
            by: await workspace.actor(),
            key: workspace.call.key
        )
        let snapshot = result.registry.contents(of: place.environment)
        let before = place.registry.contents(of: place.environment)
        let lines = ContractDiff(before, snapshot).lines.filter { $0.relation.isDifference }
        var text = result.hasChanged ? "recorded" : "recorded (already; nothing was changed)"
        text += "\n" + DiffText.lines(lines)
        text += "snapshot \(snapshot.digest.hex) of \(place.environment.name.text.visible)\n"
        workspace.call.console.print(
            .members([
                "schemaVersion": 1.json,
                "environment": place.environment.name.json,
                "hasChanged": result.hasChanged.json,
                "changes": .array(lines.map(DiffText.json)),
                "snapshot": snapshot.digest.json,
            ]),
            or: text
        )
        return .done
    }

    /// The number of a record.
    ///
    /// - Throws: `UsageError` when the text is none.
    static func number(_ text: String) throws(UsageError) -> Int {
        guard let number = Int(text), number > 0 else {
            throw UsageError(
                "'\(text)' is no number of a record",
                hints: ["deploykit contract list --all shows the records"]
            )
        }
        return number
    }
}

/// Differences between contracts, as people and programs see them.
enum DiffText {
    static func lines(_ lines: [ContractDiff.Line]) -> String {
        Table.text(
            lines.map { line in
                let sign =
                    switch line.relation {
                    case .same: "="
                    case .added: "+"
                    case .removed: "-"
                    case .changed: "~"
                    case .counterpart: "≠"
                    case .impossible: "!"
                    }
                return [
                    sign, line.variable.visible, line.left?.visible ?? "–", "→",
                    line.right?.visible ?? "–",
                    line.relation == .same ? "" : line.relation.rawValue,
                ]
            }
        )
    }

    static func json(_ line: ContractDiff.Line) -> JSONValue {
        .members([
            "variable": line.variable.json, "left": line.left?.json, "right": line.right?.json,
            "relation": line.relation.json,
        ])
    }
}
