// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// A signed statement that stands in an evidence bundle, to be judged by what the log knew when it
/// was recorded.
public struct EvidenceSignature: Hashable, Sendable {
    /// What it says.
    enum Statement: Hashable, Sendable {
        case signOff(SignOffStatement)
        case directory(DirectoryStatement)
    }

    /// The entry that recorded it.
    public let position: Int
    /// When that was.
    public let at: Timestamp
    let envelope: SignedStatement
    let statement: Statement
    /// The people whom the log knew then.
    let directory: Directory

    /// The statement that an entry recorded, or `nil` when it recorded none.
    ///
    /// - Parameters:
    ///   - entry: The entry.
    ///   - directory: The people whom the log knew before it.
    /// - Throws: `JSONError` when what it recorded is none.
    public init?(_ entry: AuditEntry, in directory: Directory) throws(JSONError) {
        let json: JSONValue?
        switch entry.kind {
        case "signed-off": json = entry.body["signOff"]?["statement"]
        case "directory-applied": json = entry.body["statement"]
        default: json = nil
        }
        guard let json else { return nil }
        envelope = try SignedStatement(json: json)
        statement =
            entry.kind == "signed-off"
            ? .signOff(try SignOffStatement(payload: envelope.payload))
            : .directory(try DirectoryStatement(payload: envelope.payload))
        position = entry.position
        at = entry.at
        self.directory = directory
    }

    /// Why the signature is not good, or `nil` when it is.
    ///
    /// - Parameters:
    ///   - verifiers: What decides the cryptography.
    ///   - allowed: Whose SSH keys are taken besides, from elsewhere than the log.
    /// - Returns: A sentence that names the entry.
    /// - Throws: `SignatureError` when it could not be found out.
    public func fault(
        _ verifiers: StatementVerifiers,
        allowed: AllowedSigners? = nil
    ) async throws(SignatureError) -> String? {
        let refusal =
            switch statement {
            case .signOff(let statement):
                try await refusal(statement, verifiers, allowed)
            case .directory(let statement):
                try await refusal(statement, verifiers, allowed)
            }
        return refusal.map { "entry \(position): \($0.description)" }
    }

    private func refusal<Statement: SignableStatement>(
        _ statement: Statement,
        _ verifiers: StatementVerifiers,
        _ allowed: AllowedSigners?
    ) async throws(SignatureError) -> SSHSignatureError? {
        if let allowed, statement.assurance == .sshKey {
            do throws(SSHSignatureError) {
                guard let signature = envelope.signatures.first else {
                    throw SSHSignatureError(.malformed, "a statement has one signature")
                }
                try allowed.check(
                    SSHSignature(blob: signature.bytes),
                    by: statement.signer.text,
                    for: Statement.namespace,
                    at: at
                )
            } catch {
                return error
            }
        }
        return try await verifiers.refusal(
            of: envelope,
            saying: statement,
            in: directory,
            at: at
        )
    }
}
