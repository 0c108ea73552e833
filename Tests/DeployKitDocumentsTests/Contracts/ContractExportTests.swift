// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Testing

/// What other programs and people get of a registry, and faults in registries of others.
@Suite struct ContractExportTests {
    private func registry() throws -> (ContractRegistry, Environment) {
        let staging = try Environment("staging", tier: .test, networks: [.stellarTestnet])
        var registry = ContractRegistry(environment: "staging")
        for (name, id, transaction) in [
            ("VESTING_CONTRACT_ID", ContractImportTests.first, "=1+1"),
            (
                "TOKEN_CONTRACT_ID", "CDLZFC3SYJYDZT7K67VZ75HPJVIEUVNIXF47ZG2FB2RMQQVU2HHGCYSC",
                "a\"b,c"
            ),
        ] {
            let claim = ContractClaim(
                try ContractID(id, on: .stellarTestnet),
                in: try ContractSlot(
                    ContractSlot.Name(name),
                    title: name,
                    kind: .stellarContract
                ),
                details: [.deployment(.init(transaction: transaction))],
                provenance: .manual
            )
            let events = try registry.decide(
                .record(claim, allowing: []),
                in: staging,
                at: Timestamp(milliseconds: 0)
            )
            for event in events { try registry.apply(event) }
        }
        return (registry, staging)
    }

    private func text(_ format: ContractExport.Format) throws -> String {
        let (registry, staging) = try registry()
        return try ContractExport(registry, of: staging).text(as: format)
    }

    @Test func noCellOfTheCSVIsAFormula() throws {
        let lines = try text(.csv).split(separator: "\r\n").map(String.init)
        #expect(lines.count == 3)
        #expect(lines[0].split(separator: ",").map(String.init) == ContractExport.columns)
        #expect(lines[1].contains(",'=1+1,"))
        #expect(lines[2].contains(",\"a\"\"b,c\","))
        #expect(lines[1].hasPrefix("1,VESTING_CONTRACT_ID,"))
    }

    @Test func theTableNamesTheSnapshot() throws {
        let (registry, staging) = try registry()
        let text = try text(.markdown)
        #expect(text.contains("| VESTING_CONTRACT_ID | `\(ContractImportTests.first)` |"))
        #expect(text.contains(registry.contents(of: staging).digest.hex))
    }

    @Test func outputsAndAddressBookHoldTheIDs() throws {
        let github = try text(.github)
        #expect(github.contains("VESTING_CONTRACT_ID=\(ContractImportTests.first)\n"))
        let book = try ToolJSON(Array(try text(.addressBook).utf8))
        #expect(
            book["stellar:testnet"]?["VESTING_CONTRACT_ID"]?.string == ContractImportTests.first
        )
    }

    @Test func aForeignRegistryIsJudgedByTheFormOfItsTexts() {
        let main = "CAS3J7GYLGXMF6TDJBBYYSE3HQ6BBSMLNUQ34T6TZMYMW2EVH34XOWMA"
        let text = """
            {"chains": {
              "ethereum": {"gateway": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD",
                           "lower": "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
                           "right": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
                           "zero": "0x0000000000000000000000000000000000000000"},
              "testnet": {"a/b": "\(main)",
                          "one": "\(ContractImportTests.first)",
                          "slip": "CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDB"},
              "pubnet": {"two": "\(ContractImportTests.first)",
                         "key": "SA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWVG"}}}
            """
        let lint = ForeignRegistryLint(Array(text.utf8))
        #expect(
            lint.findings.map { "\($0.line) \($0.rule.rawValue)" } == [
                "2 registry-checksum", "3 registry-unprotected", "5 registry-placeholder",
                "6 registry-network", "8 registry-strkey", "9 registry-network",
                "10 registry-secret",
            ]
        )
        #expect(lint.count == 9)
        #expect(lint.findings[3].pointer == "/chains/testnet/a~1b")
        #expect(lint.findings[5].message.contains("stellar:testnet"))
        #expect(lint.findings.allSatisfy { !$0.message.contains("SA7QYNF7") })
        #expect(ForeignRegistryLint(Array("{".utf8)).findings.map(\.rule) == [.syntax])
        #expect(ForeignRegistryLint(Array("{}".utf8)).findings == [])
    }
}
