// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// That something or somebody calls for a rollback.
public struct RollbackProposal: Hashable, Sendable {
    /// What became of a proposal.
    public enum Outcome: String, Hashable, Sendable {
        /// A person has still to decide.
        case open
        /// The rollback was authorised.
        case authorised
        /// A person decided against it, or rejected at its gate.
        case dismissed
    }

    /// The trigger that fired; `nil` when a person proposed it.
    public let trigger: RollbackTriggerID?
    /// The level that it calls for, where the plan says so.
    public let level: RollbackLevelID?
    /// The moment that was judged.
    public let at: Timestamp
    /// When the proposal was recorded.
    public let recordedAt: Timestamp
    /// Who recorded it.
    public let actor: Actor
    /// Why, in the words of the person who proposed it.
    public let reason: AttachmentReference?
    /// What became of it.
    public internal(set) var outcome: Outcome = .open
    /// Whether the items whose failure fired the trigger were taken up again after it was dismissed:
    /// if they fail again, that is another proposal.
    public internal(set) var hasCleared = false
}
