// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CPostgresBaseline
import DeployKit
import DeployKitPostgres
import Foundation

/// One store to measure, in a schema of its own.
struct Bench {
    private let schema: String
    private let socket: String
    private let store: PostgresAuditStore
    private let log: AuditLog

    init(_ schema: String, _ options: Options) async throws {
        self.schema = schema
        socket = options.socket
        store = try await PostgresAuditStore(
            PostgresAddress(
                "postgres:///postgres?host=\(options.socket)&user=deploykit&schema=\(schema)"
            )
        )
        log = AuditLog(store: store, origin: "bench.1")
    }

    /// Events of about the size of a completed item's, a hundred a stream.
    private static func entries(_ count: Int, from first: Int) -> [NewEntry] {
        (first..<first + count).map { number in
            NewEntry(
                stream: StreamID("filler/d-\(number / 100)"),
                kind: "item-passed",
                body: .members([
                    "actor": .members([
                        "assurance": .string("asserted"), "id": .string("lena"),
                    ]),
                    "attempt": .integer(1),
                    "item": .string("release/step-\(number % 100)-of-the-release-is-done"),
                    "kind": .string("item-passed"),
                ])
            )
        }
    }

    /// Appends in batches of a thousand until the log holds `size` entries.
    func fill(to size: Int) async throws {
        let entropy = SystemEntropy()
        let clock = SystemClock()
        var held = try await store.count()
        while held < size {
            let count = min(1000, size - held)
            try await log.append(
                Self.entries(count, from: held),
                at: clock.now(),
                entropy: entropy.next()
            )
            held = try await store.count()
        }
    }

    /// Tells the planner what was added so far, as it knows in a store of some age.
    func analyze() throws { try psql("ANALYZE") }

    /// The seconds that the middle one of so many single appends took.
    func appending(_ count: Int) async throws -> Double {
        let entropy = SystemEntropy()
        let clock = SystemClock()
        let stream = StreamID("single/\(UInt64.random(in: 0 ... .max))")
        var seconds: [Double] = []
        for number in 0..<count {
            let start = dk_clock()
            try await log.append(
                [
                    NewEntry(
                        stream: stream,
                        kind: "item-passed",
                        body: Self.entries(1, from: number)[0].body
                    )
                ],
                expecting: [stream: number],
                at: clock.now(),
                entropy: entropy.next()
            )
            seconds.append(dk_clock() - start)
        }
        return Benchmarks.median(seconds)
    }

    /// The same of the same statements through libpq in C.
    func appendingInC(_ count: Int) throws -> Double {
        var seconds = [Double](repeating: 0, count: count)
        let place = "host=\(socket) user=deploykit dbname=postgres"
        guard dk_append(place, "\"\(schema)\"", Int32(count), &seconds) == 0 else {
            throw BenchmarkError(description: "the C loop failed")
        }
        return Benchmarks.median(seconds)
    }

    /// The seconds that `psql` takes to copy the store's rows into tables of the same columns,
    /// constraints and indexes.
    func copying() throws -> Double {
        let tables = ["entry", "node", "batch", "stream"]
        let folder =
            FileManager.default.temporaryDirectory.path
            + "/deploykit-bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // What cannot be removed changes no figure.
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for table in tables {
            try psql("\\copy \(schema).\(table) TO '\(folder)/\(table)'")
            try psql("CREATE TABLE \(schema).\(table)_copy (LIKE \(schema).\(table) INCLUDING ALL)")
        }
        let start = dk_clock()
        try psql(tables.map { "\\copy \(schema).\($0)_copy FROM '\(folder)/\($0)'" })
        return dk_clock() - start
    }

    /// The seconds that reading a whole stream of a hundred entries takes.
    func reading(_ count: Int) async throws -> Double {
        var seconds: [Double] = []
        for number in 0..<count {
            let start = dk_clock()
            let entries = try await log.entries(of: StreamID("filler/d-\(number % 9)"))
            seconds.append(dk_clock() - start)
            guard entries.count >= 99 else {
                throw BenchmarkError(description: "a stream is short")
            }
        }
        return Benchmarks.median(seconds)
    }

    func listing(_ count: Int) async throws -> Double {
        var seconds: [Double] = []
        for _ in 0..<count {
            let start = dk_clock()
            _ = try await store.streams(withPrefix: "filler/", before: nil, limit: 20)
            seconds.append(dk_clock() - start)
        }
        return Benchmarks.median(seconds)
    }

    func proving(_ count: Int) async throws -> Double {
        let size = try await store.count()
        var seconds: [Double] = []
        for number in 0..<count {
            let start = dk_clock()
            _ = try await log.inclusionProof(of: number * 7 % size, in: size)
            seconds.append(dk_clock() - start)
        }
        return Benchmarks.median(seconds)
    }

    private func psql(_ commands: String...) throws { try psql(commands) }

    /// Runs commands in one session of `psql`.
    private func psql(_ commands: [String]) throws {
        var words = [
            "psql", "-h", socket, "-U", "deploykit", "-d", "postgres", "-q", "-X", "-v",
            "ON_ERROR_STOP=1",
        ]
        for command in commands { words += ["-c", command] }
        var pointers = words.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var process: pid_t = 0
        guard posix_spawnp(&process, "psql", nil, nil, &pointers, environ) == 0 else {
            throw BenchmarkError(description: "psql cannot be run")
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        guard status == 0 else { throw BenchmarkError(description: "psql failed: \(commands)") }
    }
}
