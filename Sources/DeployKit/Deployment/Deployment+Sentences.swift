// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployment {
    /// A reason why a gate is closed, as a sentence for people.
    public func sentence(for reason: GateReason) -> String {
        switch reason {
        case .itemsOpen(let items): "open: \(names(items))"
        case .itemsFailed(let items): "failed: \(names(items))"
        case .itemsInDoubt(let items): "in doubt: \(names(items))"
        case .signOffMissing(let slot, let counted, let required, let eligible, let unsigned):
            "sign-off '\(label(slot))' (\(counted) of \(required)"
                + (eligible.isEmpty
                    ? "" : "; eligible: " + eligible.map(\.text).joined(separator: ", "))
                + (unsigned == 0 ? "" : "; \(unsigned) UNSIGNED, a signature is required") + ")"
        case .signOffStale(let slot, let people, let standing):
            "'\(label(slot))' was signed by " + people.map(\.text).joined(separator: ", ")
                + " \(standing.lapse ?? standing.rawValue): sign again"
        case .rejected(let slot, let person): "rejected at '\(label(slot))' by \(person)"
        case .frozen(let obstacle): obstacle.sentence
        case .expired(let moment): "its time was over at \(moment); 'reopen' it"
        case .notCompleted(let environment, let limit, let closest):
            "not completed in '\(environment)'"
                + (limit.map { " within \($0.wholeMilliseconds / 86_400_000) days" } ?? "")
                + " with the same checklist, version and artifacts"
                + (closest.map { ": \($0.sentence)" } ?? "")
        case .notRehearsed(let level, let environment, let limit):
            "'\(level)' was not rehearsed in '\(environment)'"
                + (limit.map { " within \($0.wholeMilliseconds / 86_400_000) days" } ?? "")
                + " with the same checklist"
        case .metrics(let metrics, let recommendation):
            recommendation.reason
                + (metrics.isEmpty ? "" : ": " + metrics.map(\.text).joined(separator: ", "))
        case .baking(let until): "the metrics are looked at until \(until)"
        case .observations(let window, let open, let missed, let failed):
            "'\(title(window))': "
                + [
                    failed.isEmpty ? nil : "failed: \(numbers(failed))",
                    missed.isEmpty ? nil : "missed: \(numbers(missed))",
                    open == 0 ? nil : "\(open) observation\(open == 1 ? "" : "s") to come",
                ].compactMap { $0 }.joined(separator: "; ")
        case .ended: "the deployment is \(status.word)"
        }
    }

    /// What was passed in an emergency, as a phrase for people.
    public func sentence(for broken: BrokenGlass) -> String {
        let glass = broken.glass
        var parts: [String] = []
        if !glass.missing.isEmpty {
            parts.append(
                "without " + glass.missing.map { "'\(label($0))'" }.joined(separator: ", ")
            )
        }
        if !glass.conditions.isEmpty { parts.append("without a condition that was not met") }
        parts += glass.obstacles.map(\.sentence)
        let place = glass.gate.map { "through '\($0)'" } ?? "begun"
        return parts.isEmpty ? place : "\(place), \(parts.joined(separator: "; "))"
    }

    /// The label of a slot, or its id when the checklist does not have it.
    public func label(_ slot: SignOffSlotID) -> String {
        signOffSlots.first { $0.id == slot }?.label ?? slot.text
    }

    /// The number of an item or a step, or its id when there is none.
    public func number(_ item: ItemID) -> String {
        entry(of: item)?.number ?? item.text
    }

    private func numbers(_ numbers: [Int]) -> String {
        let shown = numbers.prefix(5).map { "#\($0)" }.joined(separator: ", ")
        return numbers.count > 5 ? "\(shown) and \(numbers.count - 5) more" : shown
    }

    // More names than a line holds are counted instead.
    private func names(_ items: [ItemID]) -> String {
        let shown = items.prefix(5).map { "\(number($0)) \($0)" }.joined(separator: ", ")
        return items.count > 5 ? "\(shown) and \(items.count - 5) more" : shown
    }
}

extension FailureCause {
    /// What happened, in a few words for people.
    package var phrase: String {
        switch self {
        case .exited(let status): "exit \(status)"
        case .signaled(let signal): "signal \(signal)"
        case .timedOut: "timed out"
        case .interrupted: "interrupted"
        case .notStarted: "not started"
        case .unhealthy: "unhealthy"
        case .unreachable: "unreachable"
        case .noContract: "no contract ID"
        case .unmet: "critical"
        case .noOutput: "no value"
        case .lost: "lost"
        case .reported: "reported"
        case .notExecuted: "had no effect"
        }
    }
}
