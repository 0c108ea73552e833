// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// An event to append.
public struct NewEntry: Hashable, Sendable {
    /// The stream that the entry goes to.
    public let stream: StreamID
    /// What kind of event the body is.
    public let kind: String
    /// The event, within ``JSONLimits/record``.
    public let body: JSONValue

    /// An event of these parts.
    public init(stream: StreamID, kind: String, body: JSONValue) {
        self.stream = stream
        self.kind = kind
        self.body = body
    }
}

/// Where entries were appended.
public struct AppendReceipt: Hashable, Sendable {
    /// The positions of the caller's entries.
    public let positions: Range<Int>
    private let origin: String
    // Few callers ask for the head, which takes a hash for every digit of the size.
    private let frontier: MerkleTree.Frontier

    init(positions: Range<Int>, origin: String, frontier: MerkleTree.Frontier) {
        self.positions = positions
        self.origin = origin
        self.frontier = frontier
    }

    /// The head of the log right after them.
    public var head: LogHead {
        LogHead(origin: origin, size: frontier.size, root: frontier.root)
    }
}

/// The end of a log: what the next append builds on.
struct LogEdge: Sendable {
    var frontier = MerkleTree.Frontier()
    /// The recorded name; `nil` for a log without entries.
    var origin: String?
    var lastMoment: Timestamp?

    init() {}

    init(reading store: any AuditStore) async throws(AuditStoreError) {
        let size = try await store.count()
        guard size > 0 else { return }
        let roots = try await store.nodes(at: MerkleTree.Frontier.indexes(ofSize: size))
        guard let frontier = MerkleTree.Frontier(size: size, roots: roots),
            let first = try await store.records(in: 0..<1).first,
            let last = try await store.records(in: size - 1..<size).first
        else {
            throw AuditStoreError(.damaged, "the first or last of \(size) records is absent")
        }
        self.frontier = frontier
        let genesis = try AuditEntry(first)
        guard genesis.kind == AuditLog.createdKind, genesis.stream == AuditLog.stream,
            let origin = genesis.body["origin"]?.string, Checkpoint.isOrigin(origin)
        else {
            throw first.damage("it is not the first entry of a log, which names its origin")
        }
        self.origin = try await Self.latestOrigin(in: store, after: origin)
        lastMoment = try AuditEntry(last).at
    }

    /// The name that the last epoch goes by, where there is more than the first one. Each must
    /// follow from the one before: a foreign name would be one of which nobody kept a head.
    private static func latestOrigin(
        in store: any AuditStore,
        after first: String
    ) async throws(AuditStoreError) -> String {
        guard let epochs = try await store.summary(of: AuditLog.epochs) else { return first }
        var origin = first
        for record in try await store.records(of: AuditLog.epochs, from: 0, limit: epochs.count) {
            origin = try LogEpoch(AuditEntry(record), after: origin).origin
        }
        return origin
    }

    func head(_ newOrigin: String) -> LogHead {
        LogHead(origin: origin ?? newOrigin, size: frontier.size, root: frontier.root)
    }
}

/// An append whose bodies are encoded and salted; what depends on its place is made by
/// ``batch(after:newOrigin:revisions:)``, as often as the log moves.
struct AppendDraft {
    let events: [NewEntry]
    let key: Digest
    let at: Timestamp
    let bodies: [[UInt8]]
    let salts: [[UInt8]]
    private let genesisSalt: [UInt8]
    private let blobs: [Blob]
    private let erasing: [Digest]

    init(
        events: [NewEntry],
        key: Digest,
        at: Timestamp,
        entropy: Entropy,
        blobs: [Blob],
        erasing: [Digest]
    ) throws(AuditStoreError) {
        precondition(!events.isEmpty, "an append has at least one event")
        self.events = events
        self.key = key
        self.at = at
        self.blobs = blobs
        self.erasing = erasing
        var bodies: [[UInt8]] = []
        for event in events { bodies.append(try Self.bytes(event.body, of: event.kind)) }
        self.bodies = bodies
        salts = events.indices.map(entropy.salt)
        genesisSalt = entropy.salt(events.count)
    }

    /// The batch that appends these events to a log that ends in `edge`.
    ///
    /// - Returns: The batch, and the log's end after it.
    func batch(
        after edge: LogEdge,
        newOrigin: String,
        revisions: [StreamID: Int]
    ) throws(AuditStoreError) -> (AuditBatch, LogEdge) {
        var next = edge
        var revisionsAfter = revisions
        var records: [AuditRecord] = []
        var nodes: [Digest] = []
        func add(_ event: NewEntry, body: [UInt8], salt: [UInt8]) throws(AuditStoreError) {
            let revision = revisionsAfter[event.stream] ?? 0
            revisionsAfter[event.stream] = revision + 1
            let skew = next.lastMoment.map { at.milliseconds - $0.milliseconds } ?? 0
            let header = EntryHeader(
                position: next.frontier.size,
                stream: event.stream,
                revision: revision,
                at: at,
                skew: skew < 0 ? skew : nil,
                kind: event.kind,
                bodyDigest: EntryHeader.bodyDigest(salt: salt, body: body),
                key: key
            )
            let bytes = try Self.bytes(header.json, of: event.kind)
            records.append(
                AuditRecord(
                    position: next.frontier.size,
                    stream: event.stream,
                    revision: revision,
                    header: bytes,
                    salt: salt,
                    body: body
                )
            )
            nodes += next.frontier.append(MerkleTree.leafHash(bytes))
            next.lastMoment = at
        }
        if edge.origin == nil {
            guard Checkpoint.isOrigin(newOrigin) else {
                throw AuditStoreError(
                    .invalidEntry,
                    "'\(VisibleText.render(newOrigin))' cannot be the name of a log"
                )
            }
            let genesis = NewEntry(
                stream: AuditLog.stream,
                kind: AuditLog.createdKind,
                body: .object(["origin": .string(newOrigin)])
            )
            let body = try Self.bytes(genesis.body, of: genesis.kind)
            try add(genesis, body: body, salt: genesisSalt)
            next.origin = newOrigin
        }
        for (position, event) in events.enumerated() {
            try add(event, body: bodies[position], salt: salts[position])
            if event.stream == AuditLog.epochs, let origin = event.body["origin"]?.string {
                next.origin = origin
            }
        }
        let batch = AuditBatch(
            firstPosition: edge.frontier.size,
            expecting: revisions,
            idempotencyKey: key,
            records: records,
            nodes: nodes,
            firstNode: MerkleTree.nodeCount(ofSize: edge.frontier.size),
            blobs: blobs,
            erasing: erasing
        )
        return (batch, next)
    }

    private static func bytes(
        _ json: JSONValue,
        of kind: String
    ) throws(AuditStoreError) -> [UInt8] {
        do {
            return try json.canonicalBytes(within: .record)
        } catch {
            throw AuditStoreError(
                .invalidEntry,
                "an entry of kind '\(kind)' cannot be written: \(error)",
                underlying: error
            )
        }
    }
}
