// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite

#if Postgres
    import DeployKitPostgres
#endif

/// A store as the command works with it.
protocol CommandStore: AuditStore {
    /// What contradicts itself in what the store keeps, in sentences.
    func faults() async throws(AuditStoreError) -> [String]
    /// Lets go of it.
    func close() async
}

extension SQLiteAuditStore: CommandStore {}

/// Where a store is kept.
enum StoreAddress: Hashable, Sendable {
    /// A file of SQLite.
    case file(String)
    #if Postgres
        /// A schema of a PostgreSQL server.
        case server(PostgresAddress)
    #endif

    /// Reads what a person named.
    ///
    /// - Throws: `UsageError`, which repeats nothing of what may hold a password.
    init(_ text: String) throws(UsageError) {
        guard text.contains("://") else {
            self = .file(text)
            return
        }
        guard ["postgres://", "postgresql://"].contains(where: text.hasPrefix) else {
            throw UsageError(
                "a store is a file, or an address that begins with postgres://",
                hints: ["a file whose name holds '://' is named by another path, such as ./…"]
            )
        }
        #if Postgres
            do {
                self = .server(try PostgresAddress(text))
            } catch {
                throw UsageError(error.message)
            }
        #else
            throw UsageError(
                "this deploykit was built without PostgreSQL",
                hints: ["'swift build --traits Postgres' builds one with it"]
            )
        #endif
    }

    /// How a message names it.
    var place: String {
        switch self {
        case .file(let path): path
        #if Postgres
            case .server(let address): address.description
        #endif
        }
    }

    /// The file, where it is one.
    var path: String? {
        if case .file(let path) = self { path } else { nil }
    }

    /// Whether two addresses are known to name one store.
    func isSame(_ other: StoreAddress) -> Bool {
        if let path, let other = other.path { return StoreLocation.isSame(path, other) }
        return self == other
    }

    /// Opens the store to read it.
    ///
    /// - Throws: `AuditStoreError`.
    func openToRead() async throws -> any CommandStore {
        switch self {
        case .file(let path):
            do throws(AuditStoreError) {
                return try await SQLiteAuditStore(path: path, access: .readOnly)
            } catch {
                // A writer that was cut off left something to undo, which reading alone cannot.
                guard error.code == .readOnly else { throw error }
                return try await SQLiteAuditStore(path: path, access: .readWrite(create: false))
            }
        #if Postgres
            case .server(let address):
                return try await PostgresAuditStore(address, access: .readOnly)
        #endif
        }
    }

    /// Opens the store to write to it.
    ///
    /// - Throws: `AuditStoreError`.
    func openToWrite(create: Bool) async throws -> any CommandStore {
        switch self {
        case .file(let path):
            return try await SQLiteAuditStore(path: path, access: .readWrite(create: create))
        #if Postgres
            case .server(let address):
                return try await PostgresAuditStore(address, access: .readWrite(create: create))
        #endif
        }
    }
}

#if Postgres
    extension PostgresAuditStore: CommandStore {}
#endif
