// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let auditCheckpoint = Verb(
        "audit checkpoint",
        "print the head of the log, to be kept elsewhere",
        details: [
            "Whoever keeps the text can tell later, with 'audit verify --against', whether the "
                + "log is still the same. It is a C2SP checkpoint, signed where 'key init' has "
                + "made a key on this machine."
        ],
        examples: ["deploykit audit checkpoint > release-1.4.2.head"],
        exits: [
            (.done, "printed"),
            (.no, "nothing is recorded yet, or the log lost what was seen of it"),
        ] + .signing
    ) { call in
        let checkpoint = try await Workspace.reading(call).issueHead()
        guard checkpoint.head.size > 0 else {
            throw DeploymentError(
                .refused(
                    Refusal(
                        .wrongState,
                        "nothing is recorded yet: a log without entries has no name and no head"
                    )
                )
            )
        }
        if checkpoint.signatures.isEmpty {
            call.console.note("the checkpoint is unsigned: 'deploykit key init' makes a key")
        }
        call.console.print(
            .members([
                "schemaVersion": 1.json,
                "checkpoint": checkpoint.note.json,
                "head": checkpoint.head.json,
                "isSigned": (!checkpoint.signatures.isEmpty).json,
            ]),
            orData: checkpoint.note
        )
        return .done
    }
}
