// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

@Suite struct ContractIDTests {
    static let contract = "CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA"
    static let second = "CDQRHHKVUJ4IOPY5ZMSDURQXEJ3XWASCPIDPG4O5MJ5355V4QP4CKJH5"
    static let account = "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ"
    static let seed = "SA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWVG"
    static let brokenSeed = "SA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWVA"
    static let hash = "3f0c34bf93ad0d9971d04ccc90f705511c838aad9734a4a2fb0d7a03fc7fe89a"
    static let address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"

    static let wrongOnStellar: [(String, ContractIDError.Code)] = [
        ("", .empty), (" \n", .empty),
        (contract + "\n", .whiteSpace), (" " + contract, .whiteSpace),
        ("0x...", .placeholder), ("DEFAULT_ID", .placeholder), ("C...", .placeholder),
        ("<contract id>", .placeholder), ("${VESTING}", .placeholder),
        ("CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABSC4", .placeholder),
        (account, .account), (account.lowercased(), .account),
        (seed, .secret), (seed.lowercased(), .secret), (brokenSeed, .secret),
        (String(seed.dropLast()), .secret),
        ("MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUQ", .muxed),
        ("WA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAAAWWC", .muxed),
        ("LA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUPJN", .otherKind),
        (hash, .hash), ("0x" + hash, .hash),
        (contract.lowercased(), .lowerCase), (contract + "===", .padding),
        (String(contract.dropLast()) + "B", .checksum),
        (address, .otherFamily),
        ("CDLZFC3SYJYDZT7K67VZ75HPJVIEUVNIXF47ZG2FB2RMQQVU2HHGCYSC", .otherNetwork),
        (contract + " " + second, .several), (contract + "\n" + second, .several),
        ("error: account not found", .errorText),
        ("❌ error: transaction simulation failed", .errorText),
        ("Deployed to " + contract, .malformed), ("hello", .malformed),
    ]

    @Test(arguments: wrongOnStellar)
    func saysWhatTheTextIsInstead(_ text: String, _ code: ContractIDError.Code) {
        let error = #expect(throws: ContractIDError.self) {
            try ContractID(text, on: .stellarMainnet)
        }
        #expect(error?.code == code)
        #expect(error?.network == "stellar:pubnet")
    }

    @Test(arguments: [seed, brokenSeed, "0x" + hash, hash, seed.lowercased(), " " + seed])
    func neverRepeatsWhatMayBeASecret(_ text: String) {
        let secret = text.dropFirst(3)
        for input in [text, "error: cannot use \(text) here", "KEY=\(text)"] {
            let error = #expect(throws: ContractIDError.self) {
                try ContractID.theOnlyOne(in: input, on: .stellarTestnet)
            }
            #expect(error?.description.contains(secret) == false)
            #expect(error?.description.uppercased().contains(secret.uppercased()) == false)
        }
    }

    @Test func readsAContractOfStellar() throws {
        let id = try ContractID(Self.contract, on: .stellarTestnet)
        #expect(id.text == Self.contract)
        #expect(id.kind == .stellarContract)
        #expect(id.checksum == .verified)
        #expect(id.caip10 == "stellar:testnet:" + Self.contract)
        #expect(try id != ContractID(Self.contract, on: .stellarMainnet))
    }

    @Test func readsAddressesInTheirChecksumCase() throws {
        let id = try ContractID(Self.address, on: .ethereumSepolia)
        #expect(id.checksum == .verified)
        let lower = try ContractID(Self.address.lowercased(), on: .ethereumSepolia)
        #expect(lower == id)
        #expect(lower.text == Self.address)
        #expect(lower.checksum == .absent)
        #expect(lower.json == id.json)
        #expect(id.caip10 == "eip155:11155111:" + Self.address)
    }

    @Test(arguments: [
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", ContractIDError.Code.checksum),
        ("0x0000000000000000000000000000000000000000", .placeholder), ("0x…", .placeholder),
        ("0x" + hash, .hash), (contract, .otherFamily), (seed, .secret), ("0x12", .malformed),
        (address + " ", .whiteSpace),
    ])
    func refusesWhatIsNoAddress(_ text: String, _ code: ContractIDError.Code) {
        let error = #expect(throws: ContractIDError.self) {
            try ContractID(text, on: .ethereumMainnet)
        }
        #expect(error?.code == code)
    }

    @Test func readsOpaqueIDsOfTheDeclaredForm() throws {
        let near = try Network(
            "near:mainnet",
            tier: .production,
            pattern: ContractPattern(alphabet: .accountName, length: 2...64)
        )
        let id = try ContractID("vesting_v2.acme.near", on: near)
        #expect(id.kind == .opaque)
        #expect(id.caip10 == "near:mainnet:vesting%5Fv2.acme.near")
        #expect(try ContractID(json: id.json) == id)
        #expect(throws: ContractIDError.self) { try ContractID("Vesting", on: near) }
    }

    @Test func jsonHoldsOnlyVerifiedTexts() throws {
        let id = try ContractID(Self.contract, on: .stellarTestnet)
        #expect(try ContractID(json: id.json) == id)
        for (kind, text) in [
            ("stellar.contract", Self.account), ("stellar.contract", Self.contract + " "),
            ("evm.address", Self.address.lowercased()), ("opaque", Self.seed), ("opaque", "a b"),
        ] {
            let json: JSONValue = .members([
                "kind": kind.json, "network": "stellar:testnet".json, "text": text.json,
            ])
            #expect(throws: JSONError.self) { try ContractID(json: json) }
        }
    }
}
