// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Project {
    /// A command that is told of what happens to deployments.
    ///
    ///     {"name": "tell-ops", "on": ["halted", "rollback.proposed"],
    ///      "command": ["scripts/tell", "--room", "ops"], "secrets": ["CHAT_TOKEN"]}
    ///
    /// It is started without a shell, in the project's folder, with the event as JSON
    /// (``HookOccasion/json``) on its standard input. How it ends changes nothing but the record.
    /// It runs only where somebody said that this project's hooks may.
    public struct Hook: Hashable, Sendable {
        /// The name.
        public let name: String
        /// What it is told.
        public let points: [HookPoint]
        /// The program and its arguments.
        public let command: [String]
        /// The secrets that it receives as environment variables of these names.
        public let secrets: [String]
        /// How long it may take, a minute at the most.
        public let timeout: Duration

        /// How long a hook may take unless it says otherwise.
        public static let usualTimeout = Duration.seconds(10)

        /// A hook of these parts.
        public init(
            name: String,
            on points: [HookPoint],
            command: [String],
            secrets: [String] = [],
            timeout: Duration = usualTimeout
        ) {
            self.name = name
            self.points = points
            self.command = command
            self.secrets = secrets
            self.timeout = timeout
        }
    }

    /// What somebody trusts who lets the hooks of a project run: SHA-256 over all of them.
    public var hooksDigest: Digest {
        SHA256.digest(of: JSONValue.array(hooks.map(\.json)).canonicalBytes)
    }
}

extension Project.Hook: JSONConvertible {
    /// An object; no secrets and the usual timeout, in milliseconds, are left out.
    public var json: JSONValue {
        .members([
            "name": name.json, "on": points.json, "command": command.json,
            "secrets": secrets.jsonUnlessEmpty,
            "timeout": timeout == Self.usualTimeout ? nil : timeout.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else, names no program or no moment, or asks
    ///   for more than a minute.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        name = try members.required("name")
        points = try members.required("on")
        command = try members.required("command")
        secrets = try members.list("secrets")
        timeout = try members.optional("timeout") ?? Self.usualTimeout
        try members.finish()
        guard !command.isEmpty, !points.isEmpty else {
            throw JSONError(.value, "a hook names a program, and what it is told", path: ["on"])
        }
        guard timeout > .zero, timeout <= .seconds(60) else {
            throw JSONError(.value, "a hook takes a minute at the most", path: ["timeout"])
        }
    }
}
