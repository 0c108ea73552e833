// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Where something is deployed.
public struct Environment: Hashable, Sendable {
    /// The name, such as `staging`.
    public let name: String
    /// How much depends on it.
    public let tier: Tier
    /// The chains that belong to it.
    public let networks: [Network]
    /// Other names for it.
    public let aliases: [String]
    /// Whether a project file declares it. One that is not declared counts as production.
    public let isDeclared: Bool

    /// An environment of these parts.
    public init(
        name: String,
        tier: Tier,
        networks: [Network] = [],
        aliases: [String] = [],
        isDeclared: Bool = true
    ) {
        self.name = name
        self.tier = tier
        self.networks = networks
        self.aliases = aliases
        self.isDeclared = isDeclared
    }

    /// An environment of which nothing but the name is known: it counts as production.
    public static func undeclared(_ name: String) -> Self {
        Self(name: name, tier: .production, isDeclared: false)
    }

    /// Tells whether a word that limits a phase means this environment: by its name, an alias, a
    /// name of one of its networks, or the tier. Upper and lower case are alike.
    public func matches(_ word: String) -> Bool {
        let word = word.lowercased()
        return ([name, tier.rawValue] + aliases).contains { $0.lowercased() == word }
            || networks.contains { $0.isNamed(word) }
    }

    /// What conditions can ask about.
    public var inputs: [String: [String]] {
        ["environment": [name] + aliases, "tier": [tier.rawValue], "network": networks.map(\.id.text)]
    }
}

extension Environment: JSONConvertible {
    /// An object; empty lists are left out.
    public var json: JSONValue {
        .members([
            "name": name.json,
            "tier": tier.json,
            "networks": networks.jsonUnlessEmpty,
            "aliases": aliases.jsonUnlessEmpty,
            "isDeclared": isDeclared.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        name = try members.required("name")
        tier = try members.required("tier")
        networks = try members.list("networks")
        aliases = try members.list("aliases")
        isDeclared = try members.required("isDeclared")
        try members.finish()
    }
}
