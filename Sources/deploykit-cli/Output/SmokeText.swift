// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension SmokeRun {
    /// The run as `run --suite` and `status` print it.
    var json: JSONValue {
        .members([
            "run": number.json, "suite": suite.json, "by": actor.id.json,
            "startedAt": startedAt.json, "endedAt": endedAt?.json, "verdict": verdict?.json,
            "checks": .array(
                checks.map { check in
                    .members([
                        "item": check.item.json, "attempts": check.attempts.json,
                        "passed": check.isPassed.json, "cause": check.cause?.json,
                    ])
                }
            ),
        ])
    }

    /// What the run showed, in a few lines.
    func text(in state: Deployment, isRepeated: Bool) -> String {
        var text = line + (isRepeated ? " (made before, under the same key)" : "") + "\n"
        for (word, items) in [("wrong", verdict?.failed ?? []), ("open", verdict?.open ?? [])] {
            for item in items {
                let title = state.outline[item]?.item.title ?? item.text
                let cause = check(item)?.cause.map { ": \($0.phrase)" } ?? ": not made"
                text += "  \(word)  \(title.visible)\(cause)\n"
            }
        }
        for proposal in state.rollbackProposals { text += proposal.line(in: state) + "\n" }
        return text
    }

    /// The run in one line.
    var line: String {
        let passed = checks.count(where: \.isPassed)
        return "Smoke suite '\(suite.visible)', run \(number): "
            + "\(verdict?.word.rawValue ?? "not ended"), \(passed) of \(checks.count) steps passed"
    }
}

extension Deployment {
    /// One line for each item that a run would start.
    func lines(starting items: [ItemID]) -> String {
        let lines = items.map { id in
            let entry = outline[id]
            let command = entry?.item.kind.command?.text.visible ?? ""
            let text = "▸ \(entry?.number ?? "") \(entry?.item.title.visible ?? id.text)"
            return command.isEmpty
                ? text : text + "   " + command.cut(to: max(16, 76 - text.count))
        }
        return lines.map { $0 + "\n" }.joined() + "would execute \(items.count)\n"
    }
}
