// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

@Suite struct ContractNetworkTests {
    @Test(arguments: Network.known)
    func knownNetworksSurviveJSONAndDeclaration(_ network: Network) throws {
        #expect(try Network(json: network.json) == network)
        let declared = try Network(network.id.text, tier: network.tier, aliases: network.aliases)
        #expect(declared == network)
    }

    @Test(arguments: [
        "stellar", "stellar:", ":testnet", "st:testnet", "Stellar:testnet", "stellar:test net",
        "stellar:testnet\n", "namespaces:x", "eip155:0x1", "eip155:01",
        "stellar:abcdefghijklmnopqrstuvwxyz0123456",
    ])
    func refusesWhatIsNoCAIP2Name(_ id: String) {
        let error = #expect(throws: NetworkError.self) {
            try Network(id, tier: .test, fingerprint: String(repeating: "0", count: 64))
        }
        #expect(error?.code == .id)
    }

    @Test func aKnownChainKeepsItsTierWhateverItIsCalled() {
        let error = #expect(throws: NetworkError.self) {
            try Network(
                "stellar:acme",
                tier: .test,
                fingerprint: Network.stellarMainnet.fingerprint
            )
        }
        #expect(error?.code == .tier)
        #expect(error?.message.contains("stellar:pubnet") == true)
        #expect(
            #expect(throws: NetworkError.self) { try Network("eip155:1", tier: .test) }?.code
                == .tier
        )
    }

    @Test func aKnownNameKeepsItsFingerprint() {
        let error = #expect(throws: NetworkError.self) {
            try Network(
                "stellar:testnet",
                tier: .test,
                fingerprint: String(repeating: "0", count: 64)
            )
        }
        #expect(error?.code == .fingerprint)
    }

    @Test func aPrivateStellarNetworkNeedsItsFingerprint() throws {
        let error = #expect(throws: NetworkError.self) {
            try Network("stellar:acme", tier: .development)
        }
        #expect(error?.code == .fingerprint)
        let own = try Network(
            "stellar:acme",
            tier: .development,
            fingerprint: String(repeating: "1", count: 64)
        )
        #expect(own.family == .stellar)
        #expect(try Network(json: own.json) == own)
    }

    @Test func otherNamespacesDeclareTheFormOfTheirIDs() throws {
        #expect(
            #expect(throws: NetworkError.self) { try Network("near:mainnet", tier: .production) }?
                .code == .pattern
        )
        let pattern = try ContractPattern(alphabet: .accountName, length: 2...64)
        let near = try Network("near:mainnet", tier: .production, pattern: pattern)
        #expect(try Network(json: near.json) == near)
        #expect(
            #expect(throws: NetworkError.self) {
                try Network("eip155:5", tier: .test, pattern: pattern)
            }?.code == .pattern
        )
    }

    @Test func aliasesOfSeveralFamiliesAreAmbiguous() throws {
        let error = #expect(throws: NetworkError.self) { try Network.named("Mainnet") }
        #expect(error?.code == .ambiguous)
        #expect(try Network.named("MAINNET", family: .stellar) == .stellarMainnet)
        #expect(try Network.named("PUBLIC") == .stellarMainnet)
        #expect(try Network.named("stellar:mainnet") == .stellarMainnet)
        #expect(
            #expect(throws: NetworkError.self) { try Network.named("morden") }?.code == .unknown
        )
    }

    @Test func patternsAreAnAlphabetAndALength() throws {
        let account = try ContractPattern(alphabet: .accountName, length: 2...64)
        for good in ["ab", "vesting.acme.near", "a-b_c.d1"] { #expect(account.matches(good)) }
        for bad in ["a", "a..b", ".ab", "ab-", "Ab", "a b", "ab\n", ""] {
            #expect(!account.matches(bad))
        }
        let prefixed = try ContractPattern(
            prefix: "cosmos1",
            alphabet: .alphanumeric,
            length: 10...12
        )
        #expect(prefixed.matches("cosmos1abc"))
        #expect(!prefixed.matches("cosmos1ab"))
        #expect(!prefixed.matches("cosmos2abc"))
        let base58 = try ContractPattern(alphabet: .base58, length: 32...44)
        #expect(base58.matches("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"))
        #expect(!base58.matches("0okenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"))
        #expect(throws: NetworkError.self) {
            try ContractPattern(prefix: "abc", alphabet: .digits, length: 3...5)
        }
    }
}
