// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let envDoctor = Verb(
        "env doctor",
        "which program reads which value from an environment file",
        details: [
            "Programs: "
                + EnvironmentReader.allCases.map(\.rawValue).joined(separator: ", ")
                + "; without --reader the first seven. Nothing is executed. Values are shown only "
                + "with --show-values, since a file may hold secrets; otherwise equal letters "
                + "mean equal values."
        ],
        operands: [Operand("FILE")],
        options: [
            Option("reader", "NAME", isRepeated: true, "only this program"),
            Option(flag: "show-values", "the values themselves; not for logs"),
            Option(flag: "all", "also the variables on which all programs agree"),
        ],
        examples: ["deploykit env doctor .env", "deploykit env doctor .env --reader docker --all"],
        scope: .files,
        exits: [
            (.done, "all programs read the same"),
            (.no, "they do not, or the file itself has a fault"),
        ]
    ) { call in
        var readers = try call.arguments.all("reader").map { word throws(UsageError) in
            try Choice.of(word, "reader", as: EnvironmentReader.self)
        }
        if readers.isEmpty { readers = Array(EnvironmentReader.allCases.prefix(7)) }
        let content = try variablesText(call.operand(0))
        let diagnoses = EnvironmentDiagnosis.diagnoses(of: content, readers: readers)
        let faults = EnvironmentFile.read(content).findings.filter { $0.rule != .notPortable }
        let names = EnvironmentFile.read(content).variables.map(\.name)
        let duplicates = Set(names.filter { name in names.count { $0 == name } > 1 }).sorted()
        let unsafe = diagnoses.filter { changesExecution($0.name) }
        let isShown = call.arguments.has("show-values")
        let differing = diagnoses.filter { !$0.isAgreed }
        let shown = call.arguments.has("all") ? diagnoses : differing
        var text = ""
        for fault in faults { text += "\(fault.description.visible)\n" }
        for name in duplicates { text += "file-duplicate: \(name) stands twice; the last counts\n" }
        for diagnosis in unsafe {
            text += "line \(diagnosis.line): file-execution: \(diagnosis.name) changes which code "
            text += "runs\n"
        }
        if !shown.isEmpty {
            var rows = [["line", "variable"] + readers.map(\.rawValue)]
            for diagnosis in shown {
                rows.append(
                    ["\(diagnosis.line)", diagnosis.name.visible]
                        + cells(of: diagnosis, readers, isShown)
                )
            }
            text += Table.text(rows)
        }
        text +=
            "\(diagnoses.count) variables, \(differing.count) of them read differently\n"
        call.console.print(
            .members([
                "schemaVersion": 1.json, "path": call.operand(0).json,
                "findings": .array(faults.map { $0.description.json }),
                "duplicates": duplicates.jsonUnlessEmpty,
                "executionChanging": unsafe.map(\.name).jsonUnlessEmpty,
                "variables": .array(
                    diagnoses.map { diagnosis in
                        .members([
                            "name": diagnosis.name.json, "line": diagnosis.line.json,
                            "isAgreed": diagnosis.isAgreed.json,
                            "readers": .array(
                                zip(readers, cells(of: diagnosis, readers, isShown)).map {
                                    .members(["reader": $0.rawValue.json, "sees": $1.json])
                                }
                            ),
                        ])
                    }
                ),
            ]),
            or: text
        )
        let isRight =
            differing.isEmpty && faults.isEmpty && duplicates.isEmpty && unsafe.isEmpty
        return isRight ? .done : .no
    }

    private static func changesExecution(_ name: String) -> Bool {
        do {
            try EnvironmentFile.checkName(name)
            return false
        } catch {
            return error.code == .execution
        }
    }

    /// What each reader sees; values as letters unless they are to be shown.
    private static func cells(
        of diagnosis: EnvironmentDiagnosis,
        _ readers: [EnvironmentReader],
        _ isShown: Bool
    ) -> [String] {
        var letters: [[UInt8]: String] = [:]
        return readers.map { reader in
            switch diagnosis.outcomes[reader] ?? nil {
            case nil: return "not set"
            case .expanded: return "expanded"
            case .command: return "runs it"
            case .refused: return "error"
            case .value(let value):
                if isShown { return "'\(value.visible)'" }
                if value.isEmpty { return "empty" }
                let bytes = Array(value.utf8)
                if let letter = letters[bytes] { return letter }
                let number = letters.count
                let letter =
                    number < 26
                    ? String(Character(Unicode.Scalar(UInt8(0x41 + number)))) : "\(number)"
                letters[bytes] = letter
                return letter
            @unknown default: return "?"
            }
        }
    }
}
