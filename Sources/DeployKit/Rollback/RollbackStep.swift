// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A step of a rollback or of its verification.
///
/// A runner does what is declared: a command with its effect, a service, or a probe. Anything else is
/// a person's, also a step whose condition stands in words.
public struct RollbackStep: Hashable, Sendable {
    /// What to do, as a person reads it.
    public let title: String
    /// The command for it, where the document shows one.
    public let command: ItemCommand?
    /// What the command does to the world; `nil` when nobody declared it, so that nobody runs it.
    public let effect: Effect?
    /// A question to a server, in the place of a command.
    public let probe: Probe?
    /// What says that the service which the command starts is ready; the command stays then.
    public let ready: Probe?
    /// The item whose effect it undoes; `nil` when it stands for itself.
    public let compensates: ItemID?
    /// Whether it must be done ("if the contract supports a pause").
    public let requirement: Requirement
    /// A condition that can be computed; the step does not apply where it is false.
    public let when: Condition?
    /// How long the command may take; `nil` for the runner's default.
    public let timeout: Duration?
    /// The secrets that the command receives as environment variables of these names.
    public let secrets: [String]
    /// The environment variables that the command inherits, besides the usual ones.
    public let inherits: [String]
    /// The working directory relative to the project's root; `nil` for the root.
    public let directory: String?

    /// A step of these parts; what is left out is absent.
    public init(
        title: String,
        command: ItemCommand? = nil,
        effect: Effect? = nil,
        probe: Probe? = nil,
        ready: Probe? = nil,
        compensates: ItemID? = nil,
        requirement: Requirement = .required,
        when: Condition? = nil,
        timeout: Duration? = nil,
        secrets: [String] = [],
        inherits: [String] = [],
        directory: String? = nil
    ) {
        self.title = title
        self.command = command
        self.effect = effect
        self.probe = probe
        self.ready = ready
        self.compensates = compensates
        self.requirement = requirement
        self.when = when
        self.timeout = timeout
        self.secrets = secrets
        self.inherits = inherits
        self.directory = directory
    }

    /// How the step is done.
    public var kind: ItemKind {
        if case .conditional = requirement { return .manual }
        if let command, let ready { return .service(command, ready: ready) }
        if let probe { return .probe(probe) }
        if let command, effect != nil { return .command(command) }
        return .manual
    }
}

extension RollbackStep: JSONConvertible {
    /// An object; what is absent and `required` are left out.
    public var json: JSONValue {
        .members([
            "title": title.json,
            "command": command?.json,
            "effect": effect?.json,
            "probe": probe?.json,
            "ready": ready?.json,
            "compensates": compensates?.json,
            "requirement": requirement == .required ? nil : requirement.json,
            "when": when?.json,
            "timeout": timeout?.json,
            "secrets": secrets.jsonUnlessEmpty,
            "inherits": inherits.jsonUnlessEmpty,
            "directory": directory?.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        title = try members.required("title")
        command = try members.optional("command")
        effect = try members.optional("effect")
        probe = try members.optional("probe")
        ready = try members.optional("ready")
        compensates = try members.optional("compensates")
        requirement = try members.optional("requirement") ?? .required
        when = try members.optional("when")
        timeout = try members.optional("timeout")
        secrets = try members.list("secrets")
        inherits = try members.list("inherits")
        directory = try members.optional("directory")
        try members.finish()
    }
}
