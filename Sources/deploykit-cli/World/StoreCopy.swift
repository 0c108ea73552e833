// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import DeployKitSQLite

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A copy of a store beside the place that it is meant for: what is looked at is what is put there.
final class StoreCopy: Sendable {
    /// The log in the copy.
    let log: AuditLog
    /// The copy, opened to be read.
    let store: SQLiteAuditStore
    private let target: String
    private let temporary: String

    /// Copies a store, as of one moment, into the folder of `target`.
    init(of source: SQLiteAuditStore, for target: String) async throws {
        let number = UInt64.random(in: .min ... .max)
        let temporary = "\(target).\(String(number, radix: 16)).new"
        try await source.backup(to: temporary, named: target)
        do {
            store = try await SQLiteAuditStore(path: temporary, access: .readOnly)
        } catch {
            unlink(temporary)
            throw error
        }
        log = AuditLog(store: store, origin: "")
        self.target = target
        self.temporary = temporary
    }

    deinit { unlink(temporary) }

    /// Refuses a log that contradicts itself: it would take the place of a good one.
    ///
    /// - Parameter source: How a message names the store.
    /// - Returns: What the verification found.
    /// - Throws: `InputError` when it does; otherwise what keeps the copy from being read.
    @discardableResult
    func checkWhole(named source: String) async throws -> VerificationReport {
        let report = try await log.verify()
        let damage = try await store.faults()
        guard report.faultCount == 0, damage.isEmpty else {
            throw InputError(
                .invalid,
                "'\(source)' contradicts itself: "
                    + (damage.first ?? report.faults.first?.message ?? "")
            )
        }
        return report
    }

    /// Gives the copy the name of its target, whose file gives way.
    ///
    /// Whoever else writes to that file or would replace it waits, so that nobody's work is lost
    /// in between.
    ///
    /// - Parameter check: Refuses to put the copy in the place of this log, which is not empty.
    /// - Throws: What `check` throws, and what keeps the file from being replaced.
    func put(_ check: (AuditLog) async throws -> Void) async throws {
        // Each round that comes to nothing means that somebody else put a file there or took it.
        for _ in 0..<100 {
            guard StoreLocation.exists(target) else {
                if try KeptFile.link(temporary, as: target) { return }
                continue
            }
            let present = try await SQLiteAuditStore(
                path: target,
                access: .readWrite(create: false)
            )
            guard try await present.keepWritersOut() else {
                await present.close()
                continue
            }
            do {
                let log = AuditLog(store: present, origin: "")
                if try await log.head().size > 0 { try await check(log) }
                // What the file's last commit left behind belongs to the file that gives way.
                unlink("\(target)-journal")
                try KeptFile.replace(target, with: temporary)
            } catch {
                await present.close()
                throw error
            }
            await present.close()
            return
        }
        throw AuditStoreError(.busy, "'\(target)' is replaced by others all the time; try again")
    }

    /// The store, where it is a file.
    ///
    /// - Throws: `UsageError` for the store of a server.
    static func file(_ store: any CommandStore) throws(UsageError) -> SQLiteAuditStore {
        guard let file = store as? SQLiteAuditStore else { throw noFile }
        return file
    }

    static let noFile = UsageError(
        "a server's store is no file that could be saved or replaced",
        hints: ["'deploykit store copy FROM TO' copies it, and its server makes its backups"]
    )
}
