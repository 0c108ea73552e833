// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

extension Verb {
    static let start = Verb(
        "start",
        "begin a deployment of a checklist",
        details: [
            "FILE is a checklist in Markdown or JSON. With a project file the environment must be one that it lists; "
                + "without one any name is taken, and counts as production. Where no store is found, "
                + "one is made in .deploykit/. Starting the same again, with nothing changed, gives "
                + "the deployment that is open already."
        ],
        operands: [Operand("FILE")],
        options: [
            Option("environment", "NAME", isRequired: true, "where to"),
            Option("version", "VERSION", isRequired: true, "which version of the service"),
            Option(
                "artifact",
                "NAME=sha256:HEX",
                isRepeated: true,
                "what is deployed, by content"
            ),
            Option(
                "kind",
                "KIND",
                "deploy (the default), redeploy, rehearsal, maintenance, recovery"
            ),
            Option(
                "variable",
                "NAME=VALUE",
                isRepeated: true,
                "the value of a variable; no secret"
            ),
            Option(
                "list",
                "NAME",
                "only the list below this heading or **label**, such as Weekly; kind maintenance"
            ),
            Option(flag: "break-glass", "begin although the environment is frozen or closed"),
            .reason,
        ],
        examples: [
            "deploykit start docs/DEPLOYMENT.md --environment staging --version 1.4.2",
            "deploykit start docs/DEPLOYMENT.md --list Weekly --environment production \\",
            "  --version 2026-w47",
            "deploykit start checklist.json --environment production --version 1.4.2 \\",
            "  --artifact image=sha256:$(sha256sum < image.tar | cut -d' ' -f1)",
        ],
        exits: [
            (.done, "started, or open already"),
            (.no, "the log lost what this machine has seen of it"),
            (
                .conflict,
                "another deployment holds the environment, it is frozen, or a lock is in the way"
            ),
        ]
    ) { call in
        let kind = try kind(call)
        let breakGlass = call.arguments.has("break-glass") ? try Changing.reason(call) : nil
        if breakGlass == nil, call.arguments["reason"] != nil {
            throw UsageError("--reason belongs to --break-glass")
        }
        let artifacts = try call.arguments.all("artifact").map { text throws(UsageError) in
            try artifact(text)
        }
        let variables = try call.arguments.all("variable").map { text throws(UsageError) in
            try binding(text)
        }
        let document = try ChecklistFile(call.operand(0))
        let list = try call.arguments["list"].map { name throws(UsageError) in
            try Self.list(name, of: document, kind)
        }
        let checklist = try list.map(Self.checklist(of:)) ?? document.checklist
        let workspace = try await Workspace.creating(call, for: document.checklist)
        let environment = try workspace.environment(named: call.arguments["environment"] ?? "")
        try workspace.checkHooks(of: document.checklist)
        try await workspace.applyDirectory()
        let live = try await workspace.deployments.start(
            checklist,
            service: workspace.service ?? workspace.project?.onlyService
                ?? list.map { _ in
                    document.checklist.service ?? Naming.slug(document.checklist.title)
                },
            environment: environment,
            version: call.arguments["version"] ?? "",
            artifacts: artifacts,
            kind: kind,
            source: list == nil ? (path: document.path, bytes: document.bytes) : nil,
            variables: variables,
            breakGlass: breakGlass,
            by: await workspace.actor()
        )
        let state = try await live.state()
        let facts = try await workspace.deployments.facts(for: state)
        if !environment.isDeclared {
            call.console.note(
                "'\(environment.name.text.visible)' is declared in no project file, and counts as "
                    + "production"
            )
        }
        var text =
            "Deployment \(state.subject.label.visible) is \(state.status.word) (\(state.id)).\n"
        let lines = NextLines(
            deployment: state,
            facts: facts,
            isInteractive: call.console.isInteractive
        ).lines
        if !lines.isEmpty { text += "Next:\n" + lines.map { "  \($0)\n" }.joined() }
        call.console.print(
            .members([
                "schemaVersion": 1.json,
                "deployment": state.summary,
                "checklist": state.subject.checklist.json,
                "next": state.nextStep(given: facts).json(in: state),
            ]),
            or: text
        )
        return .done
    }

    private static func kind(_ call: Call) throws(UsageError) -> DeploymentSubject.Kind {
        guard let word = call.arguments["kind"] else {
            return call.arguments["list"] == nil ? .deploy : .maintenance
        }
        let known: [DeploymentSubject.Kind] = [
            .deploy, .redeploy, .rehearsal, .maintenance, .recovery,
        ]
        guard let kind = known.first(where: { $0.rawValue == word }) else {
            throw UsageError(
                "there is no kind '\(word)'; there are "
                    + known.map(\.rawValue).joined(separator: ", ")
            )
        }
        return kind
    }

    /// The list of a page that is worked through apart from its deployment.
    private static func list(
        _ name: String,
        of document: ChecklistFile,
        _ kind: DeploymentSubject.Kind
    ) throws(UsageError) -> NamedList {
        guard !kind.locksEnvironment, document.document != nil else {
            throw UsageError("--list is for maintenance, recovery and rehearsal of a Markdown page")
        }
        if let list = NamedList(named: name, in: document.bytes) { return list }
        throw UsageError(
            "'\(document.path)' has no list '\(name)', or several",
            hints: NamedList.names(in: document.bytes).map { "--list \($0.visible.shellQuoted)" }
        )
    }

    private static func checklist(of list: NamedList) throws(InputError) -> Checklist {
        do {
            return try ChecklistDocument(markdown: list.bytes).checklist
        } catch {
            throw InputError(.invalid, "the list '\(list.title)' is no checklist: \(error)")
        }
    }

    private static func artifact(_ text: String) throws(UsageError) -> DeploymentSubject.Artifact {
        let (name, value) = try binding(text)
        guard value.hasPrefix("sha256:"), let digest = Digest(hex: String(value.dropFirst(7)))
        else {
            throw UsageError(
                "'\(text)' is no artifact: NAME=sha256: and 64 lowercase hexadecimal digits"
            )
        }
        return DeploymentSubject.Artifact(name: name, digest: digest)
    }

    static func binding(
        _ text: String
    ) throws(UsageError) -> (name: String, value: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw UsageError("'\(text)' is not of the form NAME=VALUE")
        }
        return (String(parts[0]), String(parts[1]))
    }
}

extension Workspace {
    /// The environment that is meant: one of the project file, or without one any name.
    ///
    /// - Throws: `UsageError` with the names to choose from.
    func environment(named name: String) throws(UsageError) -> Environment {
        guard name.contains(where: { !$0.isWhitespace }) else {
            throw UsageError("--environment is blank")
        }
        guard let project, !project.environments.isEmpty else {
            return .undeclared(Environment.ID(name))
        }
        if let environment = project.environment(named: name) { return environment }
        let known = project.environments.map(\.name.text)
        throw UsageError(
            "the project file has no environment '\(name)'; it has "
                + known.joined(separator: ", "),
            hints: Suggestion.nearest(name, among: known).map { ["did you mean '\($0)'?"] } ?? []
        )
    }
}
