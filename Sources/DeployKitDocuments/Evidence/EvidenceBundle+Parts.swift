// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension EvidenceBundle {
    /// The proof that the log continues the previous period's, where its head was given.
    func continuation(to checkpoint: Checkpoint) async throws -> String? {
        guard let previous else { return nil }
        guard try await log.standing(of: previous) == .contained, previous.size > 0 else {
            throw EvidenceError(
                message: "the log does not continue the previous head of \(previous.size) entries "
                    + "of '\(VisibleText.render(previous.origin))'"
            )
        }
        let proof = try await log.consistencyProof(from: previous.size, to: checkpoint.head.size)
        return ConsistencyProofFile(oldSize: previous.size, proof: proof, checkpoint: checkpoint)
            .text
    }

    /// The streams of the deployments that the query selects; `nil` for everything.
    func selection(upTo size: Int) async throws -> Set<StreamID>? {
        if query.isEverything { return nil }
        var selected: Set<StreamID> = []
        for start in stride(from: 0, to: size, by: Self.pageSize) {
            let end = min(start + Self.pageSize, size)
            for record in try await log.store.records(in: start..<end)
            where record.stream.isDeployment && !selected.contains(record.stream) {
                let entry = try AuditEntry(record)
                if query.selects(entry.stream, at: entry.at) { selected.insert(entry.stream) }
            }
        }
        for id in query.deployments where !selected.contains(.deployment(id)) {
            throw EvidenceError(message: "the log has no deployment '\(id)' in the period")
        }
        return selected
    }

    func add(
        _ proof: SignOffProof,
        at position: Int,
        in checkpoint: Checkpoint,
        to writer: inout EvidenceWriter<some EvidenceSink>
    ) async throws {
        for file in try EvidenceFiles.files(of: proof, at: position) {
            try writer.append(file.bytes, to: file.path)
        }
        let inclusion = InclusionProofFile(
            position: position,
            proof: try await log.inclusionProof(of: position, in: checkpoint.head.size),
            checkpoint: checkpoint
        )
        try writer.append(Array(inclusion.text.utf8), to: "proofs/\(position).tlog-proof")
    }

    /// Writes the page, a deployment at a time.
    func report(
        _ frame: Frame,
        to writer: inout EvidenceWriter<some EvidenceSink>
    ) async throws {
        let path = "report.html"
        try writer.append(Array(EvidenceReport.start(frame).markup.utf8), to: path)
        for stream in writer.deployments {
            var (state, revision) = (nil as Deployment?, 0)
            reading: while true {
                let page = try await log.entries(of: stream, from: revision, limit: Self.pageSize)
                for entry in page {
                    guard entry.position < frame.head.size else { break reading }
                    if state == nil {
                        state = try await Deployment(
                            first: entry,
                            definition: definition(of: entry)
                        )
                    } else {
                        let isAmendment = !entry.definitions.isEmpty
                        let changed = isAmendment ? try await definition(of: entry) : nil
                        try state?.apply(entry, definition: changed)
                    }
                }
                revision += page.count
                if page.count < Self.pageSize { break }
            }
            guard let state else { continue }
            let section = EvidenceReport(of: state, texts: try await texts(of: state, writer))
                .section
            try writer.append(Array(section.markup.utf8), to: path)
        }
        try writer.append(Array(EvidenceReport.end.markup.utf8), to: path)
    }

    private func definition(of first: AuditEntry) async throws -> [UInt8] {
        guard let reference = first.definitions.first,
            let blob = try await log.store.blob(reference.digest)
        else {
            throw EvidenceError(message: "the checklist of entry \(first.position) is missing")
        }
        return blob.bytes
    }

    private func texts(
        of state: Deployment,
        _ writer: EvidenceWriter<some EvidenceSink>
    ) async throws -> [Digest: String] {
        var texts: [Digest: String] = [:]
        for reference in state.reportedTexts where !writer.isErased(reference.digest) {
            guard let blob = try await log.store.blob(reference.digest) else { continue }
            texts[reference.digest] = String(decoding: blob.bytes, as: UTF8.self)
        }
        return texts
    }
}
