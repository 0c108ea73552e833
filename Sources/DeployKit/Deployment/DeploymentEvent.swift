// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Something that happened to one deployment, as the log keeps it.
///
/// Events hold what ``Deployment/apply(_:)`` needs, and the names of people. Free text, output and
/// evidence are attachments, which can be erased without changing any state.
@nonexhaustive
public enum DeploymentEvent: Hashable, Sendable {
    /// It began.
    case started(DeploymentID, DeploymentSubject, source: DocumentSource?, variables: [Binding])
    /// These items do not apply, for a reason that was computed from these inputs.
    case notApplicable([ItemID], Inapplicability, inputs: [Binding])
    /// A person decided that an item does not apply.
    case skipped(ItemID, reason: AttachmentReference)
    /// An attempt is about to have its effect. At a manual item it is that of the commands of its
    /// page at these positions, each of which the person confirmed.
    case attemptStarted(ItemID, attempt: Int, runner: RunnerFacts?, offered: [Int] = [])
    /// An attempt succeeded.
    case attemptPassed(
        ItemID,
        attempt: Int,
        output: AttachmentReference?,
        evidence: [AttachmentReference],
        value: AttachmentReference? = nil
    )
    /// An attempt failed, and had no effect that matters.
    case attemptFailed(
        ItemID,
        attempt: Int,
        cause: FailureCause,
        output: AttachmentReference?,
        note: AttachmentReference?
    )
    /// An attempt may or may not have had its effect.
    case attemptInDoubt(
        ItemID,
        attempt: Int,
        cause: FailureCause,
        output: AttachmentReference?,
        note: AttachmentReference?
    )
    /// A person found out whether an attempt in doubt happened.
    case doubtResolved(
        ItemID,
        attempt: Int,
        happened: Bool,
        reason: AttachmentReference,
        evidence: [AttachmentReference]
    )
    /// A person did an item.
    case done(
        ItemID,
        attempt: Int,
        note: AttachmentReference?,
        evidence: [AttachmentReference]
    )
    /// A person could not do an item.
    case failed(ItemID, attempt: Int, reason: AttachmentReference?)
    /// A person decided to go on without an item.
    case waived(ItemID, reason: AttachmentReference)
    /// An item is open again, and with it those that had built on it.
    case reopened(ItemID, cascade: [ItemID], reason: AttachmentReference?)
    /// A gate waits for signatures.
    case gateOpened(GateID, round: Int, GateTerms)
    /// Somebody signed.
    case signedOff(SignOff)
    /// Somebody took a signature back.
    case withdrawn(SignOffSlotID, GateID, round: Int, person: ActorID, reason: AttachmentReference)
    /// A person decided that a conditional slot needs no signature.
    case signOffSkipped(SignOffSlotID, reason: AttachmentReference)
    /// A round of a gate is lost.
    case gateRejected(GateID, round: Int, slot: SignOffSlotID, person: ActorID)
    /// A gate let the deployment on; where it asked for metrics, on this judgement.
    case gateConsumed(GateID, round: Int, MetricJudgement? = nil)
    /// The measurements decided an item of kind `metric`: it passed, or failed where they call for a
    /// rollback.
    case judged(
        ItemID,
        attempt: Int,
        MetricJudgement,
        note: AttachmentReference?
    )
    /// A lost gate waits for signatures again.
    case gateReopened(GateID, round: Int, reason: AttachmentReference)
    /// A contract was deployed.
    case contractRecorded(ContractSlot.Name, ContractID, item: ItemID?)
    /// A blank was filled in.
    case fieldSet(FieldID, AttachmentReference)
    /// Somebody wrote something down.
    case noted(AttachmentReference)
    /// Nothing new may start until a person has seen to it.
    case halted(HaltCause)
    /// It goes on.
    case resumed
    /// The deployment itself is done; what remains is looking after it.
    case observing
    /// Everything is done.
    case completed
    /// It ended early.
    case aborted(AbortCause, cancelled: [ItemID], reason: AttachmentReference?)
    /// A later deployment took its place.
    case superseded(by: DeploymentID, cancelled: [ItemID])
    /// Something happened to a rollback.
    case rollback(RollbackEvent)
    /// Something happened to the monitoring windows.
    case window(WindowEvent)
    /// Something happened to a gate without anybody signing.
    case gate(GateEvent)
    /// Something became known of a problem.
    case issue(IssueEvent)
    /// It follows another edition of its checklist from now on. To be applied, the event needs the
    /// checklist: ``RecordedEvent/definition``.
    case amended(Amendment)
    /// A hook did not do its part; nothing else follows from it.
    case hookFailed(HookEvent)
    /// Something happened in a run of a smoke suite.
    case smoke(SmokeEvent)
    /// Something that a later version wrote; it changes nothing here and is reported.
    case unknown(kind: String, body: JSONValue)

    /// A name with its values.
    public struct Binding: Hashable, Sendable, JSONConvertible {
        /// The name.
        public let name: String
        /// The values; a variable has one.
        public let values: [String]

        /// A name with its values.
        public init(name: String, values: [String]) {
            self.name = name
            self.values = values
        }

        /// An object.
        public var json: JSONValue { .members(["name": name.json, "values": values.json]) }

        /// Reads the object that ``json`` writes.
        ///
        /// - Throws: ``JSONError`` when `json` is anything else.
        public init(json: JSONValue) throws(JSONError) {
            var members = try JSONMembers(json)
            name = try members.required("name")
            values = try members.required("values")
            try members.finish()
        }
    }

    /// The document that the checklist was read from.
    public struct DocumentSource: Hashable, Sendable, JSONConvertible {
        /// Where it was read, as it was given.
        public let path: String
        /// SHA-256 of its bytes, which the store keeps.
        public let digest: Digest

        /// A document that was read from `path`.
        public init(path: String, digest: Digest) {
            self.path = path
            self.digest = digest
        }

        /// An object.
        public var json: JSONValue { .members(["path": path.json, "digest": digest.json]) }

        /// Reads the object that ``json`` writes.
        ///
        /// - Throws: ``JSONError`` when `json` is anything else.
        public init(json: JSONValue) throws(JSONError) {
            var members = try JSONMembers(json)
            path = try members.required("path")
            digest = try members.required("digest")
            try members.finish()
        }
    }
}

/// A name for a deployment, such as `d-7k2mxq`.
public typealias DeploymentID = Identifier<Deployment>

/// Why nothing new may start.
@nonexhaustive
public enum HaltCause: Hashable, Sendable {
    /// A required item failed.
    case itemFailed(ItemID)
    /// Whether an item happened is not known.
    case itemInDoubt(ItemID)
    /// A gate was rejected after something had begun.
    case gateRejected(GateID)
    /// A step of a rollback failed, or its outcome is not known.
    case rollbackFailed(RollbackLevelID)
    /// Somebody looked after what was deployed, and it was not well.
    case observationFailed(ObservationID)
    /// A gate was not satisfied in time, after something had begun.
    case gateExpired(GateID)
}

/// Why a deployment ended early.
@nonexhaustive
public enum AbortCause: Hashable, Sendable {
    /// A person ended it.
    case operatorDecision
    /// A gate was rejected before anything had begun.
    case gateRejected(GateID)
    /// A gate was not satisfied in time, before anything had begun.
    case gateExpired(GateID)
}

extension HaltCause: JSONConvertible {
    /// An object with one member, named as the case.
    public var json: JSONValue {
        switch self {
        case .itemFailed(let item): .members(["itemFailed": item.json])
        case .itemInDoubt(let item): .members(["itemInDoubt": item.json])
        case .gateRejected(let gate): .members(["gateRejected": gate.json])
        case .rollbackFailed(let level): .members(["rollbackFailed": level.json])
        case .observationFailed(let id): .members(["observationFailed": id.json])
        case .gateExpired(let gate): .members(["gateExpired": gate.json])
        }
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        if let item = try members.optional("itemFailed", as: ItemID.self) {
            self = .itemFailed(item)
        } else if let item = try members.optional("itemInDoubt", as: ItemID.self) {
            self = .itemInDoubt(item)
        } else if let level = try members.optional("rollbackFailed", as: RollbackLevelID.self) {
            self = .rollbackFailed(level)
        } else if let id = try members.optional("observationFailed", as: ObservationID.self) {
            self = .observationFailed(id)
        } else if let gate = try members.optional("gateExpired", as: GateID.self) {
            self = .gateExpired(gate)
        } else {
            self = .gateRejected(try members.required("gateRejected"))
        }
        try members.finish()
    }
}

extension AbortCause: JSONConvertible {
    /// `"operator"`, or an object with the member `gateRejected` or `gateExpired`.
    public var json: JSONValue {
        switch self {
        case .operatorDecision: "operator".json
        case .gateRejected(let gate): .members(["gateRejected": gate.json])
        case .gateExpired(let gate): .members(["gateExpired": gate.json])
        }
    }

    /// Reads what ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        if json.string == "operator" {
            self = .operatorDecision
            return
        }
        var members = try JSONMembers(json)
        if let gate = try members.optional("gateExpired", as: GateID.self) {
            self = .gateExpired(gate)
        } else {
            self = .gateRejected(try members.required("gateRejected"))
        }
        try members.finish()
    }
}
