// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// What one deployment changed against the one before it, in words.
struct DeploymentChanges {
    /// What a thing was, and what it is.
    struct Line: Hashable {
        let what: String
        let before: String
        let now: String
    }

    /// The changes; empty when both are alike.
    let lines: [Line]

    /// Compares two deployments of one service in one environment.
    init(from before: Deployment, to now: Deployment) {
        var lines: [Line] = []
        func compare(_ what: String, _ before: String?, _ now: String?) {
            guard before != now else { return }
            lines.append(Line(what: what, before: before ?? "–", now: now ?? "–"))
        }
        compare("Version", before.subject.version, now.subject.version)
        let artifacts = (before.subject.artifacts + now.subject.artifacts).map(\.name)
        for name in Set(artifacts).sorted() {
            func digest(in deployment: Deployment) -> String? {
                deployment.subject.artifacts.first { $0.name == name }?.digest.hex
            }
            compare("Artifact \(name)", digest(in: before), digest(in: now))
        }
        let variables = (before.variables + now.variables).map(\.name)
        for name in Set(variables).sorted() {
            func value(in deployment: Deployment) -> String? {
                deployment.variables.first { $0.name == name }?.values.joined(separator: ", ")
            }
            compare("Variable \(name)", value(in: before), value(in: now))
        }
        for slot in Set(before.contracts.keys).union(now.contracts.keys).sorted() {
            // What a deployment leaves alone is no change: the registry still has it.
            guard let contract = now.contracts[slot] else { continue }
            compare("Contract \(slot)", before.contracts[slot]?.id.text, contract.id.text)
        }
        compare(
            "Checklist",
            String(before.subject.checklist.hex.prefix(12)),
            String(now.subject.checklist.hex.prefix(12))
        )
        if before.subject.checklist != now.subject.checklist {
            let (old, new) = (before.outline.leaves, now.outline.leaves)
            let oldIDs = Set(old.map(\.item.id))
            let newIDs = Set(new.map(\.item.id))
            for entry in old where !newIDs.contains(entry.item.id) {
                compare("Item", entry.item.title, nil)
            }
            for entry in new where !oldIDs.contains(entry.item.id) {
                compare("Item", nil, entry.item.title)
            }
            for entry in new {
                guard let other = before.outline[entry.item.id], other.item != entry.item else {
                    continue
                }
                let isRetitled = other.item.title != entry.item.title
                compare(
                    "Item \(entry.number)",
                    other.item.title,
                    isRetitled ? entry.item.title : "\(entry.item.title) (declared otherwise)"
                )
            }
        }
        compare("Asked for by", before.requester.id.text, now.requester.id.text)
        self.lines = lines
    }
}
