// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner

/// The hooks of the project that a call works in.
struct CallHooks: Sendable {
    let call: Call
    let project: Project
    let path: String
    let deployments: Deployments

    init(_ call: Call, _ project: Project, at path: String, _ deployments: Deployments) {
        self.call = call
        self.project = project
        self.path = call.absolute(path)
        self.deployments = deployments
    }

    /// Tells the hooks what happened; a failure is recorded and told, and changes nothing.
    func tell(_ occasion: HookOccasion) async {
        do {
            let checklist = try await deployments.state(of: occasion.deployment).checklist
            let names = project.hooks.map(\.name).filter { checklist.tells($0, of: occasion.event) }
            if names.isEmpty { return }
            let failures = await runner.tell(occasion, only: names)
            for failure in failures {
                call.console.note(
                    "the hook '\(failure.hook.visible)' failed at \(failure.point.rawValue) "
                        + "(\(failure.cause.phrase)); that is recorded and changes nothing"
                )
                _ = try await deployments.perform(
                    .hookFailed(failure),
                    on: occasion.deployment,
                    by: await ActorName.actor(call)
                )
            }
        } catch {
            call.console.note(
                "the hooks could not be told, or their failure not recorded: \(error)"
            )
        }
    }

    private var runner: HookRunner {
        let folder = StoreLocation.parent(path)
        var sources: [String: SecretSource] = [:]
        for secret in project.secrets {
            switch secret.source {
            case .environment(let name): sources[secret.name] = .environment(name)
            case .file(let file):
                sources[secret.name] = .file(file.hasPrefix("/") ? file : "\(folder)/\(file)")
            }
        }
        return HookRunner(
            project.hooks,
            in: folder,
            environment: call.environment,
            secrets: sources
        )
    }
}

/// What is still to be told to hooks, one after the other and beside the work of the call.
final class HookQueue: Sendable {
    private struct State {
        var last: Task<Void, Never>?
        var isTrusted: Bool?
    }

    private let state = Locked(State())

    /// Takes up something to tell. Nothing runs unless somebody trusts the project's hooks here.
    func add(_ occasion: HookOccasion, to hooks: CallHooks) {
        guard hooks.project.hooks.contains(where: { $0.points.contains(occasion.point) }) else {
            return
        }
        state.withLock { state in
            if state.isTrusted == nil {
                let answer = Self.isTrusted(hooks)
                state.isTrusted = answer
                if !answer {
                    hooks.call.console.note(
                        "the hooks of '\(hooks.path.visible)' did not run: they are not trusted on "
                            + "this machine; read them, then 'deploykit hook trust'"
                    )
                }
            }
            guard state.isTrusted == true else { return }
            let before = state.last
            state.last = Task.detached {
                await before?.value
                await hooks.tell(occasion)
            }
        }
    }

    /// Waits until everything is told.
    func finish() async {
        await state.withLock { $0.last }?.value
    }

    private static func isTrusted(_ hooks: CallHooks) -> Bool {
        do {
            return try HookTrust(environment: hooks.call.environment)
                .includes(hooks.project, at: hooks.path)
        } catch {
            hooks.call.console.note("what is trusted cannot be read: \(error)")
            return false
        }
    }
}

extension Call {
    /// A path from the root.
    func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(directory)/\(path)"
    }
}

extension Workspace {
    /// Refuses a checklist that names hooks which the project has not.
    func checkHooks(of checklist: Checklist) throws(UsageError) {
        let known = project?.hooks.map(\.name) ?? []
        let unknown = checklist.namedHooks.sorted().first { !known.contains($0) }
        guard let unknown else { return }
        throw UsageError(
            "the checklist names the hook '\(unknown)', and the project file has "
                + (known.isEmpty ? "none" : known.joined(separator: ", "))
        )
    }
}
