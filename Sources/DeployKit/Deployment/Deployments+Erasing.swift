// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployments {
    /// The kind of the entries, in the stream ``AuditLog/stream``, that record an erasure. Body:
    /// `{"actor":…,"attachment":…,"bytes":…,"legalBasis":…}`.
    public static let erasureKind = "attachment-erased"
    /// The longest ground of an erasure, in bytes of UTF-8.
    public static let longestLegalBasis = 500

    /// Erases the content of attachments for good, and records that in the same transaction: all
    /// of them, or none.
    ///
    /// Nothing else changes: states, heads and proofs are what they were, and the entries go on
    /// naming the digests, from which without the salts nothing follows. Copies made before, such as
    /// backups, still hold the content. Content that came back from one of them past the log is
    /// erased again, with an entry of its own; and where nothing came back, the store makes sure
    /// once more that its files hold nothing of it.
    ///
    /// - Parameters:
    ///   - attachments: The digests by which entries refer to them.
    ///   - legalBasis: Why the law asks for it. It stays in the log for good, so it names no
    ///     person; ``longestLegalBasis`` bytes at the most.
    ///   - actor: Who erases them.
    /// - Returns: What came of each, in the order asked, one for each digest.
    /// - Throws: ``DeploymentError``; refused: a definition or a source, whose content decides
    ///   what the log means, an attachment that the store never had, and a ground that is blank
    ///   or too long.
    public func erase(
        _ attachments: [Digest],
        legalBasis: String,
        by actor: Actor
    ) async throws(DeploymentError) -> [AttachmentErasure.Outcome] {
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
        do {
            try TypedText.check([ground])
        } catch {
            throw DeploymentError(.refused(error))
        }
        var digests: [Digest] = []
        for digest in attachments where !digests.contains(digest) { digests.append(digest) }
        while true {
            let known = try await erasures()
            let earlier = Dictionary(known.map { ($0.attachment, $0) }) { $1 }
            do throws(AuditStoreError) {
                return try await erase(digests, given: earlier, on: ground, by: actor)
            } catch {
                // Somebody else was faster: what is erased by now is "already".
                guard error.code == .notErasable, try await erasures().count > known.count else {
                    throw DeploymentError(.store(error))
                }
            }
        }
    }

    private func erase(
        _ digests: [Digest],
        given earlier: [Digest: AttachmentErasure],
        on ground: String,
        by actor: Actor
    ) async throws(AuditStoreError) -> [AttachmentErasure.Outcome] {
        var sizes: [Digest: Int] = [:]
        for digest in digests {
            sizes[digest] = try await erasableSize(of: digest, after: earlier[digest])
        }
        let present = digests.filter { sizes[$0] != nil }
        guard !present.isEmpty else {
            try await log.store.forgetErased()
            return digests.compactMap { earlier[$0].map { .already($0) } }
        }
        let now = clock.now()
        let receipt = try await log.append(
            present.map { digest in
                NewEntry(
                    stream: AuditLog.stream,
                    kind: Self.erasureKind,
                    body: .members([
                        "actor": actor.json, "attachment": digest.json,
                        "bytes": sizes[digest]?.json, "legalBasis": ground.json,
                    ])
                )
            },
            at: now,
            entropy: entropy.next(),
            erasing: present
        )
        var position = receipt.positions.lowerBound
        return digests.compactMap { digest in
            guard let size = sizes[digest] else { return earlier[digest].map { .already($0) } }
            defer { position += 1 }
            let erasure = AttachmentErasure(
                attachment: digest,
                byteCount: size,
                legalBasis: ground,
                actor: actor,
                at: now,
                position: position
            )
            return earlier[digest].map { .erasedAgain(erasure, after: $0) } ?? .erased(erasure)
        }
    }

    /// How many bytes are to be erased; `nil` where they were, and are gone.
    private func erasableSize(
        of digest: Digest,
        after earlier: AttachmentErasure?
    ) async throws(AuditStoreError) -> Int? {
        guard let blob = try await log.store.blob(digest) else {
            guard earlier == nil else { return nil }
            throw AuditStoreError(.notErasable, "the store has no attachment \(digest)")
        }
        if !blob.salt.isEmpty { return blob.bytes.count }
        guard let earlier else {
            throw AuditStoreError(
                .notErasable,
                "\(digest) is a definition or a source document, which decides what the log "
                    + "means; only attachments can be erased"
            )
        }
        throw AuditStoreError(
            .damaged,
            "the content of \(digest), whose erasure entry \(earlier.position) records, is in the "
                + "store as a definition, which nothing may erase: somebody changed the file; "
                + "restore a copy from after the erasure"
        )
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
