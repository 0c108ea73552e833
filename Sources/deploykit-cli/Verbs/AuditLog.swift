// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let auditLog = Verb(
        "audit log",
        "the entries of the log, oldest first",
        details: [
            "Entries are numbered from 0. With --deployment only those of its own stream are shown."
        ],
        options: [
            Option("from", "NUMBER", "the first entry to show; 0 unless given"),
            Option("limit", "COUNT", "how many at the most; 100 unless given"),
        ],
        examples: ["deploykit audit log", "deploykit audit log --deployment d-7k2mxq --json"],
        exits: [(.done, "shown")]
    ) { call in
        let from = try call.number("from", in: 0...Int.max) ?? 0
        let limit = try call.number("limit", in: 1...100_000) ?? 100
        let workspace = try await Workspace.reading(call)
        await workspace.warnOfLoss()
        let log = workspace.deployments.log
        let entries: [AuditEntry]
        if let id = call.arguments["deployment"] {
            let stream = StreamID.deployment(DeploymentID(id))
            entries = try await log.entries(of: stream, from: from, limit: limit)
        } else {
            entries = try await log.entries(
                in: from..<from.addingReportingOverflow(limit).partialValue
            )
        }
        call.console.print(
            .members([
                "schemaVersion": 1.json,
                "entries": .array(entries.map(json)),
            ]),
            or: text(entries)
        )
        return .done
    }

    private static func json(_ entry: AuditEntry) -> JSONValue {
        .members([
            "position": entry.position.json,
            "at": entry.at.json,
            "stream": entry.stream.json,
            "revision": entry.revision.json,
            "kind": entry.kind.json,
            "body": entry.body,
        ])
    }

    private static func text(_ entries: [AuditEntry]) -> String {
        let rows = entries.map { entry in
            let subject = ["item", "slot", "gate"].compactMap { entry.body[$0]?.string }.first
            return [
                String(entry.position), entry.at.description, entry.stream.text, entry.kind,
                entry.body["actor"]?["id"]?.string ?? "", subject ?? "",
            ].map(\.visible)
        }
        return Table.text(rows)
    }
}
