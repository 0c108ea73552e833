// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A value that a deployment needs, known before a command that uses it can run.
public struct Variable: Hashable, Sendable, JSONConvertible {
    /// The name, as an environment variable.
    public let name: String
    /// The value when nobody gives another.
    public let defaultValue: String?
    /// The least number of characters, where the checklist asks for one.
    public let minimumLength: Int?
    /// Whether the value is a secret, which is never stored or shown.
    public let isSecret: Bool

    /// A variable of these parts.
    public init(
        name: String,
        defaultValue: String? = nil,
        minimumLength: Int? = nil,
        isSecret: Bool = false
    ) {
        self.name = name
        self.defaultValue = defaultValue
        self.minimumLength = minimumLength
        self.isSecret = isSecret
    }

    /// An object; what is absent is left out.
    public var json: JSONValue {
        .members([
            "name": name.json,
            "default": defaultValue?.json,
            "minimumLength": minimumLength?.json,
            "isSecret": isSecret ? true.json : nil,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        name = try members.required("name")
        defaultValue = try members.optional("default")
        minimumLength = try members.optional("minimumLength")
        isSecret = try members.optional("isSecret") ?? false
        try members.finish()
    }
}

/// A name for a ``Field``.
public typealias FieldID = Identifier<Field>

/// A blank that a deployment fills in about itself, such as "Deployed by: ____".
public struct Field: Hashable, Sendable, JSONConvertible {
    /// The name that commands and records use.
    public let id: FieldID
    /// What is asked for.
    public let title: String
    /// The heading it stands under.
    public let group: String?
    /// The values to choose from, in the checklist's words; empty where anything may be said.
    public let choices: [String]

    /// A field of these parts.
    public init(id: FieldID, title: String, group: String? = nil, choices: [String] = []) {
        self.id = id
        self.title = title
        self.group = group
        self.choices = choices
    }

    /// An object; what is absent is left out.
    public var json: JSONValue {
        .members([
            "id": id.json, "title": title.json, "group": group?.json,
            "choices": choices.jsonUnlessEmpty,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        id = try members.required("id")
        title = try members.required("title")
        group = try members.optional("group")
        choices = try members.list("choices")
        try members.finish()
    }
}

/// Commands to look up in trouble. A run never executes them.
public struct ReferenceCommand: Hashable, Sendable, JSONConvertible {
    /// What they are for.
    public let title: String
    /// The commands in document order.
    public let commands: [ItemCommand]

    /// A reference of these parts.
    public init(title: String, commands: [ItemCommand]) {
        self.title = title
        self.commands = commands
    }

    /// An object.
    public var json: JSONValue {
        .members(["title": title.json, "commands": commands.jsonUnlessEmpty])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        title = try members.required("title")
        commands = try members.list("commands")
        try members.finish()
    }
}

/// Whom to call.
public struct Contact: Hashable, Sendable, JSONConvertible {
    /// For what, or in which role.
    public let title: String
    /// Who, or how; `nil` where the document leaves a blank.
    public let value: String?

    /// A contact of these parts.
    public init(title: String, value: String? = nil) {
        self.title = title
        self.value = value
    }

    /// An object; what is absent is left out.
    public var json: JSONValue {
        .members(["title": title.json, "value": value?.json])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        title = try members.required("title")
        value = try members.optional("value")
        try members.finish()
    }
}
