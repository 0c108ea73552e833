// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A signature that `ssh-keygen -Y sign` made: OpenSSH's PROTOCOL.sshsig, version 1.
///
/// The armour is read with lines of any length that end with LF or CRLF. Inside, nothing may be
/// missing or left over, and the parts must fit each other: a hash of SHA-2, a namespace, and a
/// signature of the kind that the key makes. What the cryptography says is for others to decide
/// (``SSHSignatureVerifier``).
public struct SSHSignature: Hashable, Sendable {
    /// The key that signed, by its own account.
    public let key: SSHPublicKey
    /// What the signature was made for.
    public let namespace: String
    /// `sha256` or `sha512`: how the message was hashed.
    public let hash: String
    /// Whether the security key was touched; `nil` for keys that are none.
    public let isTouched: Bool?
    /// Whether the security key knew its owner by PIN or fingerprint; `nil` for keys that are none.
    public let isUserVerified: Bool?
    /// The whole signature, without the armour.
    public let blob: [UInt8]

    private static let first = "-----BEGIN SSH SIGNATURE-----"
    private static let last = "-----END SSH SIGNATURE-----"
    private static let magic = Array("SSHSIG".utf8)
    /// The longest signature that is read, in bytes without the armour.
    private static let limit = 16_384

    /// Reads the wire format.
    ///
    /// - Throws: ``SSHSignatureError``, code `malformed`, `unsupported` or `weak`.
    public init(blob: [UInt8]) throws(SSHSignatureError) {
        guard blob.count <= Self.limit else {
            throw SSHSignatureError(.malformed, "a signature has \(Self.limit) bytes at the most")
        }
        var bytes = SSHBytes(blob)
        guard try bytes.take(6, "a signature") == Self.magic else {
            throw SSHSignatureError(.malformed, "a signature begins with SSHSIG")
        }
        let version = try bytes.number("the version")
        guard version == 1 else {
            throw SSHSignatureError(.unsupported, "version \(version) of SSHSIG is not known here")
        }
        key = try SSHPublicKey(blob: bytes.string("the key"))
        namespace = try bytes.text("the namespace")
        guard !namespace.isEmpty else {
            throw SSHSignatureError(.wrongNamespace, "the signature names no namespace")
        }
        // Reserved; the format says that its content is to be ignored.
        _ = try bytes.string("the reserved part")
        hash = try bytes.text("the hash")
        guard hash == "sha256" || hash == "sha512" else {
            throw SSHSignatureError(.unsupported, "the hash '\(hash)' is not sha256 or sha512")
        }
        let signature = try bytes.string("the signature")
        try bytes.finish("the signature")
        let flags = try Self.flags(signature, key.algorithm)
        isTouched = flags.map { $0 & 0x01 != 0 }
        isUserVerified = flags.map { $0 & 0x04 != 0 }
        self.blob = blob
    }

    /// Reads the armoured text.
    ///
    /// - Throws: ``SSHSignatureError``, code `malformed`, `unsupported` or `weak`.
    public init(armored text: String) throws(SSHSignatureError) {
        var lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            String(Substring(line.last == 0x0D ? line.dropLast() : line))
        }
        while lines.last == "" { lines.removeLast() }
        guard lines.first == Self.first, lines.last == Self.last, lines.count >= 3 else {
            throw SSHSignatureError(
                .malformed,
                "a signature stands between '\(Self.first)' and '\(Self.last)'"
            )
        }
        let body = lines.dropFirst().dropLast()
        guard body.allSatisfy({ !$0.isEmpty }), let blob = Base64.decode(body.joined()) else {
            throw SSHSignatureError(.malformed, "the signature is no base64")
        }
        try self.init(blob: blob)
    }

    /// The armoured text, in lines of 70 characters, as `ssh-keygen` writes it.
    public var armored: String {
        let body = Array(Base64.encode(blob).utf8)
        var text = Self.first + "\n"
        for start in stride(from: 0, to: body.count, by: 70) {
            text += String(decoding: body[start..<min(start + 70, body.count)], as: UTF8.self)
            text += "\n"
        }
        return text + Self.last + "\n"
    }

    /// The flags of a security key, after a look at the form of the signature.
    private static func flags(
        _ signature: [UInt8],
        _ algorithm: SSHPublicKey.Algorithm
    ) throws(SSHSignatureError) -> UInt8? {
        var bytes = SSHBytes(signature)
        let kind = try bytes.text("the kind of signature")
        if algorithm == .rsa, kind == "ssh-rsa" {
            throw SSHSignatureError(.weak, "a signature over SHA-1")
        }
        let isWebAuthn = kind == "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"
        let expected =
            switch algorithm {
            case .rsa: ["rsa-sha2-256", "rsa-sha2-512"]
            case .securityKeyP256:
                [algorithm.rawValue, "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"]
            default: [algorithm.rawValue]
            }
        guard expected.contains(kind) else {
            throw SSHSignatureError(
                .malformed,
                "a signature '\(kind)' by a key '\(algorithm.rawValue)'"
            )
        }
        let value = try bytes.string("the signature's value")
        switch algorithm {
        case .ed25519, .securityKeyEd25519:
            guard value.count == 64 else {
                throw SSHSignatureError(.malformed, "an Ed25519 signature has 64 bytes")
            }
        case .rsa:
            guard !value.isEmpty else { throw SSHSignatureError(.malformed, "an empty signature") }
        case .p256, .p384, .p521, .securityKeyP256:
            var parts = SSHBytes(value)
            _ = try parts.positive("r")
            _ = try parts.positive("s")
            try parts.finish("r and s")
        }
        guard algorithm.isSecurityKey else {
            try bytes.finish("the signature's value")
            return nil
        }
        let flags = try bytes.take(1, "the flags").first
        _ = try bytes.number("the counter")
        if isWebAuthn {
            for part in ["the origin", "the client data", "the extensions"] {
                _ = try bytes.string(part)
            }
        }
        try bytes.finish("the signature's value")
        return flags
    }
}

/// Decides the cryptography of SSH signatures: a stock program or a library.
public protocol SSHSignatureVerifier: Sendable {
    /// Judges whether `signature` was made over `message` with the private half of its key.
    ///
    /// - Parameters:
    ///   - signature: The signature, which names its key.
    ///   - message: The message.
    ///   - principal: Whose key it is; known to be one that stands for one person alone.
    ///   - namespace: What it was made for; known to be what the signature says.
    ///   - at: When it was signed.
    /// - Returns: Whether it was.
    /// - Throws: ``SignatureError`` when it could not be found out.
    func accepts(
        _ signature: SSHSignature,
        over message: [UInt8],
        by principal: String,
        for namespace: String,
        at: Timestamp
    ) async throws(SignatureError) -> Bool
}
