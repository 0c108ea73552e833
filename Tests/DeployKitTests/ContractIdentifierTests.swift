// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// CAIP-10, and addresses that the EVM derives.
@Suite struct ContractIdentifierTests {
    private func address(_ text: String) throws -> EVMAddress {
        try #require(Hexadecimal.bytes(of: text).flatMap(EVMAddress.init(bytes:)))
    }

    /// Known addresses of one sender's first three contracts.
    @Test(
        arguments: [
            (0, "0xcd234A471b72ba2F1Ccf0A70FCABA648a5eeCD8d"),
            (1, "0x343c43A37D37dfF08AE8C4A11544c718AbB4fCF8"),
            (2, "0xf778B86FA74E846c4f0a1fBd1335FE81c00a0C91"),
        ] as [(UInt64, String)]
    )
    func createGivesTheAddressOfSenderAndNonce(_ nonce: UInt64, _ text: String) throws {
        let sender = try address("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0")
        #expect(EVMAddress(createdBy: sender, nonce: nonce).text == text)
        let derivation = ContractID.Derivation.create(sender, nonce: nonce)
        #expect(try ContractID.Derivation(json: derivation.json) == derivation)
        let id = try ContractID(derivedFrom: derivation, on: .ethereumMainnet)
        #expect(id.text == text)
        #expect(throws: ContractIDError.self) {
            try ContractID(derivedFrom: derivation, on: .stellarTestnet)
        }
    }

    /// Examples of EIP-1014: deployer, salt, code.
    @Test(arguments: [
        ("00", "00", "00", "0x4D1A2e2bB4F88F0250f26Ffff098B0b30B26BF38"),
        (
            "deadbeef00000000000000000000000000000000", "00", "00",
            "0xB928f69Bb1D91Cd65274e3c79d8986362984fDA3"
        ),
        (
            "00000000000000000000000000000000deadbeef", "cafebabe", "deadbeef",
            "0x60f3f640a8508fC6a86d45DF051962668E1e8AC7"
        ),
        ("00", "00", "", "0xE33C0C7F7df4809055C3ebA6c09CFe4BaF1BD9e0"),
    ])
    func create2GivesTheAddressOfDeployerSaltAndCode(
        _ deployer: String,
        _ salt: String,
        _ code: String,
        _ text: String
    ) throws {
        func bytes(_ text: String, _ count: Int) throws -> [UInt8] {
            let bytes = try #require(Hexadecimal.bytes(of: text))
            return [UInt8](repeating: 0, count: count - bytes.count) + bytes
        }
        let address = EVMAddress(
            createdBy: try #require(EVMAddress(bytes: try bytes(deployer, 20))),
            salt: try bytes(salt, 32),
            codeHash: EVMAddress.codeHash(of: try bytes(code, code.utf8.count / 2))
        )
        #expect(address?.text == text)
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func c1CAIP10FormattingAndParsingAreInverse(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let opaque = try Network(
            "near:mainnet",
            tier: .production,
            pattern: ContractPattern(alphabet: .accountName, length: 2...64)
        )
        let networks = Network.known + [opaque]
        for network in networks {
            let text: String
            switch network.family {
            case .other: text = ["a.near", "a_b-c.near", "x1"].randomElement(using: &random) ?? ""
            default:
                text = try ContractWorld.id(UInt8.random(in: 1...200, using: &random), on: network)
                    .text
            }
            let id = try ContractID(text, on: network)
            #expect(try ContractID(caip10: id.caip10, among: networks) == id)
        }
    }

    @Test(arguments: [
        "", "stellar:testnet",
        "stellar:moon:CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA",
        "stellar:testnet:",
        "stellar:testnet:GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ",
        "stellar:testnet:ca7qynf7sowq3glr2bgmzehxavirza4kvwltjjfc7mgxua74p7ujuwda",
        "eip155:1:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", "eip155:1:%zz", "eip155:1:%4",
        "STELLAR:testnet:CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA",
    ])
    func whatIsNoCAIP10OfAContractIsRefused(_ text: String) {
        #expect(throws: (any Error).self) { try ContractID(caip10: text) }
    }
}
