// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployments {
    /// What a decision was based on.
    struct Basis: Sendable {
        let id: DeploymentID
        let subject: DeploymentSubject
        /// How many entries each stream had that was looked at.
        let revisions: [StreamID: Int]
    }

    static var contention: AuditStoreError {
        AuditStoreError(.conflict, "other writers were faster \(rounds) times; try again")
    }

    /// Appends what was decided.
    ///
    /// - Returns: The events, or `nil` when another writer was faster, so that it must be decided
    ///   again.
    func append(
        _ decision: Decision,
        on basis: Basis,
        blobs: [Blob],
        context: DecisionContext,
        key: (key: String, request: Digest)?
    ) async throws(DeploymentError) -> [Decision.Event]? {
        let events: [Decision.Event]
        let attachments: [Blob]
        switch decision {
        case .already: return []
        case .refused(let refusal): throw DeploymentError(.refused(refusal))
        case .accepted(let accepted, let own): (events, attachments) = (accepted, own)
        }
        let environment = basis.subject.environment.name
        var entries: [NewEntry] = []
        for event in events {
            let request = entries.isEmpty ? key?.request : nil
            let (stream, kind, json): (StreamID, String, JSONValue) =
                switch event {
                case .deployment(let event):
                    (.deployment(basis.id), event.kind, event.json)
                case .environment(let event):
                    (.environment(environment, of: basis.subject.service), event.kind, event.json)
                case .registry(let event):
                    (.registry(environment), event.json["kind"]?.string ?? "", event.json)
                case .metrics(let event):
                    (.metrics(basis.id), event.kind, event.json)
                case .other(let id, let event):
                    (.deployment(id), event.kind, event.json)
                }
            entries.append(
                NewEntry(
                    stream: stream,
                    kind: kind,
                    body: json.adding(["actor": context.actor.json, "request": request?.json])
                )
            )
        }
        var expecting = basis.revisions
        var blobs = blobs + attachments
        if let due = try await projections.dueSnapshot(on: basis, by: context.actor) {
            let blob = due.snapshot.blob
            let entry = due.snapshot.entry(blob, of: due.of)
            expecting[entry.stream] = due.after
            entries.append(entry)
            blobs.append(blob)
        }
        do {
            _ = try await log.append(
                entries,
                expecting: expecting,
                idempotencyKey: key?.key,
                at: context.facts.now,
                entropy: context.entropy,
                blobs: blobs
            )
            tell(events, of: basis, context)
            return events
        } catch {
            if error.code == .conflict || error.code == .duplicateKey { return nil }
            throw DeploymentError(.store(error))
        }
    }

    /// Appends what a deployment begins with.
    ///
    /// - Returns: The deployment, or `nil` when another writer was faster, so that it must be decided
    ///   again.
    func begin(
        _ decision: Decision,
        on basis: Basis,
        blobs: [Blob],
        context: DecisionContext
    ) async throws(DeploymentError) -> LiveDeployment? {
        let events = try await append(decision, on: basis, blobs: blobs, context: context, key: nil)
        guard let events else { return nil }
        _ = await projections.take(events, on: basis, by: context.actor, at: context.facts.now)
        return LiveDeployment(id: basis.id, deployments: self)
    }

    /// What the log keeps of a checklist, and of the document that it was read from.
    static func kept(
        of checklist: Checklist,
        from document: (path: String, bytes: [UInt8])?
    ) -> (hash: Digest, source: DeploymentEvent.DocumentSource?, blobs: [Blob]) {
        let definition = checklist.json.canonicalBytes
        let hash = SHA256.digest(of: definition)
        let blob = Blob(digest: hash, salt: [], bytes: definition)
        guard let document else { return (hash, nil, [blob]) }
        let digest = SHA256.digest(of: document.bytes)
        return (
            hash, .init(path: document.path, digest: digest),
            [blob, Blob(digest: digest, salt: [], bytes: document.bytes)]
        )
    }

    /// Tells whether a command was carried out under this key before.
    func wasDone(_ command: DeploymentCommand, key: String) async throws(DeploymentError) -> Bool {
        try await wasDone(command.requestDigest(key: key), key: key)
    }

    /// Tells whether what has this digest was carried out under this key before.
    func wasDone(_ request: Digest, key: String) async throws(DeploymentError) -> Bool {
        let entries: [AuditEntry]?
        do {
            entries = try await log.entries(forKey: key)
        } catch {
            throw DeploymentError(.store(error))
        }
        guard let first = entries?.first else { return false }
        guard first.body["request"]?.string == request.hex else {
            throw DeploymentError(.keyReused)
        }
        return true
    }

    func context(
        for state: Deployment,
        _ command: DeploymentCommand,
        _ actor: Actor,
        _ freshness: Projections.Freshness,
        following checklist: Checklist? = nil
    ) async throws(DeploymentError) -> (DecisionContext, Basis) {
        var texts: [Digest: String] = [:]
        for reference in command.compared(in: state) {
            texts[reference.digest] = try await text(of: reference)
        }
        let (facts, revisions) = try await facts(for: state, freshness, following: checklist)
        let context = DecisionContext(
            actor: actor,
            facts: facts,
            head: try await head(freshness),
            entropy: entropy.next(),
            texts: texts
        )
        return (context, Basis(id: state.id, subject: state.subject, revisions: revisions))
    }

    func head(_ freshness: Projections.Freshness) async throws(DeploymentError) -> LogHead {
        do {
            return try await freshness == .known ? log.knownHead() : log.head()
        } catch {
            throw DeploymentError(.store(error))
        }
    }
}

extension DeploymentCommand {
    /// The attachments that tell whether the command repeats what was done.
    fileprivate func compared(in state: Deployment) -> [AttachmentReference] {
        switch self {
        case .complete(let item, _, _), .fail(let item, _), .skip(let item, _),
            .waive(let item, _):
            state.progress(of: item)?.note.map { [$0] } ?? []
        case .set(let field, _):
            state.fields[field].map { [$0.value] } ?? []
        case .resolveIssue(let number, _):
            state.issues.filter { $0.number == number }.compactMap(\.resolution)
        case .observe(let window, _, _):
            state.observations.filter { $0.key.window == window }.compactMap(\.value.note)
        default:
            []
        }
    }
}

extension JSONValue {
    /// The object with these members as well.
    package func adding(_ additions: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        guard case .object(var members) = self else { return self }
        for (name, value) in additions {
            if let value { members[name] = value }
        }
        return .object(members)
    }
}

extension DeploymentID {
    /// A random name: `d-` and six characters that are not easily mistaken for others.
    static func random(_ entropy: Entropy) -> Self {
        let alphabet = Array("23456789abcdefghjkmnpqrstvwxyz".utf8)
        let characters = entropy.derived(for: "name").salt(0).prefix(6).map { byte in
            Character(Unicode.Scalar(alphabet[Int(byte) % alphabet.count]))
        }
        return Self("d-" + String(characters))
    }
}
