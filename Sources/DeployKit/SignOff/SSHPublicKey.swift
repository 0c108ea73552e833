// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A public key as OpenSSH writes it: `ssh-ed25519 AAAAC3…`, perhaps with a comment, which is
/// dropped.
///
/// Certificates, DSA and kinds that came later are refused as unsupported, RSA below 2048 bits as
/// weak.
public struct SSHPublicKey: Hashable, Sendable, CustomStringConvertible {
    /// The kinds of key.
    @nonexhaustive
    public enum Algorithm: String, Hashable, Sendable, CaseIterable {
        /// Ed25519.
        case ed25519 = "ssh-ed25519"
        /// ECDSA over P-256.
        case p256 = "ecdsa-sha2-nistp256"
        /// ECDSA over P-384.
        case p384 = "ecdsa-sha2-nistp384"
        /// ECDSA over P-521.
        case p521 = "ecdsa-sha2-nistp521"
        /// RSA of 2048 bits or more.
        case rsa = "ssh-rsa"
        /// Ed25519 in a security key.
        case securityKeyEd25519 = "sk-ssh-ed25519@openssh.com"
        /// ECDSA over P-256 in a security key.
        case securityKeyP256 = "sk-ecdsa-sha2-nistp256@openssh.com"

        /// Whether the private half is in a security key (FIDO).
        public var isSecurityKey: Bool {
            self == .securityKeyEd25519 || self == .securityKeyP256
        }
    }

    /// The kind of key.
    public let algorithm: Algorithm
    /// The key in the wire format of SSH.
    public let blob: [UInt8]

    /// Reads the wire format.
    ///
    /// - Throws: ``SSHSignatureError``, code `malformed`, `unsupported` or `weak`.
    public init(blob: [UInt8]) throws(SSHSignatureError) {
        var bytes = SSHBytes(blob)
        let name = try bytes.text("the kind of key")
        guard let algorithm = Algorithm(rawValue: name) else {
            throw SSHSignatureError(.unsupported, "keys of the kind '\(name)' are not known here")
        }
        switch algorithm {
        case .ed25519, .securityKeyEd25519:
            guard try bytes.string("an Ed25519 key").count == 32 else {
                throw SSHSignatureError(.malformed, "an Ed25519 key has 32 bytes")
            }
        case .p256, .p384, .p521, .securityKeyP256:
            try Self.checkPoint(&bytes, algorithm)
        case .rsa:
            _ = try bytes.positive("an RSA exponent")
            let modulus = try bytes.positive("an RSA modulus")
            let count = modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0)
            guard count >= 2048 else {
                throw SSHSignatureError(.weak, "an RSA key of \(count) bits; 2048 are the least")
            }
        }
        if algorithm.isSecurityKey { _ = try bytes.text("the application of a security key") }
        try bytes.finish("the key")
        self.algorithm = algorithm
        self.blob = blob
    }

    /// Reads a line of a `.pub` file: the kind, base64, perhaps a comment.
    ///
    /// - Throws: ``SSHSignatureError``, code `malformed`, `unsupported` or `weak`.
    public init(_ text: String) throws(SSHSignatureError) {
        let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
        guard parts.count >= 2, let blob = Base64.decode(parts[1].trimmedOfNewline) else {
            throw SSHSignatureError(
                .malformed,
                "an SSH key is written as its kind, a space and base64, as in a .pub file"
            )
        }
        try self.init(blob: blob)
        guard algorithm.rawValue.utf8.elementsEqual(parts[0].utf8) else {
            throw SSHSignatureError(
                .malformed,
                "the key says that it is '\(algorithm.rawValue)', not '\(parts[0])'"
            )
        }
    }

    /// The kind and base64, with a space between; no comment.
    public var description: String { "\(algorithm.rawValue) \(Base64.encode(blob))" }

    /// `SHA256:` and base64 without padding, as `ssh-keygen -l` shows it.
    public var fingerprint: String {
        let text = Base64.encode(SHA256.digest(of: blob).bytes)
        return "SHA256:" + text.prefix { $0 != "=" }
    }

    private static func checkPoint(
        _ bytes: inout SSHBytes,
        _ algorithm: Algorithm
    ) throws(SSHSignatureError) {
        let curve = try bytes.text("a curve")
        let point = try bytes.string("a point")
        let (name, count) =
            switch algorithm {
            case .p384: ("nistp384", 97)
            case .p521: ("nistp521", 133)
            default: ("nistp256", 65)
            }
        guard curve == name, point.count == count, point.first == 4 else {
            throw SSHSignatureError(.malformed, "the point is not on \(name), uncompressed")
        }
    }
}

extension Substring {
    /// Without the line feed of a file, and the carriage return before it.
    fileprivate var trimmedOfNewline: Substring {
        var result = self
        while let last = result.utf8.last, last == 0x0A || last == 0x0D {
            result = Substring(result.utf8.dropLast())
        }
        return result
    }
}
