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
    /// The names of secrets that whoever reads the file needs besides; the file never holds a
    /// value of one. In the order of their bytes.
    public let secrets: [String]

    /// What build tools take a variable's value for: it is copied into what is built, so that one
    /// build serves one environment, and every visitor can read it.
    public static let buildTimePrefixes = [
        "NEXT_PUBLIC_", "VITE_", "REACT_APP_", "EXPO_PUBLIC_", "NUXT_PUBLIC_", "GATSBY_",
    ]

    /// The prefix of a name whose value is read when something is built, or `nil`.
    public static func buildTimePrefix(of name: String) -> String? {
        buildTimePrefixes.first { name.hasPrefix($0) }
    }

    /// The IDs of a snapshot, each under its variable's name, and other variables.
    ///
    /// - Parameters:
    ///   - snapshot: The contracts.
    ///   - others: Other variables; none a secret.
    ///   - secrets: The names of secrets that are read from elsewhere.
    ///   - prefix: What stands before the names of the contracts' variables, such as `VITE_`.
    /// - Throws: ``EnvironmentFileError``: `duplicate` when a name stands twice, `foreign` when
    ///   another variable holds a Stellar contract that the snapshot does not hold, or names
    ///   another network than the environment's; `secret` for a value that is a secret by its shape, and for a secret whose name
    ///   would have it copied into what is built.
    public init(
        _ snapshot: ContractRegistry.Snapshot,
        including others: [Variable] = [],
        secrets: [String] = [],
        prefix: String = ""
    ) throws(EnvironmentFileError) {
        var variables: [Variable] = []
        for entry in snapshot.entries {
            variables.append(try Variable(prefix + entry.variable, entry.id.text))
        }
        for variable in others {
            if let reason = ForeignValue(variable.name, variable.value, in: snapshot).reason {
                throw EnvironmentFileError(.foreign, "\(variable.name) \(reason)")
            }
            if let kind = CommandLint.secret(inValue: variable.value) {
                throw EnvironmentFileError(
                    .secret,
                    "\(variable.name) holds \(kind); a file refers to secrets by name only"
                )
            }
        }
        for name in secrets {
            try Self.checkName(name)
            if let prefix = Self.buildTimePrefix(of: name) {
                throw EnvironmentFileError(
                    .secret,
                    "\(name) is a secret, and what begins with \(prefix) is copied into what is "
                        + "built, for everybody to read"
                )
            }
        }
        variables += others
        variables.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        for (earlier, later) in zip(variables, variables.dropFirst())
        where earlier.name == later.name {
            throw EnvironmentFileError(.duplicate, "\(later.name) stands twice")
        }
        let names = Set(variables.map(\.name))
        if let name = secrets.first(where: names.contains) {
            throw EnvironmentFileError(.duplicate, "\(name) is a variable and a secret")
        }
        environment = snapshot.environment
        self.variables = variables
        self.secrets = Set(secrets).sorted { $0.precedesByBytes($1) }
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
        /// A contract that the file needs has no ID.
        case missing = "file-missing"
        /// A value is a secret, or a secret's name has it copied into what is built.
        case secret = "file-secret"
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
