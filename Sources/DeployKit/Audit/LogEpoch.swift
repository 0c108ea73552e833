// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A stretch of the log whose heads bear one name.
///
/// A log restored from an older backup cannot go on under its name: two heads of one name and size
/// would differ, which proves a forgery. It goes on under the next name instead (`payments.01…`,
/// `payments.01…/e2`, `payments.01…/e3`), and the first entry of the new epoch says what was lost.
/// That entry stands in the stream ``AuditLog/epochs`` with the kind ``AuditLog/epochKind`` and
/// the body `{"actor":…,"closed":{"origin":…,"rootHash":…,"size":…},
/// "lost":{"count":…,"first":…},"origin":…,"reason":…}`.
public struct LogEpoch: Hashable, Sendable {
    /// The name in the heads.
    public let origin: String
    /// The position of the entry that begins the epoch; its heads have a size above that.
    public let start: Int
    /// The last head that was known of the epoch before; `nil` for the first epoch.
    public let closed: LogHead?
    /// The positions that the closed epoch had and this log does not have as they were: up to the
    /// size of ``closed``, from at most ``start`` on. Where the log had entries from there on, some
    /// of them may be as they were; no head that was kept told of which.
    public let lost: Range<Int>

    init(origin: String, start: Int, closed: LogHead? = nil, lost: Range<Int> = 0..<0) {
        self.origin = origin
        self.start = start
        self.closed = closed
        self.lost = lost
    }

    /// The name after `origin`: `/e2` at first, then counting on.
    static func origin(after origin: String) -> String {
        let (base, number) = parts(of: origin)
        return self.origin(number + 1, of: base)
    }

    /// The name of an epoch by its number, from 1, of the log that began as `base`.
    package static func origin(_ number: Int, of base: String) -> String {
        number == 1 ? base : "\(base)/e\(number)"
    }

    /// The name that a log began with, as far as one of its names tells.
    package static func base(of origin: String) -> String { parts(of: origin).base }

    /// Which epoch of its log a name is of, counting from 1.
    package static func number(of origin: String) -> Int { parts(of: origin).number }

    private static func parts(of origin: String) -> (base: String, number: Int) {
        let parts = origin.split(separator: "/e", omittingEmptySubsequences: false)
        guard parts.count > 1, let last = parts.last, let number = Int(last),
            String(number) == last, number >= 2, number < Int.max
        else { return (origin, 1) }
        return (parts.dropLast().joined(separator: "/e"), number)
    }

    /// Which epoch of the log it is, counting from 1.
    package var number: Int { Self.number(of: origin) }

    /// Whether a name is of the same log, in this epoch or another.
    func hasName(like other: String) -> Bool {
        Self.base(of: origin).utf8.elementsEqual(Self.base(of: other).utf8)
    }

    /// Reads the entry that begins an epoch after `previous`.
    ///
    /// - Throws: ``AuditStoreError``, code `damaged`, for an entry that does not, or contradicts
    ///   itself.
    package init(_ entry: AuditEntry, after previous: String) throws(AuditStoreError) {
        let closed: LogHead
        let lost: Range<Int>
        do {
            var members = try JSONMembers(entry.body)
            _ = try members.required("actor", as: Actor.self)
            _ = try members.required("reason", as: AttachmentReference.self)
            closed = try members.required("closed")
            origin = try members.required("origin")
            var range = try JSONMembers(try members.required("lost", as: JSONValue.self))
            let first = try range.required("first", as: Int.self)
            let count = try range.required("count", as: Int.self)
            try range.finish()
            try members.finish()
            let (end, overflow) = first.addingReportingOverflow(count)
            guard first >= 0, count >= 0, !overflow else {
                throw JSONError(.value, "a range is below zero", path: ["lost"])
            }
            lost = first..<end
        } catch {
            throw AuditStoreError(
                .damaged,
                "the entry at position \(entry.position) begins no epoch: \(error)",
                underlying: error
            )
        }
        guard closed.origin.utf8.elementsEqual(previous.utf8),
            origin.utf8.elementsEqual(Self.origin(after: previous).utf8)
        else {
            throw AuditStoreError(
                .damaged,
                "the entry at position \(entry.position) begins the epoch '\(origin)' after "
                    + "'\(closed.origin)', and the log is '\(previous)'"
            )
        }
        // Lost is what the closed head has beyond what is here as it was.
        guard lost.upperBound == closed.size, lost.lowerBound <= entry.position else {
            throw AuditStoreError(
                .damaged,
                "the entry at position \(entry.position) contradicts itself: of the "
                    + "\(closed.size) entries before '\(origin)' it calls \(lost.count) from "
                    + "\(lost.lowerBound) on lost"
            )
        }
        start = entry.position
        self.closed = closed
        self.lost = lost
    }
}

extension NoteKey {
    /// The key as it signs heads of the log `origin`, where it is of that log, under whatever name;
    /// otherwise `nil`.
    ///
    /// The name of a key goes into its signatures' IDs, and a log that was recovered has another.
    package func named(as origin: String) throws(CheckpointError) -> NoteKey? {
        guard LogEpoch.base(of: name).utf8.elementsEqual(LogEpoch.base(of: origin).utf8) else {
            return nil
        }
        return try NoteKey(name: origin, kind: kind, publicKey: publicKey)
    }
}

extension [LogEpoch] {
    /// The epoch that a head of `size` entries belongs to.
    func epoch(ofSize size: Int) -> LogEpoch? {
        last { $0.start < size }
    }
}

/// Where a head that was kept elsewhere stands towards the log.
public enum LogStanding: Hashable, Sendable {
    /// The log contains it: it is the same log, as long or longer.
    case contained
    /// The log has this many entries, fewer than the head.
    case shorter(Int)
    /// The log has as many entries, and others.
    case diverged
    /// The head belongs to what was lost before the log went on under another name; the entry at
    /// this position says so.
    case lost(recordedAt: Int)
    /// The head is of another log than this one, whose name is given.
    case otherLog(String)
}

extension AuditLog {
    /// The stream of the entries that begin an epoch.
    public static let epochs: StreamID = "log/epochs"
    /// The kind of the entries that begin an epoch.
    public static let epochKind = "epoch-begun"

    /// The epochs of the log, the first one first; none for a log without entries.
    ///
    /// - Throws: ``AuditStoreError``, code `damaged` for an entry that begins no epoch.
    public nonisolated func epochs() async throws(AuditStoreError) -> [LogEpoch] {
        guard let first = try await entries(in: 0..<1).first else { return [] }
        guard let origin = first.body["origin"]?.string else {
            throw AuditStoreError(.damaged, "the first entry does not name the origin of the log")
        }
        var epochs = [LogEpoch(origin: origin, start: 0)]
        for entry in try await entries(of: Self.epochs) {
            epochs.append(try LogEpoch(entry, after: epochs[epochs.count - 1].origin))
        }
        return epochs
    }

    /// Tells whether the log contains a head that was kept elsewhere, by the stored tree: O(log n).
    ///
    /// Who edits an entry and leaves the tree alone is found where the entry is read, and by
    /// ``verify(against:progress:)``.
    ///
    /// - Throws: ``AuditStoreError`` when the store cannot be read.
    public nonisolated func standing(
        of head: LogHead
    ) async throws(AuditStoreError) -> LogStanding {
        try await standing(of: head, count: try await store.count(), epochs: try await epochs())
    }

    /// Tells of each head whether the log contains it, as ``standing(of:)`` does of one.
    ///
    /// - Throws: ``AuditStoreError`` when the store cannot be read.
    public nonisolated func standings(
        of heads: [LogHead]
    ) async throws(AuditStoreError) -> [LogStanding] {
        guard !heads.isEmpty else { return [] }
        let (count, epochs) = (try await store.count(), try await epochs())
        var standings: [LogStanding] = []
        for head in heads {
            standings.append(try await standing(of: head, count: count, epochs: epochs))
        }
        return standings
    }

    private nonisolated func standing(
        of head: LogHead,
        count: Int,
        epochs: [LogEpoch]
    ) async throws(AuditStoreError) -> LogStanding {
        guard let own = epochs.firstIndex(where: { $0.origin.utf8.elementsEqual(head.origin.utf8) })
        else {
            return .otherLog(epochs.last?.origin ?? "")
        }
        if own + 1 < epochs.count, head.size > epochs[own + 1].start {
            return .lost(recordedAt: epochs[own + 1].start)
        }
        guard head.size <= count else { return .shorter(count) }
        guard head.size > epochs[own].start else { return .diverged }
        let roots = try await store.nodes(at: MerkleTree.Frontier.indexes(ofSize: head.size))
        return MerkleTree.root(ofSubtrees: roots) == head.root ? .contained : .diverged
    }
}
