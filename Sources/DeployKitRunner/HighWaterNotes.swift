// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit
import Glibc

/// The last head that this machine saw of each log, kept outside the store: who rewrites or cuts
/// the store without them is found out.
///
/// The folder holds `heads/<origin>`, a checkpoint each, and `receipts/<origin>/<position>.tlog-proof`,
/// where bytes of the origin other than letters, digits, `.`, `_` and `-` are written as `%` and
/// two hexadecimal digits.
public struct HighWaterNotes: Sendable {
    /// The folder, absolute.
    public let folder: String

    /// Notes in `folder`, which is made at the first note.
    public init(folder: String) {
        self.folder = folder
    }

    /// The user's notes: in `deploykit` in `XDG_STATE_HOME`, else in `~/.local/state`.
    ///
    /// `nil` when neither is known. A relative `XDG_STATE_HOME` is ignored, as the XDG Base
    /// Directory Specification orders.
    ///
    /// - Parameter environment: The environment variables.
    public init?(environment: [String: String]) {
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
            folder = "\(state)/deploykit"
        } else if let home = environment["HOME"], home.hasPrefix("/") {
            folder = "\(home)/.local/state/deploykit"
        } else {
            return nil
        }
    }

    /// Where the note of a log stands.
    public func path(of origin: String) -> String {
        "\(folder)/heads/\(KeptFile.name(for: origin))"
    }

    /// The last head that this machine saw of a log, or `nil` when it never saw any.
    ///
    /// - Throws: ``KeepingError``: `noteDamaged`, `unsafe` or `unavailable`.
    public func checkpoint(of origin: String) throws(KeepingError) -> Checkpoint? {
        let path = path(of: origin)
        guard let bytes = try KeptFile.read(path) else { return nil }
        do throws(CheckpointError) {
            let checkpoint = try Checkpoint(note: bytes)
            guard checkpoint.head.origin.utf8.elementsEqual(origin.utf8) else {
                throw CheckpointError("it is of the log '\(checkpoint.head.origin)'")
            }
            return checkpoint
        } catch {
            throw KeepingError(.noteDamaged, "'\(path)': \(error.message)", underlying: error)
        }
    }

    /// Refuses a log that is not the one whose head was kept, or lost a part of it.
    ///
    /// - Returns: The note, where there is one.
    /// - Throws: ``KeepingError``, code `diverged`; the other codes when it could not be found out.
    @discardableResult
    public func check(_ log: AuditLog) async throws(KeepingError) -> Checkpoint? {
        let (origin, note) = try await note(of: log)
        guard let note else { return nil }
        let standing: LogStanding
        do {
            standing = try await log.standing(of: note.head)
        } catch {
            throw Self.unread(error)
        }
        let size = note.head.size
        switch standing {
        case .contained: return note
        case .shorter(let count):
            throw KeepingError(
                .diverged,
                "the log '\(origin)' has \(count) entries, and this machine has seen \(size) of it: "
                    + "it was cut, or restored from an older copy"
            )
        case .diverged, .lost, .otherLog:
            throw KeepingError(
                .diverged,
                "the log '\(origin)' is not the one of which this machine has seen \(size) "
                    + "entries: it was rewritten, or another copy went on"
            )
        }
    }

    private func note(
        of log: AuditLog
    ) async throws(KeepingError) -> (origin: String, note: Checkpoint?) {
        let origin: String
        do {
            origin = try await log.head().origin
        } catch {
            throw Self.unread(error)
        }
        return (origin, try checkpoint(of: origin))
    }

    private static func unread(_ error: AuditStoreError) -> KeepingError {
        KeepingError(.store, "the log could not be read: \(error.message)", underlying: error)
    }

    /// Keeps a head before it is shown to anybody: it is on the disk when this returns.
    ///
    /// - Parameters:
    ///   - checkpoint: A head of `log`, of now.
    ///   - log: The log.
    /// - Throws: ``KeepingError``, code `diverged` when the log does not contain the head kept
    ///   before, which then stays.
    public func keep(
        _ checkpoint: Checkpoint,
        of log: AuditLog
    ) async throws(KeepingError) {
        let lock = try await lock(checkpoint.head.origin)
        defer { withExtendedLifetime(lock) {} }
        if let last = try await check(log), last.head.size > checkpoint.head.size { return }
        try KeptFile.write(
            Array(checkpoint.note.utf8),
            to: path(of: checkpoint.head.origin),
            isReplacing: true
        )
    }

    /// Keeps a receipt.
    ///
    /// - Returns: The path of the file.
    /// - Throws: ``KeepingError``, code `unavailable`.
    public func keep(_ receipt: InclusionProofFile) throws(KeepingError) -> String {
        let folder = receiptFolder(of: receipt.checkpoint.head.origin)
        let path = "\(folder)/\(receipt.position).tlog-proof"
        try KeptFile.write(Array(receipt.text.utf8), to: path, isReplacing: true)
        return path
    }

    /// One writer of a note at a time; waits for five seconds.
    private func lock(_ origin: String) async throws(KeepingError) -> AttemptLock {
        let path = path(of: origin) + ".lock"
        try KeptFile.makeFolder(of: path)
        for _ in 0..<500 {
            do {
                return try AttemptLock(path: path)
            } catch {
                guard error.code == .locked else {
                    throw KeepingError(.unavailable, error.message, underlying: error)
                }
            }
            // A cancelled wait only means that the lock is asked for more often.
            try? await Task.sleep(for: .milliseconds(10))
        }
        throw KeepingError(.busy, "another process holds '\(path)'")
    }
}
