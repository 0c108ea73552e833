// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let auditDuties = Verb(
        "audit duties",
        "what was found about the separation of duties",
        details: [
            "Self-approval stands first, under whatever alias; then who approved what they did, one "
                + "key for two people, one person at two places, approvals that no key or directory "
                + "proves, what was left out or waived. 'audit verify BUNDLE' says the same of a "
                + "bundle, without the store.",
            "Whether a finding is a fault, the reader decides: where requester and executors may not "
                + "sign, their approvals are on record and did not count. --strict takes the first "
                + "four kinds for faults.",
        ],
        options: [
            Option(flag: "all", "every deployment, the one that changed last first"),
            Option(flag: "strict", "exit 1 where one person stood on both sides, or for two"),
        ],
        examples: ["deploykit audit duties", "deploykit audit duties --all --strict --json"],
        exits: [
            (.done, "shown"),
            (
                .no,
                "--strict, and one person stood on both sides or for two; or the log lost what this "
                    + "machine has seen of it"
            ),
        ]
    ) { call in
        let workspace = try await Workspace.reading(call)
        // A store that was rolled back does not know who approved what since.
        try await workspace.checkNote()
        var (rows, text, isBreached) = ([] as [JSONValue], "", false)
        func add(_ state: Deployment) async throws {
            try await workspace.checkSignatures(of: state)
            let findings = state.dutyFindings
            isBreached = isBreached || findings.contains { $0.code.isBreach }
            rows.append(.members(["deployment": state.summary, "duties": findings.json]))
            text += "\(state.id.text.visible)  \(state.subject.label.visible)\n"
            for finding in findings {
                text += "  \(finding.code.rawValue): \(finding.sentence.visible)\n"
            }
            if findings.isEmpty { text += "  nothing found\n" }
        }
        if call.arguments.has("all") {
            var position: Int?
            while true {
                let page = try await workspace.deployments.list(before: position, limit: 50)
                for (state, _) in page
                where workspace.service == nil || state.subject.service == workspace.service {
                    try await add(state)
                }
                guard let last = page.last, page.count == 50 else { break }
                position = last.lastPosition
            }
        } else {
            try await add(workspace.deployment(orLatest: true).state())
        }
        call.console.print(
            .members(["schemaVersion": 1.json, "deployments": .array(rows)]),
            or: rows.isEmpty ? "no deployments\n" : text
        )
        return isBreached && call.arguments.has("strict") ? .no : .done
    }
}
