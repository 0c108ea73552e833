// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// One chain: what a contract ID belongs to.
///
/// An environment is no network: `staging` is an environment, `stellar:testnet` a network. The
/// fingerprint says which chain it is, whatever it is called.
public struct Network: Hashable, Sendable, CustomStringConvertible {
    /// The name of a network in CAIP-2 form, such as `stellar:testnet` or `eip155:1`.
    public typealias ID = Identifier<Network>

    /// Networks whose contract IDs have the same form.
    @nonexhaustive
    public enum Family: String, Hashable, Sendable, CaseIterable {
        /// `stellar:…`: IDs are StrKey texts and exist on one network only.
        case stellar
        /// `eip155:…`: IDs are EVM addresses, which may exist on several networks.
        case evm
        /// Every other namespace: IDs have the form that the network declares.
        case other
    }

    /// The name, a CAIP-2 text: namespace, colon, reference.
    ///
    /// The `stellar` namespace registers only `pubnet` and `testnet`; other references of it are
    /// private, and the fingerprint tells them apart.
    public let id: ID
    /// How much depends on the network.
    public let tier: Tier
    /// Which chain it is: of Stellar the network ID, SHA-256 of the passphrase, in 64 lowercase
    /// hexadecimal digits; of EVM the chain ID in decimal; of others the reference.
    public let fingerprint: String
    /// Other names that people and tools use, such as `mainnet`.
    public let aliases: [String]
    /// The declared form of IDs, for networks of the family ``Family/other``.
    public let pattern: ContractPattern?

    /// The family, by the namespace of ``id``.
    public var family: Family {
        if id.text.utf8.starts(with: "stellar:".utf8) { return .stellar }
        return id.text.utf8.starts(with: "eip155:".utf8) ? .evm : .other
    }

    /// The name.
    public var description: String { id.text }

    private init(
        known id: String,
        _ tier: Tier,
        _ fingerprint: String,
        _ aliases: [String]
    ) {
        self.id = ID(id)
        self.tier = tier
        self.fingerprint = fingerprint
        self.aliases = aliases
        pattern = nil
    }

    /// Declares a network.
    ///
    /// - Parameters:
    ///   - id: A CAIP-2 text.
    ///   - tier: How much depends on it; of a known chain it must be the known one.
    ///   - fingerprint: See ``fingerprint``; needed for Stellar only, otherwise it is the
    ///     reference and may be left out.
    ///   - aliases: Other names; neither empty nor with white space.
    ///   - pattern: The form of IDs, needed for every namespace but `stellar` and `eip155`.
    /// - Throws: ``NetworkError``.
    public init(
        _ id: String,
        tier: Tier,
        fingerprint: String? = nil,
        aliases: [String] = [],
        pattern: ContractPattern? = nil
    ) throws(NetworkError) {
        let reference = try Self.reference(of: id)
        self.id = ID(id)
        self.tier = tier
        self.aliases = aliases
        self.pattern = pattern
        self.fingerprint = fingerprint ?? Self.knownFingerprint(of: id) ?? reference
        for alias in aliases where alias.isEmpty || !alias.utf8.allSatisfy({ $0 > 0x20 }) {
            throw NetworkError(.alias, "'\(alias)' cannot be an alias of \(id)")
        }
        try checkFingerprint(reference)
        guard (family == .other) == (pattern != nil) else {
            throw NetworkError(
                .pattern,
                family == .other
                    ? "\(id) needs a declared form of its contract IDs"
                    : "the form of contract IDs of \(id) is known and cannot be declared"
            )
        }
        guard let twin = Self.known.first(where: { $0.isSameChain(as: self) || $0.id == self.id })
        else { return }
        guard twin.fingerprint == self.fingerprint else {
            throw NetworkError(
                .fingerprint,
                "\(id) has the fingerprint \(twin.fingerprint), not \(self.fingerprint)"
            )
        }
        guard twin.tier == tier else {
            throw NetworkError(
                .tier,
                "\(id) is \(twin.id), a \(twin.tier.rawValue) network, not \(tier.rawValue)"
            )
        }
    }

    /// Tells whether both are the same chain, whatever they are called.
    public func isSameChain(as other: Network) -> Bool {
        family == other.family && fingerprint == other.fingerprint
            && (family != .other || id == other.id)
    }

    /// Tells whether `text` is the name or, in any case of its letters, an alias.
    public func isNamed(_ text: String) -> Bool {
        id.text == text || aliases.contains { $0.lowercased() == text.lowercased() }
    }

    private func checkFingerprint(_ reference: String) throws(NetworkError) {
        switch family {
        case .stellar:
            guard Digest(hex: fingerprint) != nil else {
                throw NetworkError(
                    .fingerprint,
                    "\(id) needs its network ID: SHA-256 of the passphrase, 64 lowercase digits"
                )
            }
        case .evm:
            let digits = reference.utf8
            guard digits.allSatisfy({ (0x30...0x39).contains($0) }),
                digits.first != UInt8(ascii: "0")
            else { throw NetworkError(.id, "the chain ID of \(id) is no decimal number") }
            fallthrough
        case .other:
            guard fingerprint == reference else {
                throw NetworkError(
                    .fingerprint,
                    "the fingerprint of \(id) is \(reference), not \(fingerprint)"
                )
            }
        }
    }

    /// CAIP-2: `[-a-z0-9]{3,8}` `:` `[-_a-zA-Z0-9]{1,32}`.
    private static func reference(of id: String) throws(NetworkError) -> String {
        let bytes = Array(id.utf8)
        func isLower(_ byte: UInt8) -> Bool {
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D
        }
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), (3...8).contains(colon),
            bytes[..<colon].allSatisfy(isLower), (2...33).contains(bytes.count - colon),
            bytes[(colon + 1)...].allSatisfy({
                isLower($0) || (0x41...0x5A).contains($0) || $0 == 0x5F
            })
        else {
            throw NetworkError(.id, "'\(id)' is no CAIP-2 name such as stellar:testnet")
        }
        return String(decoding: bytes[(colon + 1)...], as: UTF8.self)
    }
}

extension Network {
    /// Stellar's main network.
    public static let stellarMainnet = Network(
        known: "stellar:pubnet",
        .production,
        "7ac33997544e3175d266bd022439b22cdb16508c01163f26e5cb2a3e1045a979",
        ["stellar:mainnet", "mainnet", "public", "pubnet"]
    )
    /// Stellar's test network, wiped about four times a year.
    public static let stellarTestnet = Network(
        known: "stellar:testnet",
        .test,
        "cee0302d59844d32bdca915c8203dd44b33fbb7edc19051ea37abedf28ecd472",
        ["testnet"]
    )
    /// Stellar's network for features to come, wiped like the test network.
    public static let stellarFuturenet = Network(
        known: "stellar:futurenet",
        .test,
        "a3a1c6a78286713e29be0e9785670fa838d13917cd8eaeb4a3579ff1debc7fd5",
        ["futurenet"]
    )
    /// A Stellar network on one's own machine, with the passphrase of the quickstart image.
    public static let stellarLocal = Network(
        known: "stellar:local",
        .development,
        "baefd734b8d3e48472cff83912375fedbc7573701912fe308af730180f97d74a",
        ["local", "standalone"]
    )
    /// Ethereum's main network.
    public static let ethereumMainnet = Network(
        known: "eip155:1",
        .production,
        "1",
        ["ethereum", "mainnet"]
    )
    /// Ethereum's test network for applications.
    public static let ethereumSepolia = Network(
        known: "eip155:11155111",
        .test,
        "11155111",
        ["sepolia"]
    )
    /// Ethereum's test network for validators and infrastructure.
    public static let ethereumHolesky = Network(
        known: "eip155:17000",
        .test,
        "17000",
        ["holesky"]
    )
    /// OP Mainnet.
    public static let optimism = Network(known: "eip155:10", .production, "10", ["optimism"])
    /// Polygon PoS.
    public static let polygon = Network(known: "eip155:137", .production, "137", ["polygon"])
    /// Base.
    public static let base = Network(known: "eip155:8453", .production, "8453", ["base"])
    /// Arbitrum One.
    public static let arbitrum = Network(
        known: "eip155:42161",
        .production,
        "42161",
        ["arbitrum"]
    )
    /// Hardhat's and Anvil's network on one's own machine.
    public static let evmLocal = Network(
        known: "eip155:31337",
        .development,
        "31337",
        ["hardhat", "anvil", "localhost"]
    )

    /// The networks that need no declaration.
    public static let known: [Network] = [
        stellarMainnet, stellarTestnet, stellarFuturenet, stellarLocal, ethereumMainnet,
        ethereumSepolia, ethereumHolesky, optimism, polygon, base, arbitrum, evmLocal,
    ]

    /// Finds a network by its name or an alias.
    ///
    /// - Parameters:
    ///   - text: A CAIP-2 text, or an alias in any case.
    ///   - family: The family, where an alias such as `mainnet` is one of several networks.
    ///   - networks: Where to look.
    /// - Returns: The only network of that name.
    /// - Throws: ``NetworkError``, code `unknown` or `ambiguous`, with the names to choose from.
    public static func named(
        _ text: String,
        family: Family? = nil,
        among networks: [Network] = known
    ) throws(NetworkError) -> Network {
        let candidates = networks.filter { family == nil || $0.family == family }
        let found = candidates.filter { $0.isNamed(text) }
        guard let network = found.first else {
            let names = candidates.map(\.id.text).joined(separator: ", ")
            throw NetworkError(.unknown, "'\(text)' is no network; known are \(names)")
        }
        guard found.count == 1 else {
            let names = found.map(\.id.text).joined(separator: ", ")
            throw NetworkError(.ambiguous, "'\(text)' may be any of \(names)")
        }
        return network
    }

    private static func knownFingerprint(of id: String) -> String? {
        known.first { $0.id.text == id }?.fingerprint
    }
}

extension Network: JSONConvertible {
    /// An object with `id`, `tier`, `fingerprint`, and where there are any `aliases`, `pattern`.
    public var json: JSONValue {
        .members([
            "id": id.json, "tier": tier.json, "fingerprint": fingerprint.json,
            "aliases": aliases.jsonUnlessEmpty, "pattern": pattern?.json,
        ])
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` when a member is wrong, or ``init(_:tier:fingerprint:aliases:pattern:)``
    ///   refuses the declaration.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let id: String = try members.required("id")
        let tier: Tier = try members.required("tier")
        let fingerprint: String = try members.required("fingerprint")
        let aliases: [String] = try members.list("aliases")
        let pattern: ContractPattern? = try members.optional("pattern")
        try members.finish()
        if let known = Self.known.first(where: { $0.id.text == id }), known.tier == tier,
            known.fingerprint == fingerprint, known.aliases == aliases, pattern == nil
        {
            self = known
            return
        }
        do {
            try self.init(
                id,
                tier: tier,
                fingerprint: fingerprint,
                aliases: aliases,
                pattern: pattern
            )
        } catch {
            throw JSONError(.value, error.message)
        }
    }
}

/// Why a network cannot be declared or found.
public struct NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of refusal.
    @nonexhaustive
    public enum Code: String, Hashable, Sendable {
        /// The text is no CAIP-2 name.
        case id = "network-id"
        /// An alias is empty or has white space.
        case alias = "network-alias"
        /// The fingerprint is missing, or not that of the named chain.
        case fingerprint = "network-fingerprint"
        /// The chain is known to be of another tier.
        case tier = "network-tier"
        /// The form of contract IDs is missing, or must not be declared.
        case pattern = "network-pattern"
        /// No network has this name.
        case unknown = "network-unknown"
        /// Several networks have this alias.
        case ambiguous = "network-ambiguous"
    }

    /// What kind of refusal it is.
    public let code: Code
    /// What was found and what was expected.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The code and the sentence.
    public var description: String { "\(code.rawValue): \(message)" }
}
