// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// One run of one checklist: the state that its events add up to.
///
/// A deployment is never changed but by ``apply(_:)``; what may happen next is decided by
/// ``decide(_:in:)``. Both are pure, so that the same events give the same state everywhere.
public struct Deployment: Hashable, Sendable {
    /// A contract that the deployment deployed.
    public struct Contract: Hashable, Sendable {
        /// The ID, with the network that it belongs to.
        public let id: ContractID
        /// The item that deployed it, where one did.
        public let item: ItemID?
    }

    /// A blank that was filled in.
    public struct FieldValue: Hashable, Sendable {
        /// The value.
        public let value: AttachmentReference
        /// Who filled it in.
        public let actor: Actor
        /// When.
        public let at: Timestamp
    }

    /// When something was recorded.
    struct Recording: Hashable, Sendable {
        /// How many events there were with it.
        let revision: Int
        /// By the clock.
        let at: Timestamp
    }

    /// The name.
    public let id: DeploymentID
    /// What is deployed where.
    public internal(set) var subject: DeploymentSubject
    /// The checklist, pinned when the deployment began or was amended last.
    public internal(set) var checklist: Checklist
    /// The checklist as one list.
    public internal(set) var outline: Outline
    /// The document that the checklist was read from, where it was.
    public internal(set) var source: DeploymentEvent.DocumentSource?
    /// The values of the variables.
    public let variables: [DeploymentEvent.Binding]
    /// Who began it.
    public let requester: Actor
    /// When it began.
    public let startedAt: Timestamp
    /// What it is doing.
    public internal(set) var status: Status = .active
    /// When it ended, if it has.
    public private(set) var endedAt: Timestamp?
    /// The items that are no groups, and how far each has come.
    public internal(set) var items: ItemTable
    /// The gates that were opened.
    public internal(set) var gates: [GateID: GateProgress] = [:]
    /// The conditional slots that were found not to be needed.
    public var skippedSlots: Set<SignOffSlotID> { Set(slotSkips.keys) }
    /// Who found them not to be needed.
    public private(set) var slotSkips: [SignOffSlotID: Actor] = [:]
    /// Every sign-off of every round, the withdrawn ones included, oldest first.
    public private(set) var signOffs: [SignOff] = []
    private var signed: [SignOff: Recording] = [:]
    /// When items that had been settled were last opened again.
    private(set) var reopenings: [ItemID: Recording] = [:]
    private var withdrawnAt: [SignOffSlotID: [ActorID: Timestamp]] = [:]
    /// The names under which items were done.
    public private(set) var executors: Set<ActorID> = []
    /// The manual items at which a command of the page was run, with whatever effect.
    private(set) var offeredItems: Set<ItemID> = []
    /// The contracts that were deployed.
    public internal(set) var contracts: [ContractSlot.Name: Contract] = [:]
    /// The blanks that were filled in.
    public private(set) var fields: [FieldID: FieldValue] = [:]
    /// What was written down, oldest first.
    public private(set) var notes: [AttachmentReference] = []
    /// The rollbacks that triggers or people called for, oldest first.
    public internal(set) var rollbackProposals: [RollbackProposal] = []
    /// The rollbacks that were authorised, oldest first; the last is the one that counts.
    public internal(set) var rollbacks: [RollbackRun] = []
    /// What had begun elsewhere, where the deployment goes back on behalf of another or rehearses.
    public internal(set) var rollbackBasis: RollbackBasis?
    /// The rounds that gates had before the last amendment closed them.
    var lastRounds: [GateID: Int] = [:]
    /// The times that somebody went on without what the rules ask for, oldest first.
    public internal(set) var brokenGlass: [BrokenGlass] = []
    /// The problems that the deployment met, oldest first.
    public internal(set) var issues: [Issue] = []
    /// What was changed about the checklist, oldest first.
    public private(set) var amendments: [Amendment] = []
    /// What the windows ask for, once they were started.
    var windowPlans: [WindowPlan]?
    /// What is recorded of the observations in the windows.
    public internal(set) var observations: [ObservationID: ObservationRecord] = [:]
    /// When the last event was recorded, by the latest clock.
    public private(set) var lastEventAt: Timestamp
    /// The runs of its smoke suites besides its own course, oldest first.
    public var smokeRuns: [SmokeRun] { smoke.all }
    private var smoke = SmokeRuns()
    /// The names of events that this version does not know, oldest first.
    public private(set) var unknownEvents: [String] = []
    /// How many events were applied, the first included.
    public private(set) var revision = 1

    /// The state after the first event.
    ///
    /// - Returns: `nil` when `first` is not ``DeploymentEvent/started(_:_:source:variables:)``, or
    ///   `checklist` is not the one that it names.
    public init?(_ first: RecordedEvent, checklist: Checklist, hash: Digest) {
        guard case .started(let id, let subject, let source, let variables) = first.event,
            subject.checklist == hash
        else { return nil }
        self.id = id
        self.subject = subject
        self.checklist = checklist
        self.source = source
        self.variables = variables
        requester = first.actor
        startedAt = first.at
        lastEventAt = first.at
        outline = Outline(checklist)
        items = ItemTable(outline)
    }

    /// Changes the state as an event says. Every event is accepted; one that does not fit, which
    /// ``decide(_:in:)`` never makes, changes nothing but the revision.
    public mutating func apply(_ recorded: RecordedEvent) {
        revision += 1
        lastEventAt = max(lastEventAt, recorded.at)
        // What was deployed is measured after the last item, too.
        if case .rollback(let event) = recorded.event { applyProposal(event, recorded) }
        if case .smoke(let event) = recorded.event { smoke.apply(event, recorded) }
        if status.isTerminal { return }
        switch recorded.event {
        case .started:
            break
        case .notApplicable(let ids, let why, _):
            for id in ids {
                change(id, recorded) {
                    $0.state = .notApplicable
                    $0.inapplicability = why
                }
            }
        case .skipped(let id, let reason):
            change(id, recorded) {
                $0.state = .notApplicable
                $0.inapplicability = .decided
                $0.note = reason
            }
        case .attemptStarted(let id, let attempt, let runner, let offered):
            executors.insert(recorded.actor.id)
            if !offered.isEmpty { offeredItems.insert(id) }
            change(id, recorded) {
                $0 = ItemProgress(state: .running(attempt), attempts: attempt)
                $0.startedAt = recorded.at
                $0.runner = runner
            }
        case .attemptPassed(let id, let attempt, let output, let evidence, let value):
            change(id, recorded) {
                $0.state = .passed(attempt)
                $0.output = output
                $0.evidence = evidence
                $0.value = value
            }
        case .attemptFailed(let id, let attempt, let cause, let output, let note):
            change(id, recorded) {
                $0.state = .failed(attempt)
                $0.cause = cause
                $0.output = output
                $0.note = note
            }
        case .attemptInDoubt(let id, let attempt, let cause, let output, let note):
            change(id, recorded) {
                $0.state = .inDoubt(attempt)
                $0.cause = cause
                $0.output = output
                $0.note = note
            }
        case .doubtResolved(let id, let attempt, let happened, let reason, let evidence):
            change(id, recorded) {
                $0.state = happened ? .passed(attempt) : .failed(attempt)
                $0.cause = happened ? nil : .notExecuted
                $0.note = reason
                $0.evidence = evidence
            }
        case .done(let id, let attempt, let note, let evidence):
            executors.insert(recorded.actor.id)
            change(id, recorded) {
                $0 = ItemProgress(state: .passed(attempt), attempts: attempt)
                $0.note = note
                $0.evidence = evidence
            }
        case .judged(let id, let attempt, let judgement, let note):
            change(id, recorded) {
                let isMet = judgement.recommendation != .rollBack
                $0 = ItemProgress(
                    state: isMet ? .passed(attempt) : .failed(attempt),
                    attempts: attempt
                )
                $0.cause = isMet ? nil : .unmet
                $0.note = note
            }
        case .failed(let id, let attempt, let reason):
            change(id, recorded) {
                $0 = ItemProgress(state: .failed(attempt), attempts: attempt)
                $0.cause = .reported
                $0.note = reason
            }
        case .waived(let id, let reason):
            change(id, recorded) {
                $0.state = .waived
                $0.note = reason
            }
        case .reopened(let id, let cascade, let reason):
            for id in [id] + cascade {
                if items[id]?.state.isSatisfying == true {
                    reopenings[id] = Recording(revision: revision, at: recorded.at)
                }
                change(id, recorded) {
                    $0 = ItemProgress(state: .pending, attempts: $0.attempts)
                    $0.note = reason
                }
            }
        case .noted(let text):
            notes.append(text)
        case .fieldSet(let field, let value):
            fields[field] = FieldValue(value: value, actor: recorded.actor, at: recorded.at)
        case .contractRecorded(let slot, let id, let item):
            contracts[slot] = Contract(id: id, item: item)
        case .signedOff(let signOff):
            signed[signOff] = Recording(revision: revision, at: recorded.at)
            applyToGate(recorded.event, at: recorded.at)
        case .signOffSkipped(let slot, _):
            slotSkips[slot] = recorded.actor
        case .withdrawn(let slot, _, _, let person, _):
            withdrawnAt[slot, default: [:]][person] = recorded.at
            applyToGate(recorded.event, at: recorded.at)
        case .gateOpened, .gateRejected, .gateConsumed, .gateReopened:
            applyToGate(recorded.event, at: recorded.at)
        case .halted(let cause):
            status = .halted(cause)
        case .resumed:
            status = .active
        case .observing:
            status = .observing
        case .completed:
            end(.completed, cancelling: [], recorded)
        case .aborted(let cause, let cancelled, _):
            end(.aborted(cause), cancelling: cancelled, recorded)
        case .superseded(let deployment, let cancelled):
            end(.superseded(by: deployment), cancelling: cancelled, recorded)
        case .rollback(let event):
            applyRollback(event, recorded)
        case .window(let event): apply(event, recorded)
        case .gate(let event): apply(event, recorded)
        case .issue(let event): apply(event, recorded)
        case .amended(let amendment):
            guard let definition = recorded.definition else { return }
            amendments.append(amendment)
            apply(amendment, definition)
        case .smoke, .hookFailed: break
        case .unknown(let kind, _):
            unknownEvents.append(kind)
        }
    }

    /// When a sign-off was recorded; `nil` when it is none of this deployment.
    public func moment(of signOff: SignOff) -> Timestamp? {
        signed[signOff]?.at
    }

    /// When, and after how many events, a sign-off was recorded.
    func recording(of signOff: SignOff) -> Recording? { signed[signOff] }

    /// When a person last withdrew what they had signed at a slot; `nil` when they never did.
    func withdrawal(by person: ActorID, at slot: SignOffSlotID) -> Timestamp? {
        withdrawnAt[slot]?[person]
    }

    /// The same deployment without the sign-offs that have lapsed, and of several by one person at
    /// one slot with the last alone: what a page shows that people read as approved.
    public func withoutLapsedSignOffs(given facts: Facts) -> Deployment {
        var shown = self
        for gate in gates.keys {
            let slots = terms(of: gate, given: facts).slots
            shown.gates[gate]?.signOffs = slots.flatMap { slot in
                lastSignOffs(at: slot).filter { standing(of: $0, given: facts).lapse == nil }
            }
        }
        return shown
    }

    mutating func forgetSkip(of slot: SignOffSlotID) {
        slotSkips[slot] = nil
    }

    mutating func change(
        _ id: ItemID,
        _ recorded: RecordedEvent,
        _ change: (inout ItemProgress) -> Void
    ) {
        let isItem = items.update(id) { progress in
            change(&progress)
            progress.actor = recorded.actor
            if case .running = progress.state {
                progress.settledAt = nil
            } else {
                progress.settledAt = recorded.at
            }
        }
        if isItem { clearProposals() } else { changeStep(id, recorded, change) }
    }

    mutating func end(
        _ status: Status,
        cancelling cancelled: [ItemID],
        _ recorded: RecordedEvent
    ) {
        for id in cancelled { change(id, recorded) { $0.state = .cancelled } }
        self.status = status
        endedAt = recorded.at
    }

    private mutating func applyToGate(_ event: DeploymentEvent, at: Timestamp) {
        switch event {
        case .gateOpened(let gate, let round, let terms):
            gates[gate] = GateProgress(round: round, openedAt: at, terms: terms)
        case .signedOff(let signOff):
            signOffs.append(signOff)
            guard gates[signOff.gate]?.round == signOff.round else { return }
            gates[signOff.gate]?.signOffs.append(signOff)
        case .withdrawn(let slot, let gate, let round, let person, _):
            guard gates[gate]?.round == round else { return }
            gates[gate]?.signOffs.removeAll { $0.slot == slot && $0.person == person }
        case .gateRejected(let gate, let round, let slot, let person):
            guard gates[gate]?.round == round else { return }
            gates[gate]?.rejection = GateProgress.Rejection(slot: slot, person: person)
        case .gateConsumed(let gate, _, _):
            gates[gate]?.isConsumed = true
        case .gateReopened(let gate, let round, _):
            guard let terms = gates[gate]?.terms else { return }
            gates[gate] = GateProgress(round: round, openedAt: at, terms: terms)
        default:
            break
        }
    }
}

extension ItemProgress {
    init(state: ItemState, attempts: Int) {
        self.init()
        self.state = state
        self.attempts = attempts
    }
}
