// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A name for a ``Section``.
public typealias SectionID = Identifier<Section>

/// Items under one heading.
public struct Section: Hashable, Sendable {
    /// The name that items' ids begin with.
    public internal(set) var id: SectionID
    /// The heading; empty for items that stand directly under the phase's own.
    public let title: String
    /// The environments, tiers or networks for which the section is meant; empty for all.
    public let scope: [String]
    /// Whether all of the section must be done.
    public let requirement: Requirement
    /// The items in document order.
    public internal(set) var items: [Item]

    /// A section of these parts.
    public init(
        id: SectionID,
        title: String,
        scope: [String] = [],
        requirement: Requirement = .required,
        items: [Item]
    ) {
        self.id = id
        self.title = title
        self.scope = scope
        self.requirement = requirement
        self.items = items
    }
}

extension Section: JSONConvertible, JSONObjectForm {
    /// An object; an empty title or list and `required` are left out.
    public var json: JSONValue { jsonObject }

    package func tell(_ members: inout some JSONMembersTaking) {
        members.take("id", id.text)
        if !items.isEmpty { members.take("items", items) }
        if requirement != .required { members.take("requirement", requirement.json) }
        members.take("scope", unlessEmpty: scope)
        if !title.isEmpty { members.take("title", title) }
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        id = try members.required("id")
        title = try members.optional("title") ?? ""
        scope = try members.list("scope")
        requirement = try members.optional("requirement") ?? .required
        items = try members.list("items")
        try members.finish()
    }
}
