// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let completion = Verb(
        "completion",
        "code that completes command lines in a shell",
        details: [
            "SHELL is bash, zsh or fish. The code completes verbs and options, and what the store and "
                + "the project file know: items, deployments, slots, phases, environments.",
            "'completion words' is what that code calls: it prints what fits at the end of a line. "
                + "Each WORD stands behind an equals sign, the last is the one being typed.",
        ],
        operands: [Operand("SHELL"), Operand("WORD", .any)],
        examples: [
            "source <(deploykit completion bash)",
            "deploykit completion zsh > \"${fpath[1]}/_deploykit\"",
            "deploykit completion fish > ~/.config/fish/completions/deploykit.fish",
            "deploykit completion words -- =done =",
        ],
        scope: .words,
        exits: [(.done, "printed")]
    ) { call in
        if call.operand(0) == "words" {
            let words = call.arguments.operands.dropFirst().map { word in
                word.hasPrefix("=") ? String(word.dropFirst()) : word
            }
            let line = CompletionLine(words)
            let found = await CompletionWords(call: call, line: line).candidates()
            call.console.print(
                .members([
                    "schemaVersion": 1.json,
                    "isFile": (line.place == .files).json,
                    "candidates": .array(
                        found.map { .members(["word": $0.word.json, "about": $0.about.json]) }
                    ),
                ]),
                orData: line.place == .files
                    ? ":files\n" : found.map { "\($0.word)\t\($0.about)\n" }.joined()
            )
            return .done
        }
        let shell = try Choice.of(call.operand(0), "shell", as: CompletionScript.self)
        if let word = call.arguments.operands.dropFirst().first {
            throw UsageError("'\(word)' is one word too many")
        }
        call.console.print(
            .members([
                "schemaVersion": 1.json, "shell": shell.rawValue.json, "script": shell.text.json,
            ]),
            orData: shell.text
        )
        return .done
    }
}
