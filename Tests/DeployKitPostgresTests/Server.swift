// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    import CPostgres
    import DeployKit
    import DeployKitPostgres
    import Foundation
    import Testing

    /// The server that `make test-postgres` started, and others that a test starts for itself.
    struct Server: Codable, Hashable {
        let folder: String

        /// Where the servers are; `nil` when these tests are not run by `make test-postgres`.
        static var home: String? {
            ProcessInfo.processInfo.environment["DEPLOYKIT_POSTGRES_FOLDER"]
        }

        static let isHere = home != nil
        static let absence: Comment = "'make test-postgres' starts the server that this test needs"

        /// The server that tests share which leave it alone.
        static var shared: Server { Server(folder: (home ?? "") + "/shared") }

        /// A server of one test, which ends with it.
        static func with(
            sizeInMiB: Int? = nil,
            _ body: (Server) async throws -> Void
        ) async throws {
            let server = Server(folder: (home ?? "") + "/own-\(UUID().uuidString.prefix(8))")
            defer { try? server.control("remove") }
            try server.control("make", sizeInMiB.map { "\($0)" } ?? "")
            try await body(server)
        }

        /// The address of a store in a schema of its own.
        func address(schema: String = "t_\(UInt64.random(in: 0 ... .max))") throws
            -> PostgresAddress
        {
            try PostgresAddress(url(schema: schema))
        }

        func url(schema: String, host: String? = nil, user: String = "deploykit") -> String {
            "postgres:///postgres?host=\(host ?? folder + "/socket")&user=\(user)&schema=\(schema)"
        }

        func control(_ words: String...) throws {
            let script = ProcessInfo.processInfo.environment["DEPLOYKIT_POSTGRES_CLUSTER"] ?? ""
            var arguments =
                [script, words[0], folder] + words.dropFirst().filter { !$0.isEmpty }
            if words[0] == "make" { try? FileManager.default.removeItem(atPath: folder) }
            arguments.insert("/bin/bash", at: 0)
            var pointers = arguments.map { strdup($0) } + [nil]
            defer { for pointer in pointers { free(pointer) } }
            var process: pid_t = 0
            try #require(posix_spawn(&process, "/bin/bash", nil, nil, &pointers, environ) == 0)
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
            try #require(status == 0, "postgres-cluster \(words)")
        }
    }

    /// A plain session of the server's administrator, for what a store would never do.
    final class RawServer {
        private let handle: OpaquePointer

        init(_ server: Server = .shared, user: String = "deploykit") throws {
            let text = "host=\(server.folder)/socket user=\(user) dbname=postgres"
            handle = try #require(PQconnectdb(text))
            try #require(
                PQstatus(handle) == CONNECTION_OK,
                "\(String(cString: PQerrorMessage(handle)))"
            )
            PQsetNoticeProcessor(handle, { _, _ in }, nil)
        }

        deinit { PQfinish(handle) }

        /// - Returns: The SQLSTATE when the server refused.
        @discardableResult
        func run(_ sql: String) -> String? {
            let result = PQexec(handle, sql)
            defer { PQclear(result) }
            guard PQresultStatus(result) == PGRES_FATAL_ERROR else { return nil }
            return PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
                ?? "lost"
        }

        /// The first column of all rows, as text.
        func column(_ sql: String) throws -> [String] {
            let result = PQexec(handle, sql)
            defer { PQclear(result) }
            try #require(PQresultStatus(result) == PGRES_TUPLES_OK)
            return (0..<PQntuples(result)).map { String(cString: PQgetvalue(result, $0, 0)) }
        }
    }

    /// The code of the error that `body` throws, if any.
    func code(
        of body: () async throws(AuditStoreError) -> Void
    ) async -> AuditStoreError.Code? {
        do throws(AuditStoreError) {
            try await body()
            return nil
        } catch {
            return error.code
        }
    }
#endif
