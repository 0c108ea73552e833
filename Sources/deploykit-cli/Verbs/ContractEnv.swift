// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let contractEnv = Verb(
        "contract env",
        "the contracts of a deployment as an environment file",
        details: [
            "Dialects: \(EnvironmentFile.Dialect.allCases.map(\.rawValue).joined(separator: ", ")). "
                + "Nothing is written when a required contract has no ID, or one belongs to a "
                + "network that the environment does not use."
        ],
        options: [
            Option("dialect", "NAME", "how the file is written; portable unless given"),
            Option("environment", "NAME", "the latest deployment to this environment"),
        ],
        examples: [
            "deploykit contract env > .env.contracts",
            "deploykit contract env --dialect github >> \"$GITHUB_ENV\"",
        ],
        exits: [(.no, "a contract is missing, or does not belong to the environment")]
    ) { call in
        let dialect = try dialect(call.arguments["dialect"])
        let workspace = try await Workspace.reading(call)
        await workspace.warnOfLoss()
        let live: LiveDeployment
        if let name = call.arguments["environment"] {
            if call.arguments["deployment"] != nil {
                throw UsageError("name the environment or the deployment, not both")
            }
            live = try await workspace.latestDeployment(to: name)
        } else {
            live = try await workspace.deployment(orLatest: true)
        }
        let state = try await live.state()
        let file = try EnvironmentFile(state.contractSnapshot())
        try call.console.print(
            .members([
                "schemaVersion": 1.json,
                "deployment": state.summary,
                "variables": .array(
                    file.variables.map {
                        .members(["name": $0.name.json, "value": $0.value.json])
                    }
                ),
                "text": file.text(in: dialect).json,
            ]),
            or: file.text(in: dialect)
        )
        return .done
    }

    private static func dialect(
        _ name: String?
    ) throws(UsageError) -> EnvironmentFile.Dialect {
        guard let name else { return .portable }
        if let dialect = EnvironmentFile.Dialect(rawValue: name) { return dialect }
        let known = EnvironmentFile.Dialect.allCases.map(\.rawValue)
        throw UsageError(
            "there is no dialect '\(name)'; there are \(known.joined(separator: ", "))",
            hints: Suggestion.nearest(name, among: known).map { ["did you mean '\($0)'?"] } ?? []
        )
    }
}

extension Workspace {
    /// The deployment to an environment that changed last, by the environment's name or an alias.
    fileprivate func latestDeployment(to name: String) async throws -> LiveDeployment {
        var position: Int?
        while true {
            let page = try await deployments.list(before: position, limit: 50)
            let fitting = page.first { entry in
                let subject = entry.state.subject
                return
                    (subject.environment.name.text == name
                    || subject.environment.aliases.contains(name))
                    && (service == nil || subject.service == service)
            }
            if let fitting { return try await deployments.deployment(fitting.state.id) }
            guard let last = page.last else {
                throw UsageError("nothing was deployed to '\(name)'")
            }
            position = last.lastPosition
        }
    }
}
