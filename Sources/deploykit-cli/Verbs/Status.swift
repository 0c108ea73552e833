// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let status = Verb(
        "status",
        "phases, items and gates of a deployment",
        details: [
            "Signs: ✓ done, ✗ failed, ? in doubt, ▸ running, ○ ready, · waiting, ~ waived, "
                + "– not applicable, × cancelled."
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
        call.console.print(shown)
        guard call.arguments.has("watch") else { return .done }
        let watch = try await StoreWatch(workspace.store, at: workspace.address)
        while try await !live.state().status.isTerminal {
            held = try await watch.next(after: held)
            let text = try await workspace.status(of: live)
            guard text != shown else { continue }
            shown = text
            call.console.print(call.console.isJSON ? text : "\n\(text)")
        }
        return .done
    }
}

extension Workspace {
    /// What `status` shows: one line of JSON, or a page.
    fileprivate func status(of live: LiveDeployment) async throws -> String {
        let state = try await live.state()
        let facts = try await deployments.facts(for: state)
        guard call.console.isJSON else {
            var view = StatusText(deployment: state, facts: facts, console: call.console)
            view.samples = try await live.recentSamples()
            return view.text
        }
        let report = state.report(given: facts, notes: try await texts(of: state))
        return String(decoding: report.canonicalBytes, as: UTF8.self) + "\n"
    }

    /// The texts of notes, reasons and fields, by digest; those that were erased are absent.
    fileprivate func texts(of state: Deployment) async throws -> [Digest: String] {
        let references =
            state.items.values.compactMap(\.note) + state.fields.values.map(\.value)
        var result: [Digest: String] = [:]
        for reference in references {
            result[reference.digest] = try await deployments.text(of: reference)
        }
        return result
    }
}
