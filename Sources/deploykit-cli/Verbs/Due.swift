// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let due = Verb(
        "due",
        "what is due, late, missed or about to expire",
        details: [
            "Of each monitoring window: what was missed, what is due now, and what comes next. An "
                + "observation is late a quarter of the way to the next one, and missed when that is "
                + "due. Also until when approvals count, by when gates must be satisfied, and which "
                + "reviews and replacements of credentials have a date. Nothing is recorded."
        ],
        options: [Option(flag: "now", "without what is still to come")],
        examples: ["deploykit due", "deploykit due --now --json"],
        exits: [(.done, "shown, whatever is due")]
    ) { call in
        let workspace = try await Workspace.reading(call)
        await workspace.warnOfLoss()
        var rows: [(Deployment?, DueEntry)] =
            (workspace.project?.dueEntries(at: SystemClock().now())
            ?? []).map { (nil, $0) }
        for id in try await workspace.openDeployments() {
            let state = try await workspace.deployments.state(of: id)
            let facts = try await workspace.deployments.facts(for: state)
            rows += state.dueEntries(given: facts).map { (state, $0) }
        }
        if call.arguments.has("now") { rows.removeAll { $0.1.standing == .upcoming } }
        rows.sort { $0.1.at < $1.1.at }
        call.console.print(
            .members([
                "schemaVersion": 1.json,
                "due": .array(rows.map { $1.json(in: $0) }),
            ]),
            or: rows.isEmpty ? "nothing is due\n" : Table.text(rows.map { $1.row(in: $0) })
        )
        return .done
    }
}

extension DueEntry {
    /// An object with `kind`, `standing`, `at`, and what belongs to the kind.
    func json(in deployment: Deployment?) -> JSONValue {
        let common = JSONValue.members([
            "deployment": deployment?.summary, "standing": standing.json, "at": at.json,
            "missedAt": missedAt?.json, "title": title.json,
        ])
        switch subject {
        case .observation(let id, let isRequired):
            return common.adding([
                "kind": "observation".json, "observation": id.json, "isRequired": isRequired.json,
            ])
        case .approval(let slot, let person):
            return common.adding([
                "kind": "approval".json, "slot": slot.json, "by": person.json,
            ])
        case .deadline(let gate):
            return common.adding(["kind": "deadline".json, "gate": gate.json])
        case .review: return common.adding(["kind": "review".json])
        case .rotation(let name):
            return common.adding(["kind": "rotation".json, "credential": name.json])
        }
    }

    fileprivate func row(in deployment: Deployment?) -> [String] {
        let (name, rest): (String, String)
        switch subject {
        case .observation(let id, let isRequired):
            name = id.description
            rest =
                "observation of '\(title.visible)'" + (isRequired ? "" : ", optional")
                + (standing == .due || standing == .late
                    ? "   deploykit done \(name.visible.shellQuoted)"
                    : standing == .missed
                        ? "   deploykit waive \(name.visible.shellQuoted) --reason …" : "")
        case .approval(let slot, let person):
            name = slot.text
            rest = "approval by \(person.text.visible) ends"
        case .deadline(let gate): (name, rest) = (gate.description, "must be satisfied by then")
        case .review: (name, rest) = ("review", title.visible)
        case .rotation(let credential): (name, rest) = (credential, "is to be replaced")
        }
        return [
            standing.rawValue, at.minute + " UTC", deployment?.id.text ?? "", name.visible, rest,
        ]
    }
}

extension DueEntry {
    /// Whether it is an observation that somebody has to see to now.
    var isObservationForNow: Bool {
        guard case .observation = subject else { return false }
        return standing == .due || standing == .late || standing == .missed
    }
}
