// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let contractRecord = Verb(
        "contract record",
        "record the ID of a contract that was deployed",
        details: [
            "The ID is parsed and its checksum verified. The network is the one named, else the "
                + "only network of the deployment's environment."
        ],
        operands: [Operand("SLOT"), Operand("ID")],
        options: [Option("network", "NAME", "such as stellar:testnet, or an alias of it")],
        examples: [
            "deploykit contract record VESTING_CONTRACT_ID CC… --network stellar:testnet"
        ],
        exits: .changing
    ) { call in
        try await Changing.perform(call) { live in
            let state = try await live.state()
            let name = ContractSlot.Name(call.operand(0))
            let slot = state.checklist.contractSlots.first { $0.name == name }
            let network = try network(
                call.arguments["network"],
                for: slot,
                in: state.subject.environment
            )
            do {
                return (.recordContract(name, try ContractID(call.operand(1), on: network)), nil)
            } catch let error as ContractIDError {
                throw UsageError(error.message)
            }
        }
    }

    private static func network(
        _ name: String?,
        for slot: ContractSlot?,
        in environment: Environment
    ) throws(UsageError) -> Network {
        let declared = environment.networks
        guard let name else {
            if declared.isEmpty, let fixed = slot?.network {
                return try known(fixed.text)
            }
            if let slot {
                do {
                    return try slot.network(in: environment)
                } catch {
                    throw UsageError(
                        error.message,
                        hints: ["--network names it"] + declared.map { "--network \($0.id)" }
                    )
                }
            }
            // The rules refuse the slot, whatever the network is.
            return declared.first ?? .stellarTestnet
        }
        if let own = declared.first(where: { $0.isNamed(name) }) { return own }
        return try known(name)
    }

    private static func known(_ name: String) throws(UsageError) -> Network {
        do {
            return try Network.named(name)
        } catch {
            throw UsageError(error.message)
        }
    }
}
