// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitRunner

/// `audit verify BUNDLE`: an evidence bundle, checked without any store.
enum BundleVerification {
    /// Checks the bundle in `folder` and says what was found.
    ///
    /// - Returns: The exit code, as for a store.
    /// - Throws: `InputError` for files that cannot be used; `SignatureError` when a signature can
    ///   not be judged.
    static func verify(_ folder: String, _ call: Call) async throws -> ExitCode {
        guard StoreLocation.exists(folder) else {
            throw InputError(.absent, "there is no bundle '\(folder)'")
        }
        let key = try KeptHead.key(call)
        var kept: [Anchor] = []
        for path in call.arguments.all("against") {
            guard !StoreLocation.isWithin(folder, path) else {
                throw UsageError("'\(path)' is part of the bundle, and cannot vouch for it")
            }
            let bytes = try InputFile.bytes(path, limit: 1 << 17, isRegular: true)
            kept.append(try await Anchor(named: path, bytes: bytes, key: key, ownKey: nil))
        }
        let check = EvidenceCheck(
            reading: BundleFolder(path: folder),
            against: kept.map(\.head),
            receipts: kept.compactMap(\.receipt),
            version: Version.number,
            zones: SystemZones()
        )
        let broken = kept.first { $0.receipt.map(check.brokenReceipts.contains) ?? false }
        if let broken { throw InputError(.invalid, broken.brokenProof) }
        let allowed = try allowedSigners(call)
        var faults = check.faults
        for signature in check.signatures {
            if let fault = try await signature.fault(.stock(), allowed: allowed) {
                faults.append(fault)
            }
        }
        var isSigned = false
        if let key {
            isSigned = try await isCheckpointSigned(folder, by: key)
            if !isSigned { faults.append("the checkpoint is not signed by '\(key)'") }
            if try await !isManifestSigned(folder, by: key) {
                faults.append("the manifest is not signed by '\(key)'")
            }
        }
        let hasDiverged = kept.contains { !check.confirmed.contains($0.head) }
        let isAnchored = isSigned || !kept.isEmpty
        let verdict: VerificationReport.Verdict =
            !faults.isEmpty
            ? .invalid : hasDiverged ? .diverged : isAnchored ? .anchored : .unanchored
        let report = Report(
            verdict: verdict,
            check: check,
            kept: kept,
            key: isSigned ? key : nil,
            strangers: check.strangers(among: try InputFolder.paths(folder)),
            faults: faults,
            isCheckedElsewhere: allowed != nil
        )
        call.console.print(report.json, or: report.text)
        return ExitCode(verdict, requiresAnchor: call.arguments.has("require-anchor"))
    }

    private struct Report {
        let verdict: VerificationReport.Verdict
        let check: EvidenceCheck
        let kept: [Anchor]
        /// The key that signed the checkpoint, where one was named.
        let key: NoteKey?
        /// Files that the manifest does not list.
        let strangers: [String]
        let faults: [String]
        let isCheckedElsewhere: Bool

        private var findings: [(Deployment, [DutyFinding])] {
            check.deployments.map { ($0, $0.dutyFindings) }
        }

        /// The verdict, and in brackets what it rests on.
        var words: String {
            guard verdict == .anchored else { return verdict.rawValue }
            let kinds = Set(kept.map(\.kind.rawValue)).sorted() + (key == nil ? [] : ["log key"])
            return "ANCHORED (\(kinds.joined(separator: ", ")))"
        }

        var text: String {
            var text = words
            if let head = check.head {
                text +=
                    "   \(head.size) entries, origin \(head.origin.visible), root "
                    + head.root.short
            }
            text += "\n"
            for anchor in kept {
                let sign = anchor.isSigned ? ", signed" : ""
                let word = check.confirmed.contains(anchor.head) ? "contained" : "NOT contained"
                text += "  '\(anchor.path.visible)' (\(anchor.head.size) entries\(sign)): \(word)\n"
            }
            if let key {
                text += "  checkpoint and manifest: signed by '\(key.name.visible)'\n"
            }
            if verdict == .unanchored {
                text +=
                    "  the bundle holds together; no head kept elsewhere tells that its log is the "
                    + "one that others know\n"
            }
            if check.omitted > 0 {
                text += "  \(check.omitted) entries are left out by the query; their headers fit\n"
            }
            if !check.signatures.isEmpty {
                let source = isCheckedElsewhere ? "the keys given" : "the keys the log itself lists"
                text += "  \(check.signatures.count) signatures, by \(source)\n"
            }
            if check.signatures.isEmpty, isCheckedElsewhere {
                text += "  no signatures: there is nothing that the keys given could judge\n"
            }
            for name in check.unchecked { text += "  not checked: \(name.visible)\n" }
            for name in strangers {
                text += "  not of the bundle: \(name.visible), which the manifest does not list\n"
            }
            for fault in faults { text += "  \(fault.visible)\n" }
            for (deployment, findings) in findings where !findings.isEmpty {
                text += "\(deployment.id.text.visible)  \(deployment.subject.label.visible)\n"
                for finding in findings {
                    text += "  \(finding.code.rawValue): \(finding.sentence.visible)\n"
                }
            }
            return text
        }

        var json: JSONValue {
            .members([
                "schemaVersion": 1.json,
                "verdict": verdict.rawValue.json,
                "words": words.json,
                "head": check.head?.json,
                "anchors": .array(
                    kept.map { anchor in
                        .members([
                            "kind": anchor.kind.rawValue.json, "file": anchor.path.json,
                            "head": anchor.head.json, "isSigned": anchor.isSigned.json,
                            "isContained": check.confirmed.contains(anchor.head).json,
                        ])
                    }
                ),
                "isSigned": (key != nil).json,
                "unchecked": check.unchecked.json,
                "unlisted": strangers.json,
                "omitted": check.omitted.json,
                "signatures": check.signatures.count.json,
                "faults": faults.json,
                "deployments": .array(
                    findings.map { deployment, findings in
                        .members([
                            "deployment": deployment.summary, "duties": findings.json,
                        ])
                    }
                ),
            ])
        }
    }

    private static func allowedSigners(_ call: Call) throws -> AllowedSigners? {
        guard let path = call.arguments["allowed-signers"] else { return nil }
        let (_, text) = try InputFile.document(path)
        do throws(SSHSignatureError) {
            return try AllowedSigners(reading: text)
        } catch {
            throw InputError(.invalid, "'\(path)': \(error.message)")
        }
    }

    private static func isManifestSigned(
        _ folder: String,
        by key: NoteKey
    ) async throws -> Bool {
        let path = "\(folder)/manifest.sig"
        guard StoreLocation.exists(path) else { return false }
        let manifest = try InputFile.bytes("\(folder)/manifest.json", limit: 512 << 20)
        return try await OpenSSLVerifier().accepts(
            try InputFile.bytes(path, limit: 1 << 10),
            over: EvidenceBundle.message(ofManifest: manifest),
            by: key
        )
    }

    private static func isCheckpointSigned(
        _ folder: String,
        by key: NoteKey
    ) async throws -> Bool {
        let bytes = try InputFile.bytes("\(folder)/checkpoint", limit: 1 << 17)
        // What is no checkpoint bears no signature; that it is none, the check of the bundle says.
        guard let checkpoint = try? Checkpoint(note: bytes) else { return false }
        let key = try key.named(as: checkpoint.head.origin) ?? key
        let signers = try await checkpoint.signers(among: [key], verifier: OpenSSLVerifier())
        return signers?.contains(key) == true
    }
}

extension Workspace {
    /// Refuses a deployment with a sign-off that its key did not make.
    ///
    /// - Throws: `InputError` with the first such sign-off.
    func checkSignatures(of state: Deployment) async throws {
        let faults = try await deployments.signatureFaults(of: state, verifiers: .stock())
        if let first = faults.first { throw InputError(.invalid, first) }
    }

    /// What is wrong with the signed statements in the log, each judged by what the log knew of the
    /// people when it was recorded.
    func signatureFaults() async throws -> [(position: Int, message: String)] {
        guard try await deployments.log.store.summary(of: .directory) != nil else { return [] }
        var faults: [(Int, String)] = []
        var directory = Directory()
        var position = 0
        while true {
            let entries = try await deployments.log.entries(in: position..<position + 512)
            for entry in entries {
                do {
                    if let signature = try EvidenceSignature(entry, in: directory) {
                        let fault = try await signature.fault(.stock())
                        if let fault { faults.append((entry.position, fault)) }
                    }
                    directory = try Directory(applied: entry) ?? directory
                } catch let error as JSONError {
                    faults.append((entry.position, error.description))
                }
            }
            position += entries.count
            if entries.count < 512 { return faults }
        }
    }
}

/// The files of a bundle in a folder.
private struct BundleFolder: EvidenceSource {
    let path: String
    private static let limit = 1 << 40

    func read(_ name: String, _ take: ([UInt8]) -> Void) throws {
        try InputFile.pieces("\(path)/\(name)", limit: Self.limit, take)
    }
}
