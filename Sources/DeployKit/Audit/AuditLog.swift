// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The log over a store: the only place where entries are hashed and chained.
///
/// The first append to an empty store puts one entry before the caller's: stream `log`, kind
/// `log-created`, body `{"origin":…}`. It fixes the name of the log for good.
///
/// Several logs, in several processes too, may write to one store. Appends through one `AuditLog`
/// take turns in the order of the calls.
public actor AuditLog {
    /// Where the entries are kept.
    public nonisolated let store: any AuditStore
    /// The stream of the log's own entries.
    public static let stream: StreamID = "log"
    /// The kind of the first entry of every log.
    public static let createdKind = "log-created"

    private let home: any _Concurrency.Actor
    private let newOrigin: String
    private var edge: LogEdge?
    private var isAppending = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    // Each lost race means that another writer got through; so many in a row means that
    // something else is wrong.
    private let attempts = 64

    /// A log over `store`.
    ///
    /// - Parameters:
    ///   - store: Where the entries are kept.
    ///   - origin: The name that the log gets if the store is empty at the first append: unique in
    ///     the world, such as `payments.5c0f3f6d8e1b7a92`. A store with entries keeps its own.
    public init(store: any AuditStore, origin: String) {
        self.store = store
        home = store as? any _Concurrency.Actor ?? Home()
        newOrigin = origin
    }

    /// Works where the store works, if that is an actor: an append then changes threads twice, not
    /// at every question to the store.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe home.unownedExecutor
    }

    /// The name of the log: the recorded one, or the one given for a new log.
    public func origin() async throws(AuditStoreError) -> String {
        try await currentEdge().origin ?? newOrigin
    }

    /// What the log commits to now.
    public func head() async throws(AuditStoreError) -> LogHead {
        // A log only grows: as long as its length is the same, so is its end.
        if let edge, try await store.count() != edge.frontier.size { self.edge = nil }
        return try await currentEdge().head(newOrigin)
    }

    /// What the log committed to when it was last read or appended to: the same as ``head()``, or
    /// an earlier one.
    func knownHead() async throws(AuditStoreError) -> LogHead {
        try await currentEdge().head(newOrigin)
    }

    /// Appends entries, whole or not at all.
    ///
    /// Where another writer appended to other streams meanwhile, the entries are hashed again and
    /// appended behind. Where the store cannot tell whether it wrote, the log finds out by the key
    /// of the append, which it derives from `entropy` if there is no other.
    ///
    /// - Parameters:
    ///   - events: What happened, in order; at least one.
    ///   - expecting: How many entries each stream holds that the decision was based on.
    ///   - idempotencyKey: A text that no other append may have.
    ///   - at: The reading of the clock.
    ///   - entropy: Fresh randomness: never the same for two appends.
    ///   - blobs: What the bodies refer to by digest.
    ///   - erasing: Attachments that the store forgets with this append.
    /// - Returns: Where the entries stand, and the head that covers them.
    /// - Throws: ``AuditStoreError``. Code `duplicateKey`: see ``entries(forKey:)`` for what was
    ///   appended under this key. Code `conflict`: an expected stream holds another number of
    ///   entries. Code `invalidEntry`: an entry is outside the canonical profile or too large.
    @discardableResult
    public func append(
        _ events: [NewEntry],
        expecting: [StreamID: Int] = [:],
        idempotencyKey: String? = nil,
        at: Timestamp,
        entropy: Entropy,
        blobs: [Blob] = [],
        erasing: [Digest] = []
    ) async throws(AuditStoreError) -> AppendReceipt {
        let draft = try AppendDraft(
            events: events,
            key: idempotencyKey.map(Self.keyDigest) ?? entropy.idempotencyKey,
            at: at,
            entropy: entropy,
            blobs: blobs,
            erasing: erasing
        )
        await takeTurn()
        defer { endTurn() }
        return try await append(draft, expecting: expecting)
    }

    /// The entries at `positions`, oldest first, decoded and checked; positions past the end are
    /// left out.
    ///
    /// - Throws: ``AuditStoreError``, code `damaged` for a record that does not fit itself, its
    ///   place or the stored tree.
    public nonisolated func entries(
        in positions: Range<Int>
    ) async throws(AuditStoreError) -> [AuditEntry] {
        let records = try await store.records(in: positions)
        var entries: [AuditEntry] = []
        entries.reserveCapacity(records.count)
        for (record, position) in zip(records, max(0, positions.lowerBound)...) {
            guard record.position == position else {
                throw record.damage("it stands where position \(position) is expected")
            }
            entries.append(try AuditEntry(record))
        }
        try await checkCommitment(to: records)
        return entries
    }

    /// The entries of one stream from `revision` on, oldest first, `limit` at the most, decoded
    /// and checked.
    ///
    /// - Throws: ``AuditStoreError``, code `damaged` for a record that does not fit itself, its
    ///   place or the stored tree, and for a gap.
    public nonisolated func entries(
        of stream: StreamID,
        from revision: Int = 0,
        limit: Int = .max
    ) async throws(AuditStoreError) -> [AuditEntry] {
        let records = try await store.records(of: stream, from: revision, limit: limit)
        var entries: [AuditEntry] = []
        entries.reserveCapacity(records.count)
        for (record, revision) in zip(records, max(0, revision)...) {
            guard record.stream == stream, record.revision == revision else {
                throw record.damage(
                    "it stands where revision \(revision) of '\(stream)' is expected"
                )
            }
            entries.append(try AuditEntry(record))
        }
        try await checkCommitment(to: records)
        return entries
    }

    /// What was appended under an idempotency key, without the log's first entry, or `nil` when
    /// nothing was: a caller that repeats itself compares and answers "already" or "conflict".
    public nonisolated func entries(
        forKey idempotencyKey: String
    ) async throws(AuditStoreError) -> [AuditEntry]? {
        guard let positions = try await positions(forKey: idempotencyKey) else { return nil }
        return try await entries(in: positions)
    }

    /// Where the entries stand that were appended under an idempotency key, without the log's
    /// first entry, or `nil` when nothing was.
    public nonisolated func positions(
        forKey idempotencyKey: String
    ) async throws(AuditStoreError) -> Range<Int>? {
        guard let positions = try await store.positions(forKey: Self.keyDigest(idempotencyKey))
        else { return nil }
        // The entry at 0 is the log's own, written along with the first append.
        return max(1, positions.lowerBound)..<max(1, positions.upperBound)
    }

    /// SHA-256 of an idempotency key's UTF-8 bytes: the form in which the log keeps it.
    public static func keyDigest(_ idempotencyKey: String) -> Digest {
        SHA256.digest(of: idempotencyKey.utf8)
    }
}

extension AuditLog {
    /// Appends, and once the outcome of an attempt is unknown tells nothing else for certain unless
    /// the store looked for the key.
    private func append(
        _ draft: AppendDraft,
        expecting: [StreamID: Int]
    ) async throws(AuditStoreError) -> AppendReceipt {
        var doubt: AuditStoreError?
        do throws(AuditStoreError) {
            return try await append(draft, expecting: expecting, doubt: &doubt)
        } catch {
            // Every store looks for the key before it finds any of these.
            let certain: Set<AuditStoreError.Code> = [
                .duplicateKey, .conflict, .moved, .notErasable, .unknownOutcome,
            ]
            guard let doubt, !certain.contains(error.code) else { throw error }
            throw AuditStoreError(.unknownOutcome, doubt.message, underlying: error)
        }
    }

    private func append(
        _ draft: AppendDraft,
        expecting: [StreamID: Int],
        doubt: inout AuditStoreError?
    ) async throws(AuditStoreError) -> AppendReceipt {
        var last: AuditStoreError?
        for _ in 0..<attempts {
            let edge = try await currentEdge()
            let revisions = try await revisions(of: draft, expecting: expecting)
            let (batch, next) = try draft.batch(
                after: edge,
                newOrigin: newOrigin,
                revisions: revisions
            )
            let receipt = AppendReceipt(
                positions: batch.firstPosition + (edge.origin == nil ? 1 : 0)..<next.frontier.size,
                origin: next.origin ?? newOrigin,
                frontier: next.frontier
            )
            do {
                try await store.append(batch)
                self.edge = next
                return receipt
            } catch {
                self.edge = nil
                last = error
                switch error.code {
                case .moved: continue
                case .conflict:
                    guard try await holds(expecting) else { throw error }
                case .unknownOutcome: doubt = error
                case .duplicateKey where doubt != nil: break
                default: throw error
                }
                if doubt != nil, let found = try await ownReceipt(draft, in: error) { return found }
            }
        }
        throw last ?? AuditStoreError(.busy, "no attempt to append was made")
    }

    /// Finds the batch whose outcome was unknown: `nil` when it was not written.
    private func ownReceipt(
        _ draft: AppendDraft,
        in doubt: AuditStoreError
    ) async throws(AuditStoreError) -> AppendReceipt? {
        let records: [AuditRecord]
        do {
            guard let positions = try await store.positions(forKey: draft.key) else { return nil }
            records = try await store.records(in: positions)
        } catch {
            throw AuditStoreError(.unknownOutcome, doubt.message, underlying: error)
        }
        let own = records.suffix(draft.events.count)
        guard own.map(\.salt) == draft.salts, own.map(\.body) == draft.bodies,
            let first = own.first?.position
        else {
            throw AuditStoreError(
                .duplicateKey,
                "another batch with this idempotency key is in the log"
            )
        }
        let end = first + draft.events.count
        let roots = try await store.nodes(at: MerkleTree.Frontier.indexes(ofSize: end))
        guard let frontier = MerkleTree.Frontier(size: end, roots: roots) else {
            throw AuditStoreError(.damaged, "the stored tree of \(end) entries is not whole")
        }
        return AppendReceipt(
            positions: first..<end,
            origin: try await currentEdge().origin ?? newOrigin,
            frontier: frontier
        )
    }

    /// How many entries each stream holds that is expected or appended to.
    private func revisions(
        of draft: AppendDraft,
        expecting: [StreamID: Int]
    ) async throws(AuditStoreError) -> [StreamID: Int] {
        var revisions = expecting
        for event in draft.events where revisions[event.stream] == nil {
            revisions[event.stream] = try await store.summary(of: event.stream)?.count ?? 0
        }
        return revisions
    }

    /// Tells whether a conflict was about a stream that the caller did not ask for.
    private func holds(_ expecting: [StreamID: Int]) async throws(AuditStoreError) -> Bool {
        for (stream, expected) in expecting {
            guard try await store.summary(of: stream)?.count ?? 0 == expected else { return false }
        }
        return true
    }

    private func currentEdge() async throws(AuditStoreError) -> LogEdge {
        if let edge { return edge }
        let read = try await LogEdge(reading: store)
        edge = read
        return read
    }

    private func takeTurn() async {
        if isAppending {
            await withCheckedContinuation { waiting.append($0) }
        } else {
            isAppending = true
        }
    }

    private func endTurn() {
        if waiting.isEmpty {
            isAppending = false
        } else {
            waiting.removeFirst().resume()
        }
    }
}

/// Where a log works whose store is no actor.
private actor Home {}
