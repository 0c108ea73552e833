// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let note = Verb(
        "note",
        "write something down",
        operands: [Operand("TEXT")],
        examples: ["deploykit note \"latency rose to 300 ms for two minutes\""],
        exits: .changing
    ) { call in
        try await Changing.perform(call) { _ in (.note(call.operand(0)), nil) }
    }
}
