// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Tells whether a variable of an environment file belongs to another network.
struct ForeignValue {
    /// What is wrong with it, as the end of a sentence, or `nil`.
    let reason: String?

    private static let passphrases: [(String, Network)] = [
        ("Public Global Stellar Network ; September 2015", .stellarMainnet),
        ("Test SDF Network ; September 2015", .stellarTestnet),
        ("Test SDF Future Network ; October 2022", .stellarFuturenet),
        ("Standalone Network ; February 2017", .stellarLocal),
    ]

    private static let testHosts = [
        "testnet", "futurenet", "sepolia", "holesky", "localhost", "127.0.0.1", "[::1]",
    ]

    init(_ name: String, _ value: String, in snapshot: ContractRegistry.Snapshot) {
        reason =
            Self.reason(ofContractsIn: value, snapshot)
            ?? Self.reason(ofNetworkIn: name, value, snapshot.environment)
    }

    private static func reason(
        ofContractsIn value: String,
        _ snapshot: ContractRegistry.Snapshot
    ) -> String? {
        let environment = snapshot.environment
        for word in value.utf8.split(whereSeparator: { !ContractIDScan.isWord($0) })
        where word.count == 56 {
            let text = String(decoding: word, as: UTF8.self)
            guard StrKey.read(text)?.kind == .contract else { continue }
            let home = ContractID.networkOfNativeAsset(text)
            let isOfEnvironment =
                snapshot.entries.contains { $0.id.text == text }
                || environment.networks.contains { home?.isSameChain(as: $0) == true }
            if isOfEnvironment { continue }
            if let home {
                return "holds the native asset's contract of \(home), which "
                    + "\(environment.name) does not use"
            }
            return "holds \(text), which is no registered contract of \(environment.name)"
        }
        return nil
    }

    private static func reason(
        ofNetworkIn name: String,
        _ value: String,
        _ environment: Environment
    ) -> String? {
        if let statement = statement(ofNetworkIn: name, value, environment) { return statement }
        if let tier = tier(promisedBy: name), !environment.networks.isEmpty,
            !environment.networks.contains(where: { $0.tier == tier })
        {
            return "is for a \(tier.rawValue) network by its name; \(environment.name) uses "
                + environment.networks.map(\.id.text).joined(separator: ", ")
        }
        guard environment.tier == .production, value.contains("://") else { return nil }
        let lower = value.lowercased()
        guard let host = testHosts.first(where: { lower.contains($0) }) else { return nil }
        return "is a URL with '\(host)' in it, and \(environment.name) is production"
    }

    /// What a variable says outright of the network that its whole file is for, where that is none
    /// of the environment's.
    static func statement(
        ofNetworkIn name: String,
        _ value: String,
        _ environment: Environment
    ) -> String? {
        for (passphrase, network) in passphrases where value == passphrase {
            if !lists(network, environment) {
                return "is the passphrase of \(network), which \(environment.name) does not use"
            }
        }
        if !value.isEmpty, name == "NETWORK" || name.hasSuffix("_NETWORK") {
            let named = Network.known.filter { $0.isNamed(value) }
            if let first = named.first,
                !named.contains(where: { lists($0, environment) })
            {
                return "names \(first), which \(environment.name) does not use"
            }
        }
        if name == "CHAIN_ID" || name.hasSuffix("_CHAIN_ID"), let number = UInt64(value) {
            let chains = environment.networks.filter { $0.family == .evm }
            if !chains.isEmpty, !chains.contains(where: { $0.fingerprint == "\(number)" }) {
                return "is chain \(number); \(environment.name) uses "
                    + chains.map(\.id.text).joined(separator: ", ")
            }
        }
        return nil
    }

    /// The tier that a word in a variable's name stands for, as in `TESTNET_VESTING_CONTRACT_ID`: a
    /// promise of whoever wrote it.
    static func tier(promisedBy name: String) -> Tier? {
        let promises: [String: Tier] = [
            "mainnet": .production, "pubnet": .production, "testnet": .test, "futurenet": .test,
            "sepolia": .test, "holesky": .test, "hardhat": .development, "anvil": .development,
            "localhost": .development,
        ]
        return name.lowercased().split(separator: "_").lazy.compactMap { promises[String($0)] }
            .first
    }

    private static func lists(_ network: Network, _ environment: Environment) -> Bool {
        environment.networks.contains { $0.isSameChain(as: network) }
    }
}

extension EnvironmentFile.Reading.Line {
    /// What the variable says outright of the network that its whole file is for, as the end of a
    /// sentence, where `environment` does not use that network.
    package func foreignNetwork(in environment: Environment) -> String? {
        ForeignValue.statement(ofNetworkIn: name, value, environment)
    }

    /// Whether the variable's name promises a network of a tier of which `environment` has none, as
    /// `TESTNET_VESTING_CONTRACT_ID` does in production.
    package func promisesOtherTier(than environment: Environment) -> Bool {
        guard let tier = ForeignValue.tier(promisedBy: name) else { return false }
        return !environment.networks.contains { $0.tier == tier }
    }
}
