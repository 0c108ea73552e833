// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Checklist {
    /// Three items of which two are undone by the level `undo`; the level `restore` stands for
    /// itself, and loses data.
    static func undoable(
        triggers: [RollbackTrigger] = [],
        effect: Effect = .idempotent,
        slots: [SignOffSlot] = []
    ) throws -> Checklist {
        let undo = RollbackLevel(
            id: "undo",
            title: "Level 1: Undo",
            number: 1,
            impact: .low,
            steps: [
                RollbackStep(
                    title: "Unswitch",
                    command: .shell("unswitch"),
                    effect: effect,
                    compensates: "switch"
                ),
                RollbackStep(
                    title: "Unmigrate",
                    command: .shell("unmigrate"),
                    effect: effect,
                    compensates: "migrate"
                ),
                RollbackStep(title: "Tell SMS users", requirement: .conditional("if SMS is on")),
            ],
            verification: [
                RollbackStep(title: "It is off", command: .shell("true"), effect: Effect.none)
            ]
        )
        let restore = RollbackLevel(
            id: "restore",
            title: "Level 2: Restore the backup",
            number: 2,
            situations: ["if rows are missing"],
            impact: .high,
            losesData: true,
            steps: [RollbackStep(title: "Restore")]
        )
        let plain = try Checklist(
            "Orders",
            rollbackPlan: RollbackPlan(levels: [restore, undo], triggers: triggers)
        ) {
            DeployKit.Phase("Deploy") {
                Item("Switch", .command("switch"), id: "switch", effect: .reversible)
                Item("Migrate", .command("migrate"), id: "migrate", effect: .irreversible)
                Item(
                    id: "smoke",
                    title: "Smoke",
                    kind: .command("smoke"),
                    effect: Effect.none,
                    suite: "smoke"
                )
            }
        }
        return Checklist(
            title: plain.title,
            phases: plain.phases,
            signOffSlots: slots,
            rollbackPlan: plain.rollbackPlan
        )
    }
}

extension Trial {
    /// Starts the next attempt at an item or a step and ends it.
    mutating func attempt(
        _ id: ItemID,
        _ ending: AttemptOutcome.Ending = .passed
    ) throws {
        let number = (deployment.progress(of: id)?.attempts ?? 0) + 1
        try perform(.begin(id, runner: nil))
        try perform(.finish(id, attempt: number, AttemptOutcome(ending)))
    }

    /// What the log says, by the names of the events.
    var kinds: [String] { log.map(\.event.kind) }
}
