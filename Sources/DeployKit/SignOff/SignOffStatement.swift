// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What a person or a service signs at a slot: an in-toto Statement v1.
///
///     {"_type":"https://in-toto.io/Statement/v1",
///      "predicate":{"assurance":"sshKey","contracts":"<64 hex>","decision":"approved",
///       "deployment":"d-7k2mxq","gate":"phase/deploy","head":{"origin":…,"rootHash":…,"size":…},"id":"<32 hex>",
///       "label":"QA Engineer","meaning":"approval","reason":{"bytes":…,"digest":…,"mediaType":…},
///       "round":1,"rule":{"count":1,…},"signedAt":…,"signer":"lena@example.com",
///       "slot":"qa-engineer","subject":{…},"tool":"deploykit 0.1.0"},
///      "predicateType":"urn:deploykit:predicate:sign-off:v1",
///      "subject":[{"digest":{"sha256":…},"name":"checklist.json"},
///                 {"digest":{"sha256":…},"name":"deployment-subject.json"},
///                 {"digest":{"sha256":…},"name":"artifact/…"}]}
///
/// `subject` of the predicate is ``DeploymentSubject``, whose canonical JSON and digests make the
/// subjects of the statement. `contracts` is the digest of the contracts that the signer saw, absent
/// where the checklist names none. The reason is the digest of a salted text, so that the text can be
/// erased and the signature stays. `meaning` is `approval` or `verification`.
public struct SignOffStatement: SignableStatement {
    /// The type of the predicate.
    public static let predicateType = "urn:deploykit:predicate:sign-off:v1"
    /// What SSH signatures are made for.
    public static let namespace = "sign-off@deploykit"

    /// What the signature means (21 CFR 11.50).
    public enum Meaning: String, Hashable, Sendable, JSONConvertible {
        /// It may go on.
        case approval
        /// It is as the label says.
        case verification
    }

    /// A name that no other statement has: 32 hexadecimal digits.
    public let id: String
    /// The deployment.
    public let deployment: DeploymentID
    /// What is deployed where.
    public let subject: DeploymentSubject
    /// The slot.
    public let slot: SignOffSlotID
    /// What stands at the slot: a role, or a statement to attest.
    public let label: String
    /// What the signature means.
    public let meaning: Meaning
    /// How many must sign there, and who may.
    public let rule: SignOffRule
    /// The gate that the slot belongs to.
    public let gate: GateID
    /// The round of the gate.
    public let round: Int
    /// The digest of the contracts that the signer saw; `nil` where the checklist names none.
    public let contracts: Digest?
    /// What was decided.
    public let decision: SignOff.Decision
    /// Why.
    public let reason: AttachmentReference?
    /// Who signs.
    public let signer: ActorID
    /// Whether a person's or a service's key signs.
    public let assurance: Actor.Assurance
    /// The head of the log that the signer saw.
    public let head: LogHead
    /// When, by the signer's clock, which nobody vouches for.
    public let signedAt: Timestamp
    /// What made the statement.
    public let tool: String

    init(
        id: String,
        deployment: DeploymentID,
        subject: DeploymentSubject,
        slot: SignOffSlot,
        round: Int,
        contracts: Digest?,
        decision: SignOff.Decision,
        reason: AttachmentReference?,
        signer: Actor,
        head: LogHead,
        signedAt: Timestamp,
        tool: String
    ) {
        self.id = id
        self.deployment = deployment
        self.subject = subject
        self.slot = slot.id
        label = slot.label
        meaning = slot.isStatement || slot.gate == .closure ? .verification : .approval
        rule = slot.rule
        gate = slot.gate
        self.round = round
        self.contracts = contracts
        self.decision = decision
        self.reason = reason
        self.signer = signer.id
        assurance = signer.assurance
        self.head = head
        self.signedAt = signedAt
        self.tool = tool
    }
}

extension SignOffStatement: JSONConvertible {
    /// The statement.
    public var json: JSONValue {
        InTotoStatement(
            type: Self.predicateType,
            subject: [
                ("checklist.json", subject.checklist), ("deployment-subject.json", subject.digest),
            ] + subject.artifacts.map { ("artifact/\($0.name)", $0.digest) },
            predicate: .members([
                "id": id.json, "deployment": deployment.json, "subject": subject.json,
                "slot": slot.json, "label": label.json, "meaning": meaning.json,
                "rule": rule.json, "gate": gate.json, "round": round.json,
                "contracts": contracts?.json,
                "decision": decision.json, "reason": reason?.json, "signer": signer.json,
                "assurance": assurance.json, "head": head.json, "signedAt": signedAt.json,
                "tool": tool.json,
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
        id = try members.required("id")
        deployment = try members.required("deployment")
        subject = try members.required("subject")
        slot = try members.required("slot")
        label = try members.required("label")
        meaning = try members.required("meaning")
        rule = try members.required("rule")
        gate = try members.required("gate")
        round = try members.required("round")
        contracts = try members.optional("contracts")
        decision = try members.required("decision")
        reason = try members.optional("reason")
        signer = try members.required("signer")
        assurance = try members.required("assurance")
        head = try members.required("head")
        signedAt = try members.required("signedAt")
        tool = try members.required("tool")
        try members.finish()
        guard assurance.isSigned else {
            throw JSONError(.value, "a statement is signed with a key", path: ["assurance"])
        }
        // The digests among the subjects follow from the predicate; nothing else may stand there.
        guard self.json == json else {
            throw JSONError(
                .value,
                "the subjects are not those of the predicate",
                path: ["subject"]
            )
        }
    }
}

/// The frame that in-toto gives every statement.
struct InTotoStatement {
    static let type = "https://in-toto.io/Statement/v1"

    let type: String
    let subject: [(name: String, digest: Digest)]
    let predicate: JSONValue

    var json: JSONValue {
        .members([
            "_type": Self.type.json,
            "predicate": predicate,
            "predicateType": type.json,
            "subject": .array(
                subject.map { name, digest in
                    .members([
                        "digest": .members(["sha256": digest.json]), "name": name.json,
                    ])
                }
            ),
        ])
    }

    static func predicate(
        of json: JSONValue,
        type: String
    ) throws(JSONError) -> JSONValue {
        var members = try JSONMembers(json)
        let frame = try members.required("_type", as: String.self)
        let name = try members.required("predicateType", as: String.self)
        let predicate = try members.required("predicate", as: JSONValue.self)
        _ = try members.required("subject", as: JSONValue.self)
        try members.finish()
        guard frame == Self.type, name == type else {
            throw JSONError(.value, "'\(name)' in '\(frame)' is not '\(type)'")
        }
        return predicate
    }
}
