// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Looks for the blobs that entries refer to, one after another, so that no two contents are in
/// memory at once.
///
/// An attachment may be absent when an entry records its erasure, and for no other reason; a
/// definition or a source, never. What is there must be what was logged.
struct ReferenceCheck {
    let log: AuditLog
    private var faults: [VerificationReport.Fault] = []
    private var missing: [(digest: Digest, position: Int)] = []
    /// Definitions and sources, which many entries refer to, are looked at once.
    private var known: Set<Digest> = []

    init(_ log: AuditLog) {
        self.log = log
    }

    /// Checks what the entries in `records` refer to.
    mutating func take(_ records: [AuditRecord]) async throws(AuditStoreError) {
        for record in records where Self.mayRefer(record.body) {
            // An entry that is damaged is found elsewhere.
            guard let entry = try? AuditEntry(record) else { continue }
            for reference in entry.attachments { try await check(reference, of: entry) }
            for definition in entry.definitions where known.insert(definition.digest).inserted {
                let blob = try await log.store.blob(definition.digest)
                if blob.map({ SHA256.digest(of: $0.bytes) }) != definition.digest {
                    add(
                        "the \(definition.word) \(definition.digest) is "
                            + (blob == nil ? "missing" : "not as logged"),
                        at: entry.position
                    )
                }
            }
        }
    }

    /// What does not fit, after the last entry.
    ///
    /// Erasures that were recorded meanwhile count too.
    mutating func end() async throws(AuditStoreError) -> [VerificationReport.Fault] {
        let erased = try await log.erasures()
        for (digest, position) in missing where erased[digest] == nil {
            add("the attachment \(digest) is missing, and no erasure is recorded", at: position)
        }
        for (digest, position) in erased.sorted(by: { $0.value < $1.value })
        where try await log.store.blob(digest) != nil {
            add("it records the erasure of \(digest), which the store still has", at: position)
        }
        return faults
    }

    private mutating func check(
        _ reference: AttachmentReference,
        of entry: AuditEntry
    ) async throws(AuditStoreError) {
        guard let blob = try await log.store.blob(reference.digest) else {
            missing.append((reference.digest, entry.position))
            return
        }
        var hasher = SHA256()
        hasher.update(blob.salt)
        hasher.update(blob.bytes)
        if blob.salt.count != 32 || blob.bytes.count != reference.byteCount
            || hasher.finalize() != reference.digest
        {
            add("the attachment \(reference.digest) is not as logged", at: entry.position)
        }
    }

    private mutating func add(_ message: String, at position: Int) {
        faults.append(VerificationReport.Fault(position: position, message: message))
    }

    /// Tells whether a body may name a digest: canonical JSON has one spelling of that, and to
    /// look for it is much faster than to parse.
    private static func mayRefer(_ body: [UInt8]) -> Bool {
        var rest = body[...]
        while let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
            if names.contains(where: { body[..<colon].suffix($0.count).elementsEqual($0) }) {
                return true
            }
            rest = rest[(colon + 1)...]
        }
        return false
    }

    private static let names = ["\"digest\"", "\"checklist\""].map { Array($0.utf8) }
}
