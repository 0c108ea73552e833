// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// One record of the log, decoded and checked against itself: its header fits its place, and its
/// body has the digest that the header names.
///
/// The header is the canonical JSON
/// `{"at":…,"bodyDigest":…,"key":…,"kind":…,"revision":…,"seq":…,"skewMs":…,"stream":…,"v":1}`;
/// `key` is absent for records without an idempotency key, `skewMs` while the clock goes forward.
/// A later version of the format has another `v`; this one refuses it.
public struct AuditEntry: Hashable, Sendable {
    /// The place in the log, counting from 0 without gaps.
    public let position: Int
    /// The stream that the entry belongs to.
    public let stream: StreamID
    /// The place in the stream, counting from 0 without gaps.
    public let revision: Int
    /// The reading of the writer's clock. Positions order; time informs.
    public let at: Timestamp
    /// How far the clock stood behind the entry before, or `nil` when it did not; above zero.
    public let clockSkew: Duration?
    /// What kind of event the body is, such as `item-passed`.
    public let kind: String
    /// SHA-256 of the salt followed by the body's bytes.
    public let bodyDigest: Digest
    /// The digest of the idempotency key of the append.
    public let key: Digest?
    /// The event.
    public let body: JSONValue
    private let headerBytes: [UInt8]

    /// The hash of the header, which is the entry's leaf in the tree.
    public var leaf: Digest { MerkleTree.leafHash(headerBytes) }

    /// Decodes a record and checks it against itself.
    ///
    /// - Throws: ``AuditStoreError``, code `damaged`, with the position and what does not fit.
    public init(_ record: AuditRecord) throws(AuditStoreError) {
        let header: EntryHeader
        do {
            header = try EntryHeader(canonical: record.header)
        } catch {
            throw record.damage("its header cannot be read", underlying: error)
        }
        guard header.position == record.position else {
            throw record.damage("its header says position \(header.position)")
        }
        guard header.stream == record.stream, header.revision == record.revision else {
            throw record.damage(
                "it is stored as revision \(record.revision) of '\(record.stream)', "
                    + "and its header says revision \(header.revision) of '\(header.stream)'"
            )
        }
        guard record.salt.count == 32 else {
            throw record.damage("its salt has \(record.salt.count) bytes, not 32")
        }
        guard EntryHeader.bodyDigest(salt: record.salt, body: record.body) == header.bodyDigest
        else { throw record.damage("its body does not have the digest that its header names") }
        do {
            body = try JSONValue(canonical: record.body)
        } catch {
            throw record.damage("its body cannot be read", underlying: error)
        }
        position = header.position
        stream = header.stream
        revision = header.revision
        at = header.at
        clockSkew = header.skew.map { .milliseconds(-$0) }
        kind = header.kind
        bodyDigest = header.bodyDigest
        key = header.key
        headerBytes = record.header
    }
}

/// The header of a record: what the tree commits to.
struct EntryHeader: Hashable, Sendable {
    let position: Int
    let stream: StreamID
    let revision: Int
    let at: Timestamp
    /// The clock's distance to the entry before in milliseconds, below zero.
    let skew: Int64?
    let kind: String
    let bodyDigest: Digest
    let key: Digest?

    static func bodyDigest(salt: [UInt8], body: [UInt8]) -> Digest {
        var hasher = SHA256()
        hasher.update(salt)
        hasher.update(body)
        return hasher.finalize()
    }
}

extension EntryHeader: JSONConvertible {
    var json: JSONValue {
        .members([
            "at": at.json,
            "bodyDigest": bodyDigest.json,
            "key": key?.json,
            "kind": .string(kind),
            "revision": revision.json,
            "seq": position.json,
            "skewMs": skew.map(JSONValue.integer),
            "stream": stream.json,
            "v": .integer(1),
        ])
    }

    init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let version = try members.required("v", as: Int.self)
        guard version == 1 else {
            throw JSONError(.value, "the header has version \(version); 1 is known", path: ["v"])
        }
        at = try members.required("at")
        bodyDigest = try members.required("bodyDigest")
        key = try members.optional("key")
        kind = try members.required("kind")
        revision = try members.required("revision")
        position = try members.required("seq")
        skew = try members.optional("skewMs", as: Int.self).map(Int64.init)
        stream = try members.required("stream")
        try members.finish()
        guard position >= 0, revision >= 0 else {
            throw JSONError(.value, "a position or revision is below zero")
        }
        guard skew.map({ $0 < 0 }) ?? true else {
            throw JSONError(.value, "a skew is not below zero", path: ["skewMs"])
        }
    }
}

extension AuditRecord {
    func damage(_ what: String, underlying: (any Error)? = nil) -> AuditStoreError {
        let cause = underlying.map { ": \($0)" } ?? ""
        return AuditStoreError(
            .damaged,
            "the record at position \(position) is damaged: \(what)\(cause)",
            underlying: underlying
        )
    }
}
