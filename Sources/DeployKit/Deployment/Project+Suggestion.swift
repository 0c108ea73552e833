// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Project {
    /// A first project file for a checklist: its service, an environment for each word that limits
    /// a phase (without any, `staging` and `production`), and its secrets as environment variables.
    ///
    /// A word that nobody knows counts as production, as an undeclared environment does. People
    /// cannot be known; roles are named by the checklist.
    public init(suggestedFor checklist: Checklist) {
        var words: [String] = []
        for word in Outline(checklist).phaseScopes.joined() {
            let word = word.lowercased()
            if !words.contains(word) { words.append(word) }
        }
        if words.isEmpty { words = ["staging", "production"] }
        let families = Network.Family.allCases.filter { family in
            checklist.contractSlots.contains { $0.kind == ContractID.Kind(of: family) }
        }
        var secrets: [String] = []
        for name in checklist.items.flatMap(\.secrets) where !secrets.contains(name) {
            secrets.append(name)
        }
        self.init(
            services: [Service(name: checklist.service ?? Naming.slug(checklist.title))],
            environments: words.map { Self.environment($0, families) },
            secrets: secrets.map { Secret(name: $0, source: .environment($0)) }
        )
    }

    private static func environment(
        _ word: String,
        _ families: [Network.Family]
    ) -> Environment {
        var networks: [Network] = []
        for family in families {
            let named = Network.known.filter { $0.family == family && $0.isNamed(word) }
            if let only = named.first, named.count == 1 { networks.append(only) }
        }
        let tier = networks.first?.tier ?? tier(of: word)
        do {
            return try Environment(Environment.ID(word), tier: tier, networks: networks)
        } catch {
            // Networks that do not go together are left for a person to choose.
            return .undeclared(Environment.ID(word))
        }
    }

    private static func tier(of word: String) -> Tier {
        switch word {
        case "testnet", "staging", "stage", "stg", "test", "qa", "uat", "preprod", "sandbox": .test
        case "dev", "development", "local", "localhost": .development
        default: .production
        }
    }
}
