// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A public key of a signed note, in the form that C2SP signed-note calls a vkey:
/// `name+key ID in hexadecimal digits+base64 of the type byte and the key`.
public struct NoteKey: Hashable, Sendable, CustomStringConvertible {
    /// What a key signs, and how.
    @nonexhaustive
    public enum Kind: UInt8, Hashable, Sendable {
        /// Ed25519 over the text of the note.
        case ed25519 = 0x01
        /// Ed25519 cosignature: over a time and the text of the note.
        case cosignature = 0x04
    }

    /// The name, as in ``Checkpoint/Signature/name``.
    public let name: String
    /// What the key signs, and how.
    public let kind: Kind
    /// The 32 bytes of the Ed25519 public key.
    public let publicKey: [UInt8]

    /// A key of these parts.
    ///
    /// - Throws: ``CheckpointError`` when `name` is not allowed or the key has not 32 bytes.
    public init(name: String, kind: Kind, publicKey: [UInt8]) throws(CheckpointError) {
        guard Checkpoint.Signature.isName(name), publicKey.count == 32 else {
            throw CheckpointError("'\(name)' with \(publicKey.count) bytes is no key of a note")
        }
        self.name = name
        self.kind = kind
        self.publicKey = publicKey
    }

    /// Reads the text form.
    ///
    /// - Throws: ``CheckpointError`` for a text of another form, an unknown type, and a key ID
    ///   that does not belong to the key.
    public init(_ text: String) throws(CheckpointError) {
        // Base64 contains '+' too: only the first two separate.
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let blob = Base64.decode(parts[2]), let type = blob.first else {
            throw CheckpointError("a key has the form name+key ID+base64")
        }
        guard let kind = Kind(rawValue: type) else {
            throw CheckpointError("the key of '\(parts[0])' has the unknown type \(type)")
        }
        try self.init(name: String(parts[0]), kind: kind, publicKey: Array(blob.dropFirst()))
        guard description.utf8.elementsEqual(text.utf8) else {
            throw CheckpointError("the key ID \(parts[1]) does not belong to the key of '\(name)'")
        }
    }

    /// The first four bytes of SHA-256 of the name, a line feed, the type and the key.
    public var keyID: [UInt8] {
        let content = Array(name.utf8) + [0x0A, kind.rawValue] + publicKey
        return Array(SHA256.digest(of: content).bytes.prefix(4))
    }

    /// The text form.
    public var description: String {
        let digits = keyID.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return "\(name)+\(digits.joined())+\(Base64.encode([kind.rawValue] + publicKey))"
    }
}

/// Signs bytes with a key that it holds: a stock program, an agent, a key service.
public protocol Signer: Sendable {
    /// The public half of the key.
    var key: NoteKey { get }

    /// The signature over `message`, 64 bytes for Ed25519.
    ///
    /// - Throws: ``SignatureError`` when it could not be made.
    func signature(over message: [UInt8]) async throws(SignatureError) -> [UInt8]
}

/// Decides the cryptography of signatures: a stock program or a library.
public protocol SignatureVerifier: Sendable {
    /// Tells whether `signature` over `message` was made with the private half of `key`.
    ///
    /// - Throws: ``SignatureError`` when it could not be found out.
    func accepts(
        _ signature: [UInt8],
        over message: [UInt8],
        by key: NoteKey
    ) async throws(SignatureError) -> Bool
}

/// Why a signature could not be made, or judged.
public struct SignatureError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    public let message: String
    /// What lies underneath, for whoever digs.
    public let underlying: (any Error)?

    /// A failure with its sentence.
    public init(_ message: String, underlying: (any Error)? = nil) {
        self.message = message
        self.underlying = underlying
    }

    /// A stable code, `signature-unavailable`, and the message.
    public var description: String { "signature-unavailable: \(message)" }
}

extension Checkpoint {
    /// The checkpoint with one more signature, by the key of a log.
    ///
    /// - Throws: ``SignatureError`` when `signer` could not sign.
    public func signed(by signer: some Signer) async throws(SignatureError) -> Checkpoint {
        let bytes = try await signer.signature(over: Array(text.utf8))
        var copy = self
        do {
            copy.signatures.append(
                try Signature(name: signer.key.name, keyID: signer.key.keyID, bytes: bytes)
            )
        } catch {
            throw SignatureError(error.message, underlying: error)
        }
        return copy
    }

    /// Which of the known `keys` signed the checkpoint.
    ///
    /// Signatures of unknown keys are ignored, as C2SP signed-note orders.
    ///
    /// - Parameters:
    ///   - keys: The keys that the caller trusts.
    ///   - verifier: Decides the cryptography.
    /// - Returns: The keys with a good signature in the order of the lines, or `nil` when a known
    ///   key has a bad one: then the note as a whole is refused.
    /// - Throws: ``SignatureError`` when it could not be found out.
    public func signers(
        among keys: [NoteKey],
        verifier: some SignatureVerifier
    ) async throws(SignatureError) -> [NoteKey]? {
        var signers: [NoteKey] = []
        for signature in signatures {
            guard
                let key = keys.first(where: {
                    $0.name.utf8.elementsEqual(signature.name.utf8) && $0.keyID == signature.keyID
                })
            else { continue }
            var (message, bytes) = (Array(text.utf8), signature.bytes)
            if key.kind == .cosignature {
                guard bytes.count == 72 else { return nil }
                let time = bytes.prefix(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
                message = Array("cosignature/v1\ntime \(time)\n".utf8) + message
                bytes.removeFirst(8)
            }
            guard try await verifier.accepts(bytes, over: message, by: key) else { return nil }
            if !signers.contains(key) { signers.append(key) }
        }
        return signers
    }
}
