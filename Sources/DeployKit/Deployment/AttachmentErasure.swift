// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// That an attachment was erased, by whom, and on which ground.
public struct AttachmentErasure: Hashable, Sendable {
    /// The digest by which entries refer to it.
    public let attachment: Digest
    /// How many bytes it had.
    public let byteCount: Int
    /// The ground, as whoever erased it stated it.
    public let legalBasis: String
    /// Who erased it.
    public let actor: Actor
    /// When.
    public let at: Timestamp
    /// The entry that records it.
    public let position: Int
}

extension AttachmentErasure {
    /// What came of asking for the erasure of an attachment.
    public enum Outcome: Hashable, Sendable {
        /// Its content was there, and is gone.
        case erased(AttachmentErasure)
        /// Its content was there again although its erasure is on record: somebody put it back past
        /// the log. It is gone again.
        case erasedAgain(AttachmentErasure, after: AttachmentErasure)
        /// It was erased before, and is still gone.
        case already(AttachmentErasure)

        /// The entry that tells: the new one, or where nothing was to be erased the earlier one.
        public var erasure: AttachmentErasure {
            switch self {
            case .erased(let erasure), .erasedAgain(let erasure, _), .already(let erasure): erasure
            }
        }

        /// Whether content was erased.
        public var hasChanged: Bool {
            if case .already = self { return false }
            return true
        }
    }
}
