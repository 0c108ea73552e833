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
                + "nothing is lost.",
            "A head that nobody signed proves nothing by itself: anybody can write one. Where the "
                + "key of the log is on this machine, or --log-key names it, only heads that it "
                + "signed are taken. Without a key, an unsigned head is taken on your word, unless "
                + "it contradicts a head that the log contains; the log then records for good "
                + "what it says is lost.",
            "A recovery counts for the machine that made it. Every other machine that saw what is "
                + "lost goes on refusing the log, because whoever has the store could restore an "
                + "old copy to hide entries, and record that as a recovery. There, --accept says "
                + "once that the loss is known: ask who made the recovery for the output of 'audit "
                + "checkpoint', and name it with --against, so that you accept what they saw. The "
                + "log is left as it is; what this machine kept of what is lost goes to the folder "
                + "'lost' beside its notes, and what else it kept counts on.",
        ],
        options: [
            .reason, .against, .logKey,
            Option(
                "accept",
                "ENTRY",
                "accept the recovery that this entry records, made elsewhere"
            ),
        ],
        examples: [
            "deploykit audit recover --reason \"disk failure, backup of 3 May\"",
            "deploykit audit recover --against release-1.4.2.head --reason \"disk failure\"",
            "deploykit audit recover --accept 65 --against after-recovery.head",
        ],
        exits: [
            (.done, "the log goes on under another name, or the recovery is accepted"),
            (.no, "nothing is lost, or there is no such recovery to accept"),
            (.invalidData, "a head that is named is malformed, or not believed"),
        ] + .signing
    ) { call in
        if let position = try call.number("accept", in: 0...Checkpoint.largestSize) {
            guard call.arguments["reason"] == nil else {
                throw UsageError("--accept records nothing in the log, so it takes no --reason")
            }
            return try await accept(position, call)
        }
        return try await recover(call)
    }

    private static func recover(_ call: Call) async throws -> ExitCode {
        let reason = try Changing.reason(call)
        let workspace = try await Workspace.writing(call, isChecked: false)
        let log = workspace.deployments.log
        let kept = try workspace.keeping.anchors(of: try await log.head().origin)
        let named = try await KeptHead.all(workspace)
        try await workspace.checkWhole()
        // An earlier recovery that this machine has not accepted comes first.
        if let divergence = try await workspace.keeping.notes?.divergence(of: log),
            divergence.recovery != nil
        {
            throw Diverged(divergence)
        }
        let key = try await workspace.signer()?.key
        let evidence = try await RecoveryEvidence(
            named: named,
            kept: kept,
            of: log,
            hasKey: try key != nil || KeptHead.key(call) != nil
        )
        let epochs = try await workspace.deployments.recover(
            from: evidence.heads,
            reason: reason,
            by: await workspace.actor()
        )
        for anchor in evidence.unsigned {
            call.console.note(
                "'\(anchor.path.visible)' is \(anchor.signedByNobodyKnown.visible): that the log "
                    + "had this head rests on your word"
            )
        }
        var lost: [Anchor] = []
        for epoch in epochs {
            lost +=
                try await workspace.keeping.notes?.accept(recoveryAt: epoch.start, of: log) ?? []
        }
        let checkpoint = try await workspace.issueHead()
        call.console.print(
            json(epochs, lost, checkpoint),
            or: epochs.map(text).joined() + text(lost)
        )
        return .done
    }

    private static func accept(_ position: Int, _ call: Call) async throws -> ExitCode {
        let workspace = try await Workspace.reading(call)
        let log = workspace.deployments.log
        let named = try await KeptHead.all(workspace)
        try await workspace.checkWhole()
        for (anchor, standing) in zip(named, try await log.standings(of: named.map(\.head)))
        where standing != .contained {
            throw Diverged(
                message: "the log does not contain '\(anchor.path)' (\(anchor.head.size) entries "
                    + "of '\(anchor.head.origin)'); nothing is accepted",
                hints: ["it is not the log of whoever gave you that head"]
            )
        }
        guard let notes = workspace.keeping.notes else {
            throw UsageError("there is no place for notes", hints: ["set HOME or XDG_STATE_HOME"])
        }
        let lost = try await notes.accept(recoveryAt: position, of: log)
        guard let epoch = try await log.epochs().first(where: { $0.start == position }) else {
            return .internalError
        }
        // What this machine lost under other names is to be accepted by itself.
        let rest = try await notes.divergence(of: log)
        let checkpoint = try await rest == nil ? workspace.issueHead() : nil
        call.console.print(
            json([epoch], lost, checkpoint),
            or: "accepted on this machine, by what entry \(epoch.start) says: " + text(epoch)
                + text(lost)
        )
        if let rest { call.console.note(rest.message.visible) }
        return .done
    }

    private static func json(
        _ epochs: [LogEpoch],
        _ given: [Anchor],
        _ checkpoint: Checkpoint?
    ) -> JSONValue {
        let losses = epochs.map(\.lost).filter { !$0.isEmpty }
        let first = losses.map(\.lowerBound).min() ?? epochs.first?.lost.lowerBound ?? 0
        let end = losses.map(\.upperBound).max() ?? first
        return .members([
            "schemaVersion": 1.json,
            "origin": epochs.last?.origin.json,
            "position": epochs.last?.start.json,
            "closed": epochs.last?.closed?.json,
            "lost": .members(["first": first.json, "count": (end - first).json]),
            "givenUp": .array(
                given.map { anchor in
                    .members([
                        "kind": anchor.kind.rawValue.json, "file": anchor.path.json,
                        "head": anchor.head.json,
                    ])
                }
            ),
            "checkpoint": checkpoint?.note.json,
        ])
    }

    private static func text(_ epoch: LogEpoch) -> String {
        let lost = epoch.lost
        // Below the loss the log was as it was; what it has from there on may be so in part.
        let isExact = lost.isEmpty || lost.lowerBound >= epoch.start
        return "the log goes on as \(epoch.origin.visible) with entry \(epoch.start)\n"
            + "  lost: \(lost.count) entries" + (isExact ? "" : " at the most")
            + (lost.isEmpty ? "" : ", \(lost.lowerBound) to \(lost.upperBound - 1)")
            + (isExact ? "" : "; no head that was kept tells of which on the log is another one")
            + "\n"
    }

    private static func text(_ given: [Anchor]) -> String {
        guard let seen = given.map(\.head.size).max() else {
            return "  this machine had seen nothing of what is lost\n"
        }
        return "  this machine had seen \(seen) entries; what it kept of those that are lost:\n"
            + given.map { "    \($0.path.visible)\n" }.joined()
    }
}

extension Workspace {
    /// Refuses a log that contradicts itself.
    fileprivate func checkWhole() async throws {
        let report = try await deployments.log.verify()
        guard report.faultCount == 0 else {
            throw InputError(
                .invalid,
                "the log contradicts itself; 'deploykit audit verify' says where, and another "
                    + "backup is needed"
            )
        }
    }
}
