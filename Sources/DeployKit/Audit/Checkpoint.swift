// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A head of the log as a text that others can keep and sign: C2SP tlog-checkpoint v1 in a
/// ``SignedNote``.
///
///     payments.0123456789abcdef
///     8
///     XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=
///
///     — payments.0123456789abcdef hnDQbVgD…
///
/// Three lines (origin, size, base64 of the root), a blank line, and a line for each signature.
/// Without signatures the text ends with the blank line. There are no extension lines; a later
/// version may add some, and this one refuses them.
public struct Checkpoint: Hashable, Sendable {
    /// What the checkpoint says.
    public let head: LogHead
    /// The head as a note, with its signatures.
    public let signed: SignedNote

    /// A checkpoint of `head`.
    ///
    /// - Throws: ``CheckpointError`` when the origin cannot stand on a line of its own, or the
    ///   size is below zero or above ``largestSize``.
    public init(
        _ head: LogHead,
        signatures: [SignedNote.Signature] = []
    ) throws(CheckpointError) {
        guard Self.isOrigin(head.origin) else {
            throw CheckpointError("'\(head.origin)' cannot be the origin of a checkpoint")
        }
        guard (0...Self.largestSize).contains(head.size) else {
            throw CheckpointError(
                "no log has \(head.size) entries; \(Self.largestSize) are the most"
            )
        }
        self.head = head
        signed = try SignedNote(
            "\(head.origin)\n\(head.size)\n\(Base64.encode(head.root.bytes))\n",
            signatures: signatures
        )
    }

    /// Whether a log may have this name: it stands on a line of its own.
    static func isOrigin(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 >= 0x20 }
    }

    /// The most entries that a log can have: positions are integers of canonical JSON.
    public static let largestSize = Int(JSONValue.largestInteger)

    /// What is signed: the three lines, each with its line feed.
    public var text: String { signed.text }

    /// The signatures in order, known keys and unknown ones.
    public var signatures: [SignedNote.Signature] { signed.signatures }

    /// The whole note: the text, a blank line, and the signature lines.
    public var note: String { signed.note }

    /// Reads a note, exactly as ``note`` writes it.
    ///
    /// - Parameter bytes: The note: 64 KiB and 100 signatures at the most.
    /// - Throws: ``CheckpointError`` with the line that is wrong.
    public init(note bytes: some Collection<UInt8>) throws(CheckpointError) {
        let signed = try SignedNote(note: bytes)
        let lines = signed.text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
            .map { Substring($0) }
        guard lines.count == 4 else {
            throw CheckpointError(
                "the text of a checkpoint has three lines, not \(lines.count - 1)"
            )
        }
        guard let size = Int(lines[1]), String(size).utf8.elementsEqual(lines[1].utf8), size >= 0
        else { throw CheckpointError("line 2: '\(lines[1])' is no number of entries") }
        guard let root = Base64.decode(lines[2]).flatMap({ Digest(bytes: $0) }) else {
            throw CheckpointError("line 3: '\(lines[2])' is no base64 of 32 bytes")
        }
        try self.init(
            LogHead(origin: String(lines[0]), size: size, root: root),
            signatures: signed.signatures
        )
    }

    /// The checkpoint with one more signature, by the key of a log.
    ///
    /// - Throws: ``SignatureError`` when `signer` could not sign.
    public func signed(by signer: some Signer) async throws(SignatureError) -> Checkpoint {
        let note = try await signed.signed(by: signer)
        do {
            return try Checkpoint(head, signatures: note.signatures)
        } catch {
            throw SignatureError(error.message, underlying: error)
        }
    }

    /// Which of the known `keys` signed the checkpoint; see
    /// ``SignedNote/signers(among:verifier:)``.
    ///
    /// - Returns: The keys with a good signature in the order of the lines, or `nil` when a known
    ///   key has a bad one: then the checkpoint as a whole is refused.
    /// - Throws: ``SignatureError`` when it could not be found out.
    public func signers(
        among keys: [NoteKey],
        verifier: some SignatureVerifier
    ) async throws(SignatureError) -> [NoteKey]? {
        try await signed.signers(among: keys, verifier: verifier)
    }
}

/// Why a note, a checkpoint, a key of one or a proof file was refused.
public struct CheckpointError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was found and what was expected.
    public let message: String

    /// A refusal with its sentence.
    public init(_ message: String) {
        self.message = message
    }

    /// A stable code, `checkpoint-malformed`, and the message.
    public var description: String { "checkpoint-malformed: \(message)" }
}
