// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let contractDiff = Verb(
        "contract diff",
        "compare environments, snapshots, or one with a file",
        details: [
            "A side is an environment, ENVIRONMENT@DIGEST for a snapshot of it (8 or more digits), "
                + "or a file of variables. Two environments on different networks are compared by "
                + "what they need, not by the IDs: each has its own."
        ],
        operands: [Operand("LEFT"), Operand("RIGHT")],
        options: [
            Option("dialect", "NAME", "how a file is written; portable unless given")
        ],
        examples: [
            "deploykit contract diff staging production",
            "deploykit contract diff production@4f9ac1d2 production",
            "deploykit contract diff production .env",
        ],
        exits: [(.done, "nothing differs"), (.no, "something differs")]
    ) { call in
        let dialect = try call.arguments["dialect"].map { word throws(UsageError) in
            try Choice.of(word, "dialect", as: EnvironmentFile.Dialect.self)
        }
        let workspace = try await Workspace.reading(call)
        await workspace.warnOfLoss()
        let left = try await side(call.operand(0), workspace)
        let right = try await side(call.operand(1), workspace)
        let diff: ContractDiff
        switch (left, right) {
        case (.contracts(let left), .contracts(let right)): diff = ContractDiff(left, right)
        case (.contracts(let left), .file(let path)):
            diff = try compare(left, path, dialect)
        case (.file, _):
            throw UsageError("a file stands on the right: deploykit contract diff ENVIRONMENT FILE")
        }
        call.console.print(
            .members([
                "schemaVersion": 1.json, "left": call.operand(0).json,
                "right": call.operand(1).json, "isEqual": diff.isEmpty.json,
                "lines": .array(diff.lines.map(DiffText.json)),
            ]),
            or: DiffText.lines(diff.lines)
        )
        return diff.isEmpty ? .done : .no
    }

    private enum Side {
        case contracts(ContractRegistry.Snapshot)
        case file(String)
    }

    private static func side(_ text: String, _ workspace: Workspace) async throws -> Side {
        if StoreLocation.exists(text), workspace.project?.environment(named: text) == nil {
            return .file(text)
        }
        let parts = text.split(separator: "@", maxSplits: 1).map(String.init)
        guard let name = parts.first else { throw UsageError("'\(text)' is no environment") }
        let place = try await workspace.contractPlace(name)
        guard parts.count == 2 else {
            return .contracts(place.registry.contents(of: place.environment))
        }
        let known = try await workspace.deployments.contractSnapshots(of: place.environment)
        let found = Set(known.filter { $0.digest.hex.hasPrefix(parts[1]) })
        guard let only = found.first, found.count == 1, parts[1].utf8.count >= 8 else {
            throw UsageError(
                "\(found.count) snapshots of \(name) begin with '\(parts[1])'; 8 or more digits "
                    + "of one are needed",
                hints: ["deploykit contract list --snapshots --environment \(name.shellQuoted)"]
            )
        }
        return .contracts(only)
    }

    private static func compare(
        _ snapshot: ContractRegistry.Snapshot,
        _ path: String,
        _ dialect: EnvironmentFile.Dialect?
    ) throws -> ContractDiff {
        let reading = EnvironmentFile.read(try variablesText(path), as: dialect ?? .portable)
        if reading.findings.contains(where: { $0.rule == .unreadable }) {
            throw InputError(.invalid, "'\(path)' is none of the dialect; --dialect names another")
        }
        return ContractDiff(snapshot, file: reading)
    }
}
