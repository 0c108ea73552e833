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
                + "goes on with 'audit recover' only, unless it records that it was recovered: "
                + "then the loss is accepted on this machine, as with 'audit recover --accept'."
        ],
        operands: [Operand("FILE")],
        options: [
            .against, .logKey,
            Option(flag: "accept-loss", "take an older copy, as after a disk was lost"),
        ],
        examples: [
            "deploykit store restore cache/store.sqlite",
            "deploykit store restore backup.sqlite --accept-loss",
        ],
        exits: [
            (.done, "restored, or the same already"),
            (.no, "FILE is stale, or of another history"),
        ]
    ) { call in
        let source = call.operand(0)
        let location = try StoreLocation(call)
        guard StoreLocation.exists(source) else { throw UsageError("there is no file '\(source)'") }
        let file = try await Workspace.reading(call, at: .file(source))
        let log = file.deployments.log
        let report = try await log.verify()
        let damage = try await file.store.faults()
        guard report.faultCount == 0, damage.isEmpty else {
            throw InputError(
                .invalid,
                "'\(source)' contradicts itself: "
                    + (damage.first ?? report.faults.first?.message ?? "")
            )
        }
        let isLossAccepted = call.arguments.has("accept-loss")
        guard let target = try StoreAddress(location.store ?? location.makeFolder()).path else {
            throw StoreCopy.noFile
        }
        guard !StoreLocation.isSame(source, target) else {
            throw UsageError("'\(source)' is the store itself")
        }
        var heads = try await KeptHead.all(file).map { (head: $0.head, of: "'\($0.path)'") }
        heads += try file.keeping.heads(of: report.head.origin).map { ($0, of: "this machine") }
        if StoreLocation.exists(target) {
            let store = try await SQLiteAuditStore(
                path: target,
                access: .readWrite(create: false)
            )
            let head = try await AuditLog(store: store, origin: "").head()
            await store.close()
            if head.size > 0 { heads.append((head, "the store that is here")) }
        }
        for (head, owner) in heads {
            try check(
                try await log.standing(of: head),
                source: source,
                head: head,
                owner: owner,
                isLossAccepted: isLossAccepted
            )
        }
        try await StoreCopy.copy(try StoreCopy.file(file.store), to: target)
        if isLossAccepted {
            // Recoveries that the log itself records; another loss is for 'audit recover'.
            for epoch in try await log.epochs().dropFirst() {
                _ = try await file.keeping.notes?.accept(recoveryAt: epoch.start, of: log)
            }
        } else {
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

    private static func check(
        _ standing: LogStanding,
        source: String,
        head: LogHead,
        owner: String,
        isLossAccepted: Bool
    ) throws {
        let hints = [
            "--accept-loss takes it nevertheless, and 'deploykit audit recover' then goes on"
        ]
        switch standing {
        case .contained: return
        case .lost(let position) where !isLossAccepted:
            throw Diverged(
                message:
                    "'\(source)' was recovered with its entry \(position), and lost some of the "
                    + "\(head.size) entries that \(owner) knows",
                hints: ["--accept-loss takes it, and accepts the loss on this machine"]
            )
        case .shorter(let count) where !isLossAccepted:
            throw Diverged(
                message: "'\(source)' is stale: it has \(count) entries, and \(owner) knows "
                    + "\(head.size)",
                hints: hints
            )
        case .diverged where !isLossAccepted:
            throw Diverged(
                message: "'\(source)' is not a continuation of the \(head.size) entries that "
                    + "\(owner) knows",
                hints: hints
            )
        case .shorter, .diverged, .lost: return
        // What was seen under a later name of the log is from after the copy.
        case .otherLog(let name) where LogEpoch.base(of: name) == LogEpoch.base(of: head.origin):
            guard !isLossAccepted else { return }
            throw Diverged(
                message: "'\(source)' is stale: it is of the log '\(name)', which goes on as "
                    + "'\(head.origin)' as far as \(owner) knows",
                hints: hints
            )
        case .otherLog(let name):
            throw Diverged(
                message: "'\(source)' is of the log '\(name)', and \(owner) knows '\(head.origin)'",
                hints: ["--store names another place for it"]
            )
        }
    }
}
