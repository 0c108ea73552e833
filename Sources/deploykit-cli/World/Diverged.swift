// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner

/// A log that is not the one whose head was kept.
struct Diverged: Error, Hashable, Sendable {
    let message: String
    let hints: [String]

    init(message: String, hints: [String]) {
        self.message = message
        self.hints = hints
    }

    /// What this machine saw and the log does not contain, with what can be done.
    init(_ divergence: Divergence) {
        message = divergence.message
        guard let recovery = divergence.recovery else {
            hints = [
                "'deploykit audit verify' tells more; 'deploykit audit recover' goes on with "
                    + "it under another name"
            ]
            return
        }
        let start = recovery.start
        guard !divergence.contradictsRecovery else {
            hints = [
                "that is no loss: keep '\(divergence.anchor.path)', it is the evidence",
                "another copy of the log is needed, from somebody who has it whole",
            ]
            return
        }
        hints = [
            "'deploykit audit log --from \(start) --limit 1' shows who recovered it: ask them for "
                + "the output of 'deploykit audit checkpoint', as FILE",
            "'deploykit audit recover --accept \(start) --against FILE' accepts the loss on this "
                + "machine",
        ]
    }
}
