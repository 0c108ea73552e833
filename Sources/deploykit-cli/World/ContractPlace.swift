// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// The environment that a call about contracts is for, and what is known of it.
struct ContractPlace: Sendable {
    /// The environment, as the project file declares it now, else as the deployment knows it.
    let environment: Environment
    /// The deployment that is meant, or the one to the environment that changed last.
    let deployment: Deployment?
    /// What names the slots: the deployment's checklist; where nothing was deployed to the environment
    /// yet, the one that was deployed last elsewhere.
    let checklist: Checklist?
    /// Its contracts.
    let registry: ContractRegistry

    /// The slots that a checklist names.
    var slots: [ContractSlot] { checklist?.contractSlots ?? [] }

    /// The contracts of the slots that a checklist names, all required ones; without a checklist
    /// all that are in use.
    ///
    /// - Throws: `ContractRegistryError` for slots without an ID; `UsageError` when nothing was ever
    ///   recorded and no checklist names anything.
    func snapshot() throws -> ContractRegistry.Snapshot {
        let contents = registry.contents(of: environment)
        guard deployment != nil || !contents.entries.isEmpty else {
            throw UsageError(
                "nothing is recorded for '\(environment.name)', and nothing was deployed to it"
            )
        }
        guard slots.isEmpty else { return try registry.snapshot(of: environment, slots: slots) }
        guard !contents.entries.isEmpty else {
            throw UsageError("nothing is recorded for '\(environment.name)'")
        }
        return contents
    }
}

extension Option {
    static let contractEnvironment = Option(
        "environment",
        "NAME",
        "whose contracts; else the deployment's environment"
    )
}

extension Workspace {
    /// The environment that is meant: the one named, else the deployment's.
    ///
    /// - Parameter name: A name or an alias, in place of `--environment`.
    /// - Returns: The environment with its registry.
    /// - Throws: `UsageError` when both an environment and a deployment are named, or neither is
    ///   known.
    func contractPlace(_ name: String? = nil) async throws -> ContractPlace {
        let state: Deployment?
        let environment: Environment
        if let name = name ?? call.arguments["environment"] {
            if call.arguments["deployment"] != nil {
                throw UsageError("name the environment or the deployment, not both")
            }
            let declared = project?.environment(named: name)
            if declared == nil, let project, !project.environments.isEmpty {
                _ = try self.environment(named: name)
            }
            state = try await latestDeployment(to: declared?.name.text ?? name)
            guard let known = declared ?? state?.subject.environment else {
                throw UsageError(
                    "'\(name)' is declared in no project file, and nothing was deployed to it",
                    hints: ["'deploykit init FILE' writes a project file; list the networks there"]
                )
            }
            environment = known
        } else {
            let found = try await deployment(orLatest: true).state()
            let own = found.subject.environment
            environment = project?.environment(named: own.name.text) ?? own
            state = found
        }
        let nearest = if let state { state } else { try await latestDeployment(to: nil) }
        return ContractPlace(
            environment: environment,
            deployment: state,
            checklist: nearest?.checklist,
            registry: try await deployments.contracts(of: environment.name)
        )
    }

    /// The deployment to an environment that changed last, by the environment's name or an alias;
    /// `nil` stands for any environment.
    private func latestDeployment(to name: String?) async throws -> Deployment? {
        var position: Int?
        while true {
            let page = try await deployments.list(before: position, limit: 50)
            let fitting = page.first { entry in
                let subject = entry.state.subject
                let isThere =
                    name.map { name in
                        subject.environment.name.text == name
                            || subject.environment.aliases.contains(name)
                    } ?? true
                return isThere && (service == nil || subject.service == service)
            }
            if let fitting { return fitting.state }
            guard let last = page.last else { return nil }
            position = last.lastPosition
        }
    }
}

/// The words of a command line that stand for one of a few things.
enum Choice {
    /// The value that a word stands for.
    ///
    /// - Throws: `UsageError` with what there is, and what was probably meant.
    static func of<Value: RawRepresentable & CaseIterable>(
        _ word: String,
        _ what: String,
        as type: Value.Type = Value.self
    ) throws(UsageError) -> Value where Value.RawValue == String {
        if let value = Value(rawValue: word) { return value }
        let known = Value.allCases.map(\.rawValue)
        throw UsageError(
            "there is no \(what) '\(word)'; there are \(known.joined(separator: ", "))",
            hints: Suggestion.nearest(word, among: known).map { ["did you mean '\($0)'?"] } ?? []
        )
    }
}
