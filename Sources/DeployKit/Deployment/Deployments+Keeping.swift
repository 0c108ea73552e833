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

    /// Goes on with a log that was restored from a backup: closes its epoch and begins the next,
    /// under another name, with an entry that says what was lost; see ``LogEpoch``.
    ///
    /// - Parameters:
    ///   - heads: Heads of the log that were kept elsewhere.
    ///   - reason: What happened.
    ///   - actor: Who goes on.
    /// - Returns: The epoch that began.
    /// - Throws: ``DeploymentError``; refused: a log that contains every head in `heads`, a head
    ///   of another log, and a reason that is blank.
    public func recover(
        from heads: [LogHead],
        reason: String,
        by actor: Actor
    ) async throws(DeploymentError) -> LogEpoch {
        guard !reason.trimmed.isEmpty else {
            throw DeploymentError(
                .refused(Refusal(.reasonMissing, "a recovery needs a reason: say what happened"))
            )
        }
        do throws(AuditStoreError) {
            let epochs = try await log.epochs()
            guard let origin = epochs.last?.origin else {
                throw AuditStoreError(.damaged, "the log has no entry, so there is nothing to save")
            }
            if let loss = try await loss(of: origin, from: heads) {
                return try await begin(loss, after: epochs, reason: reason, by: actor)
            }
        } catch {
            throw DeploymentError(.store(error))
        }
        throw DeploymentError(
            .refused(
                Refusal(
                    .wrongState,
                    "the log contains every head that is known of it; there is nothing to recover"
                )
            )
        )
    }

    /// What the log lost of what `heads` know: the last head, and from which position on.
    private func loss(
        of origin: String,
        from heads: [LogHead]
    ) async throws(AuditStoreError) -> (closed: LogHead, first: Int)? {
        // Of a log that is only shorter, everything is taken to be as it was; of another one, what
        // a head confirms.
        var agreed = 0
        var shorter: Int?
        var hasDiverged = false
        var closed: LogHead?
        for head in heads {
            switch try await log.standing(of: head) {
            case .contained: agreed = max(agreed, head.size)
            case .lost: continue
            case .shorter(let count):
                shorter = count
                if closed.map({ $0.size < head.size }) ?? true { closed = head }
            case .diverged:
                hasDiverged = true
                if closed.map({ $0.size < head.size }) ?? true { closed = head }
            case .otherLog(let name):
                throw AuditStoreError(
                    .notAStore,
                    "a head is of the log '\(head.origin)', and this is '\(name)'"
                )
            }
        }
        guard let closed else { return nil }
        return (closed, min(hasDiverged ? agreed : shorter ?? agreed, closed.size))
    }

    private func begin(
        _ loss: (closed: LogHead, first: Int),
        after epochs: [LogEpoch],
        reason: String,
        by actor: Actor
    ) async throws(AuditStoreError) -> LogEpoch {
        let entropy = entropy.next()
        var attachments = Attachments(entropy: entropy)
        let note = attachments.attach(.text(reason))
        let next = LogEpoch.origin(after: loss.closed.origin)
        let receipt = try await log.append(
            [
                NewEntry(
                    stream: AuditLog.epochs,
                    kind: AuditLog.epochKind,
                    body: .members([
                        "actor": actor.json, "closed": loss.closed.json,
                        "lost": .members([
                            "first": loss.first.json,
                            "count": (loss.closed.size - loss.first).json,
                        ]),
                        "origin": next.json, "reason": note.json,
                    ])
                )
            ],
            expecting: [AuditLog.epochs: epochs.count - 1],
            at: clock.now(),
            entropy: entropy,
            blobs: attachments.blobs
        )
        return LogEpoch(
            origin: next,
            start: receipt.positions.lowerBound,
            closed: loss.closed,
            lost: loss.first..<loss.closed.size
        )
    }
}
