// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What an event says about an attachment, whose content is kept apart so that it can be erased.
public struct AttachmentReference: Hashable, Sendable {
    /// SHA-256 of the salt followed by the content.
    public let digest: Digest
    /// How many bytes the content has.
    public let byteCount: Int
    /// What the content is, such as `text/plain`.
    public let mediaType: String

    /// A reference of these parts.
    public init(digest: Digest, byteCount: Int, mediaType: String) {
        self.digest = digest
        self.byteCount = byteCount
        self.mediaType = mediaType
    }
}

extension AttachmentReference: JSONConvertible {
    /// An object with `digest`, `bytes` and `mediaType`.
    public var json: JSONValue {
        .members([
            "digest": digest.json, "bytes": byteCount.json, "mediaType": mediaType.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        digest = try members.required("digest")
        byteCount = try members.required("bytes")
        mediaType = try members.required("mediaType")
        try members.finish()
    }
}

/// Something to be attached to an event: free text, output or evidence.
public struct Evidence: Hashable, Sendable {
    /// What the content is, such as `text/plain`.
    public let mediaType: String
    /// The content.
    public let bytes: [UInt8]

    /// Evidence of any kind.
    public init(mediaType: String, bytes: [UInt8]) {
        self.mediaType = mediaType
        self.bytes = bytes
    }

    /// A text.
    public static func text(_ text: String) -> Self {
        Self(mediaType: "text/plain", bytes: Array(text.utf8))
    }

    /// An address under which the evidence is kept elsewhere.
    public static func link(_ url: String) -> Self {
        Self(mediaType: "text/uri-list", bytes: Array(url.utf8))
    }
}

/// The attachments of one decision while it is made.
package struct Attachments {
    /// The blobs so far, in the order in which they were attached.
    package private(set) var blobs: [Blob] = []
    private let entropy: Entropy

    package init(entropy: Entropy) {
        // The log salts the bodies of the same batch from the entropy itself.
        self.entropy = entropy.derived(for: "attachments")
    }

    package mutating func attach(_ evidence: Evidence) -> AttachmentReference {
        let salt = entropy.salt(blobs.count)
        let digest = SHA256.digest(of: salt + evidence.bytes)
        blobs.append(Blob(digest: digest, salt: salt, bytes: evidence.bytes))
        return AttachmentReference(
            digest: digest,
            byteCount: evidence.bytes.count,
            mediaType: evidence.mediaType
        )
    }

    /// Takes an attachment that has its salt already.
    package mutating func attach(_ blob: Blob, mediaType: String) -> AttachmentReference {
        blobs.append(blob)
        return AttachmentReference(
            digest: blob.digest,
            byteCount: blob.bytes.count,
            mediaType: mediaType
        )
    }

    package mutating func attach(_ text: String?) -> AttachmentReference? {
        text.map { attach(.text($0)) }
    }
}
