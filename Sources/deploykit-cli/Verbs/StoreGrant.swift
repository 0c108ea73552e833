// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

#if Postgres
    import DeployKitPostgres
#endif

extension Verb {
    #if Postgres
        /// The verbs that only a server's store has.
        static let ofServers: [Verb] = [storeGrant]

        static let storeGrant = Verb(
            "store grant",
            "give a role of the server the right to use the store",
            details: [
                "write: append entries, lock the log while doing so, and forget attachments; "
                    + "nothing can be changed or deleted. read: see everything. Only the role that "
                    + "made the store can give rights; REVOKE takes them back, as any others."
            ],
            operands: [Operand("ROLE")],
            options: [Option("right", "write|read", isRequired: true, "what the role may do")],
            examples: [
                "deploykit store grant ci --right write",
                "deploykit store grant audit --right read",
            ],
            exits: [(.done, "granted, or granted already")]
        ) { call in
            guard let right = PostgresAuditStore.Right(rawValue: call.arguments["right"] ?? "")
            else {
                throw UsageError("a right is write or read")
            }
            let workspace = try await Workspace.writing(call)
            guard let store = workspace.store as? PostgresAuditStore else {
                throw UsageError("a file has no roles; its mode and its owner say who may use it")
            }
            try await store.grant(right, to: call.operand(0))
            call.console.print(
                .members([
                    "schemaVersion": 1.json, "store": workspace.address.place.json,
                    "role": call.operand(0).json, "right": right.rawValue.json,
                ]),
                or:
                    "\(call.operand(0).visible) may \(right.rawValue) \(workspace.address.place.visible)\n"
            )
            return .done
        }
    #else
        /// The verbs that only a server's store has: this command knows none.
        static let ofServers: [Verb] = []
    #endif
}
