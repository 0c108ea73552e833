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
        examples: ["deploykit status", "deploykit status --deployment d-7k2mxq --json"],
        exits: [(.done, "shown, whatever the state")]
    ) { call in
        let workspace = try await Workspace.reading(call)
        await workspace.warnOfLoss()
        let live = try await workspace.deployment(orLatest: true)
        let state = try await live.state()
        let facts = try await workspace.deployments.facts(for: state)
        if call.console.isJSON {
            let notes = try await workspace.texts(of: state)
            call.console.print(state.report(given: facts, notes: notes))
        } else {
            var view = StatusText(deployment: state, facts: facts, console: call.console)
            view.samples = try await live.recentSamples()
            call.console.print(view.text)
        }
        return .done
    }
}

extension Workspace {
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
