// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite
import Dispatch
import Foundation

/// A service that keeps deployments, shows them, accepts sign-offs and answers the gate.
///
///     release-service STORE PORT TOKENS
///
/// STORE is the file of the log, TOKENS a file with a token and a person in each line.
@main
struct ReleaseServiceMain {
    struct Usage: Error, CustomStringConvertible {
        let description: String
    }

    static func main() {
        let arguments = CommandLine.arguments
        Task.detached {
            do {
                let (server, service) = try await prepare(arguments)
                print("listening on http://127.0.0.1:\(arguments[2])")
                fflush(nil)
                // Accepting waits, and the threads of tasks must not.
                DispatchQueue(label: "accept").async { @Sendable in
                    server.run { await service.answer($0) }
                }
            } catch {
                FileHandle.standardError.write(Data("release-service: \(error)\n".utf8))
                exit(1)
            }
        }
        dispatchMain()
    }

    private static func prepare(
        _ arguments: [String]
    ) async throws -> (HTTPServer, ReleaseService) {
        guard arguments.count == 4, let port = UInt16(arguments[2]) else {
            throw Usage(description: "usage: release-service STORE PORT TOKENS")
        }
        let deployments = Deployments(
            store: try await SQLiteAuditStore(path: arguments[1]),
            service: "vesting"
        )
        // What the directory says is an event as all others; the same again changes nothing.
        try await deployments.apply(people, by: .service("release-service"))
        let service = ReleaseService(
            deployments: deployments,
            checklist: try vestingChecklist(),
            environments: [
                try Environment("staging", tier: .test, networks: [.stellarTestnet]),
                try Environment("production", tier: .production, networks: [.stellarMainnet]),
            ],
            people: try tokens(in: arguments[3])
        )
        return (try HTTPServer(port: port), service)
    }

    private static func tokens(in path: String) throws -> [Digest: ActorID] {
        var result: [Digest: ActorID] = [:]
        for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2 else {
                throw Usage(description: "a line of '\(path)' is not 'TOKEN PERSON'")
            }
            result[SHA256.digest(of: Array(words[0].utf8))] = ActorID(String(words[1]))
        }
        return result
    }
}
