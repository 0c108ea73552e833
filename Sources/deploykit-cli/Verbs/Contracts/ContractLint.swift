// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

extension Verb {
    static let contractLint = Verb(
        "contract lint",
        "look for faults in a registry of somebody else",
        details: [
            "FILE is any JSON: a deployments file, an address book. Finds EVM addresses with a wrong "
                + "checksum or none, Stellar keys with a wrong character, secret seeds, zero "
                + "addresses, and Stellar contracts that stand under two networks or the wrong one."
        ],
        operands: [Operand("FILE", .several)],
        examples: ["deploykit contract lint info/mainnet.json"],
        scope: .files,
        exits: [
            (.done, "no error; warnings are shown"),
            (.no, "an error was found"),
        ]
    ) { call in
        var files: [JSONValue] = []
        var text = ""
        var codes: [ExitCode] = []
        for path in call.arguments.operands {
            let lint = ForeignRegistryLint(try InputFile.bytes(path))
            for finding in lint.findings {
                codes.append(
                    finding.rule == .syntax ? .invalidData : finding.rule.isError ? .no : .done
                )
                text += "\(path.visible):\(finding.line): "
                text += "\(finding.rule.isError ? "error" : "warning"): \(finding.rule.rawValue): "
                if !finding.pointer.isEmpty { text += "\(finding.pointer.visible): " }
                text += "\(finding.message.visible)\n"
            }
            text += "\(path.visible): \(lint.count) addresses and keys, "
            text += "\(lint.findings.count) findings\n"
            files.append(
                .members([
                    "path": path.json, "count": lint.count.json,
                    "findings": .array(
                        lint.findings.map { finding in
                            .members([
                                "rule": finding.rule.rawValue.json,
                                "severity": (finding.rule.isError ? "error" : "warning").json,
                                "line": finding.line.json, "pointer": finding.pointer.json,
                                "message": finding.message.json,
                            ])
                        }
                    ),
                ])
            )
        }
        call.console.print(
            .members(["schemaVersion": 1.json, "files": .array(files)]),
            or: text
        )
        return ExitCode.strongest(codes)
    }
}
