// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// One way in which a signature may be wrong, with the verdict that was written down by hand before
/// any program was asked.
struct SSHSignatureCase: Sendable, CustomStringConvertible {
    /// What is wrong.
    enum Fault: String, CaseIterable, Sendable {
        case good, wrongData, wrongKey, wrongPrincipal, wrongNamespace, excludedNamespace, expired
        case notYetValid, revoked, badOption, truncated, trailingBytes

        /// What our own checks must say before any program is asked; `nil` where they must leave
        /// it to the cryptography.
        var expected: SSHSignatureError.Code? {
            switch self {
            case .good, .wrongData: nil
            case .wrongKey, .wrongPrincipal: .wrongKey
            case .wrongNamespace, .excludedNamespace: .wrongNamespace
            case .expired: .expired
            case .notYetValid: .notYetValid
            case .revoked: .revoked
            case .badOption: .unsupported
            case .truncated, .trailingBytes: .malformed
            }
        }

        /// Whether the signature is to be taken.
        var isGood: Bool { self == .good }
    }

    /// The types of key, as `ssh-keygen -t` and `-b` name them.
    static let keys = [
        ["ed25519"], ["ecdsa", "-b", "256"], ["ecdsa", "-b", "384"], ["ecdsa", "-b", "521"],
        ["rsa", "-b", "2048"],
    ]

    static let all: [Self] = keys.indices.flatMap { key in
        ["sha256", "sha512"].flatMap { hash in
            Fault.allCases.map { Self(key: key, hash: hash, fault: $0) }
        }
    }

    /// Which of ``keys``.
    let key: Int
    /// How the message is hashed.
    let hash: String
    let fault: Fault

    var description: String { "\(Self.keys[key].joined(separator: " ")) \(hash) \(fault)" }

    static let principal = "alice@example.com"
    static let namespace = "sign-off@deploykit"
    static let message = Array("DSSEv1 28 application/vnd.in-toto+json 2 {}".utf8)
    static let moment = "20260101000000Z"

    /// What the verifier is asked for.
    var askedPrincipal: String { fault == .wrongPrincipal ? "mallory@example.com" : Self.principal }
    var askedNamespace: String { fault == .wrongNamespace ? "file" : Self.namespace }
    var askedMessage: [UInt8] { fault == .wrongData ? Self.message + [0x0A] : Self.message }

    /// The line for the key that signed, or for `other` where that one is known instead.
    func allowed(_ signing: String, other: String) -> String {
        let key = fault == .wrongKey ? other : signing
        let options =
            switch fault {
            case .excludedNamespace: "namespaces=\"file,git\""
            case .expired: "namespaces=\"\(Self.namespace)\",valid-before=\"20251231235959Z\""
            case .notYetValid: "namespaces=\"\(Self.namespace)\",valid-after=\"20260101000001Z\""
            case .badOption: "no-such-option,namespaces=\"\(Self.namespace)\""
            // The first second and the last one count as well.
            default:
                "namespaces=\"\(Self.namespace)\","
                    + (hash == "sha256"
                        ? "valid-after=\"20260101000000Z\",valid-before=\"20260101000001Z\""
                        : "valid-before=\"20260101000000Z\"")
            }
        return "\(Self.principal) \(options) \(key)\n"
    }

    /// The blob with what is wrong about it.
    func spoil(_ blob: [UInt8]) -> [UInt8] {
        switch fault {
        case .truncated: blob.dropLast()
        case .trailingBytes: blob + [0]
        default: blob
        }
    }
}
