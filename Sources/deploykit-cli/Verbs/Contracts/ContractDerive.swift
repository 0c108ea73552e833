// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let contractDerive = Verb(
        "contract derive",
        "the IDs that a deployer and a salt give on Stellar",
        details: [
            "A contract's ID is derived from the network as well (CAP-46-02): an ID that deployer "
                + "and salt give on one network cannot be on another. With an ID this is a proof, "
                + "made without asking any network. Nothing is recorded."
        ],
        operands: [Operand("ID", .optional)],
        options: [
            Option("deployer", "ADDRESS", isRequired: true, "an account G… or a contract C…"),
            Option("salt", "HEX", isRequired: true, "32 bytes: 64 hexadecimal digits"),
            Option("network", "NAME", "the network that the ID is said to be of"),
        ],
        examples: [
            "deploykit contract derive --deployer G… --salt 00…",
            "deploykit contract derive CC… --deployer G… --salt 00… --network mainnet",
        ],
        scope: .words,
        exits: [(.no, "the ID is not of that network, or of none")]
    ) { call in
        let derivation = try ContractDerivation.derivation(
            call.arguments["deployer"],
            call.arguments["salt"] ?? ""
        )
        let networks = Network.known.filter { $0.family == .stellar }
        let ids = try networks.map { network throws(UsageError) in
            do throws(ContractIDError) {
                return try ContractID(derivedFrom: derivation, on: network)
            } catch {
                throw UsageError(error.message)
            }
        }
        let given = call.arguments.operands.first
        let wanted = try call.arguments["network"].map { name throws(UsageError) in
            do throws(NetworkError) {
                return try Network.named(name, family: .stellar)
            } catch {
                throw UsageError(error.message)
            }
        }
        let home = given.flatMap { text in ids.first { $0.text == text } }
        call.console.print(
            .members([
                "schemaVersion": 1.json,
                "ids": .array(
                    ids.map { .members(["network": $0.network.json, "id": $0.text.json]) }
                ),
                "network": home?.network.json,
            ]),
            or: Table.text(
                ids.map { [$0.network.text, $0.text, $0.text == given ? "← this one" : ""] }
            )
        )
        guard let given else { return .done }
        guard let home else {
            call.console.note(
                "\(given.visible) is of none of these networks with this deployer and salt"
            )
            return .no
        }
        guard let wanted, home.network != wanted.id else { return .done }
        call.console.note("\(given.visible) is of \(home.network), not of \(wanted.id)")
        return .no
    }
}

/// Deployer and salt on a command line.
enum ContractDerivation {
    /// - Throws: `UsageError` when one of them is none.
    static func derivation(
        _ deployer: String?,
        _ salt: String
    ) throws(UsageError) -> ContractID.Derivation {
        guard let deployer else { throw UsageError("--salt needs --deployer") }
        guard let bytes = Hexadecimal.bytes(of: salt), bytes.count == 32 else {
            throw UsageError("--salt is 32 bytes: 64 hexadecimal digits")
        }
        let key: StrKey
        do {
            key = try StrKey(deployer)
        } catch {
            throw UsageError("--deployer is no Stellar address: \(error.message)")
        }
        guard key.kind == .account || key.kind == .contract else {
            throw UsageError(
                key.kind == .secretSeed
                    ? "--deployer is a secret seed; treat it as leaked, and give the account G…"
                    : "--deployer is a \(key.kind.rawValue), not an account or a contract"
            )
        }
        return .address(key, salt: bytes)
    }
}
