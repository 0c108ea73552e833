// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// A head of a log that was kept outside the store, in a file: by this machine, or by whoever names
/// the file.
public struct Anchor: Hashable, Sendable {
    /// What holds the head.
    public enum Kind: String, Hashable, Sendable {
        /// A checkpoint, or the newer one of a consistency proof.
        case checkpoint
        /// The proof that an entry is in the log, handed out with a sign-off.
        case receipt
        /// The last head that this machine saw.
        case note
    }

    /// What holds the head.
    public let kind: Kind
    /// The file.
    public private(set) var path: String
    /// Whether somebody named the file, rather than this machine having kept it.
    public let isNamed: Bool
    /// The head.
    public let head: LogHead
    /// Whether a key that is known made a signature over it.
    public let isSigned: Bool
    /// Whose signatures stand under a head that no key that is known signed.
    public let strangers: [String]
    /// The receipt that holds the head, where it is one.
    public let receipt: InclusionProofFile?

    /// A note of this machine.
    init(note: Checkpoint, path: String) {
        kind = .note
        self.path = path
        isNamed = false
        head = note.head
        isSigned = false
        strangers = []
        receipt = nil
    }

    /// A receipt that this machine keeps.
    init(receipt: InclusionProofFile, path: String) {
        kind = .receipt
        self.path = path
        isNamed = false
        head = receipt.checkpoint.head
        isSigned = false
        strangers = []
        self.receipt = receipt
    }

    /// Reads a file that somebody names: a checkpoint, a receipt (`.tlog-proof`) or a consistency
    /// proof.
    ///
    /// - Parameters:
    ///   - path: What the file is called.
    ///   - bytes: What is in it.
    ///   - key: The key that must have signed, where one is named; a key of the log itself, under
    ///     whatever name the log had.
    ///   - ownKey: The key of the log on this machine, which may have signed, under whatever name
    ///     the log had.
    ///   - verifier: Decides the cryptography.
    /// - Throws: ``KeepingError``, code `headMalformed`, for a file of another form, a head of no
    ///   entries, a bad signature and, where a key is named, a missing one; `SignatureError`
    ///   when that could not be found out.
    public init(
        named path: String,
        bytes: [UInt8],
        key: NoteKey?,
        ownKey: NoteKey?,
        verifier: some SignatureVerifier = OpenSSLVerifier()
    ) async throws {
        let checkpoint: Checkpoint
        do throws(CheckpointError) {
            if bytes.starts(with: "c2sp.org/tlog-proof@".utf8) {
                let receipt = try InclusionProofFile(bytes)
                self.receipt = receipt
                checkpoint = receipt.checkpoint
                kind = .receipt
            } else {
                receipt = nil
                kind = .checkpoint
                checkpoint =
                    try bytes.starts(with: "old ".utf8)
                    ? ConsistencyProofFile(bytes).checkpoint : Checkpoint(note: bytes)
            }
        } catch {
            throw KeepingError(
                .headMalformed,
                "'\(path)' holds no head of a log: \(error.message)",
                underlying: error
            )
        }
        self.path = path
        isNamed = true
        head = checkpoint.head
        let origin = checkpoint.head.origin
        let required = try key.map { try $0.named(as: origin) ?? $0 }
        var keys = [required].compactMap { $0 }
        if let own = try ownKey?.named(as: origin) { keys.append(own) }
        guard let signers = try await checkpoint.signers(among: keys, verifier: verifier) else {
            throw KeepingError(
                .headMalformed,
                "'\(path)' has a signature that its key did not make"
            )
        }
        if let key, let required, !signers.contains(required) {
            throw KeepingError(.headMalformed, "'\(path)' is not signed by the key '\(key)'")
        }
        guard head.size > 0 else {
            throw KeepingError(
                .headMalformed,
                "'\(path)' is of a log without entries, and proves nothing"
            )
        }
        isSigned = !signers.isEmpty
        strangers = signers.isEmpty ? checkpoint.signatures.map(\.name) : []
    }
}

extension Anchor {
    /// The same in another file.
    func moved(to path: String) -> Self {
        var moved = self
        moved.path = path
        return moved
    }

    /// Whether the log has the entry that the receipt is about, as the receipt proves it; `nil`
    /// where there is no receipt, or the log has no such entry.
    ///
    /// - Throws: ``AuditStoreError`` when the store cannot be read.
    func provesEntry(in log: AuditLog) async throws(AuditStoreError) -> Bool? {
        guard let receipt else { return nil }
        let position = receipt.position
        guard let record = try await log.store.records(in: position..<position + 1).first else {
            return nil
        }
        return receipt.verifies(header: record.header)
    }
}
