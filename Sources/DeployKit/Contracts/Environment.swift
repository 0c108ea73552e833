// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Where a service is deployed, such as `staging`, with the networks that it may use.
///
/// No value holds a network that its tier forbids: an environment of production tier has networks
/// of production tier only.
public struct Environment: Hashable, Sendable {
    /// The name of an environment.
    public typealias ID = Identifier<Environment>

    /// The name.
    public let name: ID
    /// How much depends on it.
    public let tier: Tier
    /// The networks that it may use; empty when the service has no contracts.
    public let networks: [Network]
    /// Other names for it.
    public let aliases: [String]
    /// The time zone that its people live by, such as `Europe/Berlin`; `nil` for UTC.
    public let zone: String?
    /// Whether a project file or a program declares it. One that is not declared counts as
    /// production.
    public let isDeclared: Bool

    /// An environment.
    ///
    /// - Throws: ``NetworkError``, code `tier` when the tier is production and a network's is
    ///   not, `ambiguous` when two networks are the same chain or have the same name.
    public init(
        _ name: ID,
        tier: Tier,
        networks: [Network] = [],
        aliases: [String] = [],
        zone: String? = nil
    ) throws(NetworkError) {
        for (place, network) in networks.enumerated() {
            guard tier != .production || network.tier == .production else {
                throw NetworkError(
                    .tier,
                    "\(name) is production and cannot use \(network), "
                        + "a \(network.tier.rawValue) network"
                )
            }
            let earlier = networks[..<place]
            if let twin = earlier.first(where: {
                $0.id == network.id || $0.isSameChain(as: network)
            }) {
                throw NetworkError(.ambiguous, "\(name) lists \(twin) and \(network): one chain")
            }
        }
        self.name = name
        self.tier = tier
        self.networks = networks
        self.aliases = aliases
        self.zone = zone
        isDeclared = true
    }

    private init(undeclared name: ID) {
        self.name = name
        tier = .production
        networks = []
        aliases = []
        zone = nil
        isDeclared = false
    }

    /// An environment of which nothing but the name is known: it counts as production.
    public static func undeclared(_ name: ID) -> Self {
        Self(undeclared: name)
    }

    /// Tells whether a word that limits a phase means this environment: by its name, an alias, a
    /// name of one of its networks, or the tier. Upper and lower case are alike.
    public func matches(_ word: String) -> Bool {
        let word = word.lowercased()
        return ([name.text, tier.rawValue] + aliases).contains { $0.lowercased() == word }
            || networks.contains { $0.isNamed(word) }
    }

    /// What conditions can ask about: `environment`, `tier` and `network`.
    public var inputs: [String: [String]] {
        [
            "environment": [name.text] + aliases, "tier": [tier.rawValue],
            "network": networks.map(\.id.text),
        ]
    }

    /// The network of this name, or `nil` when the environment does not use it.
    public func network(_ id: Network.ID) -> Network? {
        networks.first { $0.id == id }
    }
}

extension Environment: JSONConvertible {
    /// An object with `name`, `tier`, `networks` and `aliases` unless there are none, `zone` where
    /// there is one, and `isDeclared` when it is false.
    public var json: JSONValue {
        .members([
            "name": name.json, "tier": tier.json, "networks": networks.jsonUnlessEmpty,
            "aliases": aliases.jsonUnlessEmpty, "isDeclared": isDeclared ? nil : false.json,
            "zone": zone?.json,
        ])
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` when a member is wrong or the tier forbids a network.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let name: ID = try members.required("name")
        let tier: Tier = try members.required("tier")
        let networks: [Network] = try members.list("networks")
        let aliases: [String] = try members.list("aliases")
        let zone: String? = try members.optional("zone")
        let isDeclared: Bool = try members.optional("isDeclared") ?? true
        try members.finish()
        guard isDeclared else {
            guard tier == .production, networks.isEmpty, aliases.isEmpty, zone == nil else {
                throw JSONError(.value, "an undeclared environment has nothing but a name")
            }
            self.init(undeclared: name)
            return
        }
        do {
            try self.init(name, tier: tier, networks: networks, aliases: aliases, zone: zone)
        } catch {
            throw JSONError(.value, error.message)
        }
    }
}
