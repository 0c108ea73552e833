// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import DeployKitSQLite

extension Verb {
    static let storeRestore = Verb(
        "store restore",
        "take the store from a file that 'store save' made",
        details: [
            "The whole log in FILE is verified first. It must continue the store that is here, "
                + "what this machine has seen of the log, and every head that is named: an older "
                + "copy is stale, and refused. --accept-loss takes it nevertheless; the log then "
                + "goes on with 'audit recover' only.",
            "This machine then keeps the head of what was restored. One that had seen nothing of the "
                + "log before takes FILE on trust: name a head that others kept with --against.",
            "A log that was recovered elsewhere gave up entries that are known here. That is "
                + "refused too, until --accept-loss says that the loss is known: that accepts it on "
                + "this machine, as 'audit recover --accept' does.",
        ],
        operands: [Operand("FILE")],
        options: [
            .against, .logKey,
            Option(flag: "accept-loss", "take a copy that lost entries which are known here"),
        ],
        examples: [
            "deploykit store restore cache/store.sqlite",
            "deploykit store restore backup.sqlite --accept-loss",
        ],
        exits: [
            (.done, "restored, or the same already"),
            (.no, "FILE is stale, or of another history"),
        ] + .signing
    ) { call in
        let source = call.operand(0)
        let location = try StoreLocation(call)
        if let named = location.store, try StoreAddress(named).path == nil {
            throw StoreCopy.noFile
        }
        guard StoreLocation.exists(source) else {
            throw InputError(.absent, "there is no file '\(source)'")
        }
        let file = try await Workspace.reading(call, at: .file(source))
        let isLossAccepted = call.arguments.has("accept-loss")
        guard let target = try StoreAddress(location.store ?? location.makeFolder()).path else {
            throw StoreCopy.noFile
        }
        guard !StoreLocation.isSame(source, target) else {
            throw UsageError("'\(source)' is the store itself")
        }
        let copy = try await StoreCopy(of: StoreCopy.file(file.store), for: target)
        let report = try await copy.checkWhole(named: source)
        let check = { (head: LogHead, owner: String) async throws in
            try await compare(
                copy.log,
                with: head,
                of: owner,
                in: source,
                isLossAccepted: isLossAccepted
            )
        }
        // A head that is named is what the loss was accepted for: it gives way to nothing.
        for kept in try await KeptHead.all(file) {
            try await compare(
                copy.log,
                with: kept.head,
                of: "'\(kept.path)'",
                in: source,
                isLossAccepted: false
            )
        }
        // What nobody may accept is no loss: entries that the recovery says are as they were.
        if let seen = try await file.keeping.notes?.divergence(of: copy.log),
            seen.contradictsRecovery
        {
            throw Diverged(seen)
        }
        for head in try file.keeping.heads(of: report.head.origin) {
            try await check(head, "this machine")
        }
        try await copy.put { present in
            // The store that is here may be the recovered one, and the file from before.
            if case .lost(let position) = try await present.standing(of: report.head) {
                guard !isLossAccepted else { return }
                throw Diverged(
                    message: "'\(source)' is stale: the store that is here goes on as "
                        + "'\(try await present.head().origin)' after the recovery that its entry "
                        + "\(position) records",
                    hints: ["'deploykit store save --accept-loss' keeps what is here", hint]
                )
            }
            try await check(try await present.head(), "the store that is here")
        }
        if isLossAccepted { try await file.acceptRecoveries(of: copy.log) }
        if try await file.keeping.notes?.divergence(of: copy.log) == nil {
            _ = try await file.issueHead()
        }
        call.console.print(
            .members([
                "schemaVersion": 1.json, "store": target.json, "head": report.head.json,
            ]),
            or: "restored \(report.head.size) entries to \(target.visible)\n"
        )
        return .done
    }

    private static let hint =
        "--accept-loss takes it nevertheless, and 'deploykit audit recover' then goes on"

    private static func compare(
        _ log: AuditLog,
        with head: LogHead,
        of owner: String,
        in source: String,
        isLossAccepted: Bool
    ) async throws {
        switch try await log.standing(of: head) {
        case .contained: return
        case .shorter where isLossAccepted, .diverged where isLossAccepted,
            .lost where isLossAccepted:
            return
        case .shorter(let count):
            throw Diverged(
                message: "'\(source)' is stale: it has \(count) entries, and \(owner) knows "
                    + "\(head.size)",
                hints: [hint]
            )
        case .lost(let position):
            throw Diverged(
                message:
                    "'\(source)' was recovered with its entry \(position), and lost some of the "
                    + "\(head.size) entries that \(owner) knows",
                hints: ["--accept-loss takes it, and accepts the loss on this machine"]
            )
        // What was seen under a later name of the log is from after the copy.
        case .otherLog(let name) where LogEpoch.base(of: name) == LogEpoch.base(of: head.origin):
            guard !isLossAccepted else { return }
            throw Diverged(
                message: "'\(source)' is stale: it is of the log '\(name)', which goes on as "
                    + "'\(head.origin)' as far as \(owner) knows",
                hints: [hint]
            )
        case .otherLog(let name):
            throw Diverged(
                message: "'\(source)' is of the log '\(name)', and \(owner) knows '\(head.origin)'",
                hints: ["--store names another place for it"]
            )
        case .diverged:
            throw Diverged(
                message: "'\(source)' is not a continuation of the \(head.size) entries that "
                    + "\(owner) knows",
                hints: [hint]
            )
        }
    }
}

extension Workspace {
    /// Accepts on this machine the losses that the recoveries of a log record.
    ///
    /// What the log lost without a record stays refused, until 'audit recover' records it.
    fileprivate func acceptRecoveries(of log: AuditLog) async throws {
        guard let notes = keeping.notes else { return }
        while let seen = try await notes.divergence(of: log), let recovery = seen.recovery,
            !seen.contradictsRecovery
        {
            let given = try await notes.accept(recoveryAt: recovery.start, of: log)
            guard !given.isEmpty else { return }
            for anchor in given {
                call.console.note("given up, and kept aside: \(anchor.path.visible)")
            }
        }
    }
}
