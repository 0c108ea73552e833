// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

/// Vectors of CAP-46-02, computed with an independent implementation of its XDR.
@Suite struct ContractDerivationTests {
    static let zeros = [UInt8](repeating: 0, count: 32)

    static func deployer() throws -> StrKey {
        try StrKey("GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ")
    }

    @Test(arguments: [
        (Network.stellarMainnet, "CDQRHHKVUJ4IOPY5ZMSDURQXEJ3XWASCPIDPG4O5MJ5355V4QP4CKJH5"),
        (.stellarTestnet, "CAQFB3T35BGHAPZD253JO54DKWQM2KTDVPQPRO2KMP6F5PZLN43KAHFW"),
        (.stellarFuturenet, "CCKMN34TQDZ2T2GS3R7Q63QDHSGEHVUDRZ57JEPHC5FQOAMBRSD3MHCB"),
        (.stellarLocal, "CBCE4OQHAHNEBT5Y2ZGXP6HWCETFN4T4YR2Q6H53N3VZJISNQ3BFLZNN"),
    ])
    func derivesFromADeployerAndASalt(_ network: Network, _ text: String) throws {
        let derivation = ContractID.Derivation.address(try Self.deployer(), salt: Self.zeros)
        let id = try ContractID(derivedFrom: derivation, on: network)
        #expect(id.text == text)
        #expect(try ContractID(text, on: network) == id)
        #expect(id.belongsToOtherNetwork(derivedFrom: derivation) == nil)
        for other in Network.known where other.family == .stellar && other.id != network.id {
            let misplaced = try ContractID(text, on: other)
            #expect(misplaced.belongsToOtherNetwork(derivedFrom: derivation) == network)
        }
    }

    @Test func derivesFromOtherSaltsAndDeployers() throws {
        let salt = [UInt8](repeating: 1, count: 32)
        #expect(
            try ContractID(
                derivedFrom: .address(Self.deployer(), salt: salt),
                on: .stellarTestnet
            ).text == "CDKR4A7VTCLGCBXK6T2B5HPYQKZXOWURVIL7GZGPY7PZJMYEFOCJPQXY"
        )
        let contract = try StrKey("CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA")
        #expect(
            try ContractID(
                derivedFrom: .address(contract, salt: Self.zeros),
                on: .stellarTestnet
            ).text == "CDTGMDPWM34EIKT7D4QA7T42E6UBNZCVY6DA4HWC5NAAOVXVFQL7X36H"
        )
    }

    @Test func derivesTheContractsOfAssets() throws {
        let issuer = try StrKey("GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN")
        #expect(
            try ContractID(
                derivedFrom: .asset(code: "USDC", issuer: issuer),
                on: .stellarMainnet
            ).text == "CCW67TSZV3SSS2HXMBQ5JFGCKJNXKZM7UQUWUZPUTHXSTZLEO7SJMI75"
        )
        for network in Network.known where network.family == .stellar {
            let native = try ContractID(derivedFrom: .nativeAsset, on: network)
            #expect(ContractID.networkOfNativeAsset(native.text) == network)
        }
    }

    @Test func refusesWhatNothingCanBeDerivedFrom() throws {
        let seed = try StrKey(.secretSeed, payload: Self.zeros)
        let deployer = try Self.deployer()
        for derivation: ContractID.Derivation in [
            .address(seed, salt: Self.zeros), .address(deployer, salt: [1, 2]),
            .asset(code: "", issuer: deployer), .asset(code: "US$", issuer: deployer),
            .asset(code: "ABCDEFGHIJKLM", issuer: deployer),
        ] {
            #expect(
                #expect(throws: ContractIDError.self) {
                    try ContractID(derivedFrom: derivation, on: .stellarTestnet)
                }?.code == .malformed
            )
        }
        #expect(
            #expect(throws: ContractIDError.self) {
                try ContractID(derivedFrom: .nativeAsset, on: .ethereumMainnet)
            }?.code == .otherFamily
        )
    }

    @Test(arguments: [
        ("Public Global Stellar Network ; September 2015", Network.stellarMainnet),
        ("Test SDF Network ; September 2015", .stellarTestnet),
        ("Test SDF Future Network ; October 2022", .stellarFuturenet),
        ("Standalone Network ; February 2017", .stellarLocal),
    ])
    func fingerprintsAreTheHashesOfThePassphrases(_ passphrase: String, _ network: Network) {
        #expect(Network.stellarFingerprint(ofPassphrase: passphrase) == network.fingerprint)
    }

    @Test func theDigestIsThatOfTheCanonicalBytes() throws {
        let snapshot = try ContractEnvironmentFileTests.snapshot()
        let content = JSONValue.members([
            "environment": "staging".json, "entries": snapshot.entries.json,
        ])
        #expect(snapshot.digest == SHA256.digest(of: content.canonicalBytes))
        #expect(try snapshot.digest == ContractEnvironmentFileTests.snapshot().digest)
        #expect(try snapshot.digest != ContractEnvironmentFileTests.empty().digest)
    }
}
