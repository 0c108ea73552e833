// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What must hold before an ID is recorded.
extension ContractRegistry {
    func networkToRecord(
        _ id: ContractID,
        in slot: ContractSlot,
        of environment: Environment
    ) throws(ContractRegistryError) -> Network {
        try check(environment)
        guard let network = environment.network(id.network) else {
            let listed = environment.networks.map(\.id.text).joined(separator: ", ")
            throw ContractRegistryError(
                .network,
                "\(id.caip10) is of \(id.network); \(environment.name) uses "
                    + (listed.isEmpty ? "no network; declare them with the environment" : listed)
            )
        }
        guard slot.kind == id.kind else {
            throw ContractRegistryError(
                .kind,
                "\(slot.name) takes \(slot.kind.rawValue), not \(id.kind.rawValue)"
            )
        }
        if let tier = ForeignValue.tier(promisedBy: slot.name.text), tier != network.tier {
            throw ContractRegistryError(
                .network,
                "\(slot.name) is for a \(tier.rawValue) network by its name, and \(id) is of "
                    + "\(network), a \(network.tier.rawValue) network"
            )
        }
        let expected = try slot.network(in: environment)
        guard expected == network else {
            throw ContractRegistryError(
                .network,
                "\(slot.name) is on \(expected), and \(id) on \(network)"
            )
        }
        return network
    }

    /// Two places whose variables have one name would overwrite each other in a file.
    func checkVariable(of claim: ContractClaim) throws(ContractRegistryError) {
        let twin = records.first { record in
            record.variable == claim.variable && record.id.network == claim.id.network
                && (record.slot != claim.slot.name || record.instance != claim.instance)
        }
        guard let twin else { return }
        throw ContractRegistryError(
            .instance,
            "\(claim.variable) is the variable of \(twin.slot)"
                + (twin.instance.map { ", instance \($0)," } ?? "") + " already"
        )
    }

    func checkDerivations(
        of claim: ContractClaim,
        on network: Network,
        in environment: Environment
    ) throws(ContractRegistryError) {
        for case .deployment(let deployment) in claim.details {
            guard let derivation = deployment.derivation else { continue }
            do {
                try claim.id.check(derivedFrom: derivation, on: network)
            } catch {
                throw ContractRegistryError(
                    error.code == .otherNetwork ? .otherNetwork : .derivation,
                    error.message
                )
            }
        }
    }

    /// An ID that another slot or environment has is mostly one that was copied to the wrong place.
    func checkIsFree(
        _ claim: ContractClaim,
        _ network: Network,
        others: [ContractRegistry]
    ) throws(ContractRegistryError) {
        for registry in [self] + others {
            let twin = registry.records.first { record in
                record.id == claim.id && record.fingerprint == network.fingerprint
                    && record.status == .active
                    && record.epoch == registry.epoch(of: network.id)
            }
            guard let twin else { continue }
            throw ContractRegistryError(
                .elsewhere,
                "\(claim.id) is \(twin.variable) of \(registry.environment) already; if "
                    + "\(claim.variable) of \(environment) is the same contract, record it as "
                    + "shared (--shared)"
            )
        }
    }

    /// Of Stellar, an ID is derived from the network: it cannot be on two of them (CAP-46-02).
    func checkIsOfOneNetwork(
        _ id: ContractID,
        fingerprint: String,
        others: [ContractRegistry]
    ) throws(ContractRegistryError) {
        guard id.kind == .stellarContract else { return }
        for registry in [self] + others {
            let twin = registry.records.first {
                $0.id.text == id.text && $0.fingerprint != fingerprint && !$0.isRevoked
            }
            guard let twin else { continue }
            throw ContractRegistryError(
                .otherNetwork,
                "\(id) is recorded on \(twin.network) (\(registry.environment), \(twin.slot), record "
                    + "\(twin.number)) and cannot be on \(id.network) too; if that record is wrong, "
                    + "revoke it as mistaken"
            )
        }
    }

    func check(_ environment: Environment) throws(ContractRegistryError) {
        guard environment.name == self.environment else {
            throw ContractRegistryError(
                .environment,
                "this is the registry of \(self.environment), not of \(environment.name)"
            )
        }
    }
}
