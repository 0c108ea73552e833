// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// That measurements call for a rollback, as a trigger of the plan says.
public struct RollbackProposal: Hashable, Sendable {
    /// The trigger that fired.
    public let trigger: RollbackTriggerID
    /// The level that it calls for, where the plan says so.
    public let level: RollbackLevelID?
    /// The moment that was judged.
    public let at: Timestamp
    /// When the proposal was recorded.
    public let recordedAt: Timestamp
}
