// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What a project says about itself in `deploykit.json`: where it deploys, what, and who acts.
///
/// The file is JSON with members in any order:
///
///     {
///       "deploykit": 1,
///       "services": [{"name": "orders"}],
///       "environments": [
///         {"name": "staging", "tier": "test", "networks": ["stellar:testnet"], "aliases": ["stg"],
///          "zone": "Europe/Berlin"}
///       ],
///       "people": [{"id": "lena@example.com", "aliases": ["lena"], "roles": ["QA Engineer"],
///                   "keys": [{"ssh": "ssh-ed25519 AAAAC3…"}]}],
///       "secrets": [{"name": "DB_PASSWORD", "file": "secrets/db"}],
///       "targets": [{"name": "api", "path": "api/.env", "dialect": "portable"}],
///       "freezes": [{"name": "year's end", "environments": ["production"],
///                    "from": "2026-12-20", "until": "2027-01-04T08:00"}],
///       "maintenanceWindows": [{"name": "office hours", "environments": ["production"],
///                               "days": ["mon", "tue"], "from": "09:00", "until": "16:00"}],
///       "hooks": [{"name": "tell-ops", "on": ["halted"], "command": ["scripts/tell", "ops"]}]
///     }
///
/// `deploykit` is the version of the format. The key of a person is the line of a `.pub` file, that
/// of a service base64 of an Ed25519 key; either may have `validFrom`, `validUntil` and `revokedAt`
/// (``PersonKey``). A network is the name of a known one, or an object
/// that declares one as ``Network/json`` does. A secret is read from the file or the environment
/// variable (`environment`) that is named, one of the two; the project file never holds the value.
/// Freezes and maintenance windows are ``Occasion``s, by the clocks of their own `zone`, else of the
/// environment's. A secret may say with `rotateBy` by which day it is to be replaced.
/// A member that is not listed here is refused. Later versions may add members.
public struct Project: Hashable, Sendable {
    /// Something that is deployed.
    public struct Service: Hashable, Sendable {
        /// The name.
        public let name: String

        /// A service of this name.
        public init(name: String) {
            self.name = name
        }
    }

    /// Where a command gets the value of a secret from.
    public struct Secret: Hashable, Sendable {
        /// What holds the value.
        public enum Source: Hashable, Sendable {
            /// The environment variable of this name.
            case environment(String)
            /// The file at this path, relative to the project file.
            case file(String)
        }

        /// The name by which items ask for it, and of the variable that a command gets.
        public let name: String
        /// What holds the value.
        public let source: Source
        /// The day by which the secret is to be replaced; `nil` when nobody says.
        public let rotateBy: LocalTime?

        /// A secret of these parts.
        public init(name: String, source: Source, rotateBy: LocalTime? = nil) {
            self.name = name
            self.source = source
            self.rotateBy = rotateBy
        }
    }

    /// The services, in the order of the file.
    public let services: [Service]
    /// The environments, in the order of the file.
    public let environments: [Environment]
    /// The people, in the order of the file.
    public let people: [Directory.Person]
    /// Where secrets are found, in the order of the file.
    public let secrets: [Secret]
    /// The environment files that are made of the contracts, in the order of the file.
    public let targets: [RenderTarget]
    /// What is told of what happens, in the order of the file.
    public let hooks: [Hook]

    /// When nothing new goes out, in the order of the file.
    public let freezes: [Occasion]
    /// When something may go out to the environments that these are about, in the order of the file.
    public let maintenanceWindows: [Occasion]

    /// A project of these parts; that names are used once is not checked.
    public init(
        services: [Service] = [],
        environments: [Environment] = [],
        people: [Directory.Person] = [],
        secrets: [Secret] = [],
        targets: [RenderTarget] = [],
        freezes: [Occasion] = [],
        maintenanceWindows: [Occasion] = [],
        hooks: [Hook] = []
    ) {
        self.services = services
        self.environments = environments
        self.people = people
        self.secrets = secrets
        self.targets = targets
        self.freezes = freezes
        self.maintenanceWindows = maintenanceWindows
        self.hooks = hooks
    }

    /// The environment that a person means by its name or an alias.
    public func environment(named name: String) -> Environment? {
        environments.first { $0.name.text == name }
            ?? environments.first { $0.aliases.contains(name) }
    }

    /// The service that is meant when nobody names one: the only one.
    public var onlyService: String? {
        services.count == 1 ? services[0].name : nil
    }

    /// The people, as the log is made to know them.
    public var directory: Directory { Directory(people: people) }
}

extension Project: JSONConvertible {
    /// The object that the file holds; empty lists are left out.
    public var json: JSONValue {
        .members([
            "deploykit": 1.json,
            "services": services.jsonUnlessEmpty,
            "environments": environments.isEmpty ? nil : .array(environments.map(\.declaration)),
            "people": people.jsonUnlessEmpty,
            "secrets": secrets.jsonUnlessEmpty,
            "targets": targets.jsonUnlessEmpty,
            "freezes": freezes.jsonUnlessEmpty,
            "maintenanceWindows": maintenanceWindows.jsonUnlessEmpty,
            "hooks": hooks.jsonUnlessEmpty,
        ])
    }

    /// Reads the object that the file holds.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else, a name or an alias is used twice, or a
    ///   member is not known.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let version: Int = try members.required("deploykit")
        guard version == 1 else {
            throw JSONError(
                .value,
                "a project file of version \(version) is not known; 1 is",
                path: ["deploykit"]
            )
        }
        services = try members.list("services")
        environments = try members.list("environments", of: Declaration.self).map(\.environment)
        people = try members.list("people")
        secrets = try members.list("secrets")
        targets = try members.list("targets")
        freezes = try members.list("freezes")
        maintenanceWindows = try members.list("maintenanceWindows")
        hooks = try members.list("hooks")
        try members.finish()
        try Self.checkUnique(services.map { [$0.name] }, in: "services")
        try Self.checkUnique(environments.map { [$0.name.text] + $0.aliases }, in: "environments")
        if let fault = directory.placedFaults.first {
            throw JSONError(.value, fault.message, path: ["people", String(fault.position)])
        }
        try Self.checkUnique(secrets.map { [$0.name] }, in: "secrets")
        try Self.checkUnique(targets.map { [$0.name] }, in: "targets")
        try Self.checkUnique(hooks.map { [$0.name] }, in: "hooks")
    }

    /// The secrets that are to be replaced by some day.
    public func dueEntries(at now: Timestamp) -> [DueEntry] {
        secrets.compactMap { secret in
            secret.rotateBy.map { day in
                DueEntry(
                    subject: .rotation(secret.name),
                    title: secret.name,
                    day: day,
                    in: .utc,
                    at: now
                )
            }
        }
    }

    private static func checkUnique(_ names: [[String]], in list: String) throws(JSONError) {
        var seen: Set<String> = []
        for (position, names) in names.enumerated() {
            for name in names {
                guard !name.trimmed.isEmpty else {
                    throw JSONError(.value, "a name is blank", path: [list, String(position)])
                }
                guard seen.insert(name).inserted else {
                    throw JSONError(
                        .value,
                        "the name '\(name)' is used twice",
                        path: [list, String(position)]
                    )
                }
            }
        }
    }
}

extension Project.Service: JSONConvertible {
    /// An object with `name`.
    public var json: JSONValue { .members(["name": name.json]) }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        name = try members.required("name")
        try members.finish()
    }
}

extension Project.Secret: JSONConvertible {
    /// An object with `name`, and `environment` or `file`.
    public var json: JSONValue {
        switch source {
        case .environment(let variable):
            .members([
                "name": name.json, "environment": variable.json, "rotateBy": rotateBy?.json,
            ])
        case .file(let path):
            .members(["name": name.json, "file": path.json, "rotateBy": rotateBy?.json])
        }
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else, or names both sources or none.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        name = try members.required("name")
        let variable = try members.optional("environment", as: String.self)
        let path = try members.optional("file", as: String.self)
        rotateBy = try members.optional("rotateBy")
        try members.finish()
        switch (variable, path) {
        case (let variable?, nil): source = .environment(variable)
        case (nil, let path?): source = .file(path)
        default:
            throw JSONError(
                .value,
                "the secret '\(name)' names either an environment variable or a file"
            )
        }
    }
}

/// An environment as the project file declares it.
private struct Declaration: JSONConvertible {
    let environment: Environment

    var json: JSONValue { environment.declaration }

    init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let name: Environment.ID = try members.required("name")
        let tier: Tier = try members.required("tier")
        let networks = try members.list("networks", of: NamedNetwork.self).map(\.network)
        let aliases: [String] = try members.list("aliases")
        let zone: String? = try members.optional("zone")
        try members.finish()
        do {
            environment = try Environment(
                name,
                tier: tier,
                networks: networks,
                aliases: aliases,
                zone: zone
            )
        } catch {
            throw JSONError(.value, error.message)
        }
    }
}

/// A network by the name of a known one, or declared.
private struct NamedNetwork: JSONConvertible {
    let network: Network

    var json: JSONValue {
        Network.known.contains(network) ? network.id.json : network.json
    }

    init(_ network: Network) {
        self.network = network
    }

    init(json: JSONValue) throws(JSONError) {
        guard let name = json.string else {
            network = try Network(json: json)
            return
        }
        do {
            network = try Network.named(name)
        } catch {
            throw JSONError(.value, error.message)
        }
    }
}

extension Environment {
    fileprivate var declaration: JSONValue {
        .members([
            "name": name.json,
            "tier": tier.json,
            "networks": networks.isEmpty
                ? nil : .array(networks.map { NamedNetwork($0).json }),
            "aliases": aliases.jsonUnlessEmpty,
            "zone": zone?.json,
        ])
    }
}
