// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A step of a rollback or of its verification.
public struct RollbackStep: Hashable, Sendable, JSONConvertible {
    /// What to do, as a person reads it.
    public let title: String
    /// The command for it, where the document shows one.
    public let command: ItemCommand?
    /// The item whose effect it undoes; `nil` when it stands for itself.
    public let compensates: ItemID?
    /// Whether it must be done ("if the contract supports a pause").
    public let requirement: Requirement

    /// A step of these parts.
    public init(
        title: String,
        command: ItemCommand? = nil,
        compensates: ItemID? = nil,
        requirement: Requirement = .required
    ) {
        self.title = title
        self.command = command
        self.compensates = compensates
        self.requirement = requirement
    }

    /// An object; what is absent and `required` are left out.
    public var json: JSONValue {
        .members([
            "title": title.json,
            "command": command?.json,
            "compensates": compensates?.json,
            "requirement": requirement == .required ? nil : requirement.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        title = try members.required("title")
        command = try members.optional("command")
        compensates = try members.optional("compensates")
        requirement = try members.optional("requirement") ?? .required
        try members.finish()
    }
}
