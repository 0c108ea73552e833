// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let contractCheck = Verb(
        "contract check",
        "compare environment files with the registry",
        details: [
            "Finds contracts that are missing, different, placeholders or of another network; "
                + "passphrases, URLs and names of other networks; names that change which code "
                + "runs; CRLF, a byte order mark, duplicates and lines that programs read "
                + "differently; secrets that are too short, alike, or copied into what is built. "
                + "No value of a file is ever printed."
        ],
        operands: [Operand("FILE", .several)],
        options: [
            .contractEnvironment,
            Option("dialect", "NAME", "how the files are written; by their names unless given"),
            Option("prefix", "TEXT", "what stands before the names of the contracts' variables"),
        ],
        examples: [
            "deploykit contract check .env --environment production",
            "deploykit contract check k8s/secret.yaml --dialect k8s-secret --json",
        ],
        exits: [
            (.done, "the files are right"),
            (
                .no,
                "something is wrong, see the findings; or the log lost what this machine has seen "
                    + "of it"
            ),
        ]
    ) { call in
        let dialect = try call.arguments["dialect"].map { word throws(UsageError) in
            try Choice.of(word, "dialect", as: EnvironmentFile.Dialect.self)
        }
        let workspace = try await Workspace.reading(call)
        // A store that was rolled back does not know what must stand in the files.
        try await workspace.checkNote()
        let place = try await workspace.contractPlace()
        let snapshot = place.registry.contents(of: place.environment)
        var files: [JSONValue] = []
        var text = ""
        var isWrong = false
        for path in call.arguments.operands {
            let dialect = dialect ?? dialectOf(path)
            let findings = EnvironmentFile.check(
                try variablesText(path),
                against: snapshot,
                as: dialect,
                inventory: inventory(of: path, dialect, place),
                prefix: call.arguments["prefix"] ?? ""
            )
            isWrong = isWrong || findings.contains { !$0.rule.isNote }
            for finding in findings {
                let line = finding.line.map { ":\($0)" } ?? ""
                text += "\(path.visible)\(line): \(finding.rule.isNote ? "note" : "error"): "
                text += "\(finding.rule.rawValue): \(finding.message.visible)\n"
            }
            if findings.isEmpty {
                text += "\(path.visible): right for \(place.environment.name.text.visible) "
                text += "(\(snapshot.entries.count) contracts)\n"
            }
            files.append(
                .members([
                    "path": path.json, "dialect": dialect.json,
                    "findings": .array(findings.map(json)),
                ])
            )
        }
        call.console.print(
            .members([
                "schemaVersion": 1.json, "environment": place.environment.name.json,
                "snapshot": snapshot.digest.json, "files": .array(files),
            ]),
            or: text
        )
        return isWrong ? .no : .done
    }

    private static func json(_ finding: EnvironmentFile.Finding) -> JSONValue {
        .members([
            "rule": finding.rule.rawValue.json,
            "severity": (finding.rule.isNote ? "note" : "error").json,
            "line": finding.line?.json, "message": finding.message.json,
        ])
    }

    private static func dialectOf(_ path: String) -> EnvironmentFile.Dialect {
        if path.hasSuffix(".json") { return .json }
        return path.hasSuffix(".yaml") || path.hasSuffix(".yml") ? .yaml : .portable
    }

    /// A checklist's variables belong into a file for a service, not into one of contracts alone.
    private static func inventory(
        of path: String,
        _ dialect: EnvironmentFile.Dialect,
        _ place: ContractPlace
    ) -> [Variable] {
        let variables = place.deployment?.checklist.variables ?? []
        let name = path.split(separator: "/").last ?? ""
        return dialect == .portable && name.hasPrefix(".env") && name != ".env.contracts"
            ? variables : []
    }
}

extension Verb {
    /// The text of a file of variables; an empty one is a text too.
    static func variablesText(_ path: String) throws(InputError) -> String {
        let bytes = try InputFile.bytes(path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw InputError(.notText, "'\(path)' is not UTF-8")
        }
        return text
    }
}
