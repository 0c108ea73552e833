// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A name for a ``RollbackTrigger``.
public typealias RollbackTriggerID = Identifier<RollbackTrigger>

/// What calls for a rollback. It refers to a metric, a suite or an item by id and never repeats a
/// number.
public struct RollbackTrigger: Hashable, Sendable, JSONConvertible {
    /// What happens when the trigger fires.
    public enum Policy: String, Hashable, Sendable, JSONConvertible {
        /// The rollback begins, once.
        case automatic
        /// The rollback is proposed to a person.
        case proposed
        /// The rollback waits for a signature.
        case requiresSignOff
    }

    /// The name that commands and records use.
    public let id: RollbackTriggerID
    /// What is the matter, in the document's words.
    public let title: String
    /// The metric whose critical band fires the trigger.
    public let metric: MetricID?
    /// The smoke suite whose failure fires the trigger.
    public let suite: String?
    /// The item, or the group of items, whose failure fires the trigger.
    public let item: ItemID?
    /// The level that it calls for, where the document says so.
    public let level: RollbackLevelID?
    /// What happens when it fires.
    public let policy: Policy

    /// A trigger of these parts.
    public init(
        id: RollbackTriggerID,
        title: String,
        metric: MetricID? = nil,
        suite: String? = nil,
        item: ItemID? = nil,
        level: RollbackLevelID? = nil,
        policy: Policy = .proposed
    ) {
        self.id = id
        self.title = title
        self.metric = metric
        self.suite = suite
        self.item = item
        self.level = level
        self.policy = policy
    }

    /// An object; what is absent is left out.
    public var json: JSONValue {
        .members([
            "id": id.json,
            "title": title.json,
            "metric": metric?.json,
            "suite": suite?.json,
            "item": item?.json,
            "level": level?.json,
            "policy": policy.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        id = try members.required("id")
        title = try members.required("title")
        metric = try members.optional("metric")
        suite = try members.optional("suite")
        item = try members.optional("item")
        level = try members.optional("level")
        policy = try members.required("policy")
        try members.finish()
    }
}
