// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let contractRestore = Verb(
        "contract restore",
        "put an earlier ID back into use, or a whole snapshot",
        details: [
            "With --snapshot every slot holds again what it held then, so that an environment file "
                + "has the same bytes as then; slots that had no ID then have none. Nothing is "
                + "restored unless everything can be: what was revoked or wiped since cannot."
        ],
        operands: [Operand("RECORD", .optional)],
        options: [
            .contractEnvironment,
            Option("snapshot", "DIGEST", "the digest, or 8 or more of its first digits"),
        ],
        examples: [
            "deploykit contract restore 2 --environment staging",
            "deploykit contract list --snapshots",
            "deploykit contract restore --snapshot 4f9ac1d2",
        ],
        exits: .changing
    ) { call in
        let number = try call.arguments.operands.first.map { text throws(UsageError) in
            try ContractChange.number(text)
        }
        let digest = call.arguments["snapshot"]
        guard (number == nil) != (digest == nil) else {
            throw UsageError("name the RECORD or --snapshot DIGEST, one of the two")
        }
        let workspace = try await Workspace.writing(call)
        let place = try await workspace.contractPlace()
        if let number {
            return try await ContractChange.perform(.restore(number), in: place, workspace)
        }
        let snapshot = try await snapshot(digest ?? "", of: place, workspace)
        return try await ContractChange.perform(.rollBack(to: snapshot), in: place, workspace)
    }

    private static func snapshot(
        _ digest: String,
        of place: ContractPlace,
        _ workspace: Workspace
    ) async throws -> ContractRegistry.Snapshot {
        guard (8...64).contains(digest.utf8.count) else {
            throw UsageError("--snapshot needs 8 to 64 digits of the digest")
        }
        let known = try await workspace.deployments.contractSnapshots(of: place.environment)
        var found: [Digest: ContractRegistry.Snapshot] = [:]
        for snapshot in known where snapshot.digest.hex.hasPrefix(digest) {
            found[snapshot.digest] = snapshot
        }
        guard let only = found.values.first, found.count == 1 else {
            throw UsageError(
                found.isEmpty
                    ? "\(place.environment.name) never had a snapshot that begins with '\(digest)'"
                    : "\(found.count) snapshots begin with '\(digest)': give more digits",
                hints: ["deploykit contract list --snapshots shows them"]
            )
        }
        return only
    }
}
