// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployment {
    /// The contracts that this deployment recorded, checked against its environment as it is
    /// declared: what an ``EnvironmentFile`` is made of.
    ///
    /// - Returns: The snapshot; its record numbers count within this deployment, in document order.
    /// - Throws: ``ContractRegistryError``: `missing` for required slots without an ID, `network`
    ///   for an environment that does not list the network of a slot, `kind` or `unprotected` for
    ///   an ID that the slot or the tier does not take.
    public func contractSnapshot() throws(ContractRegistryError) -> ContractRegistry.Snapshot {
        let environment = subject.environment
        var registry = ContractRegistry(environment: environment.name)
        for slot in checklist.contractSlots {
            guard let contract = contracts[slot.name] else { continue }
            let item = contract.item
            let decision = try registry.record(
                contract.id,
                in: slot,
                of: environment,
                from: ContractRecord.Origin(
                    deployment: id.text,
                    item: item?.text ?? slot.name.text,
                    attempt: item.flatMap { items[$0]?.attempts } ?? 1
                ),
                provenance: item == nil ? .manual : .standardOutput,
                at: startedAt
            )
            for event in decision.events { try registry.apply(event) }
        }
        return try registry.snapshot(of: environment, slots: checklist.contractSlots)
    }
}
