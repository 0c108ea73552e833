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
/// | `entries.jsonl` | every entry, one canonical JSON object a line: `header` and `body` as base64, the exact bytes; `salt` and `leaf` in hexadecimal; `event`, a readable copy of the body |
/// | `attachments.jsonl` | the attachments that entries refer to: `digest`, `mediaType`, and `salt` and `bytes`, or `erased` |
/// | `definitions/` | the checklists, and the documents that they were read from, by SHA-256 |
/// | `signoffs.csv` | one row for each sign-off and withdrawal, derived from the entries |
/// | `checkpoint` | the head of the log, as C2SP tlog-checkpoint |
/// | `manifest.json` | the query, the head, counts, and size and SHA-256 of every other file |
/// | `VERIFY.txt` | how to check all this |
///
/// The same log and the same `generatedAt` give the same bytes. The entries stream: memory grows
/// with the number of attachments and deployments, not with their size.
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

    private static let pageSize = 256
    let log: AuditLog
    let generatedAt: Timestamp
    let version: String
    private let signer: (any Signer)?

    /// A bundle of a whole log.
    ///
    /// - Parameters:
    ///   - log: The log.
    ///   - generatedAt: The moment that the manifest names.
    ///   - version: The version of the tool that the manifest names.
    ///   - signer: The key of the log, which signs the checkpoint; without it, it is unsigned.
    public init(
        of log: AuditLog,
        generatedAt: Timestamp,
        version: String,
        signer: (any Signer)? = nil
    ) {
        self.log = log
        self.generatedAt = generatedAt
        self.version = version
        self.signer = signer
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
                try writer.add(record, entry)
                try await addBlobs(of: entry, erased: erased, to: &writer)
            }
            position = end
        }
        guard frontier.root == head.root else {
            throw EvidenceError(message: "the entries do not have the root of the log's head")
        }
        var checkpoint = try Checkpoint(head)
        if let signer { checkpoint = try await checkpoint.signed(by: signer) }
        try writer.end(self, checkpoint)
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
