// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

extension HighWaterNotes {
    /// Agrees to a recovery on behalf of this machine: what it kept of the epoch that was closed,
    /// and the log does not contain, is lost and counts no more.
    ///
    /// The files go to the folder `lost`, and in their place the note says what the log does have
    /// of that epoch. What else this machine kept counts on: who cuts the log again is found out
    /// again.
    ///
    /// - Parameters:
    ///   - position: The entry that records the recovery.
    ///   - log: The log.
    /// - Returns: What was given up, with the files as they are called now; none where this machine
    ///   lost nothing.
    /// - Throws: ``KeepingError``: `recoveryRefused` when no entry at `position` records a
    ///   recovery, or it says that entries are as they were that this machine knows otherwise; the
    ///   other codes when the notes or the log cannot be read or written.
    public func accept(
        recoveryAt position: Int,
        of log: AuditLog
    ) async throws(KeepingError) -> [Anchor] {
        let epochs: [LogEpoch]
        do {
            epochs = try await log.epochs()
        } catch {
            throw Self.unread(error)
        }
        guard let index = epochs.firstIndex(where: { $0.start == position }), index > 0 else {
            throw KeepingError(.recoveryRefused, "no entry \(position) records a recovery")
        }
        let closed = epochs[index - 1]
        let lock = try await lock(closed.origin)
        defer { withExtendedLifetime(lock) {} }
        let lost = try await divergences(
            of: log,
            among: try anchors(of: closed.origin)
                .filter { $0.head.origin.utf8.elementsEqual(closed.origin.utf8) }
        )
        if let wrong = lost.first(where: \.contradictsRecovery) {
            throw KeepingError(
                .recoveryRefused,
                "\(wrong.message). That is no loss to accept; '\(wrong.anchor.path)' is the evidence"
            )
        }
        guard !lost.isEmpty else { return [] }
        var given: [Anchor] = []
        // The note goes last: until then, whatever is cut off, the log is refused.
        for loss in lost.reversed() { given.append(try give(up: loss.anchor)) }
        try KeptFile.write(
            Array(try await note(of: log, size: position, origin: closed.origin).utf8),
            to: path(of: closed.origin),
            isReplacing: true
        )
        return given.reversed()
    }

    /// What the log has of an epoch that ended.
    private func note(
        of log: AuditLog,
        size: Int,
        origin: String
    ) async throws(KeepingError) -> String {
        let root: Digest
        do {
            root = try await log.root(ofSize: size)
        } catch {
            throw Self.unread(error)
        }
        do {
            return try Checkpoint(LogHead(origin: origin, size: size, root: root)).note
        } catch {
            throw KeepingError(.unavailable, error.message, underlying: error)
        }
    }

    /// Puts a file of this machine to those of what is lost.
    private func give(up anchor: Anchor) throws(KeepingError) -> Anchor {
        let folder = "\(folder)/lost/\(KeptFile.name(for: anchor.head.origin))"
        let mark = "\(anchor.head.size)-\(anchor.head.root.hex.prefix(16))"
        guard let receipt = anchor.receipt else {
            let path = "\(folder)/\(mark).head"
            guard let bytes = try KeptFile.read(anchor.path) else { return anchor }
            try KeptFile.write(bytes, to: path, isReplacing: true)
            return anchor.moved(to: path)
        }
        let path = "\(folder)/\(receipt.position)-\(mark).tlog-proof"
        try KeptFile.makeFolder(of: path)
        try KeptFile.replace(path, with: anchor.path)
        return anchor.moved(to: path)
    }
}
