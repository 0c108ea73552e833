// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension ContractID {
    /// Derives the ID that a contract has on a network.
    ///
    /// - Throws: ``ContractIDError``, code `otherFamily` when the network's family derives its IDs
    ///   otherwise, `malformed` when a part of the derivation is not what it should be.
    public init(
        derivedFrom derivation: Derivation,
        on network: Network
    ) throws(ContractIDError) {
        guard derivation.family == network.family else {
            throw ContractIDError(
                .otherFamily,
                on: network,
                "\(derivation.word) derives no ID of this network"
            )
        }
        if let address = try derivation.address(on: network) {
            self.init(
                network: network.id,
                kind: .evmAddress,
                text: address.text,
                checksum: .verified
            )
            return
        }
        guard let fingerprint = Digest(hex: network.fingerprint),
            let source = Self.preimage(of: derivation)
        else {
            throw ContractIDError(
                .malformed,
                on: network,
                "the deployer is no account or contract, the salt has not 32 bytes, or the code "
                    + "is not 1 to 12 letters and digits"
            )
        }
        // HashIDPreimage of the kind ENVELOPE_TYPE_CONTRACT_ID, in XDR.
        let digest = SHA256.digest(of: Self.xdr(8) + fingerprint.bytes + source)
        do {
            let key = try StrKey(.contract, payload: digest.bytes)
            self.init(
                network: network.id,
                kind: .stellarContract,
                text: key.text,
                checksum: .verified
            )
        } catch {
            throw ContractIDError(.malformed, on: network, error.message)
        }
    }

    /// Finds the network that an ID belongs to, when it is not its own.
    ///
    /// The ID is derived again under each network: where the results meet is a proof.
    ///
    /// - Parameters:
    ///   - derivation: What the ID is said to be derived from.
    ///   - networks: The networks to try.
    /// - Returns: The network, or `nil` when the ID is right for its own network, or is not of
    ///   this derivation under any of `networks`.
    public func belongsToOtherNetwork(
        derivedFrom derivation: Derivation,
        among networks: [Network] = Network.known
    ) -> Network? {
        guard kind == .stellarContract else { return nil }
        return networks.first { candidate in
            guard candidate.family == .stellar, candidate.id != network else { return false }
            do {
                return try ContractID(derivedFrom: derivation, on: candidate).text == text
            } catch {
                return false
            }
        }
    }

    private static func preimage(of derivation: Derivation) -> [UInt8]? {
        switch derivation {
        case .address(let deployer, let salt):
            guard salt.count == 32 else { return nil }
            return switch deployer.kind {
            case .account: xdr(0) + xdr(0) + xdr(0) + deployer.payload + salt
            case .contract: xdr(0) + xdr(1) + deployer.payload + salt
            default: nil
            }
        case .nativeAsset: return xdr(1) + xdr(0)
        case .create, .create2: return nil
        case .asset(let code, let issuer):
            let code = Array(code.utf8)
            guard issuer.kind == .account, (1...12).contains(code.count),
                code.allSatisfy(ContractPattern.Alphabet.alphanumeric.holds)
            else { return nil }
            let width = code.count <= 4 ? 4 : 12
            return xdr(1) + xdr(width == 4 ? 1 : 2) + code
                + [UInt8](repeating: 0, count: width - code.count) + xdr(0) + issuer.payload
        }
    }

    /// A 32-bit integer of XDR (RFC 4506), of values below 256.
    private static func xdr(_ value: UInt8) -> [UInt8] { [0, 0, 0, value] }

    /// The contracts of the native asset, which differ on every network (CAP-46-02).
    private static let nativeAssets: [String: Network] = [
        "CAS3J7GYLGXMF6TDJBBYYSE3HQ6BBSMLNUQ34T6TZMYMW2EVH34XOWMA": .stellarMainnet,
        "CDLZFC3SYJYDZT7K67VZ75HPJVIEUVNIXF47ZG2FB2RMQQVU2HHGCYSC": .stellarTestnet,
        "CB64D3G7SM2RTH6JSGG34DDTFTQ5CFDKVDZJZSODMCX4NJ2HV2KN7OHT": .stellarFuturenet,
        "CDMLFMKMMD7MWZP3FKUBZPVHTUEDLSX4BYGYKH4GCESXYHS3IHQ4EIG4": .stellarLocal,
    ]

    /// The known network whose native asset has this contract, or `nil`.
    package static func networkOfNativeAsset(_ text: String) -> Network? { nativeAssets[text] }
}

extension Network {
    /// The fingerprint of a Stellar network: SHA-256 of its passphrase.
    public static func stellarFingerprint(ofPassphrase passphrase: String) -> String {
        SHA256.digest(of: passphrase.utf8).hex
    }
}
