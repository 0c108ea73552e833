// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// Takes the files of an evidence bundle, piece by piece.
public protocol EvidenceSink {
    /// Adds bytes at the end of a file, which is made when it is named for the first time.
    ///
    /// - Parameters:
    ///   - bytes: What to add.
    ///   - path: The file, relative to the bundle's folder, with `/` between its parts.
    /// - Throws: When the bytes cannot be kept.
    mutating func append(_ bytes: [UInt8], to path: String) throws
}

/// Why an evidence bundle could not be made.
public struct EvidenceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was found, and what to do.
    public let message: String

    /// The message.
    public var description: String { "evidence: \(message)" }
}

/// A folder that holds a whole log in a form that is checked without DeployKit.
///
/// | File | Holds |
/// |---|---|
/// | `entries.jsonl` | every entry, one canonical JSON object a line: `header` and `body` as base64, the exact bytes; `salt` and `leaf` in hexadecimal; `event`, a readable copy of the body. What the query leaves out has `header` and `leaf` only |
/// | `entries.schema.json` | JSON Schema of such a line |
/// | `attachments.jsonl` | the attachments that entries refer to: `digest`, `mediaType`, and `salt` and `bytes`, or `erased` |
/// | `definitions/` | the checklists, and the documents that they were read from, by SHA-256 |
/// | `signoffs/` | of each signed sign-off, by its position: the envelope (`.json`), what was signed (`.pae`) and the signature (`.sig`), for stock tools |
/// | `proofs/` | that each signed sign-off is in the log: C2SP tlog-proof |
/// | `allowed_signers` | the people's SSH keys, as the log itself knew them at its head |
/// | `consistency` | that the log continues the one of the previous period, where its head was given |
/// | `report.html` | all this for people, derived from the entries |
/// | `signoffs.csv` | one row for each sign-off and withdrawal, derived from the entries |
/// | `checkpoint` | the head of the log, as C2SP tlog-checkpoint |
/// | `manifest.json` | the query, the head, counts, and size and SHA-256 of every other file |
/// | `manifest.sha256`, `manifest.sig` | the digest of the manifest, as `sha256sum -c` takes it, and the log key's signature over it, where there is a key (see ``message(ofManifest:)``) |
/// | `VERIFY.txt` | how to check all this |
///
/// The same log, query and `generatedAt` give the same bytes. The entries stream: memory grows with
/// the number of attachments and deployments and with the largest deployment, not with the log.
public struct EvidenceBundle: Sendable {
    /// What a bundle came to hold.
    public struct Summary: Hashable, Sendable {
        /// The head that the bundle ends with.
        public internal(set) var head: LogHead
        /// How many sign-offs there are, without withdrawals.
        public internal(set) var signOffs = 0
        /// How many of them no signature proves.
        public internal(set) var unsigned = 0
        /// How many deployments began.
        public internal(set) var deployments = 0
        /// How many attachments were erased.
        public internal(set) var erased = 0
        /// The erased attachments whose content is back in the store, past the log; the bundle
        /// leaves it out, and the store is not sound.
        public internal(set) var returned: [Digest] = []
    }

    static let pageSize = 256
    let log: AuditLog
    let generatedAt: Timestamp
    let version: String
    private let signer: (any Signer)?
    let query: EvidenceQuery
    let previous: LogHead?

    /// A bundle of a log.
    ///
    /// - Parameters:
    ///   - log: The log.
    ///   - generatedAt: The moment that the manifest names.
    ///   - version: The version of the tool that the manifest names.
    ///   - signer: The key of the log, which signs the checkpoint; without it, it is unsigned.
    ///   - query: Which deployments it shows; by default all.
    ///   - previous: The head with which the previous period ended.
    public init(
        of log: AuditLog,
        generatedAt: Timestamp,
        version: String,
        signer: (any Signer)? = nil,
        query: EvidenceQuery = EvidenceQuery(),
        previous: LogHead? = nil
    ) {
        self.log = log
        self.generatedAt = generatedAt
        self.version = version
        self.signer = signer
        self.query = query
        self.previous = previous
    }

    /// What the page and the manifest say of the bundle as a whole.
    struct Frame {
        let head: LogHead
        let previous: LogHead?
        let query: EvidenceQuery
        let generatedAt: Timestamp
        let version: String
        let isSigned: Bool
    }

    /// What the log key signs of a manifest: its bytes in the encoding of DSSE, with the type
    /// `application/vnd.deploykit.manifest+json`, so that no checkpoint can be mistaken for it.
    public static func message(ofManifest manifest: [UInt8]) -> [UInt8] {
        SignedStatement.preAuthentication(
            of: manifest,
            type: "application/vnd.deploykit.manifest+json"
        )
    }

    /// Writes the bundle.
    ///
    /// - Parameter sink: Where to; it must be empty.
    /// - Returns: What it came to hold.
    /// - Throws: `AuditStoreError` when the store fails or holds what does not fit together;
    ///   ``EvidenceError`` when the log is empty or does not have the root of its head, or lacks
    ///   what an entry refers to; `SignatureError` when the signer cannot sign; what the sink
    ///   throws.
    public func write(to sink: inout some EvidenceSink) async throws -> Summary {
        let head = try await log.head()
        guard head.size > 0 else { throw EvidenceError(message: "the log is empty") }
        var checkpoint = try Checkpoint(head)
        if let signer { checkpoint = try await checkpoint.signed(by: signer) }
        let frame = Frame(
            head: head,
            previous: previous,
            query: query,
            generatedAt: generatedAt,
            version: version,
            isSigned: !checkpoint.signatures.isEmpty
        )
        let continuation = try await continuation(to: checkpoint)
        let selected = try await selection(upTo: head.size)
        var writer = EvidenceWriter(sink: sink, summary: Summary(head: head))
        defer { sink = writer.sink }
        try writer.begin()
        // What is erased while the bundle is written, is on record in an entry that it does not hold.
        let erased = try await log.erasures().filter { $0.value < head.size }
        var frontier = MerkleTree.Frontier()
        var position = 0
        while position < head.size {
            let end = min(position + Self.pageSize, head.size)
            let records = try await log.store.records(in: position..<end)
            guard records.count == end - position else {
                throw EvidenceError(message: "entry \(position + records.count) is missing")
            }
            for record in records {
                let entry = try AuditEntry(record)
                _ = frontier.append(entry.leaf)
                guard selected?.contains(entry.stream) ?? true || entry.stream.isAlwaysShown else {
                    try writer.addHeader(of: record, entry)
                    continue
                }
                let proof = try writer.add(record, entry)
                try await addBlobs(of: entry, erased: erased, to: &writer)
                if let proof {
                    try await add(proof, at: entry.position, in: checkpoint, to: &writer)
                }
            }
            position = end
        }
        guard frontier.root == head.root else {
            throw EvidenceError(message: "the entries do not have the root of the log's head")
        }
        try await report(frame, to: &writer)
        if let continuation { try writer.append(Array(continuation.utf8), to: "consistency") }
        let manifest = try writer.end(frame, checkpoint)
        if let signer {
            try writer.addSignature(
                await signer.signature(over: EvidenceBundle.message(ofManifest: manifest))
            )
        }
        return writer.summary
    }

    private func addBlobs(
        of entry: AuditEntry,
        erased: [Digest: Int],
        to writer: inout EvidenceWriter<some EvidenceSink>
    ) async throws {
        for reference in entry.attachments where writer.isNew(reference.digest) {
            let blob = try await log.store.blob(reference.digest)
            if erased[reference.digest] != nil {
                // Content that came back past the log goes nowhere from here.
                if blob != nil { writer.summary.returned.append(reference.digest) }
                try writer.add(reference, nil)
                continue
            }
            guard let blob else {
                throw EvidenceError(
                    message: "entry \(entry.position) refers to the attachment "
                        + "\(reference.digest), which is missing, and no erasure was recorded "
                        + "when the bundle was begun"
                )
            }
            try writer.add(reference, blob)
        }
        for definition in entry.definitions where writer.isNew(definition.digest) {
            let digest = definition.digest
            guard let blob = try await log.store.blob(digest),
                SHA256.digest(of: blob.bytes) == digest
            else {
                throw EvidenceError(
                    message: "entry \(entry.position) refers to \(digest), which is missing"
                )
            }
            try writer.append(blob.bytes, to: "definitions/\(digest).\(definition.fileEnding)")
        }
    }
}
