// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// Gives the files of an evidence bundle, piece by piece.
public protocol EvidenceSource {
    /// Hands over the bytes of a file in order, in pieces of any size.
    ///
    /// - Parameters:
    ///   - path: The file, relative to the bundle's folder; never one that leads out of it.
    ///   - take: Called once for each piece.
    ///
    /// - Throws: When the file cannot be read.
    func read(_ path: String, _ take: ([UInt8]) -> Void) throws
}

/// Checks an evidence bundle without a database.
///
/// It finds out whether the files fit the manifest, the entries the checkpoint, and the attachments
/// their digests, whether every attachment that an entry refers to is there, or its erasure on
/// record, and whether the table of sign-offs follows from the entries. What only the manifest says (tool, counts, moment) nothing else vouches for, and
/// signatures of the checkpoint are not checked. Whether the checkpoint is the one that others
/// hold, the caller must compare.
public struct EvidenceCheck: Sendable {
    /// What does not fit, one sentence each; empty for a bundle that holds together.
    public private(set) var faults: [String] = []
    /// The head that the checkpoint names, when it can be read.
    public private(set) var head: LogHead?
    private var frontier = MerkleTree.Frontier()
    private var revisions: [StreamID: Int] = [:]
    private var attachments: Set<Digest> = []
    private var erased: Set<Digest> = []
    private var table = SignOffTable()
    private var tableDigest = SHA256()
    private var digests: [String: Digest] = [:]

    private static let limits = JSONLimits(
        depth: 40,
        stringBytes: 256 << 20,
        members: 1_000_000,
        totalBytes: 512 << 20
    )

    /// Checks the bundle that `source` gives.
    public init(reading source: some EvidenceSource) {
        do {
            try check(source)
        } catch {
            faults.append("the bundle cannot be read: \(error)")
        }
    }

    private mutating func check(_ source: some EvidenceSource) throws {
        var bytes = try Self.whole("manifest.json", of: source)
        guard bytes.popLast() == 0x0A else {
            faults.append("manifest.json does not end with a line feed")
            return
        }
        let manifest = try JSONValue(canonical: bytes, within: Self.limits)
        try checkFiles(manifest, source)
        let checkpoint = try Checkpoint(note: Self.whole("checkpoint", of: source))
        head = checkpoint.head
        let named = try manifest["head"].map { json throws(JSONError) in try LogHead(json: json) }
        if named != checkpoint.head { faults.append("manifest.json names another head") }
        tableDigest.update(SignOffRow.header.utf8)
        try lines("entries.jsonl", of: source) { check, line in try check.addEntry(line) }
        if digests["signoffs.csv"] != tableDigest.finalize() {
            faults.append("signoffs.csv is not what follows from the entries")
        }
        if frontier.size != checkpoint.head.size || frontier.root != checkpoint.head.root {
            faults.append(
                "the \(frontier.size) entries do not have the root of the checkpoint, "
                    + "which covers \(checkpoint.head.size)"
            )
        }
        try lines("attachments.jsonl", of: source) { check, line in try check.addAttachment(line) }
        for digest in attachments.sorted() {
            faults.append("the attachment \(digest) is missing")
        }
    }

    private mutating func checkFiles(_ manifest: JSONValue, _ source: some EvidenceSource) throws {
        var listed: Set<String> = []
        for file in manifest["files"]?.array ?? [] {
            guard let path = file["path"]?.string, Self.staysInside(path),
                listed.insert(path).inserted
            else {
                faults.append("manifest.json lists a file twice, without a path, or outside")
                continue
            }
            var (hasher, count) = (SHA256(), 0)
            try source.read(path) { piece in
                hasher.update(piece)
                count += piece.count
            }
            let digest = hasher.finalize()
            digests[path] = digest
            if file["bytes"] != count.json || file["sha256"] != digest.json {
                faults.append("\(path) is not the file of the manifest")
            }
        }
        for path in ["attachments.jsonl", "checkpoint", "entries.jsonl", "signoffs.csv"]
        where !listed.contains(path) {
            faults.append("manifest.json does not list \(path)")
        }
    }

    private mutating func addEntry(_ line: [UInt8]) throws {
        var members = try JSONMembers(JSONValue(canonical: line, within: Self.limits))
        let header = Base64.decode(try members.required("header", as: String.self))
        let body = Base64.decode(try members.required("body", as: String.self))
        let salt = try members.required("salt", as: Digest.self)
        let leaf = try members.required("leaf", as: Digest.self)
        let event = members.value("event")
        try members.finish()
        let position = frontier.size
        guard let header, let body else {
            faults.append("entry \(position) is no base64")
            return
        }
        guard let name = try JSONValue(canonical: header)["stream"] else {
            throw JSONError(.missing, "the header of entry \(position) names no stream")
        }
        let stream = try StreamID(json: name)
        let entry = try AuditEntry(
            AuditRecord(
                position: position,
                stream: stream,
                revision: revisions[stream, default: 0],
                header: header,
                salt: salt.bytes,
                body: body
            )
        )
        revisions[entry.stream, default: 0] += 1
        if entry.leaf != leaf { faults.append("entry \(position) has another leaf") }
        if entry.body != event { faults.append("entry \(position) differs from its copy") }
        // A log that was recovered goes on as "/e2", "/e3" and so on of its first name.
        let first = entry.body["origin"]?.string ?? ""
        if position == 0, let origin = head?.origin, origin != first,
            !origin.hasPrefix(first + "/e") || first.isEmpty
        {
            faults.append("entry 0 names another origin than the checkpoint")
        }
        _ = frontier.append(entry.leaf)
        attachments.formUnion(entry.attachments.map(\.digest))
        if let digest = entry.erasedAttachment { erased.insert(digest) }
        if let row = try table.row(of: entry) { tableDigest.update(row.text.utf8) }
    }

    private mutating func addAttachment(_ line: [UInt8]) throws {
        let json = try JSONValue(canonical: line, within: Self.limits)
        guard let digest = json["digest"]?.string.flatMap(Digest.init(hex:)) else {
            faults.append("an attachment has no digest")
            return
        }
        attachments.remove(digest)
        if json["erased"] == true.json {
            if !erased.contains(digest) {
                faults.append("no entry records the erasure of the attachment \(digest)")
            }
            return
        }
        if erased.contains(digest) {
            faults.append("the attachment \(digest) is there, and its erasure is on record")
        }
        guard let salt = json["salt"]?.string.flatMap(Digest.init(hex:)),
            let bytes = json["bytes"]?.string.flatMap({ Base64.decode($0) }),
            SHA256.digest(of: salt.bytes + bytes) == digest
        else {
            faults.append("the attachment \(digest) is not as logged")
            return
        }
    }

    private mutating func lines(
        _ path: String,
        of source: some EvidenceSource,
        _ add: (inout Self, [UInt8]) throws -> Void
    ) throws {
        var (rest, failure) = ([] as [UInt8], nil as (any Error)?)
        try source.read(path) { piece in
            for byte in piece where failure == nil {
                guard byte == 0x0A else {
                    rest.append(byte)
                    continue
                }
                do { try add(&self, rest) } catch { failure = error }
                rest.removeAll(keepingCapacity: true)
            }
        }
        if let failure { faults.append("\(path): \(failure)") }
        if failure == nil, !rest.isEmpty { faults.append("\(path) does not end with a line feed") }
    }

    private static func whole(_ path: String, of source: some EvidenceSource) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try source.read(path) { bytes += $0 }
        return bytes
    }

    private static func staysInside(_ path: String) -> Bool {
        !path.isEmpty && !path.utf8.contains(0x5C)
            && path.split(separator: "/", omittingEmptySubsequences: false)
                .allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }
}
