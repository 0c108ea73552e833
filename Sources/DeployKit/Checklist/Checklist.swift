// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The definition of a deployment: what to do and to check in which order, who signs, what counts
/// as success and how to go back.
///
/// A checklist is immutable and identified by its ``hash``. Markdown, Swift and JSON are three ways
/// to write one; equal content gives the same hash. Nothing in it says how far a run has come:
/// that is a ``Deployment``.
public struct Checklist: Hashable, Sendable {
    /// What is deployed, in a few words.
    public let title: String
    /// The edition of the checklist itself; not the version that is deployed.
    public let edition: String?
    /// The service that is deployed, where the checklist names one.
    public let service: String?
    /// Whether all scopes were guessed from headings, so that an environment that matches none of
    /// them is no mistake.
    public let infersScopes: Bool
    /// The phases in the order in which they are run.
    public let phases: [Phase]
    /// The places for signatures, in document order.
    public let signOffSlots: [SignOffSlot]
    /// How to go back, where the checklist says so.
    public let rollbackPlan: RollbackPlan?
    /// What is measured to judge success, in document order.
    public let metrics: [SuccessMetric]
    /// When it is measured, in document order.
    public let windows: [MonitoringWindow]
    /// What gates do besides waiting, at most one for each.
    public let gatePolicies: [GatePolicy]
    /// When the checklist itself, or a part of it, is to be looked at again.
    public let reviews: [ReviewDate]
    /// The smoke suites that declare more than their checks, in document order.
    public let suites: [SmokeSuite]
    /// The contract IDs that the deployment produces.
    public let contractSlots: [ContractSlot]
    /// The values that must be known before a command that uses them can run.
    public let variables: [Variable]
    /// What the deployment fills in about itself: dates, who deployed, issues met, lessons.
    public let fields: [Field]
    /// Commands to look up in trouble; they are never part of a run.
    public let references: [ReferenceCommand]
    /// Whom to call.
    public let contacts: [Contact]
    /// The hooks of the project that are told of its deployments; all of them where it names none.
    public let hooks: [String]

    /// A checklist of these parts; the parts that are left out are empty.
    ///
    /// Whether the parts fit together is not checked here.
    public init(
        title: String,
        edition: String? = nil,
        service: String? = nil,
        infersScopes: Bool = false,
        phases: [Phase],
        signOffSlots: [SignOffSlot] = [],
        rollbackPlan: RollbackPlan? = nil,
        metrics: [SuccessMetric] = [],
        windows: [MonitoringWindow] = [],
        gatePolicies: [GatePolicy] = [],
        reviews: [ReviewDate] = [],
        suites: [SmokeSuite] = [],
        contractSlots: [ContractSlot] = [],
        variables: [Variable] = [],
        fields: [Field] = [],
        references: [ReferenceCommand] = [],
        contacts: [Contact] = [],
        hooks: [String] = []
    ) {
        self.title = title
        self.edition = edition
        self.service = service
        self.infersScopes = infersScopes
        self.phases = phases
        self.signOffSlots = signOffSlots
        self.rollbackPlan = rollbackPlan
        self.metrics = metrics
        self.windows = windows
        self.gatePolicies = gatePolicies
        self.reviews = reviews
        self.suites = suites
        self.contractSlots = contractSlots
        self.variables = variables
        self.fields = fields
        self.references = references
        self.contacts = contacts
        self.hooks = hooks
    }

    /// SHA-256 of the canonical JSON: the identity of the checklist.
    public var hash: Digest { canonicalDigest }

    /// Every item in document order, a group before its children.
    public var items: [Item] {
        phases.flatMap(\.items)
    }

    /// The item with this id, or `nil` when there is none.
    public func item(_ id: ItemID) -> Item? {
        items.first { $0.id == id }
    }

    /// The phase that the item with this id stands in, or `nil` when there is none.
    public func phase(of id: ItemID) -> Phase? {
        phases.first { phase in phase.items.contains { $0.id == id } }
    }
}

extension Checklist: JSONConvertible, JSONObjectForm {
    /// The canonical form: an object with `v` 1 and the members that are not empty.
    public var json: JSONValue { jsonObject }

    package func tell(_ members: inout some JSONMembersTaking) {
        members.take("contacts", unlessEmpty: contacts)
        members.take("contractSlots", unlessEmpty: contractSlots)
        members.take("edition", ifAny: edition)
        members.take("fields", unlessEmpty: fields)
        members.take("gatePolicies", unlessEmpty: gatePolicies)
        members.take("hooks", unlessEmpty: hooks)
        if infersScopes { members.take("infersScopes", true) }
        members.take("metrics", unlessEmpty: metrics)
        if !phases.isEmpty { members.take("phases", phases) }
        members.take("references", unlessEmpty: references)
        members.take("reviews", unlessEmpty: reviews)
        members.take("rollbackPlan", ifAny: rollbackPlan)
        members.take("service", ifAny: service)
        members.take("signOffSlots", unlessEmpty: signOffSlots)
        members.take("suites", unlessEmpty: suites)
        members.take("title", title)
        members.take("v", 1)
        members.take("variables", unlessEmpty: variables)
        members.take("windows", unlessEmpty: windows)
    }

    /// Reads the canonical form.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else, or of another version.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let version: Int = try members.required("v")
        guard version == 1 else {
            throw JSONError(
                .value,
                "a checklist of version \(version) is not known; 1 is",
                path: ["v"]
            )
        }
        title = try members.required("title")
        edition = try members.optional("edition")
        service = try members.optional("service")
        infersScopes = try members.optional("infersScopes") ?? false
        phases = try members.list("phases")
        signOffSlots = try members.list("signOffSlots")
        rollbackPlan = try members.optional("rollbackPlan")
        metrics = try members.list("metrics")
        windows = try members.list("windows")
        gatePolicies = try members.list("gatePolicies")
        reviews = try members.list("reviews")
        suites = try members.list("suites")
        contractSlots = try members.list("contractSlots")
        variables = try members.list("variables")
        fields = try members.list("fields")
        references = try members.list("references")
        contacts = try members.list("contacts")
        hooks = try members.list("hooks")
        try members.finish()
        guard Set(gatePolicies.map(\.gate)).count == gatePolicies.count else {
            throw JSONError(.value, "a gate has two policies", path: ["gatePolicies"])
        }
    }
}
