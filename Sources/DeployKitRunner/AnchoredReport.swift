// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// What a verification of a log, and of what is derived from it, against heads that were kept
/// outside found.
public struct AnchoredReport: Hashable, Sendable {
    /// What was found of one head.
    public struct Finding: Hashable, Sendable {
        /// The head, and the file that holds it.
        public let anchor: Anchor
        /// Whether the log contains the head.
        public let isContained: Bool
        /// That the log does not contain it, and what is known of that; `nil` too where the log
        /// contradicts itself, of which nothing more is worth telling.
        public let divergence: Divergence?
        /// Why the file cannot be believed: it is a receipt whose proof does not lead from its entry
        /// to its own head.
        public let fault: String?
    }

    /// The head recomputed from the headers; `nil` for a log without entries, which has none, and
    /// for one that cannot be read so far.
    public let head: LogHead?
    /// The answer in one word.
    public let verdict: VerificationReport.Verdict
    /// The contradictions, 100 at the most of those in the log.
    public let faults: [VerificationReport.Fault]
    /// How many contradictions there are in all.
    public let faultCount: Int
    /// What was found of each head, in the order given.
    public let findings: [Finding]

    /// The position of the first entry of which no head that the log contains tells anything.
    public var reach: Int {
        findings.filter(\.isContained).map(\.anchor.head.size).max() ?? 0
    }
}

extension Deployments {
    /// Recomputes everything that the store holds, and compares it with heads that were kept
    /// outside; see ``AuditLog/verify(against:progress:)``. Every gate that was consumed is decided
    /// anew on the entries before it.
    ///
    /// A receipt is checked whole: a log that contains its head has the entry that it proves, or
    /// the receipt was altered.
    ///
    /// - Parameters:
    ///   - damage: What the store found of its own, in sentences.
    ///   - anchors: Gives the heads; it may read the log, whose damage is not thrown then either.
    /// - Returns: What was found, contradictions included.
    /// - Throws: ``AuditStoreError`` or `DeploymentError` when the store cannot be read; damage
    ///   is not thrown.
    public func verify(
        damage: [String],
        against anchors: () async throws -> [Anchor]
    ) async throws -> AnchoredReport {
        let told = damage.map { VerificationReport.Fault(position: nil, message: $0) }
        do {
            let anchors = try await anchors()
            let report = try await log.verify(against: anchors.map(\.head))
            // What is derived from a log that contradicts itself says nothing more.
            let isWhole = damage.isEmpty && report.faultCount == 0
            let derived =
                try await isWhole ? snapshotFaults() + gateFaults(at: report.gates) : []
            let derivedFaults = derived.map {
                VerificationReport.Fault(position: $0.position, message: $0.message)
            }
            return AnchoredReport(
                head: report.head.size > 0 ? report.head : nil,
                verdict: damage.isEmpty && derived.isEmpty ? report.verdict : .invalid,
                faults: told + report.faults + derivedFaults,
                faultCount: damage.count + report.faultCount + derived.count,
                findings: try await findings(of: anchors, in: report, isWhole: isWhole)
            )
        } catch let error as AuditStoreError where error.code == .damaged {
            return AnchoredReport(
                head: nil,
                verdict: .invalid,
                faults: told + [.init(position: nil, message: error.message)],
                faultCount: damage.count + 1,
                findings: []
            )
        }
    }

    private func findings(
        of anchors: [Anchor],
        in report: VerificationReport,
        isWhole: Bool
    ) async throws(AuditStoreError) -> [AnchoredReport.Finding] {
        let standings = try await log.standings(of: isWhole ? anchors.map(\.head) : [])
        let confirmed = Set(report.confirmed)
        var findings: [AnchoredReport.Finding] = []
        for (index, anchor) in anchors.enumerated() {
            let isContained = confirmed.contains(anchor.head)
            let isProved = try await isContained ? anchor.provesEntry(in: log) : nil
            findings.append(
                AnchoredReport.Finding(
                    anchor: anchor,
                    isContained: isContained,
                    divergence: isContained || !isWhole
                        ? nil : Divergence(anchor, standings[index], epochs: report.epochs),
                    fault: isWhole && isProved == false ? anchor.brokenProof : nil
                )
            )
        }
        return findings
    }
}

extension Anchor {
    /// Why a receipt is refused whose head is good and whose proof is not.
    package var brokenProof: String {
        "'\(path)' does not prove entry \(receipt?.position ?? 0), of which it is the receipt: its "
            + "index or its hashes were altered"
    }
}
