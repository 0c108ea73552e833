// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A named place for the ID of a contract that a deployment makes or uses.
public struct ContractSlot: Hashable, Sendable {
    /// The name of a slot, which is also the name of its variable in environment files.
    public typealias Name = Identifier<ContractSlot>

    /// The name, such as `VESTING_CONTRACT_ID`.
    public let name: Name
    /// What people call the contract.
    public let title: String
    /// The form of its ID.
    public let kind: ContractID.Kind
    /// The network that it is on wherever it is deployed, or `nil` for the only network of the
    /// environment whose IDs have this form.
    public let network: Network.ID?
    /// Tells whether an environment file without it is refused.
    public let isRequired: Bool

    /// A slot.
    ///
    /// - Throws: ``EnvironmentFileError``, code `name`, when the name cannot be a variable's.
    public init(
        _ name: Name,
        title: String,
        kind: ContractID.Kind,
        network: Network.ID? = nil,
        isRequired: Bool = true
    ) throws(EnvironmentFileError) {
        try EnvironmentFile.checkName(name.text)
        self.name = name
        self.title = title
        self.kind = kind
        self.network = network
        self.isRequired = isRequired
    }

    /// The network of this slot in `environment`.
    ///
    /// - Throws: ``ContractRegistryError``, code `network`, when the environment does not list
    ///   the slot's network, or lists none or several of its form.
    public func network(
        in environment: Environment
    ) throws(ContractRegistryError) -> Network {
        let fitting = environment.networks.filter { candidate in
            (network == nil || candidate.id == network)
                && ContractID.Kind(of: candidate.family) == kind
        }
        guard let found = fitting.first, fitting.count == 1 else {
            let listed = environment.networks.map(\.id.text).joined(separator: ", ")
            throw ContractRegistryError(
                .network,
                "\(name) needs \(network?.text ?? "one network with IDs of \(kind.rawValue)"); "
                    + "\(environment.name) lists \(listed.isEmpty ? "none" : listed)"
            )
        }
        return found
    }
}

extension ContractSlot: JSONConvertible {
    /// An object with `name`, `title`, `kind`, `required`, and `network` where it is fixed.
    public var json: JSONValue {
        .members([
            "name": name.json, "title": title.json, "kind": kind.json, "network": network?.json,
            "required": isRequired.json,
        ])
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` when a member is wrong.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let name: Name = try members.required("name")
        let title: String = try members.required("title")
        let kind: ContractID.Kind = try members.required("kind")
        let network: Network.ID? = try members.optional("network")
        let isRequired: Bool = try members.required("required")
        try members.finish()
        do {
            try self.init(name, title: title, kind: kind, network: network, isRequired: isRequired)
        } catch {
            throw JSONError(.value, error.message)
        }
    }
}
