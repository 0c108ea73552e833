// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let storeCopy = Verb(
        "store copy",
        "copy the whole log into another store",
        details: [
            "FROM and TO are stores as --store names them: files, or addresses of a PostgreSQL "
                + "server where deploykit was built with it. Every entry is checked before it is "
                + "written, and the tree of hashes is recomputed: the copy has the same head, or "
                + "is not made. TO is made where there is none. A copy that was cut off goes on "
                + "where it ended when it is called again, and so does one to which entries came "
                + "since.",
            "Afterwards there are two logs of one name. Let one of them go on, and keep the "
                + "other, or remove it: a machine that has seen one go on refuses the other.",
        ],
        operands: [Operand("FROM"), Operand("TO")],
        examples: [
            "deploykit store copy .deploykit/store.sqlite postgres://db.example/releases",
            "deploykit store copy postgres://db.example/releases archive.sqlite",
        ],
        exits: [
            (.done, "copied, or the same already"),
            (
                .no,
                "TO is of another log, or its history forked; or FROM lost what this machine has "
                    + "seen of it"
            ),
            (.conflict, "TO is newer than FROM, or somebody writes to it"),
        ]
    ) { call in
        let (from, target) = (try StoreAddress(call.operand(0)), try StoreAddress(call.operand(1)))
        guard !from.isSame(target) else { throw UsageError("FROM and TO are one store") }
        if let path = from.path, !StoreLocation.exists(path) {
            throw InputError(.absent, "there is no store '\(path)'")
        }
        let workspace = try await Workspace.reading(call, at: from)
        try await workspace.checkNote()
        let log = workspace.deployments.log
        let store = try await target.openToWrite(create: true)
        let copy = try await log.copy(to: store)
        try check(copy.standing, of: target.place)
        call.console.print(
            .members([
                "schemaVersion": 1.json, "from": from.place.json, "to": target.place.json,
                "held": copy.held.json, "copied": copy.copied.json, "head": copy.head.json,
            ]),
            or: "copied \(copy.copied) entries to \(target.place.visible)"
                + (copy.held == 0 ? "" : ", which held \(copy.held) already")
                + "; root \(copy.head.root.short)\n"
        )
        return .done
    }

    /// Refuses to mix two histories.
    private static func check(_ standing: LogStanding, of target: String) throws {
        switch standing {
        case .contained: return
        case .shorter(let count):
            throw AuditStoreError(
                .conflict,
                "'\(target)' went on: it has more than the \(count) entries of FROM, which is the "
                    + "older one of the two"
            )
        case .diverged, .lost:
            throw Diverged(
                message: "'\(target)' and FROM went different ways; their histories are not mixed",
                hints: ["'deploykit audit verify' of both tells which one a receipt belongs to"]
            )
        case .otherLog(let name):
            throw Diverged(
                message: "'\(target)' is a store of another log than '\(name)'",
                hints: ["copy to another place"]
            )
        }
    }
}
