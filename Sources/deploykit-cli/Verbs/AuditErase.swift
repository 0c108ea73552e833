// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let auditErase = Verb(
        "audit erase",
        "erase the content of attachments for good",
        details: [
            "ATTACHMENT is a digest, or the number of an entry, of which all attachments are "
                + "erased: notes, output and evidence. Who erased them and on which ground stays "
                + "in the log; heads, proofs and states are unchanged. Definitions and source "
                + "documents cannot be erased. Backups made before still hold the content; what "
                + "comes back into the store from one of them is erased by the same call again. The "
                + "store file is written anew, which takes room for another one."
        ],
        operands: [Operand("ATTACHMENT")],
        options: [
            Option(
                "legal-basis",
                "TEXT",
                isRequired: true,
                "why the law asks for it; it stays in the log, so it names no person"
            )
        ],
        examples: ["deploykit audit erase 17 --legal-basis \"GDPR Art. 17(1)(b)\""],
        exits: [
            (.done, "erased, or erased already and still gone"),
            (
                .no,
                "there is nothing that could be erased, or the log lost what this machine has "
                    + "seen of it"
            ),
        ] + .signing
    ) { call in
        let ground = call.arguments["legal-basis"] ?? ""
        let workspace = try await Workspace.writing(call)
        let actor = await workspace.actor()
        let outcomes = try await workspace.deployments.erase(
            try await digests(call.operand(0), in: workspace),
            legalBasis: ground,
            by: actor
        )
        let checkpoint = try await workspace.issueHead()
        call.console.print(
            .members([
                "schemaVersion": 1.json,
                "erasures": .array(outcomes.map(\.json)),
                "head": checkpoint.head.json,
            ]),
            or: outcomes.map(\.line).joined()
        )
        return .done
    }

    /// The digests of blobs that begin like this; `nil` for what no digest begins like.
    private static func digest(
        shortened text: String,
        in workspace: Workspace
    ) async throws -> [Digest]? {
        let filler = String(repeating: "0", count: max(0, 64 - text.utf8.count))
        guard let first = Digest(hex: text + filler) else { return nil }
        let store = workspace.deployments.log.store
        var found = try await [store.blob(first)?.digest].compactMap { $0 }
        // More than a few would help nobody to choose.
        found += try await store.blobs(after: first, limit: 5)
            .filter { $0.hex.utf8.starts(with: text.utf8) }
        return found.isEmpty ? nil : found
    }

    private static func digests(
        _ operand: String,
        in workspace: Workspace
    ) async throws -> [Digest] {
        if let digest = Digest(hex: operand) { return [digest] }
        if operand.utf8.count >= 8, let whole = try await digest(shortened: operand, in: workspace)
        {
            throw UsageError(
                "'\(operand)' is short for the digest of an attachment, and to erase is for good: "
                    + "name it whole",
                hints: whole.map(\.hex)
            )
        }
        guard let position = Int(operand), position >= 0 else {
            throw UsageError(
                "'\(operand)' is neither the digest of an attachment nor the number of an entry"
            )
        }
        let log = workspace.deployments.log
        guard position < Int.max,
            let entry = try await log.entries(in: position..<position + 1).first
        else { throw AuditStoreError(.notErasable, "the log has no entry \(position)") }
        var found: [Digest] = []
        for reference in entry.attachments where !found.contains(reference.digest) {
            found.append(reference.digest)
        }
        guard !found.isEmpty else {
            throw AuditStoreError(.notErasable, "the entry \(position) has no attachment")
        }
        return found
    }
}

extension AttachmentErasure.Outcome {
    fileprivate var json: JSONValue {
        .members([
            "attachment": erasure.attachment.json,
            "bytes": erasure.byteCount.json,
            "legalBasis": erasure.legalBasis.json,
            "position": erasure.position.json,
            "hasChanged": hasChanged.json,
            "erasedBefore": earlier?.position.json,
        ])
    }

    fileprivate var line: String {
        "erased \(erasure.attachment.short), \(erasure.byteCount) bytes; "
            + (hasChanged ? "recorded in" : "already, see") + " entry \(erasure.position)"
            + (earlier.map {
                "; its content was back, though entry \($0.position) records its erasure"
            }
                ?? "") + "\n"
    }

    private var earlier: AttachmentErasure? {
        if case .erasedAgain(_, let earlier) = self { return earlier }
        return nil
    }
}
