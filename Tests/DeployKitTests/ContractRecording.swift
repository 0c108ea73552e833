// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension ContractRegistry {
    /// Records an ID with nothing else known of it.
    func record(
        _ id: ContractID,
        in slot: ContractSlot,
        instance: ContractRecord.Instance? = nil,
        of environment: Environment,
        from origin: ContractRecord.Origin? = nil,
        provenance: ContractRecord.Provenance = .manual,
        details: [ContractDetail] = [],
        at moment: Timestamp = ContractWorld.at(1),
        activates: Bool = true,
        allowing: Set<ContractAllowance> = [],
        others: [ContractRegistry] = []
    ) throws(ContractRegistryError) -> Decision {
        try record(
            ContractClaim(
                id,
                in: slot,
                instance: instance,
                details: details,
                provenance: provenance,
                origin: origin
            ),
            of: environment,
            at: moment,
            activates: activates,
            allowing: allowing,
            others: others
        )
    }

    mutating func apply(all events: [Event]) throws(ContractRegistryError) {
        for event in events { try apply(event) }
    }
}
