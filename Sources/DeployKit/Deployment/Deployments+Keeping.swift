// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// That an attachment was erased, by whom, and on which ground.
public struct AttachmentErasure: Hashable, Sendable {
    /// The digest by which entries refer to it.
    public let attachment: Digest
    /// How many bytes it had.
    public let byteCount: Int
    /// The ground, as whoever erased it stated it.
    public let legalBasis: String
    /// Who erased it.
    public let actor: Actor
    /// When.
    public let at: Timestamp
    /// The entry that records it.
    public let position: Int
}

extension Deployments {
    /// The kind of the entries, in the stream ``AuditLog/stream``, that record an erasure. Body:
    /// `{"actor":…,"attachment":…,"bytes":…,"legalBasis":…}`.
    public static let erasureKind = "attachment-erased"
    /// The longest ground of an erasure, in bytes of UTF-8.
    public static let longestLegalBasis = 500

    /// Erases the content of an attachment for good, and records that in the same transaction.
    ///
    /// Nothing else changes: states, heads and proofs are what they were, and the entries go on
    /// naming the digest, from which without the salt nothing follows. Copies made before, such as
    /// backups, still hold the content.
    ///
    /// - Parameters:
    ///   - attachment: The digest by which entries refer to it.
    ///   - legalBasis: Why the law asks for it. It stays in the log for good, so it names no
    ///     person; ``longestLegalBasis`` bytes at the most.
    ///   - actor: Who erases it.
    /// - Returns: What is recorded; of an earlier erasure of the same attachment, where there was
    ///   one.
    /// - Throws: ``DeploymentError``; refused: a definition or a source, whose content decides
    ///   what the log means, an attachment that the store never had, and a ground that is blank
    ///   or too long.
    public func erase(
        _ attachment: Digest,
        legalBasis: String,
        by actor: Actor
    ) async throws(DeploymentError) -> (erasure: AttachmentErasure, hasChanged: Bool) {
        let ground = legalBasis.trimmed
        guard !ground.isEmpty, ground.utf8.count <= Self.longestLegalBasis else {
            throw DeploymentError(
                .refused(
                    Refusal(
                        .reasonMissing,
                        "an erasure names its legal basis, in \(Self.longestLegalBasis) bytes at "
                            + "the most"
                    )
                )
            )
        }
        if let earlier = try await erasures().last(where: { $0.attachment == attachment }) {
            return (earlier, false)
        }
        do throws(AuditStoreError) {
            guard let blob = try await log.store.blob(attachment) else {
                throw AuditStoreError(.notErasable, "the store has no attachment \(attachment)")
            }
            guard !blob.salt.isEmpty else {
                throw AuditStoreError(
                    .notErasable,
                    "\(attachment) is a definition or a source document, which decides what the "
                        + "log means; only attachments can be erased"
                )
            }
            let now = clock.now()
            let receipt = try await log.append(
                [
                    NewEntry(
                        stream: AuditLog.stream,
                        kind: Self.erasureKind,
                        body: .members([
                            "actor": actor.json, "attachment": attachment.json,
                            "bytes": blob.bytes.count.json, "legalBasis": ground.json,
                        ])
                    )
                ],
                at: now,
                entropy: entropy.next(),
                erasing: [attachment]
            )
            let erasure = AttachmentErasure(
                attachment: attachment,
                byteCount: blob.bytes.count,
                legalBasis: ground,
                actor: actor,
                at: now,
                position: receipt.positions.lowerBound
            )
            return (erasure, true)
        } catch {
            throw DeploymentError(.store(error))
        }
    }

    /// What was erased, oldest first.
    ///
    /// - Throws: ``DeploymentError`` when the store fails or holds what is no erasure.
    public func erasures() async throws(DeploymentError) -> [AttachmentErasure] {
        let entries: [AuditEntry]
        do {
            entries = try await log.entries(of: AuditLog.stream)
        } catch {
            throw DeploymentError(.store(error))
        }
        var erasures: [AttachmentErasure] = []
        for entry in entries where entry.kind == Self.erasureKind {
            do {
                var members = try JSONMembers(entry.body)
                erasures.append(
                    AttachmentErasure(
                        attachment: try members.required("attachment"),
                        byteCount: try members.required("bytes"),
                        legalBasis: try members.required("legalBasis"),
                        actor: try members.required("actor"),
                        at: entry.at,
                        position: entry.position
                    )
                )
                try members.finish()
            } catch {
                throw DeploymentError(.damaged("entry \(entry.position): \(error)"))
            }
        }
        return erasures
    }
}
