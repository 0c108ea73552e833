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

    /// An environment.
    ///
    /// - Throws: ``NetworkError``, code `tier` when the tier is production and a network's is
    ///   not, `ambiguous` when two networks are the same chain or have the same name.
    public init(_ name: ID, tier: Tier, networks: [Network] = []) throws(NetworkError) {
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
    }

    /// The network of this name, or `nil` when the environment does not use it.
    public func network(_ id: Network.ID) -> Network? {
        networks.first { $0.id == id }
    }
}

extension Environment: JSONConvertible {
    /// An object with `name`, `tier`, and `networks` unless there are none.
    public var json: JSONValue {
        .members([
            "name": name.json, "tier": tier.json, "networks": networks.jsonUnlessEmpty,
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
        try members.finish()
        do {
            try self.init(name, tier: tier, networks: networks)
        } catch {
            throw JSONError(.value, error.message)
        }
    }
}
