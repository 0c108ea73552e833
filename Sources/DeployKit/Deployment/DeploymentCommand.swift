// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What somebody wants to do to a deployment.
@nonexhaustive
public enum DeploymentCommand: Hashable, Sendable {
    /// Start an attempt, before its effect: at an automatic item, or at a manual one with those of
    /// the commands that its page shows (``Item/offers``, by position, ascending) which the person
    /// who asks has confirmed.
    case begin(ItemID, runner: RunnerFacts?, offered: [Int] = [])
    /// Say how an attempt ended.
    case finish(ItemID, attempt: Int, AttemptOutcome)
    /// Let the measurements decide an item of kind `metric`.
    case judge(ItemID)
    /// Say that a person did an item. One of kind `metric` is decided by the measurements all the
    /// same; the note is for a target that is missed.
    case complete(ItemID, note: String?, evidence: [Evidence])
    /// Say that a person could not do an item.
    case fail(ItemID, reason: String?)
    /// Say that an item's condition in words does not hold.
    case skip(ItemID, reason: String)
    /// Say that a conditional slot needs no signature.
    case skipSignOff(SignOffSlotID, reason: String)
    /// Go on without an item.
    case waive(ItemID, reason: String)
    /// Say whether an attempt in doubt happened.
    case resolve(ItemID, happened: Bool, reason: String, evidence: [Evidence])
    /// Open a settled item again.
    case reopen(ItemID, reason: String?)
    /// Open a rejected gate for a new round.
    case reopenGate(GateID, reason: String)
    /// Sign at a slot.
    case sign(SignOffSlotID, SignOff.Decision, reason: String?)
    /// Hand in a signed statement whose signature was found good.
    case submit(SignOffProof, reason: Blob?)
    /// Take one's signature back.
    case withdraw(SignOffSlotID, reason: String)
    /// Record the ID of a contract, and what else is known of it.
    case recordContract(
        ContractSlot.Name,
        ContractID,
        details: [ContractDetail] = [],
        allowing: Set<ContractAllowance> = []
    )
    /// Fill in a blank.
    case set(FieldID, String)
    /// Write something down.
    case note(String)
    /// End the deployment early.
    case abort(reason: String)
    /// Go back, or decide whether to.
    case rollback(RollbackCommand)
    /// Say how it looks in a monitoring window: at the observation of this number, counting from 1,
    /// or without one at the one that can be made now. Without one, a waiver means all that are left.
    case observe(WindowID, Int?, ObservationReport)
    /// Go through the gate before a phase in an emergency.
    case breakGlass(GateID, reason: String)
    /// Write down a problem, and how it was solved if it was.
    case noteIssue(String, resolution: String?)
    /// Say how the problem of this number was solved.
    case resolveIssue(Int, resolution: String)
    /// Say that a hook did not do its part.
    case hookFailed(HookFailure)
    /// Carry on a run of a smoke suite.
    case smoke(SmokeCommand)
    /// Let time-driven changes happen; nothing else.
    case advance
}

/// How an attempt ended.
public struct AttemptOutcome: Hashable, Sendable {
    /// Whether it succeeded.
    @nonexhaustive
    public enum Ending: Hashable, Sendable {
        /// It did.
        case passed
        /// It did, and deployed the contract with this ID.
        case captured(ContractID)
        /// It did not, or may not have.
        case failed(FailureCause)
    }

    /// Whether it succeeded.
    public let ending: Ending
    /// What was kept of its output, redacted.
    public let output: Evidence?
    /// A sentence about it.
    public let note: String?
    /// The value that it left for later items.
    public let value: String?
    /// Whether the attempt was the last one, whatever the item's ``RetryPolicy`` says: no time is
    /// left, or somebody wants the run to end.
    public let isLast: Bool

    /// An outcome of these parts.
    public init(
        _ ending: Ending,
        output: Evidence? = nil,
        note: String? = nil,
        value: String? = nil,
        isLast: Bool = false
    ) {
        self.ending = ending
        self.output = output
        self.note = note
        self.value = value
        self.isLast = isLast
    }
}

/// What a deployment is to be started with.
public struct StartRequest: Hashable, Sendable {
    /// The name that the deployment will have.
    public let id: DeploymentID
    /// What is deployed where.
    public let subject: DeploymentSubject
    /// The checklist, whose hash the subject names.
    public let checklist: Checklist
    /// The document that it was read from.
    public let source: DeploymentEvent.DocumentSource?
    /// The values of variables, by name.
    public let variables: [DeploymentEvent.Binding]
    /// Why it begins although the environment is frozen or closed; `nil` for it to be refused then.
    public let breakGlass: String?

    /// A request of these parts.
    public init(
        id: DeploymentID,
        subject: DeploymentSubject,
        checklist: Checklist,
        source: DeploymentEvent.DocumentSource? = nil,
        variables: [DeploymentEvent.Binding] = [],
        breakGlass: String? = nil
    ) {
        self.id = id
        self.subject = subject
        self.checklist = checklist
        self.source = source
        self.variables = variables
        self.breakGlass = breakGlass
    }
}

/// Who asks, and what a decision may depend on besides the deployment.
public struct DecisionContext: Sendable {
    /// Who asks.
    public let actor: Actor
    /// The moment, the people and the environments.
    public let facts: Facts
    /// The head of the log, which a signature is bound to.
    public let head: LogHead
    /// The randomness for salts.
    public let entropy: Entropy
    /// The texts of attachments that a repeated command is compared with, by digest.
    public let texts: [Digest: String]

    /// A context of these parts.
    public init(
        actor: Actor,
        facts: Facts,
        head: LogHead,
        entropy: Entropy,
        texts: [Digest: String] = [:]
    ) {
        self.actor = actor
        self.facts = facts
        self.head = head
        self.entropy = entropy
        self.texts = texts
    }
}

extension DeploymentCommand {
    /// Whether a person says something that is bound to the log as it is at this moment.
    var isSignOff: Bool {
        switch self {
        case .sign, .submit: true
        default: false
        }
    }
}

/// What follows from a command.
public enum Decision: Hashable, Sendable {
    /// These events happen, together, and refer to these blobs.
    case accepted([Event], blobs: [Blob])
    /// It has happened already, with the same content.
    case already
    /// It may not happen.
    case refused(Refusal)

    /// Whether events happen.
    var isAccepted: Bool { if case .accepted = self { true } else { false } }

    /// An event and the stream it belongs to.
    public enum Event: Hashable, Sendable {
        /// Of the deployment that was asked.
        case deployment(DeploymentEvent)
        /// Of its environment.
        case environment(EnvironmentEvent)
        /// Of the contracts of its environment.
        case registry(ContractRegistry.Event)
        /// Of the metrics of the deployment that was asked.
        case metrics(MetricEvent)
        /// Of another deployment, which the new one takes the place of.
        case other(DeploymentID, DeploymentEvent)
    }
}

/// Why a command may not be carried out.
public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of refusal.
    @nonexhaustive
    public enum Code: String, Hashable, Sendable {
        /// There is no such item, slot, gate, field or contract.
        case unknownName = "unknown-name"
        /// The checklist has no item that could be done.
        case noItems = "no-items"
        /// Scopes are declared, and the environment is none of them.
        case environmentOutOfScope = "environment-out-of-scope"
        /// Another deployment holds the environment.
        case environmentLocked = "environment-locked"
        /// The environment is frozen, or outside its maintenance windows.
        case frozen = "environment-frozen"
        /// Something that has begun would change.
        case alreadyBegun = "already-begun"
        /// The deployment has ended.
        case ended = "deployment-ended"
        /// A failure, a doubt or a rollback must be seen to first.
        case halted = "deployment-halted"
        /// The item or the gate is in a state in which that cannot be done.
        case wrongState = "wrong-state"
        /// Other items must be satisfied first.
        case notReady = "not-ready"
        /// The gate before the phase is closed.
        case gateClosed = "gate-closed"
        /// The same was recorded with other content.
        case conflict = "conflict"
        /// A reason is required, and is blank.
        case reasonMissing = "reason-missing"
        /// A text that somebody typed holds a secret.
        case secretInText = "secret-in-text"
        /// Evidence is required, and there is none.
        case evidenceMissing = "evidence-missing"
        /// The item may not be waived.
        case notWaivable = "not-waivable"
        /// The person may not sign here.
        case notEligible = "not-eligible"
        /// The name cannot stand for anybody, or looks like another one.
        case nameRefused = "name-refused"
        /// The signature is missing, of an unknown key, or not about this.
        case signatureRefused = "signature-refused"
        /// An approver must sign the change.
        case approvalMissing = "approval-missing"
        /// The kind of item does not allow it.
        case wrongKind = "wrong-kind"
        /// The measurements do not tell.
        case undecided = "metrics-undecided"
        /// The measurements say no.
        case unmet = "metrics-unmet"
        /// The measurement is not of the metric, or of a moment that cannot be.
        case measurementRefused = "measurement-refused"
        /// The rules of the environment's time zone are not known.
        case unknownZone = "unknown-zone"
        /// A monitoring window asks for more observations than anybody could make.
        case tooManyObservations = "too-many-observations"
        /// A smoke suite must not run here, or proves nothing.
        case suiteRefused = "suite-refused"
        /// Items wait for each other in a circle.
        case dependencyCycle = "dependency-cycle"
        /// The ID is no contract ID of the network, or the network is not the environment's.
        case contractRefused = "contract-refused"
    }

    /// What kind of refusal it is.
    public let code: Code
    /// What was found, and what to do.
    public let message: String

    /// A refusal of a kind, with its sentence.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The code and the sentence.
    public var description: String { "\(code.rawValue): \(message)" }
}
