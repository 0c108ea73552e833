// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// What can be done next, as commands to type.
struct NextLines {
    let deployment: Deployment
    let facts: Facts
    /// How many columns a line may have; titles are cut, commands are not.
    var width = 80
    /// Whether a person sits at the terminal, who can be asked.
    var isInteractive = false
    private static let shown = 5

    var lines: [String] {
        switch deployment.nextStep(given: facts) {
        case .start(let item):
            ["deploykit run   from \(describe(item)) on"]
        case .underWay(let item, let attempt, let runner):
            [
                "\(describe(item)): attempt \(attempt) is under way"
                    + (runner.map { " on \($0.host.visible), process \($0.processID)" } ?? "")
            ]
        case .failed(let items):
            items.prefix(Self.shown).flatMap { item in
                let name = number(item)
                return [
                    ("deploykit reopen \(name)", "to try again"),
                    ("deploykit waive \(name) --reason …", "to go on without it"),
                ].map(line)
            } + wayBack
        case .inDoubt(let items):
            items.prefix(Self.shown).map { item in
                "deploykit resolve \(number(item)) --happened | --not-happened --reason …"
            }
        case .person(let items):
            items.prefix(Self.shown).map { item in
                "deploykit done \(number(item))   \(title(item, after: 18))\(condition(item))"
            } + (items.count > Self.shown ? ["… and \(items.count - Self.shown) more"] : [])
                + offers(of: items)
        case .gate(_, let reasons):
            reasons.flatMap(lines(for:))
        case .judge(let item): ["deploykit run   judges \(describe(item))"]
        case .undecided(let items):
            items.prefix(Self.shown).map { item in
                "deploykit metric record \(metric(of: item)) …   for \(describe(item))"
            }
        case .rollbackProposed(let proposal):
            rollbackLines(proposal.level ?? deployment.recommendedLevel?.id)
        case .nothing:
            []
        }
    }

    // What failed may be undone, too, where the page says how.
    private var wayBack: [String] {
        guard !deployment.isGoingBack, deployment.subject.kind.locksEnvironment,
            let level = deployment.recommendedLevel
        else { return [] }
        return [line("deploykit rollback --reason …", "to go back: \(level.title.visible)")]
    }

    private func line(_ command: String, _ purpose: String) -> String {
        let left = command.padded(to: width < 60 ? 0 : 36) + "   "
        return left + purpose.cut(to: max(24, width - left.columns - 2))
    }

    // Only where somebody can be asked, `run --offer` asks.
    private func offers(of items: [ItemID]) -> [String] {
        let entries = items.compactMap { deployment.entry(of: $0)?.item }
        let count = entries.reduce(0) { $0 + ($1.kind == .manual ? $1.offers.count : 0) }
        guard isInteractive, count > 0 else { return [] }
        return [
            line(
                "deploykit run --offer",
                "asks about \(count == 1 ? "the command" : "the \(count) commands") of the page"
            )
        ]
    }

    private func rollbackLines(_ level: RollbackLevelID?) -> [String] {
        let option = level.map { " --level \($0.text.visible.shellQuoted)" } ?? ""
        return [
            "deploykit rollback\(option) --reason …   to go back",
            "deploykit rollback --dismiss --reason …   to go on",
        ]
    }

    private func lines(for reason: GateReason) -> [String] {
        switch reason {
        case .itemsOpen(let items):
            items.prefix(Self.shown).map { item in
                let isAutomatic = deployment.entry(of: item)?.item.kind.isAutomatic == true
                return isAutomatic
                    ? "deploykit run   for \(describe(item))"
                    : "deploykit done \(number(item))   \(title(item))"
            }
        case .itemsFailed(let items):
            items.prefix(Self.shown).map { "deploykit reopen \(number($0))" }
        case .itemsInDoubt(let items):
            items.prefix(Self.shown).map {
                "deploykit resolve \(number($0)) --happened | --not-happened --reason …"
            }
        case .signOffMissing(let slot, _, _, let eligible, _):
            [
                "deploykit sign \(slot.text.visible.shellQuoted) --approve"
                    + (eligible.isEmpty
                        ? ""
                        : "   eligible: " + eligible.map(\.text.visible).joined(separator: ", "))
            ]
        case .signOffStale: [deployment.sentence(for: reason).visible]
        case .rejected(let slot, let person):
            [
                "'\(deployment.label(slot).visible)' was rejected by \(person.text.visible): "
                    + "deploykit reopen --gate … --reason …"
            ]
        case .notRehearsed(let level, let environment, _):
            [
                deployment.sentence(for: reason).visible,
                "deploykit rehearse \(level.text.visible.shellQuoted) FILE "
                    + "--environment \(environment.text.visible.shellQuoted)",
            ]
        case .metrics(let metrics, .inconclusive) where !metrics.isEmpty:
            [
                deployment.sentence(for: reason).visible,
                "deploykit metric record \(metrics[0].text.visible.shellQuoted) …, or watch",
            ]
        case .observations(let window, _, _, _): lines(for: window)
        case .notCompleted, .metrics, .baking, .frozen, .expired, .ended:
            [deployment.sentence(for: reason).visible]
        }
    }

    private func number(_ item: ItemID) -> String {
        deployment.number(item).visible.shellQuoted
    }

    private func metric(of item: ItemID) -> String {
        guard case .metric(let id)? = deployment.outline[item]?.item.kind else { return "METRIC" }
        return id.text.visible.shellQuoted
    }

    // The columns are those that the command before the title takes.
    private func title(_ item: ItemID, after columns: Int = 24) -> String {
        let room = min(48, max(12, width - columns - number(item).columns - 2))
        return (deployment.entry(of: item)?.item.title ?? "").visible.cut(to: room)
    }

    private func condition(_ item: ItemID) -> String {
        guard case .conditional(let words) = deployment.entry(of: item)?.requirement else {
            return ""
        }
        return " (\(words.visible.cut(to: 30)); else skip)"
    }

    private func describe(_ item: ItemID) -> String {
        "\(number(item)) \(title(item))"
    }
}
