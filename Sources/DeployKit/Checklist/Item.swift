// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A name for an ``Item``: declared, or `<section>/<item>` as slugs, with `~n` when it is not the
/// first of that name.
public typealias ItemID = Identifier<Item>

/// One thing to do or to check.
public struct Item: Hashable, Sendable {
    /// The name that commands and records use.
    public internal(set) var id: ItemID
    /// What to do, as a person reads it.
    public let title: String
    /// How it is done.
    public let kind: ItemKind
    /// Whether it must be done.
    public let requirement: Requirement
    /// The items that must be satisfied before this one may start.
    public package(set) var after: [ItemID]
    /// Commands that the document shows under a manual item. They never run by themselves.
    public let offers: [ItemCommand]
    /// What is to be seen when it has worked, in the document's words.
    public let expectations: [String]
    /// What must be recorded with the result, in the document's words ("record the address").
    public let evidence: [String]
    /// Who does it, where the document says so.
    public let owner: String?
    /// The hooks of the project that are told of it, and of what is below it.
    public package(set) var hooks: [String]
    /// The items below this one; only a group has any.
    public package(set) var children: [Item]
    /// What few items have, shared.
    private var details: ItemDetails.Shared

    /// What it does to the world; `nil` when nobody declared it.
    public var effect: Effect? { details.box?.value.effect }
    /// The environments, tiers or networks for which the item is meant; empty for all.
    public var scope: [String] { details.box?.value.scope ?? [] }
    /// A condition that can be computed; the item does not apply where it is false.
    public var when: Condition? { details.box?.value.when }
    /// Whether a waiver is possible at all.
    public var isWaivable: Bool { details.box?.value.isWaivable ?? true }
    /// When it is due, counted from the deployment, before it when negative ("T+15m", "D-1"); `nil`
    /// when its place in the order says enough.
    public var offset: Duration? { details.box?.value.offset }
    /// How long a command may take, or a service to become ready; `nil` for the runner's default.
    public var timeout: Duration? { details.box?.value.timeout }
    /// The secrets that the command receives as environment variables of these names.
    public var secrets: [String] { details.box?.value.secrets ?? [] }
    /// The environment variables that the command inherits, besides the usual ones.
    public var inherits: [String] { details.box?.value.inherits ?? [] }
    /// The working directory relative to the project's root; `nil` for the root.
    public var directory: String? { details.box?.value.directory }
    /// The smoke suite that the item belongs to.
    public package(set) var suite: String? {
        get { details.box?.value.suite }
        set { details.change { $0.suite = newValue } }
    }
    /// Whether the item cleans up and therefore runs even after a failure.
    public var isCleanup: Bool { details.box?.value.isCleanup ?? false }
    /// What the item does as a check of its suite, where that is declared.
    public package(set) var check: CheckEffect? {
        get { details.box?.value.check }
        set { details.change { $0.check = newValue } }
    }
    /// How often it is tried by itself; `nil` for once.
    public package(set) var retry: RetryPolicy? {
        get { details.box?.value.retry }
        set { details.change { $0.retry = newValue } }
    }
    /// The value that its command leaves for later items.
    public package(set) var output: ItemOutput? {
        get { details.box?.value.output }
        set { details.change { $0.output = newValue } }
    }

    /// An item of these parts; what is left out is absent.
    public init(
        id: ItemID,
        title: String,
        kind: ItemKind = .manual,
        effect: Effect? = nil,
        requirement: Requirement = .required,
        scope: [String] = [],
        when: Condition? = nil,
        after: [ItemID] = [],
        isWaivable: Bool = true,
        offset: Duration? = nil,
        timeout: Duration? = nil,
        offers: [ItemCommand] = [],
        expectations: [String] = [],
        evidence: [String] = [],
        secrets: [String] = [],
        inherits: [String] = [],
        directory: String? = nil,
        suite: String? = nil,
        isCleanup: Bool = false,
        check: CheckEffect? = nil,
        retry: RetryPolicy? = nil,
        output: ItemOutput? = nil,
        owner: String? = nil,
        hooks: [String] = [],
        children: [Item] = []
    ) {
        self.id = id
        self.title = title
        self.kind = kind
        self.requirement = requirement
        self.after = after
        self.offers = offers
        self.expectations = expectations
        self.evidence = evidence
        self.owner = owner
        self.hooks = hooks
        self.children = children
        details = ItemDetails.Shared(
            ItemDetails(
                effect: effect,
                scope: scope,
                when: when,
                isWaivable: isWaivable,
                offset: offset,
                timeout: timeout,
                secrets: secrets,
                inherits: inherits,
                directory: directory,
                suite: suite,
                isCleanup: isCleanup,
                check: check,
                retry: retry,
                output: output
            )
        )
    }

    /// The item and everything below it, in document order.
    public var withDescendants: [Item] {
        [self] + children.flatMap(\.withDescendants)
    }

    /// Whether the item's state follows from its children.
    public var isGroup: Bool { kind == .group }
}

extension Item: JSONConvertible, JSONObjectForm {
    /// An object; a manual kind, `required`, what is absent and what is empty are left out.
    public var json: JSONValue { jsonObject }

    package func tell(_ members: inout some JSONMembersTaking) {
        members.take("after", unlessEmpty: after)
        members.take("check", ifAny: check)
        if !children.isEmpty { members.take("children", children) }
        members.take("directory", ifAny: directory)
        members.take("effect", ifAny: effect)
        members.take("evidence", unlessEmpty: evidence)
        members.take("expectations", unlessEmpty: expectations)
        members.take("hooks", unlessEmpty: hooks)
        members.take("id", id.text)
        members.take("inherits", unlessEmpty: inherits)
        if isCleanup { members.take("isCleanup", true) }
        if !isWaivable { members.take("isWaivable", false) }
        if kind != .manual { members.take("kind", kind.json) }
        members.take("offers", unlessEmpty: offers)
        if let offset { members.take("offset", .integer(offset.wholeMilliseconds)) }
        members.take("output", ifAny: output)
        members.take("owner", ifAny: owner)
        if requirement != .required { members.take("requirement", requirement.json) }
        members.take("retry", ifAny: retry)
        members.take("scope", unlessEmpty: scope)
        members.take("secrets", unlessEmpty: secrets)
        members.take("suite", ifAny: suite)
        members.take("timeout", ifAny: timeout)
        members.take("title", title)
        members.take("when", ifAny: when)
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        id = try members.required("id")
        title = try members.required("title")
        kind = try members.optional("kind") ?? .manual
        requirement = try members.optional("requirement") ?? .required
        after = try members.list("after")
        offers = try members.list("offers")
        expectations = try members.list("expectations")
        evidence = try members.list("evidence")
        owner = try members.optional("owner")
        hooks = try members.list("hooks")
        children = try members.list("children")
        details = ItemDetails.Shared(
            ItemDetails(
                effect: try members.optional("effect"),
                scope: try members.list("scope"),
                when: try members.optional("when"),
                isWaivable: try members.optional("isWaivable") ?? true,
                offset: try members.optional("offset", as: Int.self).map { .milliseconds($0) },
                timeout: try members.optional("timeout"),
                secrets: try members.list("secrets"),
                inherits: try members.list("inherits"),
                directory: try members.optional("directory"),
                suite: try members.optional("suite"),
                isCleanup: try members.optional("isCleanup") ?? false,
                check: try members.optional("check"),
                retry: try members.optional("retry"),
                output: try members.optional("output")
            )
        )
        // Logs from before hold items of suites that only the later rules refuse.
        if check != nil, let fault = suiteFault {
            throw JSONError(.value, fault, path: ["check"])
        }
        try members.finish()
    }
}
