// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let set = Verb(
        "set",
        "fill in a blank of the checklist",
        operands: [Operand("FIELD=VALUE")],
        examples: ["deploykit set deployed-by=\"Lena Weber\""],
        exits: .changing
    ) { call in
        let parts = call.operand(0).split(
            separator: "=",
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        guard parts.count == 2, !parts[0].isEmpty else {
            throw UsageError("'\(call.operand(0))' is not of the form FIELD=VALUE")
        }
        return try await Changing.perform(call) { _ in
            (.set(FieldID(String(parts[0])), String(parts[1])), nil)
        }
    }
}
