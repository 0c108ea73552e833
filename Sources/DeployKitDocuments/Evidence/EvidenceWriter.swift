// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Writes the files of one bundle, and remembers what the manifest says of them.
struct EvidenceWriter<Sink: EvidenceSink> {
    private struct File {
        var hasher = SHA256()
        var byteCount = 0
    }

    private(set) var sink: Sink
    var summary: EvidenceBundle.Summary
    private var files: [String: File] = [:]
    private var known: Set<Digest> = []
    private var kinds: [String: Int] = [:]
    private var table = SignOffTable()
    private var erased: Set<Digest> = []
    private var directory = Directory()
    private var omitted = 0
    /// The deployments whose entries the bundle shows, in the order in which they began.
    private(set) var deployments: [StreamID] = []

    init(sink: Sink, summary: EvidenceBundle.Summary) {
        self.sink = sink
        self.summary = summary
    }

    mutating func begin() throws {
        try append([], to: "attachments.jsonl")
        try append(SignOffRow.header, to: "signoffs.csv")
    }

    /// Adds the signature of the manifest, which it cannot list.
    mutating func addSignature(_ bytes: [UInt8]) throws {
        try sink.append(bytes, to: "manifest.sig")
    }

    mutating func append(_ bytes: [UInt8], to path: String) throws {
        try sink.append(bytes, to: path)
        files[path, default: File()].hasher.update(bytes)
        files[path, default: File()].byteCount += bytes.count
    }

    /// Whether a blob is met for the first time.
    mutating func isNew(_ digest: Digest) -> Bool {
        known.insert(digest).inserted
    }

    /// Whether the content of an attachment is left out because it was erased.
    func isErased(_ digest: Digest) -> Bool { erased.contains(digest) }

    /// Adds an entry that the query leaves out.
    mutating func addHeader(of record: AuditRecord, _ entry: AuditEntry) throws {
        let line = JSONValue.members([
            "header": Base64.encode(record.header).json, "leaf": entry.leaf.json,
        ])
        try append(line.canonicalBytes + [UInt8(ascii: "\n")], to: "entries.jsonl")
        kinds[entry.kind, default: 0] += 1
        omitted += 1
    }

    /// Adds an entry.
    ///
    /// - Returns: The signed statement that it records, where it does.
    mutating func add(_ record: AuditRecord, _ entry: AuditEntry) throws -> SignOffProof? {
        let line = JSONValue.members([
            "header": Base64.encode(record.header).json,
            "body": Base64.encode(record.body).json,
            "salt": record.salt.hexadecimal.json,
            "leaf": entry.leaf.json,
            "event": entry.body,
        ])
        try append(line.canonicalBytes + [UInt8(ascii: "\n")], to: "entries.jsonl")
        kinds[entry.kind, default: 0] += 1
        if entry.kind == "deployment-started" {
            summary.deployments += 1
            deployments.append(entry.stream)
        }
        if let people = try Directory(applied: entry) { directory = people }
        guard let row = try table.row(of: entry) else { return nil }
        if !row.isWithdrawal {
            summary.signOffs += 1
            if !row.isSigned { summary.unsigned += 1 }
        }
        try append(row.bytes, to: "signoffs.csv")
        return row.proof
    }

    mutating func add(_ reference: AttachmentReference, _ blob: Blob?) throws {
        let line: JSONValue
        if let blob {
            guard SHA256.digest(of: blob.salt + blob.bytes) == reference.digest else {
                throw EvidenceError(message: "the attachment \(reference.digest) is not as logged")
            }
            line = .members([
                "digest": reference.digest.json, "mediaType": reference.mediaType.json,
                "salt": blob.salt.hexadecimal.json, "bytes": Base64.encode(blob.bytes).json,
            ])
        } else {
            summary.erased += 1
            erased.insert(reference.digest)
            line = .members([
                "digest": reference.digest.json, "mediaType": reference.mediaType.json,
                "erased": true.json,
            ])
        }
        try append(line.canonicalBytes + [UInt8(ascii: "\n")], to: "attachments.jsonl")
    }

    /// - Returns: The manifest.
    mutating func end(_ frame: EvidenceBundle.Frame, _ checkpoint: Checkpoint) throws -> [UInt8] {
        let head = summary.head
        try append(try EvidenceFiles.allowedSigners(directory), to: "allowed_signers")
        try append(Array((PublishedSchema.entry.text + "\n").utf8), to: "entries.schema.json")
        try append(Array(checkpoint.note.utf8), to: "checkpoint")
        try append(Array(EvidenceFiles.instructions.utf8), to: "VERIFY.txt")
        let listed = files.sorted { $0.key < $1.key }.map { path, file in
            JSONValue.members([
                "path": path.json, "bytes": file.byteCount.json,
                "sha256": file.hasher.finalize().json,
            ])
        }
        let counted = kinds.sorted { $0.key < $1.key }.map { kind, count in
            JSONValue.members(["kind": kind.json, "count": count.json])
        }
        let manifest = JSONValue.members([
            "v": 1.json,
            "tool": .members(["name": "deploykit".json, "version": frame.version.json]),
            "query": frame.query.json,
            "previousHead": frame.previous?.json,
            "range": .members(["first": 0.json, "count": head.size.json]),
            "head": .members([
                "origin": head.origin.json, "size": head.size.json, "rootHash": head.root.json,
            ]),
            "counts": .members([
                "deployments": summary.deployments.json, "signOffs": summary.signOffs.json,
                "unsigned": summary.unsigned.json, "erased": summary.erased.json,
                "omitted": omitted.json, "kinds": .array(counted),
            ]),
            "files": .array(listed),
            "generatedAt": frame.generatedAt.json,
        ])
        let bytes = manifest.canonicalBytes + [UInt8(ascii: "\n")]
        try sink.append(bytes, to: "manifest.json")
        let sum = "\(SHA256.digest(of: bytes).hex)  manifest.json\n"
        try sink.append(Array(sum.utf8), to: "manifest.sha256")
        return bytes
    }
}

extension Collection<UInt8> {
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self
        )
    }
}
