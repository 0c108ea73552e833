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
            "--require-anchor takes what makes the log ANCHORED: a head that --against names, or "
                + "one that this machine kept. The first head that it keeps is taken on trust, and "
                + "says nothing of what was before: it comes from the first verb that issues a "
                + "head or verifies the log, but not from a call that --require-anchor ends with "
                + "2, so that to repeat such a call changes nothing. With --against, no log passes "
                + "that does not contain the head that is named.",
        ],
        options: [
            .against, .logKey, Option(flag: "require-anchor", "exit 2 when the log is UNANCHORED"),
        ],
        examples: [
            "deploykit audit verify", "deploykit audit verify --require-anchor --json",
            "deploykit audit verify --against release-1.4.2.head",
        ],
        exits: [
            (.done, "ANCHORED, or UNANCHORED"),
            (.no, "DIVERGED"),
            (.undecided, "UNANCHORED, and an anchor is required"),
            (.invalidData, "INVALID, or the store cannot be used"),
        ]
    ) { call in
        let workspace = try await Workspace.reading(call)
        let requiresAnchor = call.arguments.has("require-anchor")
        let finding = try await Verification.finding(in: workspace)
        if finding.verdict == .anchored || (finding.verdict == .unanchored && !requiresAnchor) {
            try await finding.keepHead(workspace)
        }
        call.console.print(finding.json, or: finding.text)
        return ExitCode(finding.verdict, requiresAnchor: requiresAnchor)
    }
}

/// What a verification found, with the heads that the log was compared with.
private struct Verification {
    var head: LogHead?
    var verdict: VerificationReport.Verdict
    var faults: [(position: Int?, message: String)] = []
    var faultCount = 0
    var anchors: [Anchor] = []

    /// A head that was kept elsewhere, and whether the log contains it.
    struct Anchor {
        /// The file; `nil` for the note of this machine.
        let path: String?
        let kind: String
        /// Whether somebody named the file, rather than this machine having kept it.
        let isNamed: Bool
        let head: LogHead
        let isSigned: Bool
        var isConfirmed = false
        /// The entry that says that the head belongs to what was lost.
        var lossRecordedAt: Int?
    }

    static func finding(in workspace: Workspace) async throws -> Verification {
        let log = workspace.deployments.log
        let damage = try await workspace.store.faults()
        do {
            var anchors = try await anchors(in: workspace)
            let report = try await log.verify(against: anchors.map(\.head))
            for index in anchors.indices {
                anchors[index].isConfirmed = report.confirmed.contains(anchors[index].head)
                anchors[index].lossRecordedAt = report.loss(of: anchors[index].head)
            }
            // What is derived from a log that contradicts itself says nothing more.
            let isSound = damage.isEmpty && report.faultCount == 0
            let derived = try await isSound ? workspace.deployments.snapshotFaults() : []
            return Verification(
                head: report.head,
                verdict: damage.isEmpty && derived.isEmpty ? report.verdict : .invalid,
                faults: damage.map { (nil, $0) } + report.faults.map { ($0.position, $0.message) }
                    + derived.map { ($0.position, $0.message) },
                faultCount: damage.count + report.faultCount + derived.count,
                anchors: anchors
            )
        } catch let error as AuditStoreError where error.code == .damaged {
            return Verification(
                verdict: .invalid,
                faults: damage.map { (nil, $0) } + [(nil, error.message)],
                faultCount: damage.count + 1
            )
        }
    }

    private static func anchors(in workspace: Workspace) async throws -> [Anchor] {
        var anchors = try await KeptHead.all(workspace).map { kept in
            Anchor(
                path: kept.path,
                kind: kept.kind.rawValue,
                isNamed: true,
                head: kept.head,
                isSigned: kept.isSigned
            )
        }
        let origin = try await workspace.deployments.log.head().origin
        guard let notes = workspace.keeping.notes else { return anchors }
        if let note = try notes.checkpoint(of: origin) {
            anchors.append(
                Anchor(path: nil, kind: "note", isNamed: false, head: note.head, isSigned: false)
            )
        }
        anchors += try notes.receipts(of: origin).map { kept in
            Anchor(
                path: kept.path,
                kind: "receipt",
                isNamed: false,
                head: kept.receipt.checkpoint.head,
                isSigned: false
            )
        }
        return anchors
    }

    /// Keeps the head of a log that stood the test, before it is shown.
    func keepHead(_ workspace: Workspace) async throws {
        guard let head, head.size > 0, let notes = workspace.keeping.notes else { return }
        do {
            try await notes.keep(Checkpoint(head), of: workspace.deployments.log)
        } catch let error as KeepingError where error.code != .diverged {
            workspace.call.console.note(
                "the head is not kept on this machine: \(error.message.visible)"
            )
        }
    }

    /// The verdict, and in brackets what it rests on.
    private var words: String {
        guard verdict == .anchored else { return verdict.rawValue }
        let kinds = Set(anchors.compactMap { $0.isNamed ? $0.kind : nil }).sorted()
        if !kinds.isEmpty { return "ANCHORED (\(kinds.joined(separator: ", ")))" }
        let hasNote = anchors.contains { $0.kind == "note" }
        return "ANCHORED (this machine's \(hasNote ? "note" : "receipts") only)"
    }

    var text: String {
        var text = words
        if let head {
            text +=
                "   \(head.size) entries, origin \(head.origin.visible), root \(head.root.short)"
        }
        text += "\n"
        if verdict == .unanchored {
            text += "  the log is whole; no head kept elsewhere tells that it is still the same\n"
        }
        for anchor in anchors where anchor.isNamed || anchor.path == nil || !anchor.isConfirmed {
            text += "  \(line(of: anchor))\n"
        }
        let receipts = anchors.count { !$0.isNamed && $0.path != nil && $0.isConfirmed }
        if receipts > 0 { text += "  receipts that this machine keeps: \(receipts) contained\n" }
        if verdict == .anchored, let head,
            let reach = anchors.map(\.head.size).max(), reach < head.size
        {
            text += "  of the entries from \(reach) on, no head was kept elsewhere\n"
        }
        for fault in faults {
            text +=
                "  " + (fault.position.map { "entry \($0): " } ?? "") + fault.message.visible + "\n"
        }
        if faultCount > faults.count { text += "  and \(faultCount - faults.count) more\n" }
        return text
    }

    private func line(of anchor: Anchor) -> String {
        let owner = anchor.path.map { "'\($0.visible)'" } ?? "this machine's note"
        let sign = anchor.isSigned ? ", signed" : ""
        let start = "\(owner) (\(anchor.head.size) entries\(sign)): "
        if anchor.isConfirmed { return start + "contained" }
        if let position = anchor.lossRecordedAt {
            return start + "NOT contained; lost, as entry \(position) records"
        }
        guard let head else { return start + "NOT contained" }
        if anchor.head.size > head.size { return start + "NOT contained; the log is shorter" }
        return start + "NOT contained; the log is another one"
    }

    var json: JSONValue {
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
                anchors.map { anchor in
                    .members([
                        "kind": anchor.kind.json, "file": anchor.path?.json,
                        "isNamed": anchor.isNamed.json,
                        "head": anchor.head.json, "isSigned": anchor.isSigned.json,
                        "isContained": anchor.isConfirmed.json,
                        "lossRecordedAt": anchor.lossRecordedAt?.json,
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

extension VerificationReport {
    /// The position of the entry that says that `head` belongs to what was lost.
    fileprivate func loss(of head: LogHead) -> Int? {
        let own = epochs.firstIndex { $0.origin.utf8.elementsEqual(head.origin.utf8) }
        guard let own,
            own + 1 < epochs.count, head.size > epochs[own + 1].start
        else { return nil }
        return epochs[own + 1].start
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
