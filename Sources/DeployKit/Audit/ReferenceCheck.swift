// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Looks for what entries refer to: blobs, one after another, so that no two contents are in
/// memory at once, and heads of the log.
///
/// An attachment may be absent when an entry records its erasure, and for no other reason; a
/// definition or a source, never. What is there must be what was logged.
struct ReferenceCheck {
    private let log: AuditLog
    private var missing: [(digest: Digest, position: Int)] = []
    /// Every digest that an entry names.
    private var named = DigestSketch()
    /// How many entries were asked for what they name.
    private var size = 0
    /// Definitions and sources, which many entries refer to, are looked at once.
    private var known: Set<Digest> = []

    init(_ log: AuditLog) {
        self.log = log
    }

    /// What does not fit of what `entries` refer to; every entry before them is in the log.
    mutating func faults(
        in entries: [AuditEntry]
    ) async throws(AuditStoreError) -> [VerificationReport.Fault] {
        var faults: [VerificationReport.Fault] = []
        for entry in entries {
            note(entry)
            let found: [String]
            do {
                found =
                    try await attachmentFaults(of: entry) + definitionFaults(of: entry)
                    + headFaults(of: entry) + epochFaults(of: entry)
            } catch {
                guard error.code == .damaged else { throw error }
                found = [error.message]
            }
            faults += found.map { .init(position: entry.position, message: $0) }
        }
        return faults
    }

    /// What does not fit once all entries are known.
    ///
    /// Erasures that were recorded meanwhile count too.
    func lastFaults() async throws(AuditStoreError) -> [VerificationReport.Fault] {
        let erased = try await log.erasures()
        var faults: [VerificationReport.Fault] = []
        for (digest, position) in missing where erased[digest] == nil {
            let message = "the attachment \(digest) is missing, and no erasure is recorded"
            faults.append(.init(position: position, message: message))
        }
        for (digest, position) in erased.sorted(by: { $0.value < $1.value })
        where try await log.store.blob(digest) != nil {
            let message = "it records the erasure of \(digest), which the store still has"
            faults.append(.init(position: position, message: message))
        }
        return faults
    }

    /// Finds blobs of which no entry knows.
    ///
    /// A blob comes in the transaction of the entry that names it, and only an erasure takes it
    /// away. One that is there for nothing was put there behind the log, or is left of entries
    /// that were cut off: the store holds what the log does not answer for.
    ///
    /// - Parameter found: Called with a sentence about each, in the order of their digests.
    /// - Throws: ``AuditStoreError`` when the store cannot be read.
    mutating func findStrangeBlobs(
        _ found: (String) -> Void
    ) async throws(AuditStoreError) {
        var last: Digest?
        while true {
            let page = try await log.store.blobs(after: last, limit: 10_000)
            guard let end = page.last else { return }
            guard last.map({ $0 < end }) ?? true else {
                throw AuditStoreError(.damaged, "the store lists its blobs in no order")
            }
            last = end
            let strange = page.filter { !named.contains($0) }
            guard !strange.isEmpty else { continue }
            // Their entries may have come meanwhile; they came before the page was read.
            try await noteLaterEntries()
            for digest in strange where !named.contains(digest) {
                // An erasure may have taken it meanwhile.
                guard let blob = try await log.store.blob(digest) else { continue }
                let isOwn = SHA256.digest(of: blob.salt + blob.bytes) == digest
                found(
                    "no entry knows the blob \(digest) of \(blob.bytes.count) bytes"
                        + (isOwn ? "" : ", which is not the digest of its content")
                )
            }
        }
    }

    private mutating func noteLaterEntries() async throws(AuditStoreError) {
        while true {
            let entries = try await log.entries(in: size..<size + 1000)
            for entry in entries { note(entry) }
            if entries.count < 1000 { return }
        }
    }

    private mutating func note(_ entry: AuditEntry) {
        size = entry.position + 1
        note(digestsIn: entry.body)
    }

    /// Whatever a text is that reads as a digest, it names the blob of that digest.
    private mutating func note(digestsIn value: JSONValue) {
        switch value {
        case .object(let members): for member in members { note(digestsIn: member.value) }
        case .array(let elements): for element in elements { note(digestsIn: element) }
        case .string(let text):
            if text.utf8.count == 64, let digest = Digest(hex: text) { named.insert(digest) }
        default: return
        }
    }

    private mutating func attachmentFaults(
        of entry: AuditEntry
    ) async throws(AuditStoreError) -> [String] {
        var faults: [String] = []
        for reference in entry.attachments {
            guard let blob = try await log.store.blob(reference.digest) else {
                missing.append((reference.digest, entry.position))
                continue
            }
            var hasher = SHA256()
            hasher.update(blob.salt)
            hasher.update(blob.bytes)
            if blob.salt.count != 32 || blob.bytes.count != reference.byteCount
                || hasher.finalize() != reference.digest
            {
                faults.append("the attachment \(reference.digest) is not as logged")
            }
        }
        return faults
    }

    private mutating func definitionFaults(
        of entry: AuditEntry
    ) async throws(AuditStoreError) -> [String] {
        var faults: [String] = []
        for definition in entry.definitions where known.insert(definition.digest).inserted {
            let name = "the \(definition.word) \(definition.digest)"
            if let blob = try await log.store.blob(definition.digest) {
                if SHA256.digest(of: blob.bytes) != definition.digest {
                    faults.append("\(name) is not as logged")
                }
            } else {
                faults.append("\(name) is missing")
            }
        }
        return faults
    }

    /// An epoch that began without a loss continues the head that was closed.
    private func epochFaults(of entry: AuditEntry) async throws(AuditStoreError) -> [String] {
        guard entry.stream == AuditLog.epochs, entry.kind == AuditLog.epochKind,
            let origin = entry.body["closed"]?["origin"]?.string
        else { return [] }
        let epoch = try LogEpoch(entry, after: origin)
        guard epoch.lost.isEmpty, let closed = epoch.closed else { return [] }
        let indexes = MerkleTree.Frontier.indexes(ofSize: closed.size)
        let roots = try await log.store.nodes(at: indexes)
        if MerkleTree.root(ofSubtrees: roots) == closed.root { return [] }
        return [
            "it says that nothing is lost of a head of \(closed.size) entries, and this log never "
                + "had that head"
        ]
    }

    /// A sign-off is bound to the log as the person saw it.
    private func headFaults(of entry: AuditEntry) async throws(AuditStoreError) -> [String] {
        let head: LogHead
        do {
            guard let bound = try entry.boundHead() else { return [] }
            head = bound
        } catch {
            return ["the head that the sign-off is bound to cannot be read: \(error)"]
        }
        if head.size <= entry.position {
            let indexes = MerkleTree.Frontier.indexes(ofSize: head.size)
            let roots = try await log.store.nodes(at: indexes)
            if MerkleTree.root(ofSubtrees: roots) == head.root { return [] }
        }
        return ["the sign-off is bound to a head of \(head.size) entries that this log never had"]
    }
}
