// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// An environment file that a project wants to be made: where, how, and of which contracts.
public struct RenderTarget: Hashable, Sendable {
    /// The name.
    public let name: String
    /// Where it is written, relative to the project file; it does not lead out of that folder.
    public let path: String
    /// How it is written.
    public let dialect: EnvironmentFile.Dialect
    /// The variables of contracts that it holds; empty for all.
    public let contracts: [String]
    /// What stands before the names of the contracts' variables, such as `VITE_`.
    public let prefix: String
    /// The names of secrets that its reader needs besides.
    public let secrets: [String]

    /// A target of these parts.
    public init(
        name: String,
        path: String,
        dialect: EnvironmentFile.Dialect = .portable,
        contracts: [String] = [],
        prefix: String = "",
        secrets: [String] = []
    ) {
        self.name = name
        self.path = path
        self.dialect = dialect
        self.contracts = contracts
        self.prefix = prefix
        self.secrets = secrets
    }

    /// The file with the contracts of a snapshot.
    ///
    /// - Throws: ``EnvironmentFileError`` as ``EnvironmentFile/init(_:including:secrets:prefix:)``
    ///   does; `missing` when a contract that the target names is not in the snapshot.
    public func file(
        of snapshot: ContractRegistry.Snapshot
    ) throws(EnvironmentFileError) -> EnvironmentFile {
        let absent = contracts.filter { snapshot.id(of: $0) == nil }
        guard absent.isEmpty else {
            throw EnvironmentFileError(
                .missing,
                "\(snapshot.environment.name) has no active contract ID for "
                    + absent.joined(separator: ", ") + ", which '\(name)' needs"
            )
        }
        return try EnvironmentFile(narrowed(snapshot), secrets: secrets, prefix: prefix)
    }

    /// The part of a snapshot that the target holds.
    public func narrowed(
        _ snapshot: ContractRegistry.Snapshot
    ) -> ContractRegistry.Snapshot {
        guard !contracts.isEmpty else { return snapshot }
        return ContractRegistry.Snapshot(
            environment: snapshot.environment,
            entries: snapshot.entries.filter { contracts.contains($0.variable) }
        )
    }
}

extension EnvironmentFile.Dialect: JSONConvertible {}

extension RenderTarget: JSONConvertible {
    /// An object; what is empty is left out.
    public var json: JSONValue {
        .members([
            "name": name.json, "path": path.json, "dialect": dialect.json,
            "contracts": contracts.jsonUnlessEmpty, "prefix": prefix.isEmpty ? nil : prefix.json,
            "secrets": secrets.jsonUnlessEmpty,
        ])
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` when a member is wrong, the path leads out of its folder, or a name
    ///   can be no variable's.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        name = try members.required("name")
        path = try members.required("path")
        dialect = try members.optional("dialect") ?? .portable
        contracts = try members.list("contracts")
        prefix = try members.optional("prefix") ?? ""
        secrets = try members.list("secrets")
        try members.finish()
        let steps = path.split(separator: "/", omittingEmptySubsequences: false)
        guard steps.allSatisfy({ !$0.isEmpty && $0 != ".." && $0 != "." }) else {
            throw JSONError(.value, "'\(path)' is no path below the project file", path: ["path"])
        }
        do {
            if !prefix.isEmpty { try EnvironmentFile.checkName(prefix) }
            for name in secrets { try EnvironmentFile.checkName(name) }
        } catch {
            throw JSONError(.value, error.message)
        }
    }
}
