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

    init(sink: Sink, summary: EvidenceBundle.Summary) {
        self.sink = sink
        self.summary = summary
    }

    mutating func begin() throws {
        try append([], to: "attachments.jsonl")
        try append(Array(SignOffRow.header.utf8), to: "signoffs.csv")
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

    mutating func add(_ record: AuditRecord, _ entry: AuditEntry) throws {
        let line = JSONValue.members([
            "header": Base64.encode(record.header).json,
            "body": Base64.encode(record.body).json,
            "salt": record.salt.hexadecimal.json,
            "leaf": entry.leaf.json,
            "event": entry.body,
        ])
        try append(line.canonicalBytes + [UInt8(ascii: "\n")], to: "entries.jsonl")
        kinds[entry.kind, default: 0] += 1
        if entry.kind == "deployment-started" { summary.deployments += 1 }
        guard let row = try table.row(of: entry) else { return }
        if !row.isWithdrawal {
            summary.signOffs += 1
            if !row.isSigned { summary.unsigned += 1 }
        }
        try append(Array(row.text.utf8), to: "signoffs.csv")
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
            line = .members([
                "digest": reference.digest.json, "mediaType": reference.mediaType.json,
                "erased": true.json,
            ])
        }
        try append(line.canonicalBytes + [UInt8(ascii: "\n")], to: "attachments.jsonl")
    }

    mutating func end(_ bundle: EvidenceBundle, _ checkpoint: Checkpoint) throws {
        let head = summary.head
        try append(Array(checkpoint.note.utf8), to: "checkpoint")
        try append(Array(Self.instructions.utf8), to: "VERIFY.txt")
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
            "tool": .members(["name": "deploykit".json, "version": bundle.version.json]),
            "query": .members(["from": 0.json]),
            "range": .members(["first": 0.json, "count": head.size.json]),
            "head": .members([
                "origin": head.origin.json, "size": head.size.json, "rootHash": head.root.json,
            ]),
            "counts": .members([
                "deployments": summary.deployments.json, "signOffs": summary.signOffs.json,
                "unsigned": summary.unsigned.json, "erased": summary.erased.json,
                "kinds": .array(counted),
            ]),
            "files": .array(listed),
            "generatedAt": bundle.generatedAt.json,
        ])
        try sink.append(manifest.canonicalBytes + [UInt8(ascii: "\n")], to: "manifest.json")
    }

    private static var instructions: String {
        """
        What this folder proves, and how to check it without DeployKit

        entries.jsonl holds every entry of a log, in order and without a gap. Each line carries the
        exact bytes of the entry's header and body. SHA-256 over a zero byte and the header is a leaf
        of the Merkle tree of RFC 6962, whose root stands in the file checkpoint. Each header carries
        the digest of the salt and the body. Attachments (free text, output, evidence) are referred to
        by the digest of their salt and bytes, and stand in attachments.jsonl unless they were erased.

        1. The files are those of the manifest. In this folder:
             python3 -c 'import hashlib,json
        for f in json.load(open("manifest.json"))["files"]:
            print(hashlib.sha256(open(f["path"],"rb").read()).hexdigest()==f["sha256"], f["path"])'
        2. The entries have the root of the checkpoint, and every body is the one that was logged:
             python3 verify_bundle.py .
           Take verify_bundle.py and verify_proofs.py from the DeployKit sources, not from whoever
           gave you this folder: a verifier inside the evidence would prove nothing.
        3. The checkpoint is the one that somebody else kept, or continues it. A checkpoint that is
           seen only here proves that the folder fits together, not that it is the only history.
           A receipt that a signer kept tells whether that sign-off stands here:
             python3 verify_proofs.py receipt FILE.tlog-proof --entries entries.jsonl --key KEY
        4. UNSIGNED in signoffs.csv means that nothing but the record says who signed. The table is
           derived: seq and leafHash lead to the entry, which is the evidence. verify_bundle.py
           derives it anew, and lists after "not checked:" what it leaves to you.

        It proves what was logged. It cannot prove what was never told to the log.

        """
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
