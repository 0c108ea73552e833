// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// An in-toto statement with its signatures: a DSSE envelope (protocol version 1.0.2).
///
///     {"payload":"<base64>","payloadType":"application/vnd.in-toto+json",
///      "signatures":[{"keyid":"SHA256:…","sig":"<base64>"}]}
///
/// What is signed is ``preAuthentication(of:type:)`` of the payload. The signature of a person is an
/// SSHSIG blob, that of a service 64 bytes of Ed25519; which of them it is, `keyid` says
/// (``PersonKey/id``). Base64 is read in the standard and the URL alphabet, and written in the
/// standard one.
public struct SignedStatement: Hashable, Sendable {
    /// One signature.
    public struct Signature: Hashable, Sendable {
        /// Which key made it.
        public let keyID: String
        /// The signature.
        public let bytes: [UInt8]

        /// A signature by a key.
        public init(keyID: String, bytes: [UInt8]) {
            self.keyID = keyID
            self.bytes = bytes
        }
    }

    /// The type of every payload.
    public static let payloadType = "application/vnd.in-toto+json"

    /// The statement, as it was signed.
    public let payload: [UInt8]
    /// The signatures.
    public let signatures: [Signature]

    /// A statement with its signatures.
    public init(payload: [UInt8], signatures: [Signature]) {
        self.payload = payload
        self.signatures = signatures
    }

    /// What is signed (PAE): `DSSEv1`, the type and the payload, each with its count of bytes.
    public static func preAuthentication(
        of payload: [UInt8],
        type: String = payloadType
    ) -> [UInt8] {
        Array("DSSEv1 \(type.utf8.count) \(type) \(payload.count) ".utf8) + payload
    }

    /// The payload within what was signed, or `nil` when `message` is none of ours.
    public static func payload(inside message: [UInt8]) -> [UInt8]? {
        let lead = Array("DSSEv1 \(payloadType.utf8.count) \(payloadType) ".utf8)
        guard message.starts(with: lead),
            let space = message[lead.count...].firstIndex(of: UInt8(ascii: " "))
        else { return nil }
        let payload = Array(message[(space + 1)...])
        return preAuthentication(of: payload) == message ? payload : nil
    }
}

extension SignedStatement: JSONConvertible {
    /// The envelope.
    public var json: JSONValue {
        .members([
            "payload": Base64.encode(payload).json,
            "payloadType": Self.payloadType.json,
            "signatures": .array(
                signatures.map { signature in
                    .members([
                        "keyid": signature.keyID.json, "sig": Base64.encode(signature.bytes).json,
                    ])
                }
            ),
        ])
    }

    /// Reads an envelope.
    ///
    /// - Throws: ``JSONError`` for another type of payload, base64 with another spelling, no
    ///   signature, more than 16, and two by one key.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let payload = try members.required("payload", as: String.self)
        let type = try members.required("payloadType", as: String.self)
        let list = try members.required("signatures", as: [JSONValue].self)
        try members.finish()
        guard type == Self.payloadType else {
            throw JSONError(.value, "'\(type)' is not \(Self.payloadType)", path: ["payloadType"])
        }
        self.payload = try Self.bytes(payload, "payload")
        var signatures: [Signature] = []
        for element in list {
            var members = try JSONMembers(element)
            let keyID = try members.required("keyid", as: String.self)
            let bytes = try Self.bytes(try members.required("sig", as: String.self), "sig")
            try members.finish()
            signatures.append(Signature(keyID: keyID, bytes: bytes))
        }
        guard (1...16).contains(signatures.count),
            Set(signatures.map { Array($0.keyID.utf8) }).count == signatures.count
        else {
            throw JSONError(.value, "1 to 16 signatures, one by each key", path: ["signatures"])
        }
        self.signatures = signatures
    }

    private static func bytes(_ text: String, _ name: String) throws(JSONError) -> [UInt8] {
        var standard = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            standard.append(scalar == "-" ? "+" : scalar == "_" ? "/" : scalar)
        }
        guard let bytes = Base64.decode(String(standard)) else {
            throw JSONError(.value, "this is no base64 with padding", path: [name])
        }
        return bytes
    }
}

/// A statement that can be signed: in-toto Statement v1 with a predicate of ours, canonical JSON.
public protocol SignableStatement: Hashable, Sendable, JSONConvertible {
    /// What an SSH signature over it is made for, so that one made for anything else proves nothing
    /// here.
    static var namespace: String { get }
    /// Who signs.
    var signer: ActorID { get }
    /// Whether a person's or a service's key signs.
    var assurance: Actor.Assurance { get }
}

extension SignableStatement {
    /// The payload of the envelope.
    public var payload: [UInt8] { json.canonicalBytes }

    /// What is signed.
    public var message: [UInt8] { SignedStatement.preAuthentication(of: payload) }

    /// Reads a payload, which must be exactly what ``payload`` writes.
    ///
    /// - Throws: ``JSONError`` when it is anything else.
    public init(payload: [UInt8]) throws(JSONError) {
        try self.init(json: JSONValue(canonical: payload))
    }
}
