// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import DeployKitSQLite

extension Verb {
    static let keyInit = Verb(
        "key init",
        "make the key that signs the heads of the log",
        details: [
            "The key is a file outside the store: DEPLOYKIT_LOG_KEY, else in deploykit/keys in "
                + "XDG_CONFIG_HOME or ~/.config. Printed is its public half, which those need who "
                + "check a head. A key that is there already is left as it is."
        ],
        examples: ["deploykit key init", "deploykit key init --json"],
        exits: [(.done, "made, or there already")] + .signing
    ) { call in
        let workspace = try await Workspace.reading(call)
        guard let first = try await workspace.deployments.log.epochs().first?.origin else {
            throw UsageError("the log has no entry yet, so it has no name that a key could bear")
        }
        guard let path = workspace.keeping.keyPath(of: first) else {
            throw UsageError(
                "there is no place for the key",
                hints: ["set HOME, XDG_CONFIG_HOME or DEPLOYKIT_LOG_KEY"]
            )
        }
        let isBeside = workspace.address.path.map {
            StoreLocation.isWithin(StoreLocation.parent($0), path)
        }
        guard isBeside != true else {
            throw UsageError(
                "'\(path)' stands beside the store, and who can change the one would have the other"
            )
        }
        let isNew = !StoreLocation.exists(path)
        if isNew { try await OpenSSLSigner.makeKey(at: path) }
        let origin = try await workspace.deployments.log.head().origin
        let key = try await OpenSSLSigner(keyPath: path, name: origin).key.description
        call.console.note("the key is in '\(path.visible)'" + (isNew ? "" : " already"))
        call.console.print(
            .members([
                "schemaVersion": 1.json, "key": key.json, "path": path.json, "isNew": isNew.json,
            ]),
            or: key.visible + "\n"
        )
        return .done
    }
}
