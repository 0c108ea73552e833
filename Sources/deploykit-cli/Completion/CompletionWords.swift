// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Looks up what fits at the end of a command line, in the store and the project file.
struct CompletionWords {
    let call: Call
    let line: CompletionLine

    /// What fits. A store that is absent or cannot be read has no names to offer, and a line that is
    /// being typed is no place to say so.
    func candidates() async -> [CompletionLine.Candidate] {
        let all = (try? await everything()) ?? []
        return all.compactMap { candidate in
            // What a shell would act upon is never put on its command line, not even in quotes.
            guard candidate.word.isPlainWord, candidate.word.utf8.starts(with: line.begun.utf8)
            else { return nil }
            return CompletionLine.Candidate(
                word: line.prefix + candidate.word,
                about: candidate.about.visible.cut(to: 60)
            )
        }
    }

    private func everything() async throws -> [CompletionLine.Candidate] {
        switch line.place {
        case .words(let words): return words
        case .files, .anything: return []
        case .environments, .services: return try await ofProject()
        case .deployments: return try await deployments()
        case .items(let verb): return items(of: try await facts(), for: verb)
        case .slots, .phases, .gates, .fields, .metrics, .suites, .levels, .contractSlots:
            return names(in: try await facts().state)
        }
    }

    private func workspace() async throws -> Workspace {
        let globals = Set(Option.global.map(\.name))
        var arguments = Arguments()
        arguments.options = line.options.filter { globals.contains($0.key) }
        return try await Workspace.reading(
            Call(
                arguments: arguments,
                console: call.console,
                environment: call.environment,
                directory: call.directory
            )
        )
    }

    private func facts() async throws -> (state: Deployment, facts: Facts) {
        let workspace = try await workspace()
        let state = try await workspace.deployment(orLatest: true).state()
        return (state, try await workspace.deployments.facts(for: state))
    }

    private func ofProject() async throws -> [CompletionLine.Candidate] {
        // The project file is there before the first store is.
        let path = line.options["project"]?.last ?? (try? StoreLocation(call).project)
        guard let path else { return [] }
        let project = try ProjectFile.read(path)
        guard line.place == .environments else {
            return project.services.map { .init(word: $0.name, about: "") }
        }
        return project.environments.map {
            .init(word: $0.name.text, about: "tier \($0.tier.rawValue)")
        }
    }

    private func deployments() async throws -> [CompletionLine.Candidate] {
        let workspace = try await workspace()
        return try await workspace.deployments.list(limit: 20).map { entry in
            let state = entry.state
            return .init(word: state.id.text, about: "\(state.subject.label) \(state.status.word)")
        }
    }

    private func items(
        of open: (state: Deployment, facts: Facts),
        for verb: String
    ) -> [CompletionLine.Candidate] {
        let isNumber = line.begun.utf8.first.map { (0x30...0x39).contains($0) } ?? false
        let items: [CompletionLine.Candidate] = open.state.states(given: open.facts).compactMap {
            entry,
            itemState in
            guard !entry.item.isGroup, itemState.isFor(verb) else { return nil }
            let id = entry.item.id.text
            guard !isNumber, id.isPlainWord else {
                return .init(word: entry.number, about: "\(itemState.sign) \(entry.item.title)")
            }
            let about = "\(itemState.sign) \(entry.number) \(entry.item.title)"
            return .init(word: id, about: about)
        }
        return steps(of: open.state, for: verb) + items
    }

    // While it goes back its steps are what can be done; people know them by their numbers.
    private func steps(of state: Deployment, for verb: String) -> [CompletionLine.Candidate] {
        guard state.isGoingBack, let run = state.rollback else { return [] }
        return run.tasks.compactMap { task in
            let now = run.progress(of: task.id).state
            guard now.isFor(verb) else { return nil }
            return .init(word: task.entry.number, about: "\(now.sign) \(task.entry.item.title)")
        }
    }

    private func names(in state: Deployment) -> [CompletionLine.Candidate] {
        let checklist = state.checklist
        let phases = checklist.phases.map { phase in
            CompletionLine.Candidate(word: phase.id.text, about: phase.title)
        }
        switch line.place {
        case .slots: return checklist.signOffSlots.map { .init(word: $0.id.text, about: $0.label) }
        case .phases: return phases
        case .gates:
            return phases + [
                .init(word: "completion", about: "before the deployment is completed"),
                .init(word: "closure", about: "after its observation"),
            ]
        case .fields:
            return checklist.fields.map { .init(word: $0.id.text + "=", about: $0.title) }
        case .metrics: return checklist.metrics.map { .init(word: $0.id.text, about: $0.title) }
        case .contractSlots:
            return checklist.contractSlots.map { .init(word: $0.name.text, about: $0.title) }
        case .levels:
            return (checklist.rollbackPlan?.levels ?? []).map {
                .init(word: $0.id.text, about: $0.title)
            }
        case .suites:
            let names = Set(state.outline.leaves.compactMap(\.item.suite))
            return names.sorted().map { .init(word: $0, about: "") }
        case .words, .files, .items, .deployments, .services, .environments, .anything: return []
        }
    }
}

extension ItemState {
    /// Whether a verb has something to do with an item in this state.
    fileprivate func isFor(_ verb: String) -> Bool {
        switch verb {
        case "done", "fail", "skip", "waive":
            switch self {
            case .pending, .ready, .running, .failed: true
            case .inDoubt, .passed, .waived, .notApplicable, .cancelled: false
            }
        case "resolve": if case .inDoubt = self { true } else { false }
        case "reopen":
            switch self {
            case .failed, .passed, .waived, .notApplicable: true
            case .pending, .ready, .running, .inDoubt, .cancelled: false
            }
        default: true
        }
    }
}

extension String {
    /// Whether no shell reads anything else in it than the word itself; a first tilde is a folder.
    fileprivate var isPlainWord: Bool {
        !isEmpty && utf8.first != UInt8(ascii: "~")
            && utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "/.-_~:=@+,".utf8.contains(byte)
                }
            }
    }
}
