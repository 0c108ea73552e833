// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite

extension Verb {
    static let auditVerify = Verb(
        "audit verify",
        "recompute the whole log and compare",
        details: [
            "ANCHORED: the log is whole and contains a head that was kept elsewhere. UNANCHORED: "
                + "it is whole, but nothing outside tells that it is still the same log. DIVERGED: "
                + "it is whole, and another one. INVALID: it contradicts itself."
        ],
        options: [
            Option(flag: "require-anchor", "exit 2 when the log is UNANCHORED")
        ],
        examples: ["deploykit audit verify", "deploykit audit verify --require-anchor --json"],
        exits: [
            (.done, "ANCHORED, or UNANCHORED"),
            (.no, "DIVERGED"),
            (.undecided, "UNANCHORED, and an anchor is required"),
            (.invalidData, "INVALID, or the store cannot be used"),
        ]
    ) { call in
        let workspace = try await Workspace.reading(call)
        let report = try await workspace.deployments.log.verify()
        let damage = try await workspace.store.faults()
        let verdict = damage.isEmpty ? report.verdict : .invalid
        let faults =
            damage.map { (position: Int?.none, message: $0) }
            + report.faults.map { (position: $0.position, message: $0.message) }
        var text =
            "\(verdict.rawValue)   \(report.head.size) entries, origin "
            + "\(report.head.origin.visible), root \(report.head.root.short)\n"
        if verdict == .unanchored {
            text += "  the log is whole; no head kept elsewhere tells that it is still the same\n"
        }
        for fault in faults {
            text +=
                "  " + (fault.position.map { "entry \($0): " } ?? "") + fault.message.visible + "\n"
        }
        if report.faultCount > report.faults.count {
            text += "  and \(report.faultCount - report.faults.count) more\n"
        }
        call.console.print(
            .members([
                "schemaVersion": 1.json,
                "verdict": verdict.rawValue.json,
                "head": .members([
                    "origin": report.head.origin.json, "size": report.head.size.json,
                    "root": report.head.root.json,
                ]),
                "faultCount": (report.faultCount + damage.count).json,
                "faults": .array(
                    faults.map {
                        .members(["position": $0.position?.json, "message": $0.message.json])
                    }
                ),
            ]),
            or: text
        )
        return ExitCode(verdict, requiresAnchor: call.arguments.has("require-anchor"))
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
