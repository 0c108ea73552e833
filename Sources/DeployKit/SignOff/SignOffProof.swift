// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The signed statement of a sign-off, as it was signed and as it was understood.
public struct SignOffProof: Hashable, Sendable {
    /// The statement with its signature, byte by byte.
    public let envelope: SignedStatement
    /// What it says.
    public let statement: SignOffStatement

    /// Reads what an envelope says; whether its signature is good, others must have decided.
    ///
    /// - Throws: ``JSONError`` when it holds no statement about a sign-off in its one spelling, or
    ///   more than one signature.
    package init(_ envelope: SignedStatement) throws(JSONError) {
        guard envelope.signatures.count == 1 else {
            throw JSONError(.value, "a sign-off has one signature", path: ["signatures"])
        }
        self.envelope = envelope
        statement = try SignOffStatement(payload: envelope.payload)
    }

    /// The name of the key that signed.
    public var keyID: String { envelope.signatures.first?.keyID ?? "" }

    /// Whether the statement is about this sign-off and no other.
    func fits(_ signOff: SignOff) -> Bool {
        statement.slot == signOff.slot && statement.gate == signOff.gate
            && statement.round == signOff.round && statement.decision == signOff.decision
            && statement.signer == signOff.actor.id
            && statement.assurance == signOff.actor.assurance
            && statement.reason == signOff.reason && statement.head == signOff.head
            && statement.subject.checklist == signOff.checklist
            && statement.subject.digest == signOff.subject
    }
}

/// A statement that is ready to be signed, and the text of its reason, which is no part of it.
public struct PreparedSignOff: Hashable, Sendable {
    /// The statement.
    public let statement: SignOffStatement
    /// The reason with its salt, where there is one; it is handed in along with the signature.
    public let reason: Blob?

    /// A prepared statement of these parts.
    public init(statement: SignOffStatement, reason: Blob?) {
        self.statement = statement
        self.reason = reason
    }

    /// The reason as a text that can be kept in a file: canonical JSON with `salt` and `text`.
    public var reasonFile: [UInt8]? {
        guard let reason, let text = String(validating: reason.bytes, as: UTF8.self),
            let salt = Digest(bytes: reason.salt)
        else { return nil }
        return JSONValue.members(["salt": salt.json, "text": text.json]).canonicalBytes + [0x0A]
    }

    /// Reads what ``reasonFile`` writes.
    ///
    /// - Throws: ``JSONError`` when it is anything else.
    public static func reason(reading file: [UInt8]) throws(JSONError) -> Blob {
        var members = try JSONMembers(
            JSONValue(canonical: file.last == 0x0A ? file.dropLast() : file)
        )
        let salt = try members.required("salt", as: Digest.self).bytes
        let bytes = Array(try members.required("text", as: String.self).utf8)
        try members.finish()
        return Blob(digest: SHA256.digest(of: salt + bytes), salt: salt, bytes: bytes)
    }
}
