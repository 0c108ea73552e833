// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Decides who signed a statement: first everything that the directory says, then, with what is
/// plugged in, the cryptography.
public struct StatementVerifiers: Sendable {
    private let ssh: any SSHSignatureVerifier
    private let ed25519: any SignatureVerifier

    /// Verifiers for the keys of people and of services.
    public init(ssh: any SSHSignatureVerifier, ed25519: any SignatureVerifier) {
        self.ssh = ssh
        self.ed25519 = ed25519
    }

    /// Tells whether `envelope` carries one signature, by a key that `directory` knows as that of
    /// `statement`'s signer at `moment`, and a good one.
    ///
    /// - Returns: `nil` when it does, else why not.
    /// - Throws: ``SignatureError`` when it could not be found out.
    public func refusal<Statement: SignableStatement>(
        of envelope: SignedStatement,
        saying statement: Statement,
        in directory: Directory,
        at moment: Timestamp
    ) async throws(SignatureError) -> SSHSignatureError? {
        let evidence: KeyEvidence
        do {
            evidence = try directory.evidence(for: envelope, saying: statement, at: moment)
        } catch {
            return error
        }
        let message = SignedStatement.preAuthentication(of: envelope.payload)
        let isGood =
            switch evidence {
            case .ssh(let signature):
                try await ssh.accepts(
                    signature,
                    over: message,
                    by: statement.signer.text,
                    for: Statement.namespace,
                    at: moment
                )
            case .ed25519(let key, let signature):
                try await ed25519.accepts(signature, over: message, by: key)
            }
        return isGood
            ? nil : SSHSignatureError(.wrongSignature, "the key did not sign this statement")
    }
}

/// A signature that is good if the cryptography is.
enum KeyEvidence {
    case ssh(SSHSignature)
    case ed25519(NoteKey, [UInt8])
}

extension Directory {
    /// Decides everything about a signed statement but its cryptography.
    func evidence<Statement: SignableStatement>(
        for envelope: SignedStatement,
        saying statement: Statement,
        at moment: Timestamp
    ) throws(SSHSignatureError) -> KeyEvidence {
        guard let signature = envelope.signatures.first, envelope.signatures.count == 1,
            envelope.payload == statement.payload
        else { throw SSHSignatureError(.malformed, "a statement has one signature") }
        let key = try key(signature.keyID, of: statement.signer, at: moment)
        guard key.assurance == statement.assurance else {
            throw SSHSignatureError(
                .wrongKey,
                "the statement says '\(statement.assurance.rawValue)', and the key \(key.id) is "
                    + "of another kind"
            )
        }
        switch key.material {
        case .ssh:
            let parsed = try SSHSignature(blob: signature.bytes)
            guard parsed.key.fingerprint == signature.keyID else {
                throw SSHSignatureError(.wrongKey, "another key signed than 'keyid' names")
            }
            try allowedSigners(for: Statement.namespace).check(
                parsed,
                by: statement.signer.text,
                for: Statement.namespace,
                at: moment
            )
            return .ssh(parsed)
        case .ed25519(let bytes):
            do {
                let note = try NoteKey(name: "service", kind: .ed25519, publicKey: bytes)
                return .ed25519(note, signature.bytes)
            } catch {
                throw SSHSignatureError(.malformed, error.message)
            }
        }
    }

    /// The key of this name and person, valid at `moment`.
    ///
    /// - Throws: ``SSHSignatureError``: `wrongKey` with what to do, or why it is not valid.
    func key(
        _ id: String,
        of signer: ActorID,
        at moment: Timestamp
    ) throws(SSHSignatureError) -> PersonKey {
        let keys = person(signer)?.keys ?? []
        guard let key = keys.first(where: { $0.id == id }) else {
            throw SSHSignatureError(
                .wrongKey,
                "the log knows \(keys.isEmpty ? "no key" : "other keys") of \(signer), and not "
                    + "\(id); list it under 'people' in deploykit.json and say 'deploykit directory "
                    + "apply'"
            )
        }
        if let refusal = key.refusal(at: moment) { throw refusal }
        return key
    }
}
