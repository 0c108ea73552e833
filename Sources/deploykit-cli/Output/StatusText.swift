// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

/// A deployment as a tree that people read, as wide as the terminal. Below 60 columns what stands
/// beside a title is left out or goes below it.
struct StatusText {
    let deployment: Deployment
    let facts: Facts
    let console: Console
    /// What was measured last.
    var samples: [MetricSample] = []
    /// The texts of notes and reasons, by digest.
    var notes: [Digest: String] = [:]
    /// What the document says now, where that is another checklist.
    var drift: ChecklistDrift?
    var width: Int { console.width }
    private var isNarrow: Bool { width < 60 }
    private var headings: PhaseHeadings { PhaseHeadings(deployment.checklist.phases) }

    var text: String {
        let ways = [rollback, windows, ends, emergencies]
        return ([heading] + phases + ways + [contracts, metrics, smoke, issues, next])
            .filter { !$0.isEmpty }
            .joined(separator: "\n")
    }

    // MARK: Parts

    private var heading: String {
        let subject = deployment.subject
        var tier = subject.environment.tier.rawValue
        if !subject.environment.isDeclared { tier += ", undeclared" }
        let label = subject.label.visible.wrapped(to: width)
        let isShort = label.columns + statusWords.columns + 2 <= width && !label.contains("\n")
        var lines = [
            console.styled(label, .bold) + (isShort ? "  " : "\n")
                + console.styled(statusWords, style(of: deployment.status)),
            [
                deployment.id.text, subject.kind.rawValue, "tier \(tier)",
                "started \(deployment.startedAt.minute) UTC by "
                    + deployment.requester.id.text.visible,
            ].packed(to: width),
            [deployment.checklist.title.visible, "checklist \(subject.checklist.short)"]
                .packed(to: width),
        ]
        if let progress { lines.append(progress) }
        for artifact in subject.artifacts {
            lines.append("artifact \(artifact.name.visible)  sha256:\(artifact.digest.short)")
        }
        if let drift { lines.append(contentsOf: self.lines(of: drift)) }
        if !deployment.unknownEvents.isEmpty {
            lines.append(
                "\(deployment.unknownEvents.count) events were written by a newer version and are "
                    + "not understood"
            )
        }
        return lines.map { $0 + "\n" }.joined()
    }

    // Everything that is meant for this environment, and how much of it is behind us.
    private var progress: String? {
        let states = deployment.outline.leaves.compactMap { deployment.items.state(of: $0) }
            .filter { $0 != .notApplicable }
        guard states.count > 1 else { return nil }
        let settled = states.count(where: \.isSatisfying)
        let bar = ProgressBar.text(settled, of: states.count, width: isNarrow ? 10 : 20)
        return "\(bar)  \(settled) of \(states.count) items"
    }

    private var statusWords: String {
        switch deployment.status {
        case .halted(.itemFailed(let item)):
            "halted: \(deployment.number(item)) failed"
        case .halted(.itemInDoubt(let item)):
            "halted: \(deployment.number(item)) is in doubt"
        case .halted(.observationFailed(let id)): "halted: observation \(id) failed"
        case .halted(.gateRejected(let gate)), .aborted(.gateRejected(let gate)):
            "\(deployment.status.word): '\(gate)' was rejected"
        case .halted(.rollbackFailed(let level)):
            "halted: the rollback by '\(level.text.visible)' failed"
        case .rollingBack where deployment.subject.kind == .rehearsal: "rehearsing"
        case .halted(.gateExpired(let gate)), .aborted(.gateExpired(let gate)):
            "\(deployment.status.word): the time of '\(gate)' was over"
        case .superseded(let other): "superseded by \(other)"
        case .active, .observing, .rollingBack, .completed, .rolledBack, .aborted:
            deployment.status.word
        }
    }

    private var phases: [String] {
        // What goes back on behalf of another, or rehearses, does none of the items.
        if deployment.subject.level != nil { return [] }
        let states = deployment.states(given: facts)
        var isFirstClosed = true
        return deployment.checklist.phases.enumerated().map { position, phase in
            let own = states.filter { $0.entry.phase == position }
            let leaves = own.filter { !$0.entry.item.isGroup }
            let settled = leaves.count { $0.state.isSatisfying }
            let verdict = deployment.verdict(of: .phase(phase.id), given: facts)
            // Once all is over a gate opens nothing any more.
            let reasons = deployment.status.isTerminal ? [] : verdict.reasons
            let count = "\(settled) of \(leaves.count)"
            let bar = ProgressBar.text(settled, of: leaves.count, width: isNarrow ? 5 : 10)
            let right = reasons.isEmpty ? "\(bar)  \(count)" : "gate \(verdict.word)  \(count)"
            let left = headings.text(position).cut(to: width - right.columns - 2)
            var lines = [
                console.styled(left.padded(to: width - right.columns), .bold) + right
            ]
            // What is meant for other environments is one line here; --json has all of it.
            if !leaves.isEmpty, leaves.allSatisfy({ $0.state == .notApplicable }) {
                let words = "not applicable here"
                let title = headings.text(position).cut(to: width - words.count - 2)
                return console.styled(title.padded(to: width - words.count) + words, .dim) + "\n"
            }
            // What is open further up stands there: only the first gate that is closed names it.
            let further = reasons.filter { !$0.isOfItems }
            if !isFirstClosed, further.count < reasons.count {
                lines.append("  needs: the phases before it")
            }
            for reason in isFirstClosed ? reasons : further { lines.append(waits(for: reason)) }
            if !reasons.isEmpty { isFirstClosed = false }
            var section = ""
            for (entry, state) in own {
                if entry.section != section, entry.depth == 0 {
                    section = entry.section
                    if !section.isEmpty, section != phase.title {
                        lines.append("  " + section.visible.cut(to: width - 2))
                    }
                }
                lines.append(line(entry, state))
                lines += remark(on: entry, deployment.items[entry.item.id])
            }
            return lines.map { $0 + "\n" }.joined()
        }
    }

    private func waits(for reason: GateReason) -> String {
        let lines = sentence(for: reason).visible.wrapped(to: width - 9).split(separator: "\n")
        return lines.enumerated().map { ($0 == 0 ? "  needs: " : "         ") + $1 }
            .joined(separator: "\n")
    }

    // The items stand on the same page: their numbers say enough.
    private func sentence(for reason: GateReason) -> String {
        func numbers(_ items: [ItemID]) -> String {
            items.map(deployment.number).joined(separator: ", ")
        }
        return switch reason {
        case .itemsOpen(let items): "open: \(numbers(items))"
        case .itemsFailed(let items): "failed: \(numbers(items))"
        case .itemsInDoubt(let items): "in doubt: \(numbers(items))"
        default: deployment.sentence(for: reason)
        }
    }

    private var rollback: String {
        var lines = deployment.rollbackProposals.map { proposal in
            console.styled(
                proposal.line(in: deployment).cut(to: width),
                proposal.outcome == .open ? .bad : .dim
            )
        }
        for run in deployment.rollbacks {
            let title = deployment.checklist.rollbackPlan?.level(run.level)?.title
            lines.append(
                console.styled(
                    "Rollback · \((title ?? run.level.text).visible)".cut(to: width),
                    .bold
                )
            )
            lines.append(
                "  "
                    + (run.trigger.map { "begun by the trigger '\($0.text.visible)'" }
                        ?? "authorised by \(run.actor.id.text.visible)")
                    + " at \(run.at.minute) UTC"
            )
            for task in run.tasks {
                let progress = run.progress(of: task.id)
                lines.append(line(task.entry, progress.state, progress))
                lines += remark(on: task.entry, progress)
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private func line(_ entry: Outline.Entry, _ state: ItemState) -> String {
        line(entry, state, deployment.items[entry])
    }

    private func line(
        _ entry: Outline.Entry,
        _ state: ItemState,
        _ progress: ItemProgress?
    ) -> String {
        let indent = String(repeating: "  ", count: entry.depth + 1)
        let left = "\(indent)\(state.sign) \(entry.number) "
        var right: [String] = []
        switch state {
        case .pending, .ready, .passed: break
        case .running, .inDoubt, .failed, .waived, .notApplicable, .cancelled:
            right.append(state.phrase(progress?.cause))
        }
        if entry.requirement != .required, state == .pending || state == .ready {
            right.append(entry.requirement == .optional ? "optional" : "if it applies")
        }
        if let progress, state != .pending, state != .ready, !entry.item.isGroup {
            let isComputed = state == .notApplicable && progress.inapplicability != .decided
            if let actor = progress.actor, !isComputed, !isNarrow, state != .cancelled {
                right.append(actor.id.text.visible.cut(to: 24))
            }
            if let at = progress.settledAt ?? progress.startedAt, !isComputed {
                right.append(at.minute(besides: facts.now))
            }
        }
        let tail = right.joined(separator: "  ")
        let room = width - left.columns - (tail.isEmpty ? 0 : tail.columns + 2)
        let title = entry.item.title.visible.cut(to: max(16, room))
        let padded = tail.isEmpty ? title : title.padded(to: room + 2)
        return console.styled(left, style(of: state)) + padded + console.styled(tail, .dim)
    }

    private var ends: String {
        var lines: [String] = []
        for slot in deployment.signOffSlots where isShown(slot) {
            let who = deployment.lastSignOffs(at: slot).map { signOff in
                let lapse = deployment.standing(of: signOff, given: facts).lapse
                return "\(signOff.decision.rawValue) by \(signOff.person.text.visible)"
                    + (signOff.actor.assurance.isSigned ? "" : " UNSIGNED")
                    + (lapse.map { " \($0): does not count" } ?? "")
            }
            let state = deployment.skippedSlots.contains(slot.id) ? ["not needed"] : who
            let label = slot.label.visible
            let place = place(of: slot.gate)
            if isNarrow {
                lines.append("  \(label.cut(to: width - 2))")
                lines.append("    \(place): \(state.isEmpty ? "nobody yet" : "")")
                lines += state.map { "    " + $0 }
                continue
            }
            let left =
                "  \(label.cut(to: 20).padded(to: 20))  \(place.cut(to: 14).padded(to: 14))  "
            lines.append(left + (state.first ?? "–"))
            for other in state.dropFirst() {
                lines.append(String(repeating: " ", count: left.columns) + other)
            }
        }
        if lines.isEmpty { return "" }
        return "Sign-offs\n" + lines.map { $0 + "\n" }.joined()
    }

    // Nobody signs for a rollback that nobody has proposed.
    private func isShown(_ slot: SignOffSlot) -> Bool {
        if case .rollback = slot.gate { return deployment.gates[slot.gate] != nil }
        return deployment.subject.level == nil
    }

    private func place(of gate: GateID) -> String {
        guard case .phase(let id) = gate,
            let position = deployment.checklist.phases.firstIndex(where: { $0.id == id })
        else { return gate.description }
        return headings.place(position)
    }

    private var contracts: String {
        if deployment.contracts.isEmpty { return "" }
        var lines = ["Contracts"]
        for slot in deployment.checklist.contractSlots {
            guard let contract = deployment.contracts[slot.name] else { continue }
            lines.append("  \(slot.name.text.visible)=\(contract.id)  \(contract.id.network)")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private var metrics: String {
        var lines: [String] = []
        for metric in deployment.checklist.metrics {
            let own = samples.filter { $0.metric == metric.id }.map(\.measurement)
                .sorted { $0.at < $1.at }
            guard let last = own.last else { continue }
            let marks = isNarrow ? 8 : 20
            let right =
                Sparkline.text(own.map(\.outcome), width: marks).padded(to: marks)
                + "  \(last.outcome.sentence)  \(last.at.minute(besides: facts.now))"
            let room = max(12, width - right.columns - 4)
            let title = metric.title.visible.cut(to: room).padded(to: min(28, room))
            lines.append("  \(title)  \(right)")
        }
        if lines.isEmpty { return "" }
        return "Metrics\n" + lines.map { $0 + "\n" }.joined()
    }

    private var smoke: String {
        let lines = deployment.checklist.suiteNames.compactMap { name in
            deployment.smokeRuns.last { $0.suite == name }
        }.map { run in
            console.styled(
                "  \(run.line)  \(run.startedAt.minute(besides: facts.now))",
                run.verdict?.word == .failed ? .bad : nil
            )
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private var next: String {
        let lines = NextLines(
            deployment: deployment,
            facts: facts,
            width: width,
            isInteractive: console.isInteractive
        ).lines
        if lines.isEmpty { return "" }
        return "Next:\n" + lines.map { "  \($0)\n" }.joined()
    }

    // MARK: Signs

    private func style(of status: Deployment.Status) -> Style? {
        switch status {
        case .active: nil
        case .rollingBack, .rolledBack: .warning
        case .halted, .aborted: .bad
        case .observing, .completed: .good
        case .superseded: .dim
        }
    }

    private func style(of state: ItemState) -> Style? {
        switch state {
        case .passed: .good
        case .failed: .bad
        case .inDoubt, .running: .warning
        case .waived, .notApplicable, .cancelled: .dim
        case .pending, .ready: nil
        }
    }
}

extension ItemState {
    /// One character for the state.
    var sign: String {
        switch self {
        case .pending: "·"
        case .ready: "○"
        case .running: "▸"
        case .inDoubt: "?"
        case .passed: "✓"
        case .failed: "✗"
        case .waived: "~"
        case .notApplicable: "–"
        case .cancelled: "×"
        }
    }

    /// The state in words, with why it failed.
    func phrase(_ cause: FailureCause?) -> String {
        switch self {
        case .inDoubt: cause.map { "in doubt: \($0.phrase)" } ?? "in doubt"
        case .notApplicable: "not applicable"
        case .failed:
            switch cause {
            case .exited(let status): "failed: exit \(status)"
            case .signaled(let signal): "failed: signal \(signal)"
            case .reported: "failed"
            case let cause?: "failed: \(cause.phrase)"
            case nil: "failed"
            }
        default: word
        }
    }
}

extension GateReason {
    /// Whether it is about items that stand before the gate.
    fileprivate var isOfItems: Bool {
        switch self {
        case .itemsOpen, .itemsFailed, .itemsInDoubt: true
        default: false
        }
    }
}
