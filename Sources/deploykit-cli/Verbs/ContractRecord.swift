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
            let environment = try await live.state().subject.environment
            let network = try network(call.arguments["network"], in: environment)
            do {
                let id = try ContractID(call.operand(1), on: network)
                return (.recordContract(ContractSlotID(call.operand(0)), id), nil)
            } catch let error as ContractIDError {
                throw UsageError(error.message)
            }
        }
    }

    private static func network(
        _ name: String?,
        in environment: Environment
    ) throws(UsageError) -> Network {
        let declared = environment.networks
        guard let name else {
            if declared.count == 1 { return declared[0] }
            throw UsageError(
                declared.isEmpty
                    ? "'\(environment.name)' declares no network: name one with --network"
                    : "'\(environment.name)' is on \(declared.count) networks: choose with --network",
                hints: declared.map { "--network \($0.id)" }
            )
        }
        if let own = declared.first(where: { $0.isNamed(name) }) { return own }
        do {
            return try Network.named(name)
        } catch {
            throw UsageError(error.message)
        }
    }
}
