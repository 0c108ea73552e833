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

    /// The name, as in ``SignedNote/Signature/name``.
    public let name: String
    /// What the key signs, and how.
    public let kind: Kind
    /// The 32 bytes of the Ed25519 public key.
    public let publicKey: [UInt8]

    /// A key of these parts.
    ///
    /// - Throws: ``CheckpointError`` when `name` is not allowed or the key has not 32 bytes.
    public init(name: String, kind: Kind, publicKey: [UInt8]) throws(CheckpointError) {
        guard SignedNote.Signature.isName(name), publicKey.count == 32 else {
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
