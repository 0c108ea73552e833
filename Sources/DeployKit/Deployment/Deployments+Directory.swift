// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A change of the people that the log knows, and what is needed for it.
public struct DirectoryChange: Hashable, Sendable {
    /// The people as they are.
    public let previous: Directory
    /// How many times they were changed.
    public let revision: Int
    /// The people as they are to be.
    public let next: Directory
    /// What is different.
    public let changes: [Directory.Change]
    /// The people one of whom must sign the change; `nil` when nobody has to.
    public let approvers: [ActorID]?

    init(from previous: Directory, revision: Int, to next: Directory, at now: Timestamp) {
        self.previous = previous
        self.revision = revision
        self.next = next
        changes = previous.changes(to: next)
        // Taking away goes without a signature, so that it goes at once, but not so far that
        // nobody could approve anything any more: an empty directory lets everybody sign.
        let isFree =
            !previous.isEnrolled
            || !changes.contains(where: \.needsApproval) && !next.approvers(at: now).isEmpty
            || changes.isEmpty
        approvers = isFree ? nil : previous.approvers(at: now)
    }
}

extension Deployments {
    /// The people whom the log knows now.
    ///
    /// - Throws: ``DeploymentError`` when the store fails.
    public func directory() async throws(DeploymentError) -> Directory {
        try await projections.directory().directory
    }

    /// What it takes to make the log know these people in place of those it knows.
    ///
    /// - Throws: ``DeploymentError``; refused, with code `name-refused`, for a directory with
    ///   ``Directory/faults``.
    public func change(
        to directory: Directory
    ) async throws(DeploymentError) -> DirectoryChange {
        if let fault = directory.faults.first {
            throw DeploymentError(.refused(Refusal(.nameRefused, fault)))
        }
        let present = try await projections.directory()
        return DirectoryChange(
            from: present.directory,
            revision: present.revision,
            to: directory,
            at: clock.now()
        )
    }

    /// The deployments with a gate that is open for signatures: it goes by the people whom the log
    /// knew when it was opened, so that roles and people that are new do not reach it. New keys do.
    ///
    /// - Throws: ``DeploymentError`` when the store fails.
    public func withOpenGates() async throws(DeploymentError) -> [DeploymentID] {
        var found: [DeploymentID] = []
        for occupant in try await unended() {
            let state = try await state(of: occupant.deployment)
            let isOpen = state.gates.values.contains { !$0.isConsumed && !$0.terms.slots.isEmpty }
            if isOpen { found.append(state.id) }
        }
        return found
    }

    /// The statement that an approver signs for a change.
    ///
    /// - Throws: ``DeploymentError`` when the store fails.
    public func statement(
        for change: DirectoryChange,
        by signer: Actor
    ) async throws(DeploymentError) -> DirectoryStatement {
        DirectoryStatement(
            from: change.previous,
            revision: change.revision,
            to: change.next,
            signer: Actor(
                id: change.previous.canonical(signer.id),
                assurance: signer.assurance
            ),
            head: try await head(.current),
            signedAt: clock.now()
        )
    }

    /// Makes the log know these people, in place of those it knew.
    ///
    /// The first people with keys are taken as they are. From then on, whoever adds a person, a
    /// role, another name or a key needs the signature of one who has a role and a valid key
    /// already; to take away or to revoke needs none, unless nobody would be left who could
    /// approve.
    ///
    /// - Parameters:
    ///   - directory: The people.
    ///   - actor: Who asks.
    ///   - approval: The signed ``DirectoryStatement``, where one is needed.
    ///   - verifiers: What decides its signature.
    /// - Returns: What was changed.
    /// - Throws: ``DeploymentError``; refused: `name-refused`, `approval-missing`,
    ///   `signature-refused`, `conflict` for a statement about another change.
    @discardableResult
    public func apply(
        _ directory: Directory,
        by actor: Actor,
        approval: SignedStatement? = nil,
        verifiers: StatementVerifiers? = nil
    ) async throws(DeploymentError) -> DirectoryChange {
        for _ in 0..<Self.rounds {
            let change = try await change(to: directory)
            if change.previous == directory { return change }
            var statement: SignedStatement?
            if let approvers = change.approvers {
                guard let approval, let verifiers else {
                    throw DeploymentError(.refused(Self.missingApproval(change, approvers)))
                }
                try await check(approval, of: change, approvers, verifiers)
                statement = approval
            }
            let body = JSONValue.members([
                "people": directory.people.json, "actor": actor.json, "statement": statement?.json,
            ])
            do {
                _ = try await log.append(
                    [NewEntry(stream: .directory, kind: "directory-applied", body: body)],
                    expecting: [.directory: change.revision],
                    idempotencyKey: nil,
                    at: clock.now(),
                    entropy: entropy.next(),
                    blobs: []
                )
                return change
            } catch {
                if error.code != .conflict { throw DeploymentError(.store(error)) }
            }
        }
        throw DeploymentError(.store(Self.contention))
    }

    private static func missingApproval(
        _ change: DirectoryChange,
        _ approvers: [ActorID]
    ) -> Refusal {
        let reasons = change.changes.filter(\.needsApproval).map(\.sentence)
        let why =
            reasons.isEmpty
            ? "nobody with a role and a valid key would be left"
            : reasons.prefix(3).joined(separator: "; ")
        return Refusal(
            .approvalMissing,
            "an approver must sign this change (\(why)); approvers: "
                + (approvers.isEmpty
                    ? "nobody has a role and a valid key any more, so that this log keeps its people"
                    : approvers.map(\.text).joined(separator: ", "))
        )
    }

    private func check(
        _ envelope: SignedStatement,
        of change: DirectoryChange,
        _ approvers: [ActorID],
        _ verifiers: StatementVerifiers
    ) async throws(DeploymentError) {
        let statement: DirectoryStatement
        do {
            statement = try DirectoryStatement(payload: envelope.payload)
        } catch {
            throw DeploymentError(.refused(Refusal(.signatureRefused, error.description)))
        }
        guard statement.next == change.next.digest, statement.previous == change.previous.digest,
            statement.revision == change.revision
        else {
            throw DeploymentError(
                .refused(
                    Refusal(
                        .conflict,
                        "the statement is about another change of the people than this one; "
                            + "prepare it anew and sign it"
                    )
                )
            )
        }
        guard approvers.contains(statement.signer) else {
            throw DeploymentError(
                .refused(
                    Refusal(
                        .notEligible,
                        "\(statement.signer) may not approve a change of the people; eligible: "
                            + approvers.map(\.text).joined(separator: ", ")
                    )
                )
            )
        }
        try await checkHead(statement.head)
        try await check(envelope, saying: statement, in: change.previous, verifiers)
    }

    /// Refuses a statement whose signature is not good, by what is known now.
    func check(
        _ envelope: SignedStatement,
        saying statement: some SignableStatement,
        in directory: Directory,
        _ verifiers: StatementVerifiers
    ) async throws(DeploymentError) {
        let refusal: SSHSignatureError?
        do {
            refusal = try await verifiers.refusal(
                of: envelope,
                saying: statement,
                in: directory,
                at: clock.now()
            )
        } catch {
            throw DeploymentError(.signature(error))
        }
        if let refusal {
            throw DeploymentError(
                .refused(Refusal(.signatureRefused, refusal.description))
            )
        }
    }

    /// Refuses a statement that was made over another log, or over more of it than there is.
    func checkHead(_ head: LogHead) async throws(DeploymentError) {
        let standing: LogStanding
        do {
            standing = try await log.standing(of: head)
        } catch {
            throw DeploymentError(.store(error))
        }
        guard standing == .contained else {
            throw DeploymentError(
                .refused(
                    Refusal(
                        .conflict,
                        "the statement was made over the head of \(head.size) entries of "
                            + "'\(VisibleText.render(head.origin))', which this log does not contain"
                    )
                )
            )
        }
    }
}
