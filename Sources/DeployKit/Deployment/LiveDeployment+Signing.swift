// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension LiveDeployment {
    /// Makes the statement that somebody is to sign at a slot.
    ///
    /// - Parameters:
    ///   - slot: The slot: its id or its label.
    ///   - decision: What is decided.
    ///   - signer: Who is to sign; of several names that of the directory is taken.
    ///   - assurance: `sshKey` for a person, `serviceKey` for a service.
    ///   - reason: Why; required for a rejection.
    ///   - tool: What the statement says that made it.
    /// - Returns: The statement; nothing is recorded before it is signed and handed in.
    /// - Throws: ``DeploymentError`` when the rules would not allow the sign-off.
    public func prepare(
        _ slot: String,
        _ decision: SignOff.Decision,
        by signer: ActorID,
        assurance: Actor.Assurance = .sshKey,
        reason: String? = nil,
        tool: String = "deploykit"
    ) async throws(DeploymentError) -> PreparedSignOff {
        let id = try await self.slot(slot)
        let state = try await state()
        let facts = try await deployments.facts(for: state)
        let entropy = deployments.entropy.next()
        guard let gate = state.signOffSlots.first(where: { $0.id == id })?.gate,
            let place = state.terms(of: gate, given: facts).slots.first(where: { $0.id == id })
        else {
            throw DeploymentError(.refused(Refusal(.unknownName, "there is no sign-off '\(id)'")))
        }
        // The rules are asked with an unsigned sign-off, so that nobody signs for nothing.
        let context = DecisionContext(
            actor: Actor(id: signer),
            facts: facts,
            head: try await deployments.head(.current),
            entropy: entropy
        )
        let trial = state.decide(.sign(id, decision, reason: reason), in: context)
        if case .refused(let refusal) = trial { throw DeploymentError(.refused(refusal)) }
        var attachments = Attachments(entropy: entropy)
        let reference = attachments.attach(reason)
        let statement = SignOffStatement(
            id: Digest(bytes: entropy.derived(for: "statement").salt(0))?.hex.prefix(32).description
                ?? "",
            deployment: state.id,
            subject: state.subject,
            slot: place,
            round: state.round(of: gate),
            contracts: state.contractsDigest(given: facts),
            decision: decision,
            reason: reference,
            signer: Actor(id: facts.directory.canonical(signer), assurance: assurance),
            head: context.head,
            signedAt: facts.now,
            tool: tool
        )
        return PreparedSignOff(statement: statement, reason: attachments.blobs.first)
    }

    /// Records a signed sign-off, when its signature is good.
    ///
    /// - Parameters:
    ///   - envelope: The statement of ``prepare(_:_:by:assurance:reason:tool:)``, signed.
    ///   - reason: The text of its reason, where it has one.
    ///   - verifiers: What decides the cryptography.
    ///   - key: An idempotency key.
    /// - Returns: Whether anything changed, and the state afterwards.
    /// - Throws: ``DeploymentError``; refused, with code `signature-refused`, when the signature is
    ///   not by a valid key of the signer; with `conflict`, when the statement is about something
    ///   else, or about what has changed since.
    @discardableResult
    public func submit(
        _ envelope: SignedStatement,
        reason: Blob? = nil,
        verifiers: StatementVerifiers,
        key: String? = nil
    ) async throws(DeploymentError) -> CommandResult {
        let proof: SignOffProof
        do {
            proof = try SignOffProof(envelope)
        } catch {
            throw DeploymentError(.refused(Refusal(.signatureRefused, error.description)))
        }
        let statement = proof.statement
        try await deployments.checkHead(statement.head)
        let facts = try await deployments.facts(for: try await state())
        try await deployments.check(
            envelope,
            saying: statement,
            in: facts.directory,
            verifiers
        )
        return try await perform(
            .submit(proof, reason: reason),
            by: Actor(id: statement.signer, assurance: statement.assurance),
            key: key
        )
    }

    /// Signs at a slot with the key of a service.
    ///
    /// - Parameters:
    ///   - slot: The slot: its id or its label.
    ///   - decision: What is decided.
    ///   - service: The service, whose key the directory lists.
    ///   - signer: What signs.
    ///   - verifiers: What decides the signature.
    ///   - reason: Why; required for a rejection.
    ///   - key: An idempotency key.
    /// - Returns: Whether anything changed, and the state afterwards.
    /// - Throws: ``DeploymentError``.
    @discardableResult
    public func sign(
        _ slot: String,
        _ decision: SignOff.Decision,
        as service: ActorID,
        with signer: some Signer,
        verifiers: StatementVerifiers,
        reason: String? = nil,
        key: String? = nil
    ) async throws(DeploymentError) -> CommandResult {
        let prepared = try await prepare(
            slot,
            decision,
            by: service,
            assurance: .serviceKey,
            reason: reason
        )
        let envelope: SignedStatement
        do {
            envelope = try await prepared.statement.signed(by: signer)
        } catch {
            throw DeploymentError(.signature(error))
        }
        return try await submit(envelope, reason: prepared.reason, verifiers: verifiers, key: key)
    }
}

extension SignableStatement {
    /// The statement with the signature of a service.
    ///
    /// - Throws: ``SignatureError`` when it could not be made.
    public func signed(by signer: some Signer) async throws(SignatureError) -> SignedStatement {
        let signature = try await signer.signature(over: message)
        return SignedStatement(
            payload: payload,
            signatures: [
                .init(keyID: PersonKey(.ed25519(signer.key.publicKey)).id, bytes: signature)
            ]
        )
    }

    /// The statement with the SSH signature of a person.
    public func signed(_ signature: SSHSignature) -> SignedStatement {
        SignedStatement(
            payload: payload,
            signatures: [.init(keyID: signature.key.fingerprint, bytes: signature.blob)]
        )
    }
}
