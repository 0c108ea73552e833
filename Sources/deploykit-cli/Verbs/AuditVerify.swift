// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import DeployKitSQLite

extension Verb {
    static let auditVerify = Verb(
        "audit verify",
        "recompute the whole log and compare",
        details: [
            "ANCHORED: the log is whole and contains every head that was kept elsewhere; in "
                + "brackets stands what it was compared with. UNANCHORED: it is whole, but nothing "
                + "outside tells that it is still the same log. DIVERGED: it is whole, and another "
                + "one. INVALID: it contradicts itself.",
            "This machine keeps the last head that it saw and the receipts of sign-offs, outside "
                + "the store; whoever can change both can deceive it. A receipt or a checkpoint "
                + "that others kept says more. What was appended after the last head that anybody "
                + "kept is vouched for by nobody.",
            "A log that was recovered (see 'audit recover') goes on under another name; what this "
                + "machine kept under the names before counts on. Where it does not contain that, "
                + "it is DIVERGED until somebody accepts the recovery on this machine: the entry "
                + "that records a loss was written by whoever had the store, and proves nothing.",
            "--require-anchor takes what makes the log ANCHORED: a head that --against names, or "
                + "one that this machine kept. The first head that it keeps is taken on trust, and "
                + "says nothing of what was before: it comes from the first verb that issues a "
                + "head or verifies the log, but not from a call that --require-anchor ends with "
                + "2, so that to repeat such a call changes nothing. On a machine that begins with "
                + "'store restore', such as a runner of CI, that is the head of the copy that was "
                + "restored: ANCHORED says no more there than that nothing changed since. With "
                + "--against, no log passes "
                + "that does not contain the head that is named.",
            "BUNDLE is the folder of an evidence bundle, which is checked without any store: its "
                + "files, entries and tables, every signature (with ssh-keygen and openssl), and what "
                + "the separation of duties says. --log-key asks for the signature of the log over its "
                + "checkpoint and manifest. --allowed-signers names OpenSSH's file of the "
                + "people's keys from elsewhere; without it the log's own account of them is taken.",
        ],
        operands: [Operand("BUNDLE", .optional)],
        options: [
            .against, .logKey, Option(flag: "require-anchor", "exit 2 when the log is UNANCHORED"),
            Option("allowed-signers", "FILE", "of a bundle: whose SSH keys are taken"),
        ],
        examples: [
            "deploykit audit verify", "deploykit audit verify --require-anchor --json",
            "deploykit audit verify --against release-1.4.2.head",
        ],
        exits: [
            (.done, "ANCHORED, or UNANCHORED"),
            (.no, "DIVERGED"),
            (.undecided, "UNANCHORED, and an anchor is required; or openssl is not installed"),
            (.invalidData, "INVALID, or the store is absent or cannot be used"),
        ]
    ) { call in
        if let folder = call.arguments.operands.first {
            return try await BundleVerification.verify(folder, call)
        }
        guard call.arguments["allowed-signers"] == nil else {
            throw UsageError(
                "--allowed-signers is for the signatures of a BUNDLE, and none is named"
            )
        }
        let workspace = try await Workspace.reading(call)
        let requiresAnchor = call.arguments.has("require-anchor")
        let damage = try await workspace.store.faults()
        func verify(_ damage: [String]) async throws -> AnchoredReport {
            try await workspace.deployments.verify(damage: damage) {
                let origin = try await workspace.deployments.log.head().origin
                return try await KeptHead.all(workspace) + workspace.keeping.anchors(of: origin)
            }
        }
        var report = try await verify(damage)
        // What is derived from a log that contradicts itself says nothing more.
        if report.verdict != .invalid {
            let forged = try await workspace.signatureFaults().map(\.message)
            if !forged.isEmpty { report = try await verify(damage + forged) }
        }
        if let fault = report.findings.compactMap(\.fault).first {
            throw InputError(.invalid, fault)
        }
        if report.verdict == .anchored || (report.verdict == .unanchored && !requiresAnchor) {
            try await workspace.keepHead(of: report)
        }
        call.console.print(report.json, or: report.text)
        return ExitCode(report.verdict, requiresAnchor: requiresAnchor)
    }
}

extension Workspace {
    /// Keeps the head of a log that stood the test, before it is shown.
    fileprivate func keepHead(of report: AnchoredReport) async throws {
        guard let head = report.head, let notes = keeping.notes else { return }
        do {
            try await notes.keep(Checkpoint(head), of: deployments.log)
        } catch let error as KeepingError where error.code != .diverged {
            call.console.note("the head is not kept on this machine: \(error.message.visible)")
        }
    }
}

extension AnchoredReport {
    /// The verdict, and in brackets what it rests on.
    private var words: String {
        guard verdict == .anchored else { return verdict.rawValue }
        let contained = findings.filter(\.isContained).map(\.anchor)
        let kinds = Set(contained.compactMap { $0.isNamed ? $0.kind.rawValue : nil }).sorted()
        if !kinds.isEmpty { return "ANCHORED (\(kinds.joined(separator: ", ")))" }
        let hasNote = contained.contains { $0.kind == .note }
        return "ANCHORED (this machine's \(hasNote ? "note" : "receipts") only)"
    }

    fileprivate var text: String {
        var text = words
        if let head {
            text +=
                "   \(head.size) entries, origin \(head.origin.visible), root \(head.root.short)"
        }
        text += "\n"
        if verdict == .unanchored {
            text +=
                head == nil
                ? "  nothing is recorded yet: a log without entries has no name and no head\n"
                : "  the log is whole; no head kept elsewhere tells that it is still the same\n"
        }
        for finding in findings {
            let isListed = finding.anchor.isNamed || finding.anchor.kind == .note
            if isListed || !finding.isContained { text += "  \(line(of: finding))\n" }
        }
        let receipts = findings.count {
            !$0.anchor.isNamed && $0.anchor.kind == .receipt && $0.isContained
        }
        if receipts > 0 { text += "  receipts that this machine keeps: \(receipts) contained\n" }
        if verdict == .anchored, let head, reach < head.size {
            text += "  of the entries from \(reach) on, no head was kept elsewhere\n"
        }
        for fault in faults {
            text +=
                "  " + (fault.position.map { "entry \($0): " } ?? "") + fault.message.visible + "\n"
        }
        if faultCount > faults.count { text += "  and \(faultCount - faults.count) more\n" }
        return text
    }

    private func line(of finding: Finding) -> String {
        let anchor = finding.anchor
        let isOfNow = head?.origin == anchor.head.origin
        let name = isOfNow || head == nil ? "" : " of '\(anchor.head.origin.visible)'"
        let owner =
            anchor.kind == .note ? "this machine's note\(name)" : "'\(anchor.path.visible)'"
        let sign = anchor.isSigned ? ", signed" : ""
        let start = "\(owner) (\(anchor.head.size) entries\(sign)): "
        if finding.isContained { return start + "contained" }
        guard let divergence = finding.divergence, head != nil else {
            return start + "NOT contained"
        }
        if let recovery = divergence.recovery, !divergence.contradictsRecovery {
            let loss =
                recovery.lost.isEmpty
                ? "no loss"
                : "the loss of \(recovery.lost.lowerBound) to \(recovery.lost.upperBound - 1)"
            return start + "NOT contained; entry \(recovery.start) records \(loss)"
                + (anchor.isNamed ? "" : ", which this machine has not accepted")
        }
        if case .shorter = divergence.standing {
            return start + "NOT contained; the log is shorter"
        }
        if case .otherLog = divergence.standing, !anchor.isNamed {
            return start + "NOT contained; the log does not know that name, and is older"
        }
        return start + "NOT contained; the log is another one"
    }

    fileprivate var json: JSONValue {
        .members([
            "schemaVersion": 1.json,
            "verdict": verdict.rawValue.json,
            "words": words.json,
            "head": head.map { head in
                .members([
                    "origin": head.origin.json, "size": head.size.json, "root": head.root.json,
                ])
            },
            "anchors": .array(
                findings.map { finding in
                    .members([
                        "kind": finding.anchor.kind.rawValue.json,
                        "file": finding.anchor.kind == .note ? nil : finding.anchor.path.json,
                        "isNamed": finding.anchor.isNamed.json,
                        "head": finding.anchor.head.json,
                        "isSigned": finding.anchor.isSigned.json,
                        "isContained": finding.isContained.json,
                        "lossRecordedAt": finding.divergence?.recovery?.start.json,
                    ])
                }
            ),
            "faultCount": faultCount.json,
            "faults": .array(
                faults.map {
                    .members(["position": $0.position?.json, "message": $0.message.json])
                }
            ),
        ])
    }
}

extension ExitCode {
    /// The code for what a verification found.
    init(_ verdict: VerificationReport.Verdict, requiresAnchor: Bool) {
        switch verdict {
        case .anchored: self = .done
        case .unanchored: self = requiresAnchor ? .undecided : .done
        case .diverged: self = .no
        case .invalid: self = .invalidData
        }
    }
}
