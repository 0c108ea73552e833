// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit
import Glibc

/// The last head that this machine saw of each log, kept outside the store: who rewrites or cuts
/// the store without them is found out.
///
/// The folder holds `heads/<origin>`, a checkpoint each, `receipts/<origin>/<position>.tlog-proof`,
/// and in `lost/<origin>` what of both was given up with a recovery
/// (``accept(recoveryAt:of:)``), where bytes of the origin other than letters, digits, `.`, `_`
/// and `-` are written as `%` and two hexadecimal digits.
///
/// A log that was recovered goes on under another name (`LogEpoch`). What this machine kept
/// under any of its names counts, or to recover an older copy elsewhere would be a way to make it
/// forget.
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

    /// Refuses a log that is not the one whose heads were kept, or lost a part of it; see
    /// ``divergence(of:)``.
    ///
    /// - Returns: The note of the log under its name of now, where there is one.
    /// - Throws: ``KeepingError``, code `diverged`; the other codes when it could not be found out.
    @discardableResult
    public func check(_ log: AuditLog) async throws(KeepingError) -> Checkpoint? {
        if let divergence = try await divergence(of: log) {
            throw KeepingError(.diverged, divergence.message)
        }
        return try checkpoint(of: try await Self.origin(of: log))
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

    /// One writer of a note at a time; waits for five seconds.
    func lock(_ origin: String) async throws(KeepingError) -> AttemptLock {
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
