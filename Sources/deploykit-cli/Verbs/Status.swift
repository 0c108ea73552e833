// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let status = Verb(
        "status",
        "phases, items and gates of a deployment",
        details: [
            "Signs: ✓ done, ✗ failed, ? in doubt, ▸ running, ○ ready, · waiting, ~ waived, "
                + "– not applicable, × cancelled. Where the document has moved on since, that is said; "
                + "the deployment follows what it began with until 'amend'."
        ],
        options: [
            Option(flag: "watch", "show it again whenever it changed, until the deployment ends")
        ],
        examples: [
            "deploykit status", "deploykit status --deployment d-7k2mxq --json",
            "deploykit status --watch",
        ],
        exits: [(.done, "shown, whatever the state")]
    ) { call in
        let workspace = try await Workspace.reading(call)
        await workspace.warnOfLoss()
        var held = try await workspace.store.count()
        let live = try await workspace.deployment(orLatest: true)
        var shown = try await workspace.status(of: live)
        shown.print(on: call.console)
        guard call.arguments.has("watch") else { return .done }
        let watch = try await StoreWatch(workspace.store, at: workspace.address)
        while try await !live.state().status.isTerminal {
            held = try await watch.next(after: held)
            let next = try await workspace.status(of: live)
            guard next != shown else { continue }
            shown = next
            if case .text = shown { call.console.print("\n") }
            shown.print(on: call.console)
        }
        return .done
    }
}

/// What `status` shows.
private enum StatusView: Equatable {
    case text(String)
    /// One line, canonical.
    case json([UInt8])

    func print(on console: Console) {
        switch self {
        case .text(let text): console.print(text)
        case .json(let line): console.print(lineOf: line)
        }
    }
}

extension Workspace {
    fileprivate func status(of live: LiveDeployment) async throws -> StatusView {
        let state = try await live.state()
        let facts = try await deployments.facts(for: state)
        guard call.console.isJSON else {
            var view = StatusText(deployment: state, facts: facts, console: call.console)
            view.samples = try await live.recentSamples()
            view.notes = try await texts(of: state)
            view.drift = drift(of: state)
            return .text(view.text)
        }
        let report = state.report(given: facts, notes: try await texts(of: state))
        return .json(report.adding(["drift": drift(of: state)?.json]).canonicalBytes)
    }

    /// The texts of notes, reasons and fields, by digest; those that were erased are absent.
    fileprivate func texts(of state: Deployment) async throws -> [Digest: String] {
        let references =
            state.items.values.compactMap(\.note)
            + (state.items.values + state.rollbacks.flatMap(\.progress.values))
            .filter(\.isTrouble).compactMap(\.output) + state.fields.values.map(\.value)
            + state.rollbacks.flatMap { run in
                [run.reason].compactMap(\.self) + run.progress.values.compactMap(\.note)
            }
            + state.brokenGlass.map(\.glass.reason) + state.issues.map(\.text)
            + state.issues.compactMap(\.resolution)
        var result: [Digest: String] = [:]
        for reference in references {
            result[reference.digest] = try await deployments.text(of: reference)
        }
        return result
    }
}

extension ItemProgress {
    fileprivate var isTrouble: Bool {
        switch state {
        case .failed, .inDoubt: true
        default: false
        }
    }
}
