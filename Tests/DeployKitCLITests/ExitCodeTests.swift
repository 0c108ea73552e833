// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

@testable import deploykit_cli

@Suite struct ExitCodeTests {
    @Test func theNumbersAreTheContract() {
        #expect(ExitCode.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6, 7, 64, 70, 130, 143])
    }

    @Test func theStrongestOfSeveralWins() {
        let order: [ExitCode] = [
            .invalidData, .rollbackFailed, .rolledBack, .no, .undecided, .conflict, .personNeeded,
            .done,
        ]
        for (index, code) in order.enumerated() {
            #expect(ExitCode.strongest(order[index...].reversed()) == code)
        }
        #expect(ExitCode.strongest([]) == .done)
    }

    @Test(
        arguments: [
            (Refusal.Code.unknownName, 64), (.noItems, 3), (.environmentOutOfScope, 64),
            (.environmentLocked, 5), (.ended, 1), (.halted, 1), (.wrongState, 1), (.notReady, 1),
            (.gateClosed, 1), (.conflict, 5), (.reasonMissing, 64), (.evidenceMissing, 2),
            (.notWaivable, 1), (.notEligible, 1), (.wrongKind, 64), (.contractRefused, 1),
        ] as [(Refusal.Code, Int32)]
    )
    func everyRefusalHasACode(refusal: Refusal.Code, number: Int32) {
        let error = DeploymentError(.refused(Refusal(refusal, "why")))
        #expect(Failure(error).exit.rawValue == number)
        #expect(Failure(error).code == refusal.rawValue)
    }

    @Test(
        arguments: [
            (AuditStoreError.Code.duplicateKey, 5), (.conflict, 5), (.moved, 5), (.busy, 5),
            (.readOnly, 3), (.full, 3), (.notAStore, 3), (.newerVersion, 3), (.damaged, 3),
            (.unavailable, 3), (.unknownOutcome, 2), (.invalidEntry, 64), (.invalidBatch, 70),
        ] as [(AuditStoreError.Code, Int32)]
    )
    func everyFailureOfAStoreHasACode(code: AuditStoreError.Code, number: Int32) {
        #expect(Failure(AuditStoreError(code, "why")).exit.rawValue == number)
        #expect(Failure(DeploymentError(.store(AuditStoreError(code, "")))).exit.rawValue == number)
    }

    @Test func theRestHasACodeToo() {
        struct Surprise: Error {}
        #expect(Failure(DeploymentError(.notFound("d-1"))).exit == .usage)
        #expect(Failure(DeploymentError(.damaged("x"))).exit == .invalidData)
        #expect(Failure(DeploymentError(.keyReused)).exit == .conflict)
        #expect(Failure(UsageError("x")).exit == .usage)
        #expect(Failure(InputError(.empty, "x")).exit == .invalidData)
        #expect(Failure(JSONError(.syntax, "x")).exit == .invalidData)
        #expect(Failure(Surprise()).exit == .internalError)
    }

    @Test func aGateAnswersByItsCode() {
        #expect(ExitCode(GateVerdict.open) == .done)
        #expect(ExitCode(GateVerdict.closed([.ended])) == .no)
        #expect(ExitCode(GateVerdict.inconclusive([.itemsInDoubt(["x"])])) == .undecided)
    }
}
