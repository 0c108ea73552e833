// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Why an SSH key or an SSH signature is not taken.
public struct SSHSignatureError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of refusal.
    @nonexhaustive
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The bytes are not of the form that they claim.
        case malformed = "ssh-malformed"
        /// A kind of key, hash or certificate that is not known here; it may be good elsewhere.
        case unsupported = "ssh-unsupported"
        /// An RSA key that is too short, or a signature over SHA-1.
        case weak = "ssh-weak"
        /// The name is none that can stand for one person alone.
        case badPrincipal = "ssh-bad-principal"
        /// The signature was made for another purpose.
        case wrongNamespace = "ssh-wrong-namespace"
        /// The key is not known as the person's.
        case wrongKey = "ssh-wrong-key"
        /// The key proves nothing yet.
        case notYetValid = "ssh-not-yet-valid"
        /// The key proves nothing any more.
        case expired = "ssh-expired"
        /// The key was revoked.
        case revoked = "ssh-revoked"
        /// The security key was not touched.
        case untouched = "ssh-untouched"
        /// The cryptography does not fit: another message, or no signature of this key.
        case wrongSignature = "ssh-wrong-signature"
    }

    /// What kind of refusal it is.
    public let code: Code
    /// What was found and what was expected.
    public let message: String

    /// A refusal of a kind, with its sentence.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The code and the sentence.
    public var description: String { "\(code.rawValue): \(message)" }
}
