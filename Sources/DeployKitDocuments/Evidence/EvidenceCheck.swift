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
/// record, whether the table of sign-offs follows from the entries, whether each gate that was
/// consumed was open by the entries before, and whether what the query selects is there whole. What only the manifest says (tool, counts, moment) nothing else vouches for, and
/// signatures of the checkpoint are not checked. Whether the checkpoint is the one that others
/// hold, the caller must compare.
public struct EvidenceCheck: Sendable {
    /// What does not fit, one sentence each; empty for a bundle that holds together.
    public internal(set) var faults: [String] = []
    /// Finds files of a folder that do not belong to the bundle: nothing vouches for them.
    ///
    /// - Parameter paths: All files of the folder, relative to it.
    /// - Returns: Those that the manifest does not list, in the order of their names.
    public func strangers(among paths: [String]) -> [String] {
        let own: Set = ["manifest.json", "manifest.sha256", "manifest.sig"]
        return paths.filter { digests[$0] == nil && !own.contains($0) }.sorted()
    }

    /// The head that the checkpoint names, when it can be read.
    public private(set) var head: LogHead?
    private var frontier = MerkleTree.Frontier()
    private var revisions: [StreamID: Int] = [:]
    private var attachments: Set<Digest> = []
    private var erased: Set<Digest> = []
    private var table = SignOffTable()
    private var tableDigest = SHA256()
    var digests: [String: Digest] = [:]
    var query = EvidenceQuery()
    var directory = Directory()
    /// For each deployment whether the query selects it, and which of its entries have no body.
    var selections: [StreamID: (isSelected: Bool, shown: Int, omitted: Int)] = [:]
    var replayed: [StreamID: Deployment] = [:]
    /// What the gates depend on besides their deployment, as far as the entries go.
    var facts: LogFacts
    /// The name of the log so far.
    var origin = ""
    /// The streams of which the query leaves out entries.
    var omittedStreams: Set<StreamID> = []
    var definitions: [Digest: [UInt8]] = [:]
    var derived: [String: Digest] = [:]
    /// The deployments of the bundle, as their entries add up, in the order in which they began.
    public internal(set) var deployments: [Deployment] = []
    /// The signed statements of the bundle, oldest first; that they are good is not checked here.
    public internal(set) var signatures: [EvidenceSignature] = []
    /// What of the bundle was not compared with the entries.
    public internal(set) var unchecked: [String] = []
    /// How many entries the query leaves out; their headers are there.
    public private(set) var omitted = 0

    private static let limits = JSONLimits(
        depth: 40,
        stringBytes: 256 << 20,
        members: 1_000_000,
        totalBytes: 512 << 20
    )

    /// Which of the heads that were kept elsewhere the log of the bundle contains.
    public private(set) var confirmed: Set<LogHead> = []
    /// The receipts that do not prove their entry, though the log of the bundle contains their head:
    /// they were altered.
    public private(set) var brokenReceipts: Set<InclusionProofFile> = []
    private let anchors: [LogHead]
    private let receipts: [InclusionProofFile]
    let version: String?
    var begun: [StreamID] = []
    var texts: [Digest: String?] = [:]

    /// Checks the bundle that `source` gives.
    ///
    /// - Parameters:
    ///   - source: The files.
    ///   - anchors: Heads of the log that were kept elsewhere; see ``confirmed``.
    ///   - receipts: Receipts of the log that were kept elsewhere, whose heads are among `anchors`;
    ///     see ``brokenReceipts``.
    ///   - version: The version of this tool: the page of a bundle of the same version is derived
    ///     anew and compared.
    ///   - zones: What knows the zones by whose clocks freezes and maintenance windows are; a gate
    ///     that needs another is judged without them, and named in ``unchecked``.
    public init(
        reading source: some EvidenceSource,
        against anchors: [LogHead] = [],
        receipts: [InclusionProofFile] = [],
        version: String? = nil,
        zones: any ZoneSource = NoZones()
    ) {
        facts = LogFacts(zones: zones)
        self.anchors = anchors
        self.receipts = receipts
        self.version = version
        do {
            try check(source)
        } catch {
            faults.append("the bundle cannot be read: \(error)")
        }
    }

    private mutating func check(_ source: some EvidenceSource) throws {
        var bytes = try Self.whole("manifest.json", of: source)
        let sum = "\(SHA256.digest(of: bytes).hex)  manifest.json\n"
        if try Self.whole("manifest.sha256", of: source) != Array(sum.utf8) {
            faults.append("manifest.sha256 is not of this manifest.json")
        }
        guard bytes.popLast() == 0x0A else {
            faults.append("manifest.json does not end with a line feed")
            return
        }
        let manifest = try JSONValue(canonical: bytes, within: Self.limits)
        try checkFiles(manifest, source)
        query =
            try manifest["query"].map { json throws(JSONError) in
                try EvidenceQuery(json: json)
            } ?? EvidenceQuery()
        if let previous = manifest["previousHead"] {
            try checkContinuation(of: LogHead(json: previous), source)
        }
        try readDefinitions(source)
        let checkpoint = try Checkpoint(note: Self.whole("checkpoint", of: source))
        head = checkpoint.head
        let named = try manifest["head"].map { json throws(JSONError) in try LogHead(json: json) }
        if named != checkpoint.head { faults.append("manifest.json names another head") }
        tableDigest.update(SignOffRow.header)
        try lines("entries.jsonl", of: source) { check, line in try check.addEntry(line) }
        if digests["signoffs.csv"] != tableDigest.finalize() {
            faults.append("signoffs.csv is not what follows from the entries")
        }
        // Heads of an earlier epoch bear an earlier name of the same log.
        let name = checkpoint.head.origin
        confirmed = confirmed.filter { name == $0.origin || name.hasPrefix($0.origin + "/e") }
        brokenReceipts = brokenReceipts.filter { confirmed.contains($0.checkpoint.head) }
        if !origin.utf8.elementsEqual(checkpoint.head.origin.utf8) {
            faults.append("the entries are of the log '\(VisibleText.render(origin))'")
        }
        if frontier.size != checkpoint.head.size || frontier.root != checkpoint.head.root {
            faults.append(
                "the \(frontier.size) entries do not have the root of the checkpoint, "
                    + "which covers \(checkpoint.head.size)"
            )
        }
        deployments = begun.compactMap { replayed[$0] }
        for reference in deployments.flatMap(\.reportedTexts) {
            texts[reference.digest] = .some(nil)
        }
        try lines("attachments.jsonl", of: source) { check, line in try check.addAttachment(line) }
        for digest in attachments.sorted() {
            faults.append("the attachment \(digest) is missing")
        }
        checkSelection()
        if let signers = digests["allowed_signers"],
            try signers != SHA256.digest(of: EvidenceFiles.allowedSigners(directory))
        {
            faults.append("allowed_signers is not what the log says of its people")
        }
        checkDerived()
        try checkReport(manifest, checkpoint)
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
        guard let encoded = members.value("body") else {
            let leaf = try members.required("leaf", as: Digest.self)
            try members.finish()
            return try addHeader(header, leaf)
        }
        let text = try String(json: encoded)
        let body = Base64.decode(text)
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
        if position == 0 { origin = entry.body["origin"]?.string ?? "" }
        append(entry.leaf)
        attachments.formUnion(entry.attachments.map(\.digest))
        if let digest = entry.erasedAttachment { erased.insert(digest) }
        if entry.stream == AuditLog.epochs {
            origin = try LogEpoch(entry, after: origin).origin
        }
        if let row = try table.row(of: entry) { tableDigest.update(row.bytes) }
        try replay(entry)
    }

    /// An entry of which the bundle has the header only.
    private mutating func addHeader(_ header: [UInt8]?, _ leaf: Digest) throws {
        let position = frontier.size
        guard let header else { throw JSONError(.value, "entry \(position) is no base64") }
        var members = try JSONMembers(JSONValue(canonical: header))
        let stream = try members.required("stream", as: StreamID.self)
        let at = try members.required("at", as: Timestamp.self)
        let seq = try members.required("seq", as: Int.self)
        let revision = try members.required("revision", as: Int.self)
        let version = try members.required("v", as: Int.self)
        if seq != position || revision != revisions[stream, default: 0] || version != 1 {
            faults.append("header \(position) leaves a gap")
        }
        revisions[stream, default: 0] += 1
        if MerkleTree.leafHash(header) != leaf {
            faults.append("entry \(position) has another leaf")
        }
        if query.isEverything || stream.isAlwaysShown {
            faults.append("entry \(position) has no body, and the query leaves nothing out there")
        }
        select(stream, at, isShown: false)
        omittedStreams.insert(stream)
        omitted += 1
        append(leaf)
    }

    private mutating func append(_ leaf: Digest) {
        for receipt in receipts
        where receipt.position == frontier.size && !receipt.verifies(leaf: leaf) {
            brokenReceipts.insert(receipt)
        }
        _ = frontier.append(leaf)
        for anchor in anchors where anchor.size == frontier.size && anchor.root == frontier.root {
            confirmed.insert(anchor)
        }
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
        if texts[digest] != nil { texts[digest] = String(decoding: bytes, as: UTF8.self) }
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

    static func whole(_ path: String, of source: some EvidenceSource) throws -> [UInt8] {
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
