// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner

/// Goes through a deployment with the person at the terminal: shows what would run and asks before
/// it does, and asks about each item that is a person's.
///
/// It remembers nothing: every answer is a command that is recorded like any other, or forgotten.
struct RunDialogue {
    let workspace: Workspace
    let live: LiveDeployment
    let actor: Actor
    let phase: PhaseID?
    /// What runs the commands that a page shows at items of a person's; `nil` where they are shown
    /// alone.
    let offerer: DeploymentRunner?
    var console: Console { workspace.call.console }
    var questions: Questions { Questions(console: console) }
    static let mostLines = 12

    init(
        _ workspace: Workspace,
        _ live: LiveDeployment,
        by actor: Actor,
        phase: PhaseID?,
        offering offerer: DeploymentRunner? = nil
    ) {
        self.workspace = workspace
        self.live = live
        self.actor = actor
        self.phase = phase
        self.offerer = offerer
    }

    /// What to do now.
    enum Turn {
        /// Run what is next, within this phase; `nil` for the steps of a rollback.
        case run(PhaseID?)
        /// Run the commands at these positions among those that the item shows: each is confirmed.
        case offer(ItemID, [Int])
        /// Something was recorded: look again.
        case again
        /// There is nothing to ask, or the person wants to stop.
        case stop
    }

    /// Asks about what is next.
    ///
    /// - Parameter later: Items that are not to be asked about now; one is added when the person
    ///   says so.
    /// - Returns: What to do now.
    /// - Throws: Whatever the store says.
    func turn(_ later: inout Set<ItemID>) async throws -> Turn {
        let state = try await live.state()
        let facts = try await workspace.deployments.facts(for: state)
        switch state.nextStep(phase: phase, given: facts) {
        case .start(let step) where state.outline[step] == nil:
            return mayRun([step], in: state) ? .run(nil) : .stop
        case .judge(let item):
            return .run(state.outline[item].map { state.checklist.phases[$0.phase].id })
        case .start(let first):
            let items = state.automaticStretch(phase: phase, given: facts)
            guard let entry = state.outline[first], mayRun(items, in: state) else { return .stop }
            return .run(state.checklist.phases[entry.phase].id)
        case .person(let items):
            guard let item = items.first(where: { !later.contains($0) }),
                let entry = state.entry(of: item)
            else { return .stop }
            return try await ask(about: entry, &later)
        case .failed(let items):
            guard let item = items.first(where: { !later.contains($0) }) else { return .stop }
            return try await askAboutFailed(item, in: state, &later)
        case .inDoubt(let items):
            guard let item = items.first(where: { !later.contains($0) }) else { return .stop }
            return try await askAboutDoubt(item, in: state, &later)
        case .underWay, .gate, .undecided, .rollbackProposed, .nothing: return .stop
        }
    }

    // MARK: What runs

    private func mayRun(_ items: [ItemID], in state: Deployment) -> Bool {
        let entries = items.compactMap { state.entry(of: $0) }
        console.print("\n\(console.styled("These run next:", .bold))\n")
        for entry in entries { console.print(description(of: entry)) }
        let isFinal = entries.contains { $0.item.effect == .irreversible }
        guard isFinal else {
            return questions.choose(
                "Run \(items.count == 1 ? "it" : "these \(items.count)")?",
                [.init(letter: "y", word: "yes"), .init(letter: "n", word: "no")],
                default: "y"
            ) == "y"
        }
        let answer = questions.text(
            console.styled("Some of it cannot be undone.", .warning)
                + " Type 'yes' in full to run it:"
        )
        return answer == "yes"
    }

    private func description(of entry: Outline.Entry) -> String {
        var text = "  \(entry.number) \(entry.item.title.visible)"
        text += "  (\(entry.item.kind.word)"
        if let effect = entry.item.effect { text += ", \(effect.rawValue)" }
        text += ")\n"
        switch entry.item.kind {
        case .probe(let probe): text += "      \(probe.text.visible)\n"
        default: text += lines(of: entry.item.kind.command?.text)
        }
        return text
    }

    func lines(of script: String?, upTo most: Int = mostLines) -> String {
        guard let script else { return "" }
        let lines = script.split(whereSeparator: \.isNewline)
        var text = lines.prefix(most).map { "      \(String($0).visible)\n" }.joined()
        if lines.count > most {
            text += "      … and \(lines.count - most) more lines\n"
        }
        return text
    }

    // MARK: What a person does

    private func ask(about entry: Outline.Entry, _ later: inout Set<ItemID>) async throws -> Turn {
        let item = entry.item
        var text = "\n\(console.styled("\(entry.number) \(item.title.visible)", .bold))\n"
        let offered = try await offers(of: item)
        text += offered.text
        for expectation in item.expectations { text += "  expected: \(expectation.visible)\n" }
        for wanted in item.evidence { text += "  wanted: \(wanted.visible)\n" }
        var choices: [Questions.Choice] = [
            .init(letter: "d", word: "done"), .init(letter: "f", word: "failed"),
        ]
        if !offered.runnable.isEmpty { choices.insert(.init(letter: "r", word: "run"), at: 0) }
        if case .conditional(let condition) = entry.requirement {
            text += "  only if: \(condition.visible)\n"
            choices.append(.init(letter: "n", word: "not applicable"))
        }
        if item.isWaivable { choices.append(.init(letter: "w", word: "waive")) }
        choices += [.init(letter: "l", word: "later"), .init(letter: "q", word: "quit")]
        console.print(text)
        switch questions.choose(" ", choices) {
        case "r": return confirm(offered.runnable, of: item)
        case "d":
            guard let note = questions.text("Note (may be empty):") else { return .stop }
            return try await record(
                .complete(item.id, note: note.isEmpty ? nil : note, evidence: []),
                item.id
            )
        case "f":
            guard let reason = questions.text("What went wrong?") else { return .stop }
            return try await record(.fail(item.id, reason: reason.isEmpty ? nil : reason), item.id)
        case "n":
            guard let reason = questions.text("Why not?", isRequired: true) else { return .stop }
            return try await record(.skip(item.id, reason: reason), item.id)
        case "w":
            guard let reason = questions.text("Why without it?", isRequired: true) else {
                return .stop
            }
            return try await record(.waive(item.id, reason: reason), item.id)
        case "l":
            later.insert(item.id)
            return .again
        default: return .stop
        }
    }

    private func askAboutFailed(
        _ item: ItemID,
        in state: Deployment,
        _ later: inout Set<ItemID>
    ) async throws -> Turn {
        let title = state.outline[item]?.item.title ?? ""
        let answer = questions.choose(
            "\n\(state.number(item)) \(title.visible) failed. ",
            [
                .init(letter: "r", word: "retry"), .init(letter: "w", word: "waive"),
                .init(letter: "q", word: "quit"),
            ]
        )
        switch answer {
        case "r": return try await record(.reopen(item, reason: nil), item)
        case "w":
            guard let reason = questions.text("Why without it?", isRequired: true) else {
                return .stop
            }
            return try await record(.waive(item, reason: reason), item)
        default: return .stop
        }
    }

    private func askAboutDoubt(
        _ item: ItemID,
        in state: Deployment,
        _ later: inout Set<ItemID>
    ) async throws -> Turn {
        let title = state.outline[item]?.item.title ?? ""
        let answer = questions.choose(
            "\n\(state.number(item)) \(title.visible) is in doubt: find out whether it happened.\n ",
            [
                .init(letter: "h", word: "happened"), .init(letter: "n", word: "not happened"),
                .init(letter: "q", word: "quit"),
            ]
        )
        guard let answer, answer != "q" else { return .stop }
        guard let reason = questions.text("How do you know?", isRequired: true) else {
            return .stop
        }
        return try await record(
            .resolve(item, happened: answer == "h", reason: reason, evidence: []),
            item
        )
    }

    // A refusal is said, and asked about again: nothing was recorded.
    private func record(_ command: DeploymentCommand, _ item: ItemID) async throws -> Turn {
        do {
            try await workspace.checkSecrets(in: command.typedTexts, of: live)
            let result = try await live.perform(command, by: actor)
            let state = result.state
            let now = state.items[item]?.state ?? .pending
            console.print(
                "\(now.sign) \(state.number(item)) "
                    + "\((state.outline[item]?.item.title ?? "").visible): "
                    + "\(now.phrase(state.items[item]?.cause))\n"
            )
        } catch let error as DeploymentError {
            guard case .refused = error.cause else { throw error }
            console.note(Failure(error).message.visible)
        } catch let error as Refusal {
            console.note(error.message.visible)
        }
        return .again
    }
}
