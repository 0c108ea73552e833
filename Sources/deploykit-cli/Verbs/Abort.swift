// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let abort = Verb(
        "abort",
        "end a deployment early",
        details: [
            "What was not done is cancelled, and the environment is free. What was done stays as "
                + "it is: nothing is rolled back."
        ],
        options: [.requiredReason],
        examples: ["deploykit abort --reason \"the release is withdrawn\""],
        exits: .changing
    ) { call in
        let reason = try Changing.reason(call)
        return try await Changing.perform(call) { _ in (.abort(reason: reason), nil) }
    }
}
