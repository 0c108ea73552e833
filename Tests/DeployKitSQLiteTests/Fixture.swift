// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CSQLite
import DeployKit
import DeployKitSQLite
import DeployKitTesting
import Testing

/// Batches whose records tell by themselves whether they are whole, as real ones do by their
/// hashes.
enum Fixture {
    /// A batch of `count` records for a log that holds exactly `position`, over three streams.
    static func batch(_ position: Int, count: Int = 1, key: Digest? = nil) -> AuditBatch {
        let records = (position..<position + count).map { record($0) }
        let end = position + count
        let size = { (n: Int) in 2 * n - n.nonzeroBitCount }
        return AuditBatch(
            firstPosition: position,
            expecting: [:],
            idempotencyKey: key,
            records: records,
            nodes: (size(position)..<size(end)).map { digest(node: $0) },
            firstNode: size(position),
            blobs: [blob(position)]
        )
    }

    /// The only record that may stand at `position`.
    static func record(_ position: Int) -> AuditRecord {
        var random = SplitMix64(seed: UInt64(position))
        return AuditRecord(
            position: position,
            stream: StreamID("s/\(position % 3)"),
            revision: position / 3,
            header: random.bytes(120),
            salt: random.bytes(32),
            body: random.bytes(200)
        )
    }

    static func digest(node index: Int) -> Digest { digest(seed: 1_000_000 + UInt64(index)) }

    static func key(_ position: Int) -> Digest { digest(seed: 2_000_000 + UInt64(position)) }

    static func blob(_ position: Int) -> Blob {
        var random = SplitMix64(seed: 3_000_000 + UInt64(position))
        return Blob(
            digest: digest(seed: 4_000_000 + UInt64(position)),
            salt: random.bytes(32),
            bytes: random.bytes(300)
        )
    }

    private static func digest(seed: UInt64) -> Digest {
        var random = SplitMix64(seed: seed)
        while true {
            if let digest = Digest(bytes: random.bytes(32)) { return digest }
        }
    }

    /// A store file of `count` records in batches of one, each with a key; closed again.
    static func makeStore(at path: String, count: Int) async throws {
        let store = try await SQLiteAuditStore(path: path, synchronous: .off)
        for position in 0..<count {
            try await store.append(batch(position, key: key(position)))
        }
        await store.close()
    }

    /// Everything that the file of `count` records must give, read the ways there are.
    ///
    /// - Returns: What differs, in sentences.
    static func differences(in store: SQLiteAuditStore, count: Int) async throws -> [String] {
        var found: [String] = []
        if try await store.count() != count { found.append("count") }
        let records = (0..<count).map { record($0) }
        if try await store.records(in: 0..<Int.max) != records { found.append("records") }
        for number in 0..<min(3, count) {
            let stream = StreamID("s/\(number)")
            let own = records.filter { $0.stream == stream }
            if try await store.records(of: stream, from: 0, limit: .max) != own {
                found.append("stream")
            }
        }
        let size = 2 * count - count.nonzeroBitCount
        if try await store.nodes(at: Array(0..<size)) != (0..<size).map({ digest(node: $0) }) {
            found.append("nodes")
        }
        for position in 0..<count {
            if try await store.positions(forKey: key(position)) != position..<position + 1 {
                found.append("key")
            }
            if try await store.blob(blob(position).digest) != blob(position) {
                found.append("blob")
            }
        }
        return found
    }
}

/// A plain connection, for what a store would never do to its file.
final class RawDatabase {
    private let handle: OpaquePointer

    init(_ path: String) throws {
        var opened: OpaquePointer?
        #expect(sqlite3_open(path, &opened) == SQLITE_OK)
        handle = try #require(opened)
    }

    deinit { sqlite3_close(handle) }

    /// - Returns: SQLite's sentence when it refused.
    @discardableResult
    func run(_ sql: String) -> String? {
        sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK
            ? nil : String(cString: sqlite3_errmsg(handle))
    }

    /// The first column of all rows, as text.
    func column(_ sql: String) throws -> [String] {
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        try #require(sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK)
        var values: [String] = []
        while sqlite3_step(statement) == SQLITE_ROW {
            values.append(String(cString: sqlite3_column_text(statement, 0)))
        }
        return values
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
