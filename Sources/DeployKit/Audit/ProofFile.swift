// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// An inclusion proof that stands alone, in the C2SP tlog-proof format: who has the file, the
/// entry's header and the log's key needs nothing else.
///
///     c2sp.org/tlog-proof@v1
///     extra ZHJhZnQ=
///     index 3
///     ApjRIpBtz8EIkstTpzmS/FufST6kybrbJ7eRtBJ6f+c=
///
///     payments.0123456789abcdef
///     …
///
/// The hashes go from the leaf to the root; a blank line and the checkpoint follow. The line
/// `extra` is optional. Nothing vouches for what it says, and nothing here makes one.
public struct InclusionProofFile: Hashable, Sendable {
    /// The position of the entry.
    public let position: Int
    /// The hashes, from below.
    public let proof: [Digest]
    /// The head that the proof leads to.
    public let checkpoint: Checkpoint
    /// What the writer of the file added for its readers; proved by nothing.
    public let extra: [UInt8]?

    /// A proof of these parts; see ``verifies(header:)``.
    public init(
        position: Int,
        proof: [Digest],
        checkpoint: Checkpoint,
        extra: [UInt8]? = nil
    ) {
        self.position = position
        self.proof = proof
        self.checkpoint = checkpoint
        self.extra = extra
    }

    /// The text of the file.
    public var text: String {
        var lines = ["c2sp.org/tlog-proof@v1"]
        if let extra { lines.append("extra \(Base64.encode(extra))") }
        lines.append("index \(position)")
        return (lines + proof.map(ProofLines.line)).joined(separator: "\n") + "\n\n"
            + checkpoint.note
    }

    /// Reads the text of a file, exactly as ``text`` writes it.
    ///
    /// - Throws: ``CheckpointError`` with what is wrong; also for an index that the checkpoint does
    ///   not cover, and for another number of hashes than lead from there to its root.
    public init(_ bytes: some Collection<UInt8>) throws(CheckpointError) {
        let parts = try ProofLines(bytes, lead: ["c2sp.org/tlog-proof@v1", "extra ", "index "])
        guard let first = parts.lead.first, let last = parts.lead.last,
            first == "c2sp.org/tlog-proof@v1"
        else { throw CheckpointError("the first line is not 'c2sp.org/tlog-proof@v1'") }
        position = try ProofLines.number(last, after: "index ")
        extra = try parts.lead.count < 3 ? nil : ProofLines.extra(parts.lead[1])
        proof = parts.hashes
        checkpoint = parts.checkpoint
        let size = checkpoint.head.size
        guard position < size else {
            throw CheckpointError(
                "it is about entry \(position), and its checkpoint has \(size) entries"
            )
        }
        let count = MerkleTree.inclusionProofCount(of: position, in: size)
        guard proof.count == count else {
            throw CheckpointError(
                "it has \(proof.count) hashes; from entry \(position) of \(size), \(count) lead to "
                    + "the root"
            )
        }
    }

    /// Tells whether the entry with this header is in the log that the checkpoint commits to.
    public func verifies(header: [UInt8]) -> Bool {
        verifies(leaf: MerkleTree.leafHash(header))
    }

    /// Tells whether the entry whose header has this hash is in the log that the checkpoint commits
    /// to.
    public func verifies(leaf: Digest) -> Bool {
        MerkleTree.verifiesInclusion(
            of: leaf,
            at: position,
            in: checkpoint.head.size,
            root: checkpoint.head.root,
            proof: proof
        )
    }
}

/// A consistency proof from an older head, in the form of C2SP tlog-witness' request body:
/// `old` and its size, the hashes one a line, a blank line, and the newer checkpoint.
public struct ConsistencyProofFile: Hashable, Sendable {
    /// How many entries the older head has.
    public let oldSize: Int
    /// The hashes in the order of RFC 9162.
    public let proof: [Digest]
    /// The newer head.
    public let checkpoint: Checkpoint

    /// A proof of these parts; see ``verifies(_:)``.
    public init(oldSize: Int, proof: [Digest], checkpoint: Checkpoint) {
        self.oldSize = oldSize
        self.proof = proof
        self.checkpoint = checkpoint
    }

    /// The text of the file.
    public var text: String {
        (["old \(oldSize)"] + proof.map(ProofLines.line)).joined(separator: "\n") + "\n\n"
            + checkpoint.note
    }

    /// Reads the text of a file, exactly as ``text`` writes it.
    ///
    /// - Throws: ``CheckpointError`` with what is wrong.
    public init(_ bytes: some Collection<UInt8>) throws(CheckpointError) {
        let parts = try ProofLines(bytes, lead: ["old "])
        guard let line = parts.lead.first else { throw CheckpointError("'old' is missing") }
        oldSize = try ProofLines.number(line, after: "old ")
        proof = parts.hashes
        checkpoint = parts.checkpoint
    }

    /// Tells whether the checkpoint continues the log that `old` commits to.
    public func verifies(_ old: LogHead) -> Bool {
        old.size == oldSize && old.origin.utf8.elementsEqual(checkpoint.head.origin.utf8)
            && MerkleTree.verifiesConsistency(
                from: oldSize,
                root: old.root,
                to: checkpoint.head.size,
                root: checkpoint.head.root,
                proof: proof
            )
    }
}

/// What both proof files have in common: lines, hashes, a blank line, a checkpoint.
private struct ProofLines {
    let lead: [Substring]
    let hashes: [Digest]
    let checkpoint: Checkpoint

    static func line(_ digest: Digest) -> String { Base64.encode(digest.bytes) }

    static func number(_ line: Substring, after word: String) throws(CheckpointError) -> Int {
        let digits = line.dropFirst(word.count)
        guard line.hasPrefix(word), let number = Int(digits), number >= 0,
            String(number).utf8.elementsEqual(digits.utf8)
        else { throw CheckpointError("'\(line)' is not '\(word)' and a number") }
        return number
    }

    static func extra(_ line: Substring) throws(CheckpointError) -> [UInt8] {
        guard let bytes = Base64.decode(line.dropFirst("extra ".count)), !bytes.isEmpty else {
            throw CheckpointError("'\(line)' is not 'extra ' and base64")
        }
        return bytes
    }

    /// Takes a file apart.
    ///
    /// - Parameters:
    ///   - bytes: The file: 64 KiB before its checkpoint at the most.
    ///   - words: With what the lines before the hashes begin; a word that no line begins with is
    ///     left out.
    /// - Throws: ``CheckpointError`` with what is wrong.
    init(
        _ bytes: some Collection<UInt8>,
        lead words: [String]
    ) throws(CheckpointError) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CheckpointError("the proof is not UTF-8")
        }
        let lines = text.utf8.prefix(64 << 10).split(
            separator: 0x0A,
            maxSplits: words.count + 64,
            omittingEmptySubsequences: false
        )
        guard let blank = lines.firstIndex(where: \.isEmpty), blank < lines.count - 1 else {
            throw CheckpointError(
                "63 hashes at the most, a blank line and a checkpoint are expected"
            )
        }
        var rest = lines[..<blank]
        var lead: [Substring] = []
        for word in words where rest.first?.starts(with: word.utf8) == true {
            lead.append(Substring(rest.removeFirst()))
        }
        guard rest.count <= 63 else {
            throw CheckpointError("the proof has \(rest.count) hashes, more than 63")
        }
        var hashes: [Digest] = []
        for line in rest {
            guard let digest = Base64.decode(Substring(line)).flatMap({ Digest(bytes: $0) }) else {
                throw CheckpointError("'\(Substring(line))' is no base64 of 32 bytes")
            }
            hashes.append(digest)
        }
        self.lead = lead
        self.hashes = hashes
        checkpoint = try Checkpoint(note: Array(text.utf8[lines[blank + 1].startIndex...]))
    }
}
