// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The variables of an environment file: the contract IDs of one environment, and other values.
///
/// It is made of a ``ContractRegistry/Snapshot``, which belongs to one environment and holds only
/// IDs of its networks. Equal values render to equal bytes: variables stand in the order of their
/// names' bytes.
public struct EnvironmentFile: Hashable, Sendable {
    /// One variable.
    public struct Variable: Hashable, Sendable {
        /// The name: `[A-Za-z_][A-Za-z0-9_]*`.
        public let name: String
        /// The value; may be empty.
        public let value: String

        /// A variable.
        ///
        /// - Throws: ``EnvironmentFileError``, code `name` or `execution`.
        public init(_ name: String, _ value: String) throws(EnvironmentFileError) {
            try EnvironmentFile.checkName(name)
            self.name = name
            self.value = value
        }
    }

    /// The environment.
    public let environment: Environment
    /// The variables in the order of their names' bytes; no name stands twice.
    public let variables: [Variable]

    /// The IDs of a snapshot, each under its slot's name, and other variables.
    ///
    /// - Throws: ``EnvironmentFileError``: `duplicate` when a name stands twice, `foreign` when
    ///   another variable holds a Stellar contract that the snapshot does not hold, or names
    ///   another network than the environment's.
    public init(
        _ snapshot: ContractRegistry.Snapshot,
        including others: [Variable] = []
    ) throws(EnvironmentFileError) {
        var variables: [Variable] = []
        for entry in snapshot.entries {
            variables.append(try Variable(entry.slot.text, entry.id.text))
        }
        for variable in others {
            if let reason = ForeignValue(variable.value, in: snapshot).reason {
                throw EnvironmentFileError(.foreign, "\(variable.name) \(reason)")
            }
        }
        variables += others
        variables.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        for (earlier, later) in zip(variables, variables.dropFirst())
        where earlier.name == later.name {
            throw EnvironmentFileError(.duplicate, "\(later.name) stands twice")
        }
        environment = snapshot.environment
        self.variables = variables
    }

    private static let executionChanging: Set<String> = [
        "PATH", "IFS", "ENV", "BASH_ENV", "SHELLOPTS", "BASHOPTS", "CDPATH", "PS4",
        "PROMPT_COMMAND", "NODE_OPTIONS", "NODE_PATH", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP",
        "PERL5LIB", "PERL5OPT", "RUBYLIB", "RUBYOPT", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS",
        "JDK_JAVA_OPTIONS", "CLASSPATH", "GLIBC_TUNABLES", "GIT_SSH_COMMAND", "GIT_EXEC_PATH",
    ]

    /// Checks the name of a variable.
    ///
    /// - Throws: ``EnvironmentFileError``: `name` when it is not `[A-Za-z_][A-Za-z0-9_]*`,
    ///   `execution` when a shell, loader or interpreter would run other code because of it.
    public static func checkName(_ name: String) throws(EnvironmentFileError) {
        let isWord = name.utf8.allSatisfy {
            ContractPattern.Alphabet.alphanumeric.holds($0) || $0 == UInt8(ascii: "_")
        }
        guard isWord, let first = name.utf8.first, !(0x30...0x39).contains(first) else {
            throw EnvironmentFileError(
                .name,
                "'\(name)' is no name of a variable: letters, digits and '_' only"
            )
        }
        guard !executionChanging.contains(name), !name.hasPrefix("LD_"),
            !name.hasPrefix("DYLD_"), !name.hasPrefix("BASH_FUNC_")
        else {
            throw EnvironmentFileError(.execution, "\(name) changes which code runs")
        }
    }
}

/// Tells whether a value of an environment file belongs to another network.
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

    init(_ value: String, in snapshot: ContractRegistry.Snapshot) {
        reason = Self.reason(value, snapshot)
    }

    private static func reason(
        _ value: String,
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
            guard isOfEnvironment else {
                return "holds \(text), which is no registered contract of \(environment.name)"
            }
        }
        for (passphrase, network) in passphrases where value == passphrase {
            let isListed = environment.networks.contains { $0.isSameChain(as: network) }
            if !isListed {
                return "is the passphrase of \(network), which \(environment.name) does not use"
            }
        }
        guard environment.tier == .production, value.contains("://") else { return nil }
        let lower = value.lowercased()
        guard let host = testHosts.first(where: { lower.contains($0) }) else { return nil }
        return "is a URL with '\(host)' in it, and \(environment.name) is production"
    }
}

/// Why an environment file cannot be written.
public struct EnvironmentFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of refusal.
    @nonexhaustive
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// A name is none of a variable.
        case name = "file-name"
        /// A variable of this name changes which code runs, or is the system's own.
        case execution = "file-execution"
        /// A name stands twice.
        case duplicate = "file-duplicate"
        /// A value belongs to another network.
        case foreign = "file-foreign"
        /// The dialect cannot hold a value.
        case value = "file-value"
        /// The dialect cannot hold so much.
        case limit = "file-limit"
    }

    /// What kind of refusal it is.
    public let code: Code
    /// What was found and what was expected; never a value.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The code and the sentence.
    public var description: String { "\(code.rawValue): \(message)" }
}
