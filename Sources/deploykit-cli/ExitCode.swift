// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner

/// What the command says to whoever started it. The numbers are a contract with scripts.
enum ExitCode: Int32, Hashable, Sendable, CaseIterable {
    /// Done; the gate is open; the log is anchored.
    case done = 0
    /// No, and proved: gate closed, item failed, rejected, diverged.
    case no = 1
    /// It could not be decided: inconclusive, missing evidence, in doubt, timed out.
    case undecided = 2
    /// The data is invalid: definition, store, bundle, registry.
    case invalidData = 3
    /// A person is needed: sign-off, manual item, confirmation.
    case personNeeded = 4
    /// Conflict or lock: another writer, another deployment, a freeze.
    case conflict = 5
    /// Rolled back, and verified.
    case rolledBack = 6
    /// The rollback failed.
    case rollbackFailed = 7
    /// The command line makes no sense.
    case usage = 64
    /// A fault of ours.
    case internalError = 70
    /// Ended by SIGINT.
    case interrupted = 130
    /// Ended by SIGTERM.
    case terminated = 143

    /// The strongest of several that apply: 3 > 7 > 6 > 1 > 2 > 5 > 4 > 0. What ends the command
    /// itself comes before all of them.
    static func strongest(_ codes: some Sequence<ExitCode>) -> ExitCode {
        codes.max { $0.rank < $1.rank } ?? .done
    }

    private var rank: Int {
        switch self {
        case .done: 0
        case .personNeeded: 1
        case .conflict: 2
        case .undecided: 3
        case .no: 4
        case .rolledBack: 5
        case .rollbackFailed: 6
        case .invalidData: 7
        case .usage: 8
        case .internalError: 9
        case .interrupted: 10
        case .terminated: 11
        }
    }
}

extension ExitCode {
    /// The code for a command that the rules do not allow.
    init(_ refusal: Refusal.Code) {
        switch refusal {
        case .unknownName, .environmentOutOfScope, .reasonMissing, .secretInText, .wrongKind,
            .measurementRefused:
            self = .usage
        case .noItems, .unknownZone, .tooManyObservations, .suiteRefused, .dependencyCycle:
            self = .invalidData
        case .environmentLocked, .conflict, .frozen: self = .conflict
        case .ended, .halted, .wrongState, .notReady, .gateClosed, .notWaivable, .notEligible,
            .contractRefused, .nameRefused, .signatureRefused, .unmet, .alreadyBegun:
            self = .no
        case .approvalMissing: self = .personNeeded
        case .evidenceMissing, .undecided: self = .undecided
        }
    }

    /// The code for a store that cannot do what is asked.
    init(_ failure: AuditStoreError.Code) {
        switch failure {
        case .duplicateKey, .conflict, .moved, .busy: self = .conflict
        case .readOnly, .full, .notAStore, .newerVersion, .damaged, .unavailable:
            self = .invalidData
        case .unknownOutcome: self = .undecided
        case .notErasable: self = .no
        case .invalidEntry: self = .usage
        case .invalidBatch: self = .internalError
        }
    }

    /// The code for what a runner cannot do at all.
    init(_ failure: RunnerError.Code) {
        switch failure {
        case .locked: self = .conflict
        case .secretTooShort, .secretUnavailable, .invalid, .badDirectory: self = .usage
        case .notFound, .notExecutable: self = .no
        case .placeholderUnbound, .variableUnbound, .outputUnwritten, .dependencyCycle:
            self = .invalidData
        case .system: self = .internalError
        }
    }

    /// The code for contracts that do not belong together.
    init(_ refusal: ContractRegistryError.Code) {
        switch refusal {
        case .environment, .network, .kind, .unprotected, .otherNetwork, .revoked, .orphaned,
            .superseded, .missing, .elsewhere, .derivation:
            self = .no
        case .conflict, .occupied: self = .conflict
        case .unknown, .instance, .noSnapshot: self = .usage
        case .history: self = .invalidData
        }
    }

    /// The code for a key or a note that is kept beside the store.
    init(_ failure: KeepingError.Code) {
        switch failure {
        case .diverged, .keyExists, .recoveryRefused: self = .no
        case .opensslUnavailable, .sshUnavailable: self = .undecided
        case .busy: self = .conflict
        case .keyAbsent, .unsafe, .keyMalformed, .noteDamaged, .unavailable, .store,
            .headMalformed, .headRefused:
            self = .invalidData
        }
    }

    /// The code for a deployment that could not be worked with.
    init(_ cause: DeploymentError.Cause) {
        switch cause {
        case .refused(let refusal): self.init(refusal.code)
        case .store(let error): self.init(error.code)
        case .signature: self = .undecided
        case .notFound: self = .usage
        case .damaged: self = .invalidData
        case .keyReused: self = .conflict
        }
    }

    /// The code for a run of a smoke suite.
    init(_ verdict: SmokeVerdict?) {
        switch verdict?.word {
        case .passed: self = .done
        case .failed: self = .no
        case .inconclusive, nil: self = .undecided
        }
    }

    /// The code for a gate.
    init(_ verdict: GateVerdict) {
        switch verdict {
        case .open: self = .done
        case .closed(let reasons): self = reasons.allSatisfy(\.isOfCalendar) ? .conflict : .no
        case .inconclusive: self = .undecided
        }
    }

    /// The code for where a runner stopped: what a rollback has come to, or what it meets. An item
    /// that failed is a no, also where a person is asked what follows from it, unless it is the
    /// rollback that was asked for.
    init(_ state: Deployment, _ step: NextStep, answersForItems: Bool) {
        switch state.status {
        case .rolledBack: self = .rolledBack
        case .halted(.rollbackFailed): self = .rollbackFailed
        case .halted(.itemFailed) where answersForItems:
            self = Self.strongest([.no, ExitCode(step)])
        default: self.init(step)
        }
    }

    /// The code for what a runner meets.
    init(_ step: NextStep) {
        switch step {
        case .nothing, .start, .judge: self = .done
        case .failed: self = .no
        case .inDoubt, .underWay, .undecided: self = .undecided
        case .person: self = .personNeeded
        case .rollbackProposed: self = .personNeeded
        case .gate(_, let reasons):
            self = Self.strongest(
                reasons.map { reason in
                    if reason.isDoubtful { return .undecided }
                    if reason.waitsForPerson { return .personNeeded }
                    return reason.isOfCalendar ? .conflict : .no
                }
            )
        }
    }
}
