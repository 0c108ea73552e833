// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What somebody may sign as, such as "QA Engineer".
public typealias Role = Identifier<SignOffRule>

/// How many people must sign, and who may.
public struct SignOffRule: Hashable, Sendable {
    /// How many different people; at least 1.
    public let count: Int
    /// Holders of any of these roles may sign.
    public let roles: [Role]
    /// These people may sign, whatever their roles.
    public let people: [ActorID]
    /// The least assurance of an approval that counts; `nil` for the default of the tier.
    public let assurance: Actor.Assurance?
    /// How long an approval counts; `nil` for as long as the gate waits.
    public let validFor: Duration?

    /// A rule of these parts.
    public init(
        count: Int = 1,
        roles: [Role] = [],
        people: [ActorID] = [],
        assurance: Actor.Assurance? = nil,
        validFor: Duration? = nil
    ) {
        self.count = count
        self.roles = roles
        self.people = people
        self.assurance = assurance
        self.validFor = validFor
    }
}

/// A name for a ``SignOffSlot``.
public typealias SignOffSlotID = Identifier<SignOffSlot>

/// A place for signatures: for a role, or under a statement to attest.
public struct SignOffSlot: Hashable, Sendable {
    /// The name that commands and records use.
    public let id: SignOffSlotID
    /// What stands before the blank: a role, or a statement.
    public let label: String
    /// Whether the label is a statement to attest ("Lessons learned documented") and not a role.
    public let isStatement: Bool
    /// The heading that the slot stands under. One person counts once within a group.
    public let group: String?
    /// Whether the slot must be signed.
    public let requirement: Requirement
    /// How many people, and who.
    public let rule: SignOffRule
    /// What the signature opens.
    public let gate: GateID

    /// A slot of these parts.
    public init(
        id: SignOffSlotID,
        label: String,
        isStatement: Bool = false,
        group: String? = nil,
        requirement: Requirement = .required,
        rule: SignOffRule,
        gate: GateID
    ) {
        self.id = id
        self.label = label
        self.isStatement = isStatement
        self.group = group
        self.requirement = requirement
        self.rule = rule
        self.gate = gate
    }
}

extension SignOffRule: JSONConvertible {
    /// An object; what is absent or empty is left out.
    public var json: JSONValue {
        .members([
            "count": count.json,
            "roles": roles.jsonUnlessEmpty,
            "people": people.jsonUnlessEmpty,
            "assurance": assurance?.json,
            "validFor": validFor?.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else, or asks for nobody.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        count = try members.required("count")
        roles = try members.list("roles")
        people = try members.list("people")
        assurance = try members.optional("assurance")
        validFor = try members.optional("validFor")
        guard count >= 1 else {
            throw JSONError(.value, "at least 1 person signs", path: ["count"])
        }
        try members.finish()
    }
}

extension SignOffSlot: JSONConvertible {
    /// An object; `required`, false and what is absent are left out.
    public var json: JSONValue {
        .members([
            "id": id.json,
            "label": label.json,
            "isStatement": isStatement ? true.json : nil,
            "group": group?.json,
            "requirement": requirement == .required ? nil : requirement.json,
            "rule": rule.json,
            "gate": gate.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        id = try members.required("id")
        label = try members.required("label")
        isStatement = try members.optional("isStatement") ?? false
        group = try members.optional("group")
        requirement = try members.optional("requirement") ?? .required
        rule = try members.required("rule")
        gate = try members.required("gate")
        try members.finish()
    }
}
