// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let inbox = Verb(
        "inbox",
        "what you may do now, and why not the rest",
        examples: ["deploykit inbox", "deploykit inbox --as lena@example.com --json"],
        exits: [(.done, "shown, whatever waits")]
    ) { call in
        let workspace = try await Workspace.reading(call)
        await workspace.warnOfLoss()
        let actor = await workspace.actor()
        var shown: [(Deployment, Inbox, [DueEntry])] = []
        for id in try await workspace.openDeployments() {
            let state = try await workspace.deployments.state(of: id)
            let facts = try await workspace.deployments.facts(for: state)
            let due = state.dueEntries(given: facts).filter(\.isObservationForNow)
            shown.append((state, state.inbox(of: actor.id, given: facts), due))
        }
        call.console.print(
            .members([
                "schemaVersion": 1.json,
                "actor": actor.json,
                "deployments": .array(shown.map { json($0, $1, $2) }),
            ]),
            or: shown.isEmpty
                ? "no deployment is open\n"
                : shown.map { text($0, $1, $2, call.console.width) }.joined(separator: "\n")
        )
        return .done
    }

    private static func json(
        _ state: Deployment,
        _ inbox: Inbox,
        _ due: [DueEntry]
    ) -> JSONValue {
        .members([
            "deployment": state.summary,
            "items": inbox.items.json,
            "automatic": inbox.automatic.json,
            "failed": inbox.failed.json,
            "inDoubt": inbox.inDoubt.json,
            "rollbackProposals": inbox.proposals.map(\.json).jsonUnlessEmpty,
            "due": due.isEmpty ? nil : .array(due.map { $0.json(in: state) }),
            "signatures": .array(
                inbox.signatures.map { signature in
                    .members([
                        "slot": signature.slot.json, "gate": signature.gate.json,
                        "counted": signature.counted.json, "required": signature.required.json,
                        "eligible": signature.eligible.json,
                        "needsKey": signature.needsKey.json,
                        "lackingKeys": signature.lackingKeys.json,
                        "obstacle": signature.obstacle?.word.json,
                    ])
                }
            ),
        ])
    }

    private static func text(
        _ state: Deployment,
        _ inbox: Inbox,
        _ due: [DueEntry],
        _ width: Int
    ) -> String {
        var lines = ["\(state.id)  \(state.subject.label.visible)  \(state.status.word)"]
        func list(_ items: [ItemID], _ how: (String) -> String) {
            for item in items {
                let title = (state.entry(of: item)?.item.title ?? "").visible
                lines.append("  \(how(state.number(item)))   \(title)".cut(to: width))
            }
        }
        for proposal in inbox.proposals {
            lines.append("  \(proposal.line(in: state))".cut(to: width))
        }
        if !inbox.proposals.isEmpty {
            lines.append("  deploykit rollback --reason …   or --dismiss --reason …")
        }
        list(inbox.inDoubt) { "deploykit resolve \($0)" }
        list(inbox.failed) { "deploykit reopen \($0)" }
        list(inbox.items) { "deploykit done \($0)" }
        for entry in due {
            guard case .observation(let id, _) = entry.subject else { continue }
            let name = id.description.visible.shellQuoted
            let command =
                entry.standing == .missed
                ? "deploykit waive \(name) --reason …" : "deploykit done \(name)"
            lines.append("  \(command)   \(entry.standing.rawValue), \(entry.at.minute) UTC")
        }
        for signature in inbox.signatures where signature.obstacle == nil {
            let slot = signature.slot.text.visible.shellQuoted
            lines.append("  deploykit sign \(slot)   \(signature.counted) of \(signature.required)")
        }
        for signature in inbox.signatures {
            guard let obstacle = signature.obstacle else { continue }
            let others = signature.eligible.map { person in
                person.text.visible + (signature.lackingKeys.contains(person) ? " (no key)" : "")
            }.joined(separator: ", ")
            lines.append(
                "  not you: sign-off '\(state.label(signature.slot).visible)': "
                    + obstacle.sentence + (others.isEmpty ? "" : "; eligible: \(others)")
            )
        }
        if !inbox.automatic.isEmpty {
            let count = inbox.automatic.count
            lines.append(
                count == 1
                    ? "  deploykit run   1 item can run by itself"
                    : "  deploykit run   \(count) items can run by themselves"
            )
        }
        if lines.count == 1 { lines.append("  nothing for you") }
        return lines.map { $0 + "\n" }.joined()
    }
}

extension Inbox.Obstacle {
    fileprivate var word: String {
        switch self {
        case .isRequester: "isRequester"
        case .isExecutor: "isExecutor"
        case .holdsNoRole: "holdsNoRole"
        case .hasSigned: "hasSigned"
        case .isRejected: "isRejected"
        case .hasNoKey: "hasNoKey"
        }
    }

    fileprivate var sentence: String {
        switch self {
        case .isRequester: "you started this deployment"
        case .isExecutor: "you did items of it"
        case .holdsNoRole: "you hold none of its roles"
        case .hasSigned: "you have signed"
        case .isRejected: "it was rejected, and must be reopened first"
        case .hasNoKey: "it asks for a key, and the log knows no valid one of yours"
        }
    }
}

extension Workspace {
    func openDeployments() async throws -> [DeploymentID] {
        let named =
            call.arguments["deployment"] ?? call.environment["DEPLOYKIT_DEPLOYMENT"]
        if let named, !named.isEmpty { return [DeploymentID(named)] }
        return try await deployments.unended(of: service).map(\.deployment)
    }
}
