// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployment {
    /// The contracts that the environment has in the slots of the checklist, whoever recorded them:
    /// what an ``EnvironmentFile`` is made of.
    ///
    /// - Parameter registry: The registry of the deployment's environment.
    /// - Returns: The snapshot.
    /// - Throws: ``ContractRegistryError``: `missing` for required slots without an ID, `network`
    ///   for an environment that does not list the network of a slot, `environment` for the
    ///   registry of another environment.
    public func contractSnapshot(
        in registry: ContractRegistry
    ) throws(ContractRegistryError) -> ContractRegistry.Snapshot {
        try registry.snapshot(of: subject.environment, slots: checklist.contractSlots)
    }

    /// The digest of the contracts that the environment has in the slots of the checklist, or `nil`
    /// for a checklist without any: what a sign-off binds.
    public func contractsDigest(given facts: Facts) -> Digest? {
        guard !checklist.contractSlots.isEmpty else { return nil }
        let environment = subject.environment
        let registry =
            facts.registries[environment.name] ?? ContractRegistry(environment: environment.name)
        let slots = Set(checklist.contractSlots.map(\.name))
        return registry.contents(of: environment, slots: slots).digest
    }

    /// The ID that the item which deploys a contract will give, where deployer and salt are
    /// declared, so that it is known beforehand; else `nil`.
    public func expectedContract(in slot: ContractSlot.Name) -> ContractID? {
        for entry in outline.leaves {
            guard case .capture(slot, _, let network, let capture) = entry.item.kind,
                let place = checklist.contractSlots.first(where: { $0.name == slot }),
                let network = network ?? (try? place.network(in: subject.environment))
            else { continue }
            // The same slot may be captured on other networks, which are out of scope here.
            guard subject.environment.network(network.id) != nil else { continue }
            // A derivation that is none of this network gives no ID; the capture refuses it.
            return (try? capture.expected(on: network)) ?? nil
        }
        return nil
    }
}
