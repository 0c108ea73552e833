// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let list = Verb(
        "list",
        "deployments, the one that changed last first",
        options: [
            Option("limit", "COUNT", "how many at the most; 20 unless given"),
            Option("before", "POSITION", "only those that changed last before this position"),
        ],
        examples: ["deploykit list", "deploykit list --service orders --limit 100 --json"],
        exits: [(.done, "shown")]
    ) { call in
        let limit = try call.number("limit", in: 1...10_000) ?? 20
        let before = try call.number("before", in: 0...Int.max)
        let workspace = try await Workspace.reading(call)
        await workspace.warnOfLoss()
        let (found, next) = try await workspace.page(before: before, limit: limit)
        call.console.print(
            .members([
                "schemaVersion": 1.json,
                "deployments": .array(found.map(\.summary)),
                "next": next?.json,
            ]),
            or: text(found, next)
        )
        return .done
    }

    private static func text(_ found: [Deployment], _ next: Int?) -> String {
        if found.isEmpty { return "no deployments\n" }
        let rows = found.map { state in
            [
                state.id.text, state.status.word, state.subject.service,
                state.subject.environment.name.text, state.subject.version, state.startedAt.minute,
            ].map(\.visible)
        }
        var text = Table.text(rows)
        if let next { text += "more: deploykit list --before \(next)\n" }
        return text
    }
}

extension Workspace {
    fileprivate func page(
        before: Int?,
        limit: Int
    ) async throws -> (found: [Deployment], next: Int?) {
        var found: [Deployment] = []
        var position = before
        while true {
            let page = try await deployments.list(before: position, limit: 50)
            for entry in page {
                if found.count == limit { return (found, position) }
                if service == nil || entry.state.subject.service == service {
                    found.append(entry.state)
                }
                position = entry.lastPosition
            }
            if page.count < 50 { return (found, nil) }
        }
    }
}

extension Call {
    /// The number that an option gives.
    ///
    /// - Throws: `UsageError` for anything else, and a number out of range.
    func number(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = arguments[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UsageError(
                "--\(name) '\(text)' is no whole number from \(range.lowerBound)"
                    + (range.upperBound == .max ? " on" : " to \(range.upperBound)")
            )
        }
        return number
    }
}
