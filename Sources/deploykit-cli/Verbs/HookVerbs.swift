// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner

extension Verb {
    static let hookTrust = Verb(
        "hook trust",
        "let the hooks of the project file run on this machine",
        details: [
            "A hook is a command that is told, as JSON on its standard input, of what happens to "
                + "deployments. That a project file stands in a folder lets nothing run: the hooks "
                + "that it declares now may run from now on, and after any change of their "
                + "declaration not until they are trusted again. What the programs do is for you to "
                + "read.",
            "Where nothing can be kept, as in CI, \(HookTrust.variable) holds the digest that is "
                + "printed.",
        ],
        examples: ["deploykit hook list", "deploykit hook trust"],
        scope: .files,
        exits: [
            (.done, "trusted"), (.invalidData, "there is no project file, or it cannot be read"),
        ]
    ) { call in
        let (project, path) = try hooks(of: call)
        try HookTrust(environment: call.environment).add(project, at: path)
        let digest = project.hooksDigest.hex
        call.console.print(
            .members([
                "schemaVersion": 1.json, "project": path.json, "digest": digest.json,
                "hooks": project.hooks.json,
            ]),
            or: project.hooks.map(line).joined() + "trusted on this machine; digest \(digest)\n"
        )
        return .done
    }

    static let hookList = Verb(
        "hook list",
        "the hooks of the project file, and whether they may run",
        examples: ["deploykit hook list"],
        scope: .files,
        exits: [
            (.done, "shown"), (.invalidData, "there is no project file, or it cannot be read"),
        ]
    ) { call in
        let (project, path) = try hooks(of: call)
        let isTrusted = try HookTrust(environment: call.environment).includes(project, at: path)
        call.console.print(
            .members([
                "schemaVersion": 1.json, "project": path.json,
                "digest": project.hooksDigest.hex.json, "isTrusted": isTrusted.json,
                "hooks": project.hooks.json,
            ]),
            or: project.hooks.map(line).joined()
                + (isTrusted
                    ? "trusted on this machine\n"
                    : "not trusted on this machine: they do not run until 'deploykit hook trust'\n")
        )
        return .done
    }

    private static func hooks(of call: Call) throws -> (Project, String) {
        guard let path = try StoreLocation(call).project else {
            throw InputError(.absent, "there is no project file here or above")
        }
        return (try ProjectFile.read(path), call.absolute(path))
    }

    private static func line(_ hook: Project.Hook) -> String {
        "\(hook.name.visible)  \(hook.points.map(\.rawValue).joined(separator: ","))\n"
            + "  \(hook.command.map(\.shellQuoted).joined(separator: " ").visible)\n"
    }
}
