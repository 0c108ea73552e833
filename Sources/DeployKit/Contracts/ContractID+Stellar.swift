// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension ContractID {
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
