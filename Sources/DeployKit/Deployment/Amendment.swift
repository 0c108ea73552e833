// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The change of a deployment to another edition of its checklist, as the log keeps it.
public struct Amendment: Hashable, Sendable {
    /// The hash of the checklist that is followed from then on; the store keeps it.
    public let checklist: Digest
    /// The document that it was read from, where it was.
    public let source: DeploymentEvent.DocumentSource?
    /// The items that are new.
    public let added: [ItemID]
    /// The items that are another than before; none of them had begun.
    public let changed: [ItemID]
    /// The items that are gone; none of them had begun.
    public let removed: [ItemID]
    /// Why.
    public let reason: AttachmentReference

    /// An amendment of these parts.
    public init(
        checklist: Digest,
        source: DeploymentEvent.DocumentSource?,
        added: [ItemID],
        changed: [ItemID],
        removed: [ItemID],
        reason: AttachmentReference
    ) {
        self.checklist = checklist
        self.source = source
        self.added = added
        self.changed = changed
        self.removed = removed
        self.reason = reason
    }
}

extension Amendment: JSONConvertible {
    /// An object; empty lists are left out.
    public var json: JSONValue {
        .members([
            "checklist": checklist.json, "source": source?.json, "added": added.jsonUnlessEmpty,
            "changed": changed.jsonUnlessEmpty, "removed": removed.jsonUnlessEmpty,
            "reason": reason.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        checklist = try members.required("checklist")
        source = try members.optional("source")
        added = try members.list("added")
        changed = try members.list("changed")
        removed = try members.list("removed")
        reason = try members.required("reason")
        try members.finish()
    }
}

/// What a deployment is to follow from now on.
public struct AmendRequest: Hashable, Sendable {
    /// The checklist.
    public let checklist: Checklist
    /// Its hash.
    public let hash: Digest
    /// The document that it was read from.
    public let source: DeploymentEvent.DocumentSource?
    /// Why.
    public let reason: String

    /// A request of these parts.
    public init(
        checklist: Checklist,
        source: DeploymentEvent.DocumentSource? = nil,
        reason: String
    ) {
        self.checklist = checklist
        hash = checklist.hash
        self.source = source
        self.reason = reason
    }
}

/// How two editions of a checklist differ, item by item.
public struct ChecklistDrift: Hashable, Sendable {
    /// The items that only the new edition has, in its order.
    public let added: [ItemID]
    /// The items that both have, and that are not the same, in the new order.
    public let changed: [ItemID]
    /// The items that only the old edition has, in its order.
    public let removed: [ItemID]

    /// The difference between two outlines.
    ///
    /// An item is the same when all that it says is, and all that it inherits: its phase,
    /// requirement, scopes and predecessors.
    public init(from old: Outline, to new: Outline, of phases: (old: [Phase], new: [Phase])) {
        added = new.leaves.map(\.item.id).filter { old[$0] == nil }
        removed = old.leaves.map(\.item.id).filter { id in
            new[id].map(\.item.isGroup) ?? true
        }
        changed = new.leaves.filter { entry in
            guard let before = old[entry.item.id], !before.item.isGroup else { return false }
            return before.item != entry.item || before.requirement != entry.requirement
                || before.scopes != entry.scopes || before.after != entry.after
                || phases.old[before.phase].id != phases.new[entry.phase].id
        }.map(\.item.id)
    }
}
