// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

extension Verb {
    static let contractList = Verb(
        "contract list",
        "the contracts of an environment",
        details: [
            "Shows what is in use, and the slots of the checklist that have no ID. The snapshot is "
                + "what sign-offs are bound to, and what 'contract restore --snapshot' goes back to."
        ],
        options: [
            .contractEnvironment,
            Option(flag: "all", "every record that was ever made, with what became of it"),
            Option(flag: "snapshots", "every state that the contracts ever had"),
            Option(
                "format",
                "NAME",
                ContractExport.Format.allCases.map(\.rawValue).joined(separator: ", ")
            ),
        ],
        examples: [
            "deploykit contract list --json",
            "deploykit contract list --environment production --format csv > contracts.csv",
            "deploykit contract list --format github >> \"$GITHUB_OUTPUT\"",
        ],
        exits: [(.done, "shown")]
    ) { call in
        let format = try call.arguments["format"].map { word throws(UsageError) in
            try Choice.of(word, "format", as: ContractExport.Format.self)
        }
        let workspace = try await Workspace.reading(call)
        await workspace.warnOfLoss()
        let place = try await workspace.contractPlace()
        if let format {
            let export = ContractExport(place.registry, of: place.environment)
            let text = try export.text(as: format)
            call.console.print(.members(["schemaVersion": 1.json, "text": text.json]), or: text)
            return .done
        }
        if call.arguments.has("snapshots") { return try await listSnapshots(workspace, place) }
        let snapshot = place.registry.contents(of: place.environment)
        let records =
            call.arguments.has("all")
            ? place.registry.records
            : snapshot.entries.compactMap { place.registry.record($0.record) }
        call.console.print(
            .members([
                "schemaVersion": 1.json,
                "deployment": place.deployment?.summary,
                "environment": place.environment.name.json,
                "snapshot": snapshot.digest.json,
                "contracts": place.deployment?.contractsJSON ?? .array([]),
                "records": .array(
                    records.map {
                        $0.json.adding([
                            "variable": $0.variable.json, "caip10": $0.id.caip10.json,
                        ])
                    }
                ),
            ]),
            or: text(place, snapshot, records)
        )
        return .done
    }

    private static func text(
        _ place: ContractPlace,
        _ snapshot: ContractRegistry.Snapshot,
        _ records: [ContractRecord]
    ) -> String {
        var rows = records.map { record in
            [
                record.variable.visible, record.id.text.visible, record.network.text.visible,
                "\(record.number)", record.status.word,
            ]
        }
        for slot in place.slots where !snapshot.entries.contains(where: { $0.slot == slot.name }) {
            if let fixed = slot.network, place.environment.network(fixed) == nil { continue }
            rows.append([slot.name.text.visible, expectation(of: slot, place), "", "", "missing"])
        }
        if rows.isEmpty { return "\(place.environment.name.text.visible) has no contracts\n" }
        let epochs = place.registry.epochs.sorted { $0.key < $1.key }.map {
            "\($0.key.text.visible) was wiped \($0.value) times\n"
        }
        return Table.text(rows) + epochs.joined()
            + "snapshot \(snapshot.digest.hex) of \(place.environment.name.text.visible)\n"
    }

    /// The ID that a deployment will have, where deployer and salt give it beforehand.
    private static func expectation(of slot: ContractSlot, _ place: ContractPlace) -> String {
        guard let id = place.deployment?.expectedContract(in: slot.name) else { return "–" }
        return "\(id.text) expected"
    }

    private static func listSnapshots(
        _ workspace: Workspace,
        _ place: ContractPlace
    ) async throws -> ExitCode {
        let snapshots = try await workspace.deployments.contractSnapshots(of: place.environment)
        let rows = snapshots.map { snapshot in
            [
                snapshot.digest.hex,
                snapshot.entries.map { "\($0.variable)=\($0.id.text)" }.joined(separator: " ")
                    .visible,
            ]
        }
        workspace.call.console.print(
            .members([
                "schemaVersion": 1.json,
                "environment": place.environment.name.json,
                "snapshots": .array(
                    snapshots.map {
                        .members([
                            "digest": $0.digest.json, "entries": $0.entries.json,
                        ])
                    }
                ),
            ]),
            or: Table.text(rows)
        )
        return .done
    }
}
