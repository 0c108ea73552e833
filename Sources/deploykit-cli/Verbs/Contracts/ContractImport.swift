// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

extension Verb {
    static let contractImport = Verb(
        "contract import",
        "take the contracts that another tool wrote down",
        details: [
            "Formats: \(ContractImport.Format.allCases.map(\.rawValue).joined(separator: ", ")). "
                + "A folder stands for the files in it. Everything is taken, or nothing: a damaged "
                + "file, a dry run or an ID of the wrong kind stops the import. Contracts of other "
                + "networks are left, and said so. The same import again changes nothing.",
            "The slot of a contract is the one whose name fits (vesting, Vesting: "
                + "VESTING_CONTRACT_ID); --name says another.",
        ],
        operands: [Operand("FORMAT"), Operand("PATH", .several)],
        options: [
            .contractEnvironment,
            Option("name", "NAME=SLOT", isRepeated: true, "the slot of what a file calls NAME"),
            Option(flag: "replace", "slots that have another ID get this one"),
            Option(flag: "shared", "another slot or environment has the same contract"),
            Option(flag: "unprotected", "production takes EVM addresses in lower case"),
            Option(flag: "dry-run", "say what would be taken, and take nothing"),
        ],
        examples: [
            "deploykit contract import stellar-alias ~/.config/stellar/contract-ids \\",
            "  --environment staging",
            "deploykit contract import foundry-broadcast \\",
            "  broadcast/Deploy.s.sol/1/run-latest.json --environment production",
            "deploykit contract import env .env --environment staging --dry-run",
        ],
        exits: [
            (.done, "taken, or taken already"),
            (.no, "the registry refuses a contract; nothing is taken"),
            (.invalidData, "a file cannot be taken; nothing is"),
        ]
    ) { call in
        let format = try Choice.of(call.operand(0), "format", as: ContractImport.Format.self)
        let names = try names(call)
        var files: [ForeignFile] = []
        for path in call.arguments.operands.dropFirst() {
            files += try InputFolder.files(path, hidden: format == .hardhatDeploy)
        }
        let isTrial = call.arguments.has("dry-run")
        let workspace = try await isTrial ? Workspace.reading(call) : Workspace.creating(call)
        let place = try await workspace.contractPlace()
        let found = ContractImport(files, as: format, for: place.environment)
        for finding in found.findings {
            call.console.printError(
                "\(finding.isFault ? "error" : "note"): \(finding.description.visible)\n"
            )
        }
        let faults = found.findings.count { $0.isFault }
        guard faults == 0 else {
            throw InputError(
                .invalid,
                "nothing is taken: \(faults) of the contracts or files cannot be"
            )
        }
        let claims = try found.claims(naming: names, slots: place.slots)
        let unknown = names.keys.filter { name in !found.entries.contains { $0.name == name } }
        if let name = unknown.sorted().first {
            throw UsageError("no file names '\(name)', which --name gives a slot")
        }
        let command = ContractCommand.take(claims, allowing: ContractFacts.allowances(call))
        guard isTrial else {
            return try await ContractChange.perform(command, in: place, workspace)
        }
        return try await tryOut(command, claims, place, workspace)
    }

    private static func tryOut(
        _ command: ContractCommand,
        _ claims: [ContractClaim],
        _ place: ContractPlace,
        _ workspace: Workspace
    ) async throws -> ExitCode {
        let all = try await workspace.deployments.contracts()
        let events = try place.registry.decide(
            command,
            in: place.environment,
            at: Timestamp(milliseconds: 0),
            others: all.values.filter { $0.environment != place.environment.name }
        )
        workspace.call.console.print(
            .members([
                "schemaVersion": 1.json,
                "environment": place.environment.name.json,
                "wouldChange": (!events.isEmpty).json,
                "contracts": .array(
                    claims.map { .members(["variable": $0.variable.json, "id": $0.id.json]) }
                ),
            ]),
            or: Table.text(claims.map { [$0.variable.visible, $0.id.caip10.visible] })
                + (events.isEmpty ? "recorded already\n" : "would be recorded\n")
        )
        return .done
    }

    private static func names(
        _ call: Call
    ) throws(UsageError) -> [String: ContractSlot.Name] {
        var names: [String: ContractSlot.Name] = [:]
        for text in call.arguments.all("name") {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw UsageError("'\(text)' is not NAME=SLOT") }
            names[parts[0]] = ContractSlot.Name(parts[1])
        }
        return names
    }
}
