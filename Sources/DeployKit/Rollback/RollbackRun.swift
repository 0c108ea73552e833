// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// One rollback of a deployment: the level by which it goes back, and how far it has come.
public struct RollbackRun: Hashable, Sendable {
    /// What stands next.
    public enum Stage: Hashable, Sendable {
        /// What is under way in the deployment must end first.
        case waiting
        /// This step may be done.
        case step(ItemID)
        /// This step is under way.
        case underWay(ItemID)
        /// This step was lost with its runner, and may simply be done again.
        case lost(ItemID)
        /// This step failed, or whether it happened is not known.
        case failed(ItemID)
        /// Everything is done, and was seen to have worked.
        case verified
    }

    /// The level.
    public let level: RollbackLevelID
    /// The trigger that began it by itself; `nil` when people did.
    public let trigger: RollbackTriggerID?
    /// Who authorised it, or whose call it was during which the trigger fired.
    public let actor: Actor
    /// When it was authorised.
    public let at: Timestamp
    /// Why, in words.
    public let reason: AttachmentReference?
    /// The steps of the level, in order.
    public let tasks: [RollbackTask]
    /// How far each step has come; empty until what was under way has ended.
    public internal(set) var progress: [ItemID: ItemProgress] = [:]
    /// Whether the steps that apply are known.
    public internal(set) var hasBegun = false

    /// Whether a trigger began it by itself.
    public var isAutomatic: Bool { trigger != nil }

    /// The step with this name, or `nil` when the level has no such step.
    public func task(_ id: ItemID) -> RollbackTask? {
        tasks.first { $0.id == id }
    }

    /// How far a step has come.
    public func progress(of id: ItemID) -> ItemProgress {
        progress[id] ?? ItemProgress()
    }

    /// What stands next.
    public var stage: Stage {
        guard hasBegun else { return .waiting }
        for task in tasks {
            if case .running = progress(of: task.id).state { return .underWay(task.id) }
        }
        for task in tasks {
            let progress = progress(of: task.id)
            let isOptional = task.entry.requirement == .optional
            switch progress.state {
            case .passed, .waived, .notApplicable, .cancelled, .running: continue
            case .pending, .ready:
                if isOptional, !task.entry.item.kind.isAutomatic { continue }
                return .step(task.id)
            case .failed:
                let isLost = progress.cause == .lost
                if isLost, task.entry.item.effect?.allowsBlindRetry == true {
                    return .lost(task.id)
                }
                if !isOptional { return .failed(task.id) }
            case .inDoubt: return .failed(task.id)
            }
        }
        return .verified
    }

    /// The items whose effect was undone.
    var compensated: Set<ItemID> {
        Set(
            tasks.compactMap { task in
                guard case .passed = progress[task.id]?.state else { return nil }
                return task.compensates
            }
        )
    }
}
