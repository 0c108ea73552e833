// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension EvidenceCheck {
    /// A deployment that the query selects is there whole, and no other is.
    mutating func checkSelection() {
        for (stream, selection) in selections.sorted(by: { $0.key < $1.key }) {
            let isRight = selection.isSelected ? selection.omitted == 0 : selection.shown == 0
            if !isRight {
                let name = VisibleText.render(stream.text)
                faults.append("\(name) is not shown as the query of the manifest selects it")
            }
        }
    }

    /// The files for stock tools are what follows from the entries.
    mutating func checkDerived() {
        for (path, digest) in derived.sorted(by: { $0.key < $1.key }) where digests[path] != digest
        {
            faults.append("\(path) is missing, or not what the entry recorded")
        }
        for path in digests.keys.sorted() where path.hasPrefix("signoffs/") && derived[path] == nil
        {
            faults.append("\(path) belongs to no signed sign-off")
        }
    }

    mutating func checkContinuation(
        of previous: LogHead,
        _ source: some EvidenceSource
    ) throws {
        let proof = try ConsistencyProofFile(Self.whole("consistency", of: source))
        let checkpoint = try Checkpoint(note: Self.whole("checkpoint", of: source))
        if proof.checkpoint != checkpoint || !proof.verifies(previous) {
            faults.append("consistency does not prove that the log continues the previous head")
        }
    }

    mutating func readDefinitions(_ source: some EvidenceSource) throws {
        for path in digests.keys where path.hasPrefix("definitions/") && path.hasSuffix(".json") {
            let bytes = try Self.whole(path, of: source)
            definitions[SHA256.digest(of: bytes)] = bytes
        }
    }

    mutating func select(_ stream: StreamID, _ at: Timestamp, isShown: Bool) {
        guard stream.isDeployment else { return }
        var selection = selections[stream] ?? (false, 0, 0)
        if query.selects(stream, at: at) { selection.isSelected = true }
        if isShown { selection.shown += 1 } else { selection.omitted += 1 }
        selections[stream] = selection
    }

    mutating func replay(_ entry: AuditEntry) throws {
        select(entry.stream, entry.at, isShown: true)
        if let signature = try EvidenceSignature(entry, in: directory) {
            signatures.append(signature)
        }
        if let people = try Directory(applied: entry) { directory = people }
        if entry.kind == "signed-off" {
            let signOff = try SignOff(json: entry.body["signOff"] ?? .null)
            for file in try signOff.proof.map({
                try EvidenceFiles.files(of: $0, at: entry.position)
            }) ?? [] {
                derived[file.path] = SHA256.digest(of: file.bytes)
            }
        }
        try facts.take(entry)
        guard entry.stream.isDeployment else { return }
        if var state = replayed.removeValue(forKey: entry.stream) {
            if Deployment.gateKinds.contains(entry.kind) { try checkGate(entry, of: state) }
            let changed = entry.definitions.first?.digest
            if let changed, definitions[changed] == nil {
                faults.append("the checklist \(changed) is missing")
                return
            }
            try state.apply(entry, definition: changed.flatMap { definitions[$0] })
            replayed[entry.stream] = state
        } else if let digest = entry.definitions.first?.digest {
            guard let definition = definitions[digest] else {
                faults.append("the checklist \(digest) is missing")
                return
            }
            replayed[entry.stream] = try Deployment(first: entry, definition: definition)
            begun.append(entry.stream)
        }
    }

    /// A gate is consumed only where the entries before it open it.
    private mutating func checkGate(_ entry: AuditEntry, of state: Deployment) throws {
        guard omittedStreams.isDisjoint(with: LogFacts.streams(for: state)) else {
            let note = "the gates of \(state.id.text), which depend on what the query leaves out"
            if !unchecked.contains(note) { unchecked.append(note) }
            return
        }
        let zones = facts.unknownZones(for: state)
        if !zones.isEmpty {
            let note =
                "the freezes and maintenance windows of \(state.id.text): no rules are known here "
                + "of the time zone \(zones.joined(separator: ", "))"
            if !unchecked.contains(note) { unchecked.append(note) }
        }
        let fault = try state.gateFault(in: entry, given: facts.facts(for: state, at: entry.at))
        if let fault { faults.append("entry \(entry.position): \(fault)") }
    }

    /// The page is what follows from the entries, where this version wrote it.
    mutating func checkReport(_ manifest: JSONValue, _ checkpoint: Checkpoint) throws {
        guard let version, manifest["tool"]?["version"] == version.json else {
            unchecked.append("report.html")
            return
        }
        let frame = EvidenceBundle.Frame(
            head: checkpoint.head,
            previous: nil,
            query: query,
            generatedAt: try Timestamp(json: manifest["generatedAt"] ?? .null),
            version: version,
            isSigned: !checkpoint.signatures.isEmpty
        )
        var hasher = SHA256()
        hasher.update(EvidenceReport.start(frame).markup.utf8)
        let known = texts.compactMapValues { $0 }
        for deployment in deployments {
            let section = EvidenceReport(of: deployment, texts: known).section
            hasher.update(section.markup.utf8)
        }
        hasher.update(EvidenceReport.end.markup.utf8)
        if digests["report.html"] != hasher.finalize() {
            faults.append("report.html is not what follows from the entries")
        }
    }
}
