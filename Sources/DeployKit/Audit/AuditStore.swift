// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Keeps audit records in the order they were appended, and never changes one.
///
/// A store keeps rows, whole batches at a time; what may be appended, how records are hashed and
/// how they chain is decided by ``AuditLog``. The first record has the position 0 and positions
/// have no gap. Within one stream, revisions count from 0 without a gap too.
///
/// Every promise here has a rule of the same meaning in `DeployKitTesting`, whose conformance kit
/// tells authors of other stores which one they break.
public protocol AuditStore: Sendable {
    /// Appends a batch, whole or not at all.
    ///
    /// When the call returns, the batch survives the death of the process and of the machine, as
    /// far as the store can promise it. The checks and the writes are one transaction; checks are
    /// made in the order of the codes below, and the first that fails is the one that is thrown.
    ///
    /// - Throws: ``AuditStoreError``. Code `invalidBatch`: the batch is empty, or its positions
    ///   are not ``AuditBatch/firstPosition`` and those that follow it. Code `duplicateKey`: a
    ///   batch with this ``AuditBatch/idempotencyKey`` is in the log already. Code `conflict`: a
    ///   stream of ``AuditBatch/expecting`` holds another number of records, or a record does not
    ///   have the next revision of its stream. Code `moved`: the log does not hold exactly
    ///   ``AuditBatch/firstPosition`` records, though the streams are as expected. Code
    ///   `notErasable`: the store does not have a blob of ``AuditBatch/erasing``, or has it without
    ///   a salt. Code `unknownOutcome`: whether the batch is in the log must be found out by its
    ///   key.
    func append(_ batch: AuditBatch) async throws(AuditStoreError)

    /// How many records the log holds.
    func count() async throws(AuditStoreError) -> Int

    /// The records at `positions`, oldest first.
    ///
    /// Positions past the end are left out.
    func records(in positions: Range<Int>) async throws(AuditStoreError) -> [AuditRecord]

    /// The records of one stream from `revision` on, oldest first, `limit` at the most.
    ///
    /// The cost depends on the number of records returned, not on the size of the log. A stream
    /// that nobody appended to is empty.
    func records(
        of stream: StreamID,
        from revision: Int,
        limit: Int
    ) async throws(AuditStoreError) -> [AuditRecord]

    /// The streams whose names start with `prefix`, the one last appended to first, `limit` at the
    /// most; with `position`, only those whose last record stands before it.
    func streams(
        withPrefix prefix: String,
        before position: Int?,
        limit: Int
    ) async throws(AuditStoreError) -> [StreamSummary]

    /// The summary of one stream, or `nil` when nobody appended to it.
    func summary(of stream: StreamID) async throws(AuditStoreError) -> StreamSummary?

    /// The hashes of the tree nodes at `indexes` (see ``AuditBatch/nodes``), in the order asked.
    ///
    /// - Throws: ``AuditStoreError``, code `damaged`, when one of them is absent.
    func nodes(at indexes: [Int]) async throws(AuditStoreError) -> [Digest]

    /// The blob with this digest, or `nil` when the store never had it or has it no more.
    func blob(_ digest: Digest) async throws(AuditStoreError) -> Blob?

    /// The digests of the blobs that the store has, in ascending order, `limit` at the most; with
    /// `digest`, only those above it.
    func blobs(after digest: Digest?, limit: Int) async throws(AuditStoreError) -> [Digest]

    /// Where the batch with this idempotency key stands, or `nil` when there is none.
    func positions(forKey key: Digest) async throws(AuditStoreError) -> Range<Int>?

    /// Where the batches with these idempotency keys stand, in the order asked.
    ///
    /// A store need not have this of its own; it is asked for many keys at once by a verification.
    func positions(forKeys keys: [Digest]) async throws(AuditStoreError) -> [Range<Int>?]

    /// Makes sure that no file of the store's own holds what was erased, where an erasure may have
    /// been cut off or another program has written into the files.
    ///
    /// A store that keeps nothing of what it erases need not have this of its own.
    func forgetErased() async throws(AuditStoreError)
}

extension AuditStore {
    /// Does nothing: the erasures themselves left nothing behind.
    public func forgetErased() async throws(AuditStoreError) {}

    /// Asks for one key after another.
    public func positions(
        forKeys keys: [Digest]
    ) async throws(AuditStoreError) -> [Range<Int>?] {
        var found: [Range<Int>?] = []
        for key in keys { found.append(try await positions(forKey: key)) }
        return found
    }
}

/// A named sequence of records within the log, such as `deployment/d-7k2m`.
public typealias StreamID = Identifier<AuditRecord>

/// One record of the log, as stored.
public struct AuditRecord: Hashable, Sendable {
    /// The place in the log, counting from 0 without gaps.
    public let position: Int
    /// The stream that the record belongs to.
    public let stream: StreamID
    /// The place in the stream, counting from 0 without gaps.
    public let revision: Int
    /// The canonical JSON of the header: the bytes whose hash is the leaf.
    public let header: [UInt8]
    /// 32 random bytes that the header's `bodyDigest` covers together with ``body``.
    public let salt: [UInt8]
    /// The canonical JSON of the event.
    public let body: [UInt8]

    /// A record of these parts; nothing is checked.
    public init(
        position: Int,
        stream: StreamID,
        revision: Int,
        header: [UInt8],
        salt: [UInt8],
        body: [UInt8]
    ) {
        self.position = position
        self.stream = stream
        self.revision = revision
        self.header = header
        self.salt = salt
        self.body = body
    }
}

/// Bytes that records refer to by digest: a definition, a source document (both unsalted), or an
/// attachment (free text, output, evidence; salted, so that it can be erased for good).
public struct Blob: Hashable, Sendable {
    /// SHA-256 of ``salt`` followed by ``bytes``.
    public let digest: Digest
    /// 32 random bytes of an attachment; empty for definitions and sources.
    public let salt: [UInt8]
    /// The content.
    public let bytes: [UInt8]

    /// A blob of these parts; that the digest is right is not checked.
    public init(digest: Digest, salt: [UInt8], bytes: [UInt8]) {
        self.digest = digest
        self.salt = salt
        self.bytes = bytes
    }
}

/// Records to append together, made for a log of one exact size.
public struct AuditBatch: Hashable, Sendable {
    /// How many records the log must hold; the position of the first record of the batch.
    public let firstPosition: Int
    /// How many records each of these streams must hold, before the batch is appended.
    public let expecting: [StreamID: Int]
    /// The digest of the caller's idempotency key, which no earlier batch may have.
    public let idempotencyKey: Digest?
    /// The records in order; at least one.
    public let records: [AuditRecord]
    /// The tree nodes that these records complete, in dense order: the first has the index
    /// ``firstNode``, the next follow without a gap.
    public let nodes: [Digest]
    /// How many tree nodes the log must hold.
    public let firstNode: Int
    /// Blobs that the records refer to; one that the store has already is left as it is.
    public let blobs: [Blob]
    /// Salted blobs that the store forgets with this batch: afterwards it has neither their
    /// content nor their salt, nor has any file of its own that holds them.
    public let erasing: [Digest]

    /// A batch of these parts; nothing is checked.
    public init(
        firstPosition: Int,
        expecting: [StreamID: Int],
        idempotencyKey: Digest?,
        records: [AuditRecord],
        nodes: [Digest],
        firstNode: Int,
        blobs: [Blob],
        erasing: [Digest] = []
    ) {
        self.firstPosition = firstPosition
        self.expecting = expecting
        self.idempotencyKey = idempotencyKey
        self.records = records
        self.nodes = nodes
        self.firstNode = firstNode
        self.blobs = blobs
        self.erasing = erasing
    }
}

/// What a store knows of one stream without reading it.
public struct StreamSummary: Hashable, Sendable {
    /// The stream's name.
    public let stream: StreamID
    /// How many records it holds.
    public let count: Int
    /// The position of its first record in the log.
    public let firstPosition: Int
    /// The position of its last record in the log.
    public let lastPosition: Int

    /// A summary of these parts.
    public init(stream: StreamID, count: Int, firstPosition: Int, lastPosition: Int) {
        self.stream = stream
        self.count = count
        self.firstPosition = firstPosition
        self.lastPosition = lastPosition
    }
}

/// Why a store could not do what was asked.
public struct AuditStoreError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure.
    @nonexhaustive
    public enum Code: String, Hashable, Sendable {
        /// A batch with the same idempotency key is in the log already.
        case duplicateKey = "store-duplicate-key"
        /// Another writer appended to an expected stream first; read again and decide again.
        case conflict = "store-conflict"
        /// Another writer appended to other streams; hash again and retry.
        case moved = "store-moved"
        /// What is to be erased is absent, or part of what the log means: only attachments go.
        case notErasable = "store-not-erasable"
        /// No store could take the batch: it is empty, or contradicts itself.
        case invalidBatch = "store-invalid-batch"
        /// Another process holds the store's lock for longer than the store waits.
        case busy = "store-busy"
        /// The store may be read but not written.
        case readOnly = "store-read-only"
        /// There is no room left to write.
        case full = "store-full"
        /// What was opened is no store.
        case notAStore = "store-not-a-store"
        /// The store was written by a newer version.
        case newerVersion = "store-newer-version"
        /// A stored row is missing, or does not hash to its recorded value.
        case damaged = "store-damaged"
        /// Reading or writing failed for another reason.
        case unavailable = "store-unavailable"
        /// An entry is outside the canonical JSON profile, or too large.
        case invalidEntry = "store-invalid-entry"
        /// Whether the batch was written could not be found out.
        case unknownOutcome = "store-unknown-outcome"
    }

    /// What kind of failure it is.
    public let code: Code
    /// What was found, and what to do.
    public let message: String
    /// What lies underneath, for whoever digs.
    public let underlying: (any Error)?

    /// A failure of a kind, with its sentence.
    public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    /// The code and the sentence.
    public var description: String { "\(code.rawValue): \(message)" }
}
