// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// The parts of a checklist that a page declares, each in its JSON form, while the page is read.
struct DeclaredDraft {
    /// A phase and what stands in it.
    struct PhasePart {
        var members: JSONObject
        var sections: [SectionPart] = []
    }

    /// A section and what stands in it.
    struct SectionPart {
        var members: JSONObject
        var items: [JSONValue] = []
    }

    /// A level of the rollback plan and what stands in it.
    struct LevelPart {
        var members: JSONObject
        var steps: [JSONValue] = []
        var verification: [JSONValue] = []
    }

    /// What the last heading opened.
    enum Place {
        /// Nothing: what follows is prose, or names its place itself.
        case none
        /// The last of ``phases``.
        case phase
        /// The last of ``levels``.
        case level
        /// The last of ``references``.
        case reference
    }

    var place = Place.none
    /// The members that stand for themselves: the title, metrics, variables.
    var members = JSONObject()
    var phases: [PhasePart] = []
    var slots: [JSONValue] = []
    var fields: [JSONValue] = []
    var contracts: [JSONValue] = []
    var levels: [LevelPart] = []
    var triggers: [JSONValue] = []
    var verification: [JSONValue] = []
    var references: [(members: JSONObject, commands: [JSONValue])] = []
    /// Whether there is a rollback plan, be it an empty one.
    var hasPlan = false

    /// The checklist's JSON form.
    var json: JSONValue {
        var whole = members
        whole["v"] = 1.json
        whole["phases"] =
            phases.map { phase in
                phase.members.with([
                    "sections": phase.sections.map { $0.members.with(["items": $0.items]) }
                ])
            }.jsonUnlessEmpty
        whole["signOffSlots"] = slots.jsonUnlessEmpty
        whole["fields"] = fields.jsonUnlessEmpty
        whole["contractSlots"] = contracts.jsonUnlessEmpty
        whole["references"] =
            references.map { $0.members.with(["commands": $0.commands]) }.jsonUnlessEmpty
        if hasPlan || !levels.isEmpty || !triggers.isEmpty || !verification.isEmpty {
            whole["rollbackPlan"] = .members([
                "levels": levels.map { level in
                    level.members.with(["steps": level.steps, "verification": level.verification])
                }.jsonUnlessEmpty,
                "triggers": triggers.jsonUnlessEmpty,
                "verification": verification.jsonUnlessEmpty,
            ])
        }
        return .object(whole)
    }
}

extension JSONObject {
    /// The object with lists in it, but for those that are empty.
    fileprivate func with(_ lists: KeyValuePairs<String, [JSONValue]>) -> JSONValue {
        var members = self
        for (name, values) in lists { members[name] = values.jsonUnlessEmpty }
        return .object(members)
    }
}
