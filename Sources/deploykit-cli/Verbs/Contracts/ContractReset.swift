// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let contractReset = Verb(
        "contract reset",
        "say that a test network was wiped",
        details: [
            "The passphrase of a test network stays the same when it is wiped, so that no ID tells. "
                + "Every ID on it that is in use is orphaned. The number of the epoch makes saying "
                + "it twice harmless: 1 after the first time that is known here."
        ],
        operands: [Operand("NETWORK")],
        options: [
            .contractEnvironment,
            Option(
                "epoch",
                "NUMBER",
                isRequired: true,
                "how often it was wiped, this time included"
            ),
        ],
        examples: ["deploykit contract reset testnet --epoch 1 --environment staging"],
        exits: .changing
    ) { call in
        guard let epoch = Int(call.arguments["epoch"] ?? ""), epoch > 0 else {
            throw UsageError("--epoch is a whole number from 1")
        }
        let workspace = try await Workspace.writing(call)
        let place = try await workspace.contractPlace()
        let name = call.operand(0)
        guard let network = place.environment.networks.first(where: { $0.isNamed(name) }) else {
            let listed = place.environment.networks.map(\.id.text).joined(separator: ", ")
            throw UsageError(
                "\(place.environment.name) does not use '\(name)'; it uses "
                    + (listed.isEmpty ? "no network" : listed)
            )
        }
        return try await ContractChange.perform(
            .reset(network.id, epoch: epoch),
            in: place,
            workspace
        )
    }
}
