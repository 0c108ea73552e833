// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitTesting
import Testing

/// Attachments in a bundle: all there, or their erasure on record.
@Suite struct EvidenceErasureTests {
    private func files(of log: AuditLog) async throws -> [String: [UInt8]] {
        var folder = MemoryFolder()
        _ = try await EvidenceBundle(
            of: log,
            generatedAt: EvidenceBundleTests.generatedAt,
            version: "test"
        ).write(to: &folder)
        return folder.files
    }

    /// What both verifiers say of a bundle; where there is no Python, one is asked twice.
    private func verdicts(_ files: [String: [UInt8]]) throws -> (faults: [String], code: Int32) {
        let folder = MemoryFolder(files: files)
        let faults = EvidenceCheck(reading: folder).faults
        guard EvidenceBundleTests.hasPython else { return (faults, faults.isEmpty ? 0 : 1) }
        return (faults, try EvidenceBundleTests.verdict(of: folder).code)
    }

    /// The bundle with other attachments, and a manifest that fits them.
    private func replacing(
        _ attachments: String,
        in files: [String: [UInt8]]
    ) throws -> [String: [UInt8]] {
        func line(_ bytes: [UInt8]) -> String {
            "\"bytes\":\(bytes.count),\"path\":\"attachments.jsonl\",\"sha256\":\""
                + SHA256.digest(of: bytes).hex
        }
        let (old, new) = (try #require(files["attachments.jsonl"]), Array(attachments.utf8))
        let manifest = String(decoding: try #require(files["manifest.json"]), as: UTF8.self)
        let fitting = manifest.replacing(line(old), with: line(new))
        try #require(fitting != manifest)
        return files.merging(
            [
                "attachments.jsonl": new, "manifest.json": Array(fitting.utf8),
                "manifest.sha256": Array(
                    "\(SHA256.digest(of: fitting.utf8).hex)  manifest.json\n".utf8
                ),
            ]
        ) { $1 }
    }

    @Test func anErasureOnRecordIsShownAndNoFault() async throws {
        let log = try await EvidenceBundleTests.log()
        let entry = try #require(
            try await log.entries(in: 0..<100).first { !$0.attachments.isEmpty }
        )
        let deployments = Deployments(store: log.store, origin: "", clock: FixedClock())
        _ = try await deployments.erase(
            [entry.attachments[0].digest],
            legalBasis: "GDPR Art. 17",
            by: .person("lena")
        )
        let files = try await files(of: log)
        let text = String(decoding: files["attachments.jsonl"] ?? [], as: UTF8.self)
        #expect(text.contains("\"erased\":true"))
        let verdicts = try verdicts(files)
        #expect(verdicts.faults == [] && verdicts.code == 0)
    }

    /// A log with an attachment that was erased, what it was, and its line in a bundle before.
    private func erased() async throws -> (log: AuditLog, blob: Blob, line: Substring) {
        let log = try await EvidenceBundleTests.log()
        let entry = try #require(
            try await log.entries(in: 0..<100).first { !$0.attachments.isEmpty }
        )
        let digest = entry.attachments[0].digest
        let blob = try #require(try await log.store.blob(digest))
        let lines = String(
            decoding: try await files(of: log)["attachments.jsonl"] ?? [],
            as: UTF8.self
        ).split(separator: "\n")
        let line = try #require(lines.first { $0.contains(digest.hex) })
        let deployments = Deployments(store: log.store, origin: "", clock: FixedClock())
        _ = try await deployments.erase([digest], legalBasis: "GDPR Art. 17", by: .person("lena"))
        return (deployments.log, blob, line)
    }

    @Test func contentThatCameBackPastTheLogIsInNoBundle() async throws {
        let (log, blob, _) = try await erased()
        let before = try await files(of: log)
        try await log.append(
            [NewEntry(stream: "a", kind: "noted", body: .object([:]))],
            at: EvidenceBundleTests.generatedAt,
            entropy: SystemEntropy().next(),
            blobs: [blob]
        )
        #expect(try await log.verify().verdict == .invalid)
        var folder = MemoryFolder()
        let summary = try await EvidenceBundle(
            of: log,
            generatedAt: EvidenceBundleTests.generatedAt,
            version: "test"
        ).write(to: &folder)
        #expect(summary.returned == [blob.digest] && summary.erased == 1)
        #expect(folder.files["attachments.jsonl"] == before["attachments.jsonl"])
        let verdicts = try verdicts(folder.files)
        #expect(verdicts.faults == [] && verdicts.code == 0)
    }

    @Test func aBundleThatStillHoldsWhatWasErasedIsRefused() async throws {
        let (log, blob, line) = try await erased()
        let files = try await files(of: log)
        let lines = String(decoding: files["attachments.jsonl"] ?? [], as: UTF8.self)
            .split(separator: "\n")
        let text = lines.map { ($0.contains(blob.digest.hex) ? line : $0) + "\n" }.joined()
        let verdicts = try verdicts(replacing(text, in: files))
        #expect(verdicts.faults.count == 1 && verdicts.code == 1, "\(verdicts.faults)")
        #expect(verdicts.faults.first?.contains("its erasure is on record") == true)
    }

    @Test func anAttachmentThatIsOnlySaidToBeErasedOrLeftOutIsAFault() async throws {
        let good = try await files(of: EvidenceBundleTests.log())
        let honest = try verdicts(good)
        #expect(honest.faults == [] && honest.code == 0)
        let lines = String(decoding: good["attachments.jsonl"] ?? [], as: UTF8.self)
            .split(separator: "\n")
        let first = try JSONValue(parsing: String(try #require(lines.first)))
        let erased = JSONValue.members([
            "digest": first["digest"], "mediaType": first["mediaType"], "erased": true.json,
        ])
        let rest = lines.dropFirst().map { "\($0)\n" }.joined()
        for text in ["\(String(decoding: erased.canonicalBytes, as: UTF8.self))\n" + rest, rest] {
            let verdicts = try verdicts(replacing(text, in: good))
            #expect(verdicts.faults.count == 1 && verdicts.code == 1, "\(verdicts.faults)")
        }
    }

    @Test func aLogThatLacksAnAttachmentIsNotExported() async throws {
        let whole = try await EvidenceBundleTests.log()
        let store = InMemoryAuditStore()
        let records = try await whole.store.records(in: 0..<100)
        let nodes = MerkleTree.nodeCount(ofSize: records.count)
        try await store.append(
            AuditBatch(
                firstPosition: 0,
                expecting: [:],
                idempotencyKey: nil,
                records: records,
                nodes: try await whole.store.nodes(at: Array(0..<nodes)),
                firstNode: 0,
                blobs: []
            )
        )
        await #expect(throws: EvidenceError.self) {
            try await files(of: AuditLog(store: store, origin: ""))
        }
    }
}
