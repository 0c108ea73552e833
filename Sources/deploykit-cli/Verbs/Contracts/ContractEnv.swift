// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let contractEnv = Verb(
        "contract env",
        "the contracts of an environment as an environment file",
        details: [
            "Dialects: \(EnvironmentFile.Dialect.allCases.map(\.rawValue).joined(separator: ", ")). "
                + "Nothing is written when a required contract has no ID, or one belongs to a "
                + "network that the environment does not use. Every text is read back before it "
                + "is printed.",
            "The project file may list targets: {\"name\": \"web\", \"path\": \"web/.env\", "
                + "\"dialect\": \"portable\", \"contracts\": […], \"prefix\": \"VITE_\", "
                + "\"secrets\": […]}. Secrets stand in a file by name only.",
        ],
        options: [
            Option("dialect", "NAME", "how the file is written; portable unless given"),
            .contractEnvironment,
            Option("target", "NAME", "the file as a target of the project file wants it"),
            Option(flag: "write", "write the files of all targets, or of the one that is named"),
        ],
        examples: [
            "deploykit contract env > .env.contracts",
            "deploykit contract env --dialect github >> \"$GITHUB_ENV\"",
            "deploykit contract env --environment production --write",
        ],
        exits: [
            (
                .no,
                "a contract is missing, or does not belong to the environment; or the log lost what "
                    + "this machine has seen of it"
            )
        ]
    ) { call in
        let dialect = try call.arguments["dialect"].map { word throws(UsageError) in
            try Choice.of(word, "dialect", as: EnvironmentFile.Dialect.self)
        }
        let workspace = try await Workspace.reading(call)
        // A store that was rolled back has contracts that were replaced since.
        try await workspace.checkNote()
        let targets = try targets(of: workspace, dialect)
        let place = try await workspace.contractPlace()
        let snapshot = try place.snapshot()
        var texts: [(target: RenderTarget, file: EnvironmentFile, text: String)] = []
        for target in targets {
            let file = try target.file(of: snapshot)
            texts.append((target, file, try file.text(in: target.dialect)))
        }
        for (target, file, _) in texts {
            note(file, as: target.dialect, place, on: call.console)
        }
        if call.arguments.has("write") { return try write(texts, in: workspace, place) }
        guard let (_, file, text) = texts.first else { return .done }
        call.console.print(
            .members([
                "schemaVersion": 1.json,
                "deployment": place.deployment?.summary,
                "environment": place.environment.name.json,
                "snapshot": snapshot.digest.json,
                "variables": .array(
                    file.variables.map {
                        .members(["name": $0.name.json, "value": $0.value.json])
                    }
                ),
                "secrets": file.secrets.jsonUnlessEmpty,
                "text": text.json,
            ]),
            orData: text
        )
        return .done
    }

    private static func targets(
        of workspace: Workspace,
        _ dialect: EnvironmentFile.Dialect?
    ) throws(UsageError) -> [RenderTarget] {
        let known = workspace.project?.targets ?? []
        if let name = workspace.call.arguments["target"] {
            guard let target = known.first(where: { $0.name == name }) else {
                let names = known.map(\.name)
                throw UsageError(
                    "the project file has no target '\(name)'; it has "
                        + (names.isEmpty ? "none" : names.joined(separator: ", "))
                )
            }
            if dialect != nil { throw UsageError("the target says which dialect it has") }
            return [target]
        }
        if workspace.call.arguments.has("write") {
            if known.isEmpty {
                throw UsageError("the project file lists no targets to write")
            }
            if dialect != nil { throw UsageError("each target says which dialect it has") }
            return known
        }
        return [RenderTarget(name: "contracts", path: "contracts", dialect: dialect ?? .portable)]
    }

    /// What whoever uses the file should know, and cannot see in it.
    private static func note(
        _ file: EnvironmentFile,
        as dialect: EnvironmentFile.Dialect,
        _ place: ContractPlace,
        on console: Console
    ) {
        if let deployment = place.deployment, !deployment.status.isTerminal {
            for slot in deployment.checklist.contractSlots {
                let isCaptured = deployment.outline.leaves.contains { entry in
                    if case .capture(slot.name, _, _, _) = entry.item.kind { true } else { false }
                }
                guard isCaptured, deployment.contracts[slot.name] == nil,
                    file.variables.contains(where: { $0.name.hasSuffix(slot.name.text) })
                else { continue }
                console.note(
                    "\(slot.name.text.visible) is of an earlier deployment; \(deployment.id) has "
                        + "not deployed its own yet"
                )
            }
        }
        let built = file.variables.filter { EnvironmentFile.buildTimePrefix(of: $0.name) != nil }
        if let first = built.first {
            console.note(
                "\(first.name) and its like are copied into what is built: build after this file "
                    + "is written, once for every environment"
            )
        }
        if [.github, .gitlab, .json].contains(dialect), !file.secrets.isEmpty {
            console.note(
                "the dialect \(dialect.rawValue) says nothing of the secrets "
                    + file.secrets.joined(separator: ", ")
            )
        }
    }

    private static func write(
        _ texts: [(target: RenderTarget, file: EnvironmentFile, text: String)],
        in workspace: Workspace,
        _ place: ContractPlace
    ) throws -> ExitCode {
        let root = workspace.location.project.map { path in
            path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
                .joined(separator: "/")
        }
        let folder = root.map { $0.isEmpty ? "." : $0 } ?? "."
        var rows: [JSONValue] = []
        var lines = ""
        for (target, _, text) in texts {
            let path = "\(folder)/\(target.path)"
            let old =
                try OutputFile.isRegular(path) ? try InputFile.bytes(path) : nil
            let hasChanged = old != Array(text.utf8)
            if hasChanged { try OutputFile.replace(path, Array(text.utf8)) }
            rows.append(
                .members([
                    "target": target.name.json, "path": target.path.json,
                    "hasChanged": hasChanged.json, "sha256": SHA256.digest(of: text.utf8).json,
                ])
            )
            lines += "\(target.path.visible)  \(hasChanged ? "written" : "unchanged")\n"
        }
        workspace.call.console.print(
            .members([
                "schemaVersion": 1.json, "environment": place.environment.name.json,
                "files": .array(rows),
            ]),
            or: lines
        )
        return .done
    }
}
