// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// A key whose signatures nobody takes but ``TestVerifier``: the form is that of Ed25519, the
/// cryptography is two digests.
struct TestKey {
    let name: String
    let material: [UInt8]

    init(_ name: String) {
        self.name = name
        material = SHA256.digest(of: "test key \(name)".utf8).bytes
    }

    var publicKey: SSHPublicKey {
        get throws {
            try SSHPublicKey(blob: Self.string("ssh-ed25519".utf8) + Self.string(material))
        }
    }

    var ssh: PersonKey { get throws { PersonKey(.ssh(try publicKey)) } }

    func ssh(
        from: Timestamp? = nil,
        until: Timestamp? = nil,
        revoked: Timestamp? = nil
    ) throws -> PersonKey {
        PersonKey(
            .ssh(try publicKey),
            validFrom: from,
            validUntil: until,
            revokedAt: revoked
        )
    }

    /// A signature over a message, for a purpose.
    func signature(
        over message: [UInt8],
        for namespace: String = SignOffStatement.namespace,
        hash: String = "sha512"
    ) throws -> SSHSignature {
        try SSHSignature(
            blob: Array("SSHSIG".utf8) + [0, 0, 0, 1] + Self.string(publicKey.blob)
                + Self.string(namespace.utf8) + Self.string([]) + Self.string(hash.utf8)
                + Self.string(
                    Self.string("ssh-ed25519".utf8)
                        + Self.string(Self.value(material, message, namespace))
                )
        )
    }

    static func value(_ key: [UInt8], _ message: [UInt8], _ namespace: String) -> [UInt8] {
        SHA256.digest(of: key + message).bytes + SHA256.digest(of: namespace.utf8).bytes
    }

    static func string(_ bytes: some Collection<UInt8>) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: bytes.count >> (24 - 8 * $0)) } + bytes
    }
}

/// Takes what ``TestKey`` signed.
struct TestVerifier: SSHSignatureVerifier, SignatureVerifier {
    static var both: StatementVerifiers { StatementVerifiers(ssh: Self(), ed25519: Self()) }

    func accepts(
        _ signature: SSHSignature,
        over message: [UInt8],
        by principal: String,
        for namespace: String,
        at: Timestamp
    ) async throws(SignatureError) -> Bool {
        let key = Array(signature.key.blob.suffix(32))
        return Array(signature.blob.suffix(64)) == TestKey.value(key, message, namespace)
    }

    func accepts(
        _ signature: [UInt8],
        over message: [UInt8],
        by key: NoteKey
    ) async throws(SignatureError) -> Bool {
        signature == TestKey.value(key.publicKey, message, "service")
    }
}

/// A service that signs with a ``TestKey``.
struct TestSigner: Signer {
    let key: NoteKey

    init(_ key: TestKey) throws {
        self.key = try NoteKey(name: "service", kind: .ed25519, publicKey: key.material)
    }

    func signature(over message: [UInt8]) async throws(SignatureError) -> [UInt8] {
        TestKey.value(key.publicKey, message, "service")
    }
}
