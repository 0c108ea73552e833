// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A step of a level with the names by which commands and records refer to it.
///
/// Its item has the id `rollback/<level>/<n>`, or `rollback/<level>/verify-<n>` for what shows that
/// the level has worked; people also use the numbers `R1` and `V1`.
public struct RollbackTask: Hashable, Sendable {
    /// What is done, in the form of an item of a run.
    public let entry: Outline.Entry
    /// The item whose effect it undoes; `nil` when it stands for itself.
    public let compensates: ItemID?
    /// Whether it shows that the level has worked.
    public let isVerification: Bool
    /// A condition that can be computed.
    let when: Condition?

    /// The name.
    public var id: ItemID { entry.item.id }
}

extension Checklist {
    /// What is done to go back by a level, in order: its steps, what shows that they have worked, and
    /// what shows it of every level.
    ///
    /// Where nothing required shows that a level has worked, a person has to say so.
    ///
    /// - Returns: `nil` when the plan has no such level.
    public func rollbackTasks(of id: RollbackLevelID) -> [RollbackTask]? {
        guard let plan = rollbackPlan, let level = plan.level(id) else { return nil }
        // An item of the same name would stand for the step.
        let taken = items.map(\.id.text)
        var place = "rollback/\(id)/"
        while taken.contains(where: { $0.hasPrefix(place) }) { place = "~" + place }
        var tasks = level.steps.enumerated().map { index, step in
            RollbackTask(step, ItemID("\(place)\(index + 1)"), number: "R\(index + 1)")
        }
        var checks = level.verification + plan.verification
        if !checks.contains(where: { $0.requirement == .required && $0.when == nil }) {
            checks.append(RollbackStep(title: "'\(level.title)' has worked"))
        }
        tasks += checks.enumerated().map { index, step in
            RollbackTask(
                step,
                ItemID("\(place)verify-\(index + 1)"),
                number: "V\(index + 1)",
                isVerification: true
            )
        }
        return tasks
    }
}

extension RollbackTask {
    fileprivate init(
        _ step: RollbackStep,
        _ id: ItemID,
        number: String,
        isVerification: Bool = false
    ) {
        // A service that says nothing of its effect is in doubt when it is lost, as any other is.
        let isService = if case .service = step.kind { true } else { false }
        // What was never checked must not be waived as if it had been.
        let item = Item(
            id: id,
            title: step.title,
            kind: step.kind,
            effect: step.kind.isAutomatic ? step.effect ?? (isService ? nil : Effect.none) : nil,
            requirement: step.requirement,
            when: step.when,
            isWaivable: !isVerification,
            timeout: step.timeout,
            offers: step.kind == .manual ? [step.command].compactMap(\.self) : [],
            secrets: step.secrets,
            inherits: step.inherits,
            directory: step.directory
        )
        entry = Outline.Entry(standalone: item, number: number)
        compensates = step.compensates
        self.isVerification = isVerification
        when = step.when
    }
}
