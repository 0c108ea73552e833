// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner

extension Verb {
    static let auditRecover = Verb(
        "audit recover",
        "go on with a log that was restored from a backup",
        details: [
            "A log that lost entries cannot go on under its name, or two heads of one name would "
                + "differ. It gets the next name, ending in /e2, and its next entry says which "
                + "head was the last one and what is lost. That is told by the heads that --against "
                + "names, by this machine's note and by the receipts that it keeps. Refused where "
                + "nothing is lost."
        ],
        options: [.requiredReason, .against, .logKey],
        examples: [
            "deploykit audit recover --reason \"disk failure, backup of 3 May\"",
            "deploykit audit recover --against release-1.4.2.head --reason \"disk failure\"",
        ],
        exits: [
            (.done, "the log goes on under another name"),
            (.no, "nothing is lost"),
        ]
    ) { call in
        let reason = try Changing.reason(call)
        let workspace = try await Workspace.writing(call, isChecked: false)
        let log = workspace.deployments.log
        var heads = try await KeptHead.all(workspace).map(\.head)
        let origin = try await log.head().origin
        heads += try workspace.keeping.heads(of: origin)
        let report = try await log.verify()
        guard report.faultCount == 0 else {
            throw InputError(
                .invalid,
                "the log contradicts itself; 'deploykit audit verify' says where, and another "
                    + "backup is needed"
            )
        }
        let actor = await workspace.actor()
        var epoch: LogEpoch
        repeat {
            epoch = try await workspace.deployments.recover(
                from: heads,
                reason: reason,
                by: actor
            )
            // A backup from before an earlier recovery: the name was used for what is lost too.
            heads = try workspace.keeping.heads(of: epoch.origin)
        } while !heads.isEmpty
        let checkpoint = try await workspace.issueHead()
        call.console.print(
            .members([
                "schemaVersion": 1.json,
                "origin": epoch.origin.json,
                "position": epoch.start.json,
                "closed": epoch.closed?.json,
                "lost": .members([
                    "first": epoch.lost.lowerBound.json, "count": epoch.lost.count.json,
                ]),
                "checkpoint": checkpoint.note.json,
            ]),
            or: "the log goes on as \(epoch.origin.visible) with entry \(epoch.start)\n"
                + "  lost: \(epoch.lost.count) entries, from \(epoch.lost.lowerBound) on\n"
        )
        return .done
    }
}
