// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What an approver signs so that the log knows other people: an in-toto Statement v1.
///
/// The subject is the canonical JSON of the new directory. The predicate names the directory that it
/// takes the place of, by its revision and digest, and the head of the log, so that the statement
/// serves once and nowhere else:
///
///     {"assurance":"sshKey","head":{…},"previous":"<64 hex>","revision":3,"signedAt":…,
///      "signer":"lena@example.com"}
public struct DirectoryStatement: SignableStatement {
    /// The type of the predicate.
    public static let predicateType = "urn:deploykit:predicate:directory:v1"
    /// What SSH signatures are made for.
    public static let namespace = "directory@deploykit"

    /// SHA-256 of the canonical JSON of the new people.
    public let next: Digest
    /// SHA-256 of the canonical JSON of the present people.
    public let previous: Digest
    /// How many times the directory was changed before.
    public let revision: Int
    /// Who signs.
    public let signer: ActorID
    /// Whether a person's or a service's key signs.
    public let assurance: Actor.Assurance
    /// The head of the log that the signer saw.
    public let head: LogHead
    /// When, by the signer's clock.
    public let signedAt: Timestamp

    init(
        from previous: Directory,
        revision: Int,
        to next: Directory,
        signer: Actor,
        head: LogHead,
        signedAt: Timestamp
    ) {
        self.next = next.digest
        self.previous = previous.digest
        self.revision = revision
        self.signer = signer.id
        assurance = signer.assurance
        self.head = head
        self.signedAt = signedAt
    }

    /// The statement.
    public var json: JSONValue {
        InTotoStatement(
            type: Self.predicateType,
            subject: [("directory.json", next)],
            predicate: .members([
                "previous": previous.json, "revision": revision.json, "signer": signer.json,
                "assurance": assurance.json, "head": head.json, "signedAt": signedAt.json,
            ])
        ).json
    }

    /// Reads the statement.
    ///
    /// - Throws: ``JSONError`` when `json` is not exactly what ``json`` writes.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(
            InTotoStatement.predicate(of: json, type: Self.predicateType)
        )
        previous = try members.required("previous")
        revision = try members.required("revision")
        signer = try members.required("signer")
        assurance = try members.required("assurance")
        head = try members.required("head")
        signedAt = try members.required("signedAt")
        try members.finish()
        guard let digest = json["subject"]?.array?.first?["digest"]?["sha256"] else {
            throw JSONError(.missing, "the digest of the directory is missing", path: ["subject"])
        }
        next = try Digest(json: digest)
        guard assurance.isSigned, self.json == json else {
            throw JSONError(.value, "this is no statement about a directory")
        }
    }
}

extension Directory {
    /// SHA-256 of the canonical JSON of the people.
    public var digest: Digest { SHA256.digest(of: people.json.canonicalBytes) }
}
