// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension DeploymentCommand {
    /// What tells two commands under one idempotency key apart: SHA-256 over the key and the whole
    /// command. The key keeps free text from being guessed.
    func requestDigest(key: String) -> Digest {
        SHA256.digest(of: JSONValue.array([key.json, request]).canonicalBytes)
    }

    private var request: JSONValue {
        switch self {
        case .begin(let item, let runner, let offered):
            .members([
                "begin": item.json, "runner": runner?.json, "offered": offered.jsonUnlessEmpty,
            ])
        case .finish(let item, let attempt, let outcome):
            .members(["finish": item.json, "attempt": attempt.json, "outcome": outcome.request])
        case .judge(let item): .members(["judge": item.json])
        case .complete(let item, let note, let evidence):
            .members([
                "complete": item.json, "note": note?.json,
                "evidence": evidence.map(\.request).jsonUnlessEmpty,
            ])
        case .fail(let item, let reason):
            .members(["fail": item.json, "reason": reason?.json])
        case .skip(let item, let reason):
            .members(["skip": item.json, "reason": reason.json])
        case .skipSignOff(let slot, let reason):
            .members(["skipSignOff": slot.json, "reason": reason.json])
        case .waive(let item, let reason):
            .members(["waive": item.json, "reason": reason.json])
        case .resolve(let item, let happened, let reason, let evidence):
            .members([
                "resolve": item.json, "happened": happened.json, "reason": reason.json,
                "evidence": evidence.map(\.request).jsonUnlessEmpty,
            ])
        case .reopen(let item, let reason):
            .members(["reopen": item.json, "reason": reason?.json])
        case .reopenGate(let gate, let reason):
            .members(["reopenGate": gate.json, "reason": reason.json])
        case .sign(let slot, let decision, let reason):
            .members(["sign": slot.json, "decision": decision.json, "reason": reason?.json])
        case .submit(let proof, _):
            .members(["submit": SHA256.digest(of: proof.envelope.payload).json])
        case .withdraw(let slot, let reason):
            .members(["withdraw": slot.json, "reason": reason.json])
        case .recordContract(let slot, let contract, let details, let allowing):
            .members([
                "recordContract": slot.json, "contract": contract.json,
                "details": details.jsonUnlessEmpty,
                "allowing": allowing.map(\.rawValue).sorted().jsonUnlessEmpty,
            ])
        case .set(let field, let value):
            .members(["set": field.json, "value": value.json])
        case .note(let text):
            .members(["note": text.json])
        case .abort(let reason):
            .members(["abort": reason.json])
        case .rollback(let command): command.request
        case .observe(let window, let number, let report):
            .members([
                "observe": window.json, "observation": number?.json, "report": report.request,
            ])
        case .breakGlass(let gate, let reason):
            .members(["breakGlass": gate.json, "reason": reason.json])
        case .noteIssue(let text, let resolution):
            .members(["issue": text.json, "resolution": resolution?.json])
        case .resolveIssue(let number, let resolution):
            .members(["resolveIssue": number.json, "resolution": resolution.json])
        case .hookFailed(let failure):
            .members(["hookFailed": failure.hook.json, "on": failure.point.json])
        case .smoke(let command):
            command.request
        case .advance:
            .members(["advance": true.json])
        }
    }
}

extension ObservationReport {
    fileprivate var request: JSONValue {
        switch self {
        case .made(let note, let evidence):
            .members([
                "made": true.json, "note": note?.json,
                "evidence": evidence.map(\.request).jsonUnlessEmpty,
            ])
        case .failed(let reason): .members(["failed": true.json, "reason": reason?.json])
        case .waived(let reason): .members(["waived": reason.json])
        case .reopened(let reason): .members(["reopened": true.json, "reason": reason?.json])
        }
    }
}

extension AttemptOutcome {
    var request: JSONValue {
        let ending: JSONValue =
            switch ending {
            case .passed: "passed".json
            case .captured(let contract): contract.json
            case .failed(let cause): cause.json
            }
        return .members([
            "ending": ending, "output": output?.request, "note": note?.json,
            "value": value.map { SHA256.digest(of: $0.utf8).json },
            "isLast": isLast ? true.json : nil,
        ])
    }
}

extension Evidence {
    // Evidence may be longer than canonical JSON allows a string to be.
    fileprivate var request: JSONValue {
        .members(["mediaType": mediaType.json, "sha256": SHA256.digest(of: bytes).json])
    }
}
