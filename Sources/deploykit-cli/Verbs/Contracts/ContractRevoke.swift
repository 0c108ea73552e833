// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let contractRevoke = Verb(
        "contract revoke",
        "say for good that an ID must not be used",
        details: [
            "Reasons: \(ContractRecord.Revocation.allCases.map(\.rawValue).joined(separator: ", ")). "
                + "A slot whose ID is revoked has none; nothing makes a revoked record usable again."
        ],
        operands: [Operand("RECORD")],
        options: [
            .contractEnvironment,
            Option("reason", "REASON", isRequired: true, "one of the reasons above"),
        ],
        examples: ["deploykit contract revoke 3 --reason compromised --environment production"],
        exits: .changing
    ) { call in
        let number = try ContractChange.number(call.operand(0))
        let reason = try Choice.of(
            call.reason,
            "reason",
            as: ContractRecord.Revocation.self
        )
        let workspace = try await Workspace.writing(call)
        let place = try await workspace.contractPlace()
        return try await ContractChange.perform(.revoke(number, reason), in: place, workspace)
    }
}
