// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployment {
    /// The state after the first entry of a deployment's stream, for which its checklist is needed.
    ///
    /// - Parameters:
    ///   - first: The first entry of the stream.
    ///   - definition: The canonical JSON of the checklist that it names.
    /// - Throws: ``DeploymentError``, cause `damaged`.
    package init(first: AuditEntry, definition: [UInt8]) throws(DeploymentError) {
        let recorded = try Projections.recorded(first)
        let checklist: Checklist
        do {
            checklist = try Checklist(json: JSONValue(canonical: definition, within: .definition))
        } catch {
            throw DeploymentError(.damaged("the checklist of entry \(first.position): \(error)"))
        }
        let hash = SHA256.digest(of: definition)
        guard let state = Deployment(recorded, checklist: checklist, hash: hash) else {
            throw DeploymentError(.damaged("entry \(first.position) begins no deployment"))
        }
        self = state
    }

    /// Changes the state as a later entry of the stream says.
    ///
    /// - Parameters:
    ///   - entry: The entry.
    ///   - definition: Of an amendment, the canonical JSON of the checklist that it names.
    /// - Throws: ``DeploymentError``, cause `damaged`.
    package mutating func apply(
        _ entry: AuditEntry,
        definition: [UInt8]? = nil
    ) throws(DeploymentError) {
        let recorded = try Projections.recorded(entry)
        guard case .amended(let amendment) = recorded.event else { return apply(recorded) }
        guard let definition, SHA256.digest(of: definition) == amendment.checklist else {
            throw DeploymentError(
                .damaged("the checklist of entry \(entry.position) is missing")
            )
        }
        apply(try recorded.amending(with: definition))
    }
}

extension RecordedEvent {
    /// The same amendment, with its checklist.
    ///
    /// - Throws: ``DeploymentError``, cause `damaged`, when `definition` is no checklist.
    func amending(with definition: [UInt8]) throws(DeploymentError) -> Self {
        do {
            let json = try JSONValue(canonical: definition, within: .definition)
            return Self(event, by: actor, at: at, definition: try Checklist(json: json))
        } catch {
            throw DeploymentError(.damaged("the checklist of an amendment: \(error)"))
        }
    }
}

extension Directory {
    /// The people whom an entry makes the log know, or `nil` when it is about something else.
    ///
    /// - Throws: ``JSONError`` when they cannot be read.
    package init?(applied entry: AuditEntry) throws(JSONError) {
        guard entry.stream == .directory, entry.kind == "directory-applied" else { return nil }
        var members = try JSONMembers(entry.body)
        self.init(people: try members.list("people"))
    }
}
