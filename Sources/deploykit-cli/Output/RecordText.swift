// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension StatusText {
    /// What was passed in an emergency.
    var emergencies: String {
        if deployment.brokenGlass.isEmpty { return "" }
        let lines = deployment.brokenGlass.map { broken in
            "  "
                + console.styled("BREAK-GLASS", .bad)
                + " \(deployment.sentence(for: broken).visible), by "
                + "\(broken.actor.id.text.visible): \(text(broken.glass.reason))"
        }
        return "Emergencies\n" + lines.map { $0 + "\n" }.joined()
    }

    /// The problems that were met, and how they were solved.
    var issues: String {
        if deployment.issues.isEmpty { return "" }
        let lines = deployment.issues.map { issue in
            "  \(issue.number). \(text(issue.text))\n     "
                + (issue.resolution.map { "solved: \(text($0))" } ?? "not solved")
        }
        return "Issues\n" + lines.map { $0 + "\n" }.joined()
    }

    /// That the document has moved on, and by how much.
    func lines(of drift: ChecklistDrift) -> [String] {
        let counts = [
            (drift.changed.count, "changed"), (drift.added.count, "new"),
            (drift.removed.count, "gone"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        let path = (deployment.source?.path ?? "").visible
        return [
            "\(path) has moved on (items: \(counts.isEmpty ? "none changed" : counts))",
            "  deploykit amend \(path.shellQuoted) --reason …",
        ]
    }

    private func text(_ reference: AttachmentReference) -> String {
        notes[reference.digest]?.visible ?? "(erased)"
    }
}

extension ChecklistDrift {
    /// An object with the ids that are `added`, `changed` and `removed`.
    var json: JSONValue {
        .members(["added": added.json, "changed": changed.json, "removed": removed.json])
    }
}

extension Deployment {
    func json(of broken: BrokenGlass, _ notes: [Digest: String]) -> JSONValue {
        broken.glass.json.adding([
            "actor": broken.actor.json, "at": broken.at.json,
            "reason": (notes[broken.glass.reason.digest] ?? "").json,
            "review": broken.glass.review.id.json, "sentence": sentence(for: broken).json,
        ])
    }

    func json(of issue: Issue, _ notes: [Digest: String]) -> JSONValue {
        .members([
            "number": issue.number.json, "text": notes[issue.text.digest]?.json,
            "resolution": issue.resolution.flatMap { notes[$0.digest] }?.json,
            "actor": issue.actor.json, "at": issue.at.json, "resolvedAt": issue.resolvedAt?.json,
        ])
    }
}

extension Workspace {
    /// How the document of a deployment differs from what is followed; `nil` when it does not, or
    /// cannot be read here: a deployment is shown wherever its log is.
    func drift(of state: Deployment) -> ChecklistDrift? {
        guard !state.status.isTerminal, let source = state.source else { return nil }
        let folders = [call.directory] + (location.project.map { [Self.folder(of: $0)] } ?? [])
        let paths =
            source.path.hasPrefix("/") ? [source.path] : folders.map { "\($0)/\(source.path)" }
        for path in paths {
            // What is unreadable here, or no checklist any more, is nothing to amend from.
            guard let bytes = try? InputFile.document(path).bytes else { continue }
            if SHA256.digest(of: bytes) == source.digest { return nil }
            guard let document = try? ChecklistFile(path),
                document.checklist.hash != state.subject.checklist
            else { return nil }
            return state.drift(to: document.checklist)
        }
        return nil
    }

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}
