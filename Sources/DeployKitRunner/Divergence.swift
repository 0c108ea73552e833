// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// That a log does not contain a head which this machine kept, and what is known of it.
public struct Divergence: Hashable, Sendable {
    /// The head, and the file that holds it.
    public let anchor: Anchor
    /// Where it stands towards the log.
    public let standing: LogStanding
    /// The name of the log now.
    public let origin: String
    /// The epoch that began when the one of the head was closed, where it was: a recovery, which
    /// this machine has not accepted.
    public let recovery: LogEpoch?

    init(_ anchor: Anchor, _ standing: LogStanding, epochs: [LogEpoch]) {
        self.anchor = anchor
        self.standing = standing
        origin = epochs.last?.origin ?? ""
        let own = epochs.firstIndex { $0.origin.utf8.elementsEqual(anchor.head.origin.utf8) }
        recovery = own.flatMap { $0 + 1 < epochs.count ? epochs[$0 + 1] : nil }
    }

    /// Whether the recovery claims that the log has all entries which the head covers: then it is
    /// no loss that could be accepted.
    public var contradictsRecovery: Bool {
        recovery.map { anchor.head.size <= $0.lost.lowerBound } ?? false
    }

    /// What was found, in a sentence.
    public var message: String {
        let seen = "\(anchor.head.size) entries"
        if let recovery, contradictsRecovery {
            return
                "the log '\(origin)' was recovered with entry \(recovery.start), which says that "
                + "the \(recovery.lost.lowerBound) entries before the loss are as they were; they "
                + "are not those of which this machine has seen \(seen): it was rewritten"
        }
        if let recovery {
            return "the log '\(anchor.head.origin)', of which this machine has seen \(seen), was "
                + "recovered and goes on as '\(recovery.origin)' with entry \(recovery.start); "
                + "this machine has not accepted the loss"
        }
        if case .shorter(let count) = standing {
            return "the log '\(origin)' has \(count) entries, and this machine has seen \(seen) "
                + "of it: it was cut, or restored from an older copy"
        }
        if case .otherLog = standing {
            return
                "the log '\(origin)' does not know the name '\(anchor.head.origin)', under which "
                + "this machine has seen \(seen) of it: it was restored from an older copy"
        }
        return "the log '\(origin)' is not the one of which this machine has seen \(seen): it was "
            + "rewritten, or another copy went on"
    }
}

extension HighWaterNotes {
    /// What this machine kept of a log, under whatever name it had, and the log does not contain;
    /// of several, the first of the earliest epoch.
    ///
    /// The stored tree is asked, a note of each epoch and, where there is none, the receipts:
    /// O(log n). `nil` when all that was kept is contained, or nothing was.
    ///
    /// - Throws: ``KeepingError`` when it could not be found out.
    public func divergence(of log: AuditLog) async throws(KeepingError) -> Divergence? {
        try await divergences(of: log, among: lastAnchors(of: Self.origin(of: log))).first
    }

    /// The anchors that the log does not contain, in their order.
    func divergences(
        of log: AuditLog,
        among anchors: [Anchor]
    ) async throws(KeepingError) -> [Divergence] {
        do throws(AuditStoreError) {
            let standings = try await log.standings(of: anchors.map(\.head))
            guard standings.contains(where: { $0 != .contained }) else { return [] }
            let epochs = try await log.epochs()
            return zip(anchors, standings).compactMap { anchor, standing in
                standing == .contained ? nil : Divergence(anchor, standing, epochs: epochs)
            }
        } catch {
            throw Self.unread(error)
        }
    }

    /// The name of a log now.
    static func origin(of log: AuditLog) async throws(KeepingError) -> String {
        do {
            return try await log.head().origin
        } catch {
            throw Self.unread(error)
        }
    }

    static func unread(_ error: AuditStoreError) -> KeepingError {
        KeepingError(.store, "the log could not be read: \(error.message)", underlying: error)
    }
}
