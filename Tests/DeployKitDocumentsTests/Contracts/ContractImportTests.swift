// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Testing

/// Files of other tools.
@Suite struct ContractImportTests {
    static let first: String = "CAQFB3T35BGHAPZD253JO54DKWQM2KTDVPQPRO2KMP6F5PZLN43KAHFW"
    static let mainnet: String = "CDQRHHKVUJ4IOPY5ZMSDURQXEJ3XWASCPIDPG4O5MJ5355V4QP4CKJH5"
    private let testPassphrase = "Test SDF Network ; September 2015"
    private let mainPassphrase = "Public Global Stellar Network ; September 2015"

    private func staging() throws -> Environment {
        try Environment("staging", tier: .test, networks: [.stellarTestnet, .ethereumSepolia])
    }

    private func production() throws -> Environment {
        try Environment("production", tier: .production, networks: [.ethereumMainnet])
    }

    private func file(_ path: String, _ text: String) -> ForeignFile {
        ForeignFile(path: path, bytes: Array(text.utf8))
    }

    private func faults(_ found: ContractImport) -> [String] {
        found.findings.filter(\.isFault).map(\.message)
    }

    // MARK: stellar-cli

    @Test func anAliasFileGivesTheIDsOfTheEnvironmentsNetworks() throws {
        let text = """
            {"ids": {"\(testPassphrase)": "\(Self.first)", "\(mainPassphrase)": "\(Self.mainnet)"}}
            """
        let alias = file("contract-ids/flight-registry.json", text)
        let found = ContractImport([alias], as: .stellarAlias, for: try staging())
        #expect(found.entries.map(\.id.caip10) == ["stellar:testnet:\(Self.first)"])
        #expect(found.findings.map(\.isFault) == [false])
        #expect(found.findings.first?.message.contains("stellar:pubnet") == true)
        let claim = try #require(try found.claims().first)
        #expect(claim.variable == "FLIGHT_REGISTRY_CONTRACT_ID")
        let source = ContractRecord.Provenance.Source(
            path: alias.path,
            digest: SHA256.digest(of: alias.bytes)
        )
        #expect(claim.provenance == .imported(format: "stellar-alias", source: source))
        #expect(try ContractRecord.Provenance(json: claim.provenance.json) == claim.provenance)
    }

    @Test(arguments: [
        ("a.json", "", "damaged"), ("a.json", "{\"ids\": {", "damaged"),
        ("a.json", "[]", "no alias"),
        ("a.json", "{\"ids\": {\"Test SDF Network ; September 2015\": 7}}", "no string"),
        (
            "a.json",
            "{\"ids\": {\"Test SDF Network ; September 2015\": \"GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ\"}}",
            "is an account"
        ),
        (
            "a.json",
            "{\"ids\": {\"Test SDF Network ; September 2015\": \"CAS3J7GYLGXMF6TDJBBYYSE3HQ6BBSMLNUQ34T6TZMYMW2EVH34XOWMA\"}}",
            "stellar:pubnet"
        ),
        (
            "native.json",
            "{\"ids\": {\"Test SDF Network ; September 2015\": \"CAQFB3T35BGHAPZD253JO54DKWQM2KTDVPQPRO2KMP6F5PZLN43KAHFW\"}}",
            "'native'"
        ),
    ])
    func aDamagedOrWrongAliasFileIsRefused(_ path: String, _ text: String, _ part: String) throws {
        let found = ContractImport([file(path, text)], as: .stellarAlias, for: try staging())
        #expect(found.entries == [])
        #expect(faults(found).count == 1)
        #expect(faults(found)[0].contains(part))
    }

    // MARK: EVM

    private static let address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"

    private func hardhat(_ extra: String = "", chain: String? = "1\n") -> [ForeignFile] {
        let json = "{\"address\": \"\(Self.address)\", \"abi\": [], \"gas\": 1e3\(extra)}"
        let chainFile = chain.map { [file("deployments/main/.chainId", $0)] } ?? []
        return [file("deployments/main/TokenVault.json", json)] + chainFile
    }

    @Test func aFolderOfHardhatIsOfTheChainThatItsFileNames() throws {
        let receipt = """
            , "transactionHash": "0xab", "receipt": {"from": "0xcd", "blockNumber": 7, "status": 1}
            """
        let found = ContractImport(hardhat(receipt), as: .hardhatDeploy, for: try production())
        #expect(faults(found) == [])
        let claim = try #require(try found.claims().first)
        #expect(claim.variable == "TOKEN_VAULT_CONTRACT_ID")
        #expect(claim.id.caip10 == "eip155:1:\(Self.address)")
        #expect(
            claim.details == [
                .deployment(.init(transaction: "0xab", height: 7, deployer: "0xcd"))
            ]
        )
    }

    @Test func whatHardhatDidNotDeployIsRefused() throws {
        let production = try production()
        func fault(_ files: [ForeignFile]) -> String {
            faults(ContractImport(files, as: .hardhatDeploy, for: production)).first ?? "taken"
        }
        #expect(fault(hardhat(chain: nil)).contains(".chainId"))
        #expect(fault(hardhat(chain: "11155111")).contains("sepolia"))
        #expect(fault(hardhat(", \"receipt\": {\"status\": 0}")).contains("failed"))
        #expect(fault(hardhat(", \"receipt\": {\"contractAddress\": \"0xab\"}")).contains("differ"))
        #expect(
            fault([file("d/.chainId", "1"), file("d/A.json", "{\"abi\": []}")]).contains("address")
        )
    }

    /// Sender and nonce 1 give this address.
    private static let created = "0x343c43a37d37dff08ae8c4a11544c718abb4fcf8"

    private func broadcast(
        path: String = "broadcast/Deploy.s.sol/1/run-latest.json",
        nonce: String = "0x1",
        address: String = Self.created,
        receipts: String =
            "{\"transactionHash\": \"0xab\", \"status\": \"0x1\", \"blockNumber\": \"0x10\"}",
        chain: Int = 1
    ) -> ForeignFile {
        file(
            path,
            """
            {"transactions": [
              {"hash": "0xab", "transactionType": "CREATE", "contractName": "Vault",
               "contractAddress": "\(address)",
               "transaction": {"from": "0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0",
                               "nonce": "\(nonce)"}},
              {"hash": "0xcd", "transactionType": "CALL", "contractName": "Vault"}],
             "receipts": [\(receipts)], "libraries": [], "pending": [], "returns": {},
             "timestamp": 1700000000, "chain": \(chain), "commit": "abc"}
            """
        )
    }

    @Test func aBroadcastGivesTheContractsThatWereMined() throws {
        let found = ContractImport([broadcast()], as: .foundryBroadcast, for: try production())
        #expect(faults(found) == [])
        let claim = try #require(try found.claims().first)
        // The lower case of the file is made up for by what sender and nonce give.
        #expect(claim.id.text == "0x343c43A37D37dfF08AE8C4A11544c718AbB4fCF8")
        #expect(claim.id.checksum == .verified)
        guard case .deployment(let deployment) = claim.details.first else {
            Issue.record("\(claim.details)")
            return
        }
        #expect(deployment.height == 16)
        #expect(deployment.derivation != nil)
    }

    @Test func c12DryRunsAndWhatWasNotMinedAreNeverTaken() throws {
        let production = try production()
        func fault(_ file: ForeignFile) -> String {
            let found = ContractImport([file], as: .foundryBroadcast, for: production)
            #expect(found.entries == [])
            return faults(found).first ?? "taken"
        }
        let dry = "broadcast/Deploy.s.sol/1/dry-run/run-latest.json"
        #expect(fault(broadcast(path: dry)).contains("dry run"))
        #expect(fault(broadcast(receipts: "")).contains("receipt"))
        #expect(
            fault(broadcast(receipts: "{\"transactionHash\": \"0xef\"}")).contains("no receipt")
        )
        let failed = "{\"transactionHash\": \"0xab\", \"status\": \"0x0\"}"
        #expect(fault(broadcast(receipts: failed)).contains("failed"))
        #expect(fault(broadcast(nonce: "0x2")).contains("give 0xf778B86"))
        #expect(fault(broadcast(chain: 11_155_111)).contains("folder"))
        let sepolia = "broadcast/Deploy.s.sol/11155111/run-latest.json"
        #expect(fault(broadcast(path: sepolia, chain: 11_155_111)).contains("sepolia"))
        #expect(fault(file("multi/run.json", "{\"deployments\": []}")).contains("several chains"))
        #expect(fault(file("a.json", "{}")).contains("no broadcast"))
    }

    // MARK: Variables

    @Test func variablesOfContractsAreTakenAndOthersLeftAlone() throws {
        let text = """
            # the ones of today
            VITE_VESTING_CONTRACT_ID=\(Self.first)
            JWT_SECRET=not-your-business
            NODE_ENV=production
            """
        let found = ContractImport([file(".env", text)], as: .environmentFile, for: try staging())
        #expect(found.findings == [])
        #expect(try found.claims().map(\.variable) == ["VESTING_CONTRACT_ID"])
        let named = try found.claims(naming: ["VESTING_CONTRACT_ID": "MINE"])
        #expect(named.map(\.variable) == ["MINE"])
    }

    @Test(arguments: [
        ("A_CONTRACT_ID=0x...", "placeholder"), ("A_CONTRACT_ID=DEFAULT_ID", "placeholder"),
        ("A_CONTRACT_ID=", "no text"),
        (
            "A_CONTRACT_ID=\(ContractImportTests.first)\nA_CONTRACT_ID=\(ContractImportTests.mainnet)",
            "twice"
        ),
        (
            "A_CONTRACT_ID=SA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWVG",
            "secret seed"
        ),
        ("B=1", "no contract"), ("", "no contract"),
    ])
    func variablesThatHoldNoIDAreRefused(_ text: String, _ part: String) throws {
        let found = ContractImport([file(".env", text)], as: .environmentFile, for: try staging())
        #expect(faults(found).count == 1)
        #expect(faults(found).first?.contains(part) == true)
        #expect(faults(found).allSatisfy { !$0.contains("SA7QYNF7") })
    }

    @Test func aSlotOfTheChecklistIsPreferred() throws {
        let slots = try [ContractSlot("VAULT_ADDRESS", title: "", kind: .evmAddress)]
        let found = ContractImport([broadcast()], as: .foundryBroadcast, for: try production())
        #expect(try found.claims(slots: slots).map(\.variable) == ["VAULT_ADDRESS"])
    }
}
