// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What the stream of an environment added up to after so many of its entries, so that whoever
/// reads the environment need not read all that ever happened to it.
///
/// Snapshots stand in a stream of their own, `snapshot/` followed by the name of the environment's.
/// The body of an entry, of kind `environment-snapshot`, is `{"actor":…,"revision":…,"state":…}`:
/// the number of entries, and the digest of a blob without a salt that holds the state. A snapshot
/// says nothing new: what it says is compared with the entries by
/// ``Deployments/snapshotFaults()``.
///
/// The other streams that live long need none. An entry of the directory holds all people, and the
/// state of a registry is its whole history.
struct EnvironmentSnapshot {
    let state: EnvironmentState
    let actor: Actor

    static let kind = "environment-snapshot"
    static let prefix = "snapshot/"
    /// After how many entries the next snapshot is due.
    static let interval = 256

    /// The stream of the snapshots of the environment with this stream.
    static func stream(of environment: StreamID) -> StreamID {
        StreamID(prefix + environment.text)
    }

    /// The state, in the bytes that ``blob`` keeps.
    private var bytes: [UInt8] { state.json.canonicalBytes }

    var blob: Blob {
        let bytes = bytes
        return Blob(digest: SHA256.digest(of: bytes), salt: [], bytes: bytes)
    }

    func entry(_ blob: Blob, of environment: StreamID) -> NewEntry {
        NewEntry(
            stream: Self.stream(of: environment),
            kind: Self.kind,
            body: .members([
                "actor": actor.json, "revision": state.revision.json, "state": blob.digest.json,
            ])
        )
    }

    /// Reads a snapshot from its entry and its blob.
    ///
    /// - Throws: ``DeploymentError`` when the entry is none, or the blob is missing or another one.
    static func state(
        _ entry: AuditEntry,
        in store: any AuditStore
    ) async throws(DeploymentError) -> EnvironmentState {
        guard entry.kind == kind, let revision = entry.body["revision"]?.integer,
            let digest = entry.body["state"]?.string.flatMap({ Digest(hex: $0) })
        else {
            throw DeploymentError(.damaged("entry \(entry.position) is no snapshot"))
        }
        let blob: Blob?
        do {
            blob = try await store.blob(digest)
        } catch {
            throw DeploymentError(.store(error))
        }
        guard let blob, SHA256.digest(of: blob.bytes) == digest else {
            throw DeploymentError(.damaged("the snapshot at entry \(entry.position) is missing"))
        }
        do {
            let json = try JSONValue(canonical: blob.bytes, within: .definition)
            return try EnvironmentState(json: json, revision: Int(revision))
        } catch {
            throw DeploymentError(.damaged("the snapshot at entry \(entry.position): \(error)"))
        }
    }
}

extension EnvironmentState {
    /// `{"calendar":{…},"completions":[…],"freezes":[…],"lock":{…},"occupants":[…]}`, each list oldest
    /// first; without a calendar, freezes and a lock where there is none.
    var json: JSONValue {
        .members([
            "calendar": calendar == EnvironmentCalendar() ? nil : calendar.json,
            "completions": completions.json, "freezes": freezes.jsonUnlessEmpty,
            "lock": lock?.json, "occupants": occupants.json,
        ])
    }

    /// Reads the state after `revision` entries.
    ///
    /// - Throws: ``JSONError`` when `json` is not what ``json`` writes.
    init(json: JSONValue, revision: Int) throws(JSONError) {
        var members = try JSONMembers(json)
        self.init(
            occupants: try members.list("occupants"),
            completions: try members.list("completions"),
            freezes: try members.list("freezes"),
            calendar: try members.optional("calendar") ?? EnvironmentCalendar(),
            lock: try members.optional("lock"),
            revision: revision
        )
        try members.finish()
    }
}

extension EnvironmentState.Occupant: JSONConvertible {
    /// An object of the four properties.
    public var json: JSONValue {
        .members([
            "deployment": deployment.json, "hasEnded": hasEnded.json, "holdsLock": holdsLock.json,
            "subject": subject.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        self.init(
            deployment: try members.required("deployment"),
            subject: try members.required("subject"),
            holdsLock: try members.required("holdsLock"),
            hasEnded: try members.required("hasEnded")
        )
        try members.finish()
    }
}

extension EnvironmentState.Completion: JSONConvertible {
    /// An object of the three properties.
    public var json: JSONValue {
        .members(["at": at.json, "deployment": deployment.json, "subject": subject.json])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        self.init(
            deployment: try members.required("deployment"),
            subject: try members.required("subject"),
            at: try members.required("at")
        )
        try members.finish()
    }
}
