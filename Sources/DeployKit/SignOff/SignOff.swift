// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What one person decided at one slot, bound to what that person saw.
public struct SignOff: Hashable, Sendable {
    /// What a person can decide.
    public enum Decision: String, Hashable, Sendable, CaseIterable, JSONConvertible {
        /// Yes.
        case approved
        /// No; the round of the gate cannot be won any more.
        case rejected
        /// Neither; it is recorded and counts for nothing.
        case abstained
    }

    /// The slot that was signed.
    public let slot: SignOffSlotID
    /// The gate that the slot belongs to.
    public let gate: GateID
    /// Which round of the gate, counting from 1.
    public let round: Int
    /// What was decided.
    public let decision: Decision
    /// Who decided, under the name that was used.
    public let actor: Actor
    /// The id under which the person counts.
    public let person: ActorID
    /// Whether the person's right to sign was checked against a directory.
    public let authority: Authority
    /// Why, in the person's words.
    public let reason: AttachmentReference?
    /// The checklist that the person saw.
    public let checklist: Digest
    /// The digest of what is deployed (``DeploymentSubject/digest``) that the person saw.
    public let subject: Digest
    /// The digest of the contracts that the person saw
    /// (``ContractRegistry/Snapshot/digest``), where the checklist has any.
    public let contracts: Digest?
    /// The head of the log that the person saw.
    public let head: LogHead
    /// The signed statement that proves it, where there is one: exactly where the assurance of the
    /// actor is that of a key.
    public let proof: SignOffProof?

    /// Where the right to sign comes from.
    public enum Authority: String, Hashable, Sendable, JSONConvertible {
        /// There is no directory: anyone may hold any role.
        case none
        /// The directory gives the person a role of the rule, or the rule names the person.
        case directory
    }

    /// A sign-off of these parts.
    public init(
        slot: SignOffSlotID,
        gate: GateID,
        round: Int,
        decision: Decision,
        actor: Actor,
        person: ActorID,
        authority: Authority,
        reason: AttachmentReference?,
        checklist: Digest,
        subject: Digest,
        contracts: Digest? = nil,
        head: LogHead,
        proof: SignOffProof? = nil
    ) {
        self.slot = slot
        self.gate = gate
        self.round = round
        self.decision = decision
        self.actor = actor
        self.person = person
        self.authority = authority
        self.reason = reason
        self.checklist = checklist
        self.subject = subject
        self.contracts = contracts
        self.head = head
        self.proof = proof
    }
}

extension SignOff: JSONConvertible {
    /// An object; what is absent is left out.
    public var json: JSONValue {
        .members([
            "slot": slot.json,
            "gate": gate.json,
            "round": round.json,
            "decision": decision.json,
            "actor": actor.json,
            "person": person.json,
            "authority": authority.json,
            "reason": reason?.json,
            "checklist": checklist.json,
            "subject": subject.json,
            "contracts": contracts?.json,
            "head": head.json,
            "statement": proof?.envelope.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else, or says that a key proves it without a
    ///   statement about this sign-off.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        slot = try members.required("slot")
        gate = try members.required("gate")
        round = try members.required("round")
        decision = try members.required("decision")
        actor = try members.required("actor")
        person = try members.required("person")
        authority = try members.required("authority")
        reason = try members.optional("reason")
        checklist = try members.required("checklist")
        subject = try members.required("subject")
        contracts = try members.optional("contracts")
        head = try members.required("head")
        proof = try members.optional("statement", as: SignedStatement.self)
            .map { envelope throws(JSONError) in try SignOffProof(envelope) }
        try members.finish()
        guard proof?.fits(self) ?? !actor.assurance.isSigned else {
            throw JSONError(
                .value,
                "'\(actor.assurance.rawValue)' without a signed statement about this sign-off",
                path: ["statement"]
            )
        }
    }
}
