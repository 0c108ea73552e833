// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// The texts of `help` and `--help`.
enum Help {
    /// What the command is for.
    static let summary =
        "deploykit reads the Markdown checklist that a team deploys by, runs it, and keeps a record "
        + "that can be checked: who did what, which command ran, who approved before what."

    /// The environment variables that every verb reads.
    static let variables: [(name: String, meaning: String)] = [
        ("DEPLOYKIT_STORE", "the store, a file or postgres://…, where no --store is given"),
        ("DEPLOYKIT_DEPLOYMENT", "the deployment, where no --deployment is given"),
        ("DEPLOYKIT_ACTOR", "who acts, where no --as is given"),
        ("CI", "no questions, no colour; whoever acts is asserted by CI"),
        ("GITHUB_ACTIONS", "'true' makes foreign text harmless to the runner, and annotates"),
        ("NO_COLOR", "no colour, whatever its value"),
        ("XDG_STATE_HOME", "where heads of logs, receipts and keys are kept; else ~/.local/state"),
        ("SOURCE_DATE_EPOCH", "the moment that an export calls now, in seconds since 1970"),
    ]

    /// The files that every verb looks for.
    static let files: [(name: String, meaning: String)] = [
        (
            ".deploykit/store.sqlite",
            "the store, in the working directory or the nearest one above it"
        ),
        ("deploykit.json", "the project file: environments, services, people, secrets, targets"),
    ]

    /// What the exit codes mean, for every verb.
    static let exits: [(code: ExitCode, meaning: String)] = [
        (.done, "done; the gate is open; the log is anchored"),
        (.no, "no, and proved: gate closed, item failed, rejected, diverged"),
        (.undecided, "could not decide: evidence is missing, in doubt, timed out"),
        (.invalidData, "the data is invalid or absent: definition, store, bundle"),
        (.personNeeded, "a person is needed"),
        (.conflict, "conflict or lock"),
        (.rolledBack, "rolled back, and verified"),
        (.rollbackFailed, "the rollback failed"),
        (.usage, "the command line makes no sense"),
        (.internalError, "a fault of deploykit"),
        (.interrupted, "interrupted"),
        (.terminated, "terminated"),
    ]

    /// The first calls of a new user.
    static let examples = [
        "deploykit check docs/DEPLOYMENT.md",
        "deploykit start docs/DEPLOYMENT.md --environment staging --version 1.4.2",
        "deploykit status",
        "deploykit run",
    ]

    /// The overview.
    static var overview: String {
        var text = """
            deploykit runs a deployment checklist and keeps the evidence.

            usage: deploykit VERB [operands] [options]


            """
        text += list(Verb.all)
        text += "\nExamples\n" + examples.map { "  \($0)\n" }.joined()
        text += "\nEnvironment\n"
        let width = variables.map(\.name.count).max() ?? 0
        for (name, meaning) in variables {
            let lines = meaning.wrapped(to: 80 - width - 4).split(separator: "\n")
            for (index, line) in lines.enumerated() {
                text += "  \((index == 0 ? name : "").padded(to: width))  \(line)\n"
            }
        }
        text += """

            deploykit VERB --help explains one of them; deploykit --version prints the version;
            'deploykit completion' completes them in a shell, 'help --man' makes the manual.
            Exit codes: 0 done, 1 no, 2 could not decide, 3 invalid data, 4 a person is needed,
              5 conflict or lock, 6 rolled back, 7 rollback failed, 64 usage, 70 internal error,
              130 and 143 interrupted.

            """
        return text
    }

    /// The verbs of one group, such as those of `audit`.
    static func text(forGroup word: String) -> String {
        "deploykit \(word): one of\n\n\(list(Verb.group(word)))\n"
            + "deploykit \(word) VERB --help explains one of them.\n"
    }

    private static func list(_ verbs: [Verb]) -> String {
        let width = verbs.map(\.name.count).max() ?? 0
        return verbs.map { "  \($0.name.padded(to: width))  \($0.summary)\n" }.joined()
    }

    /// The help for a verb, for a group of verbs, and for no word at all the overview.
    ///
    /// - Throws: `UsageError` for words that name none.
    static func page(for words: [String]) throws(UsageError) -> (json: JSONValue, text: String) {
        guard let first = words.first else { return (json(Verb.all), overview) }
        let group = Verb.group(first)
        if words.count == 1, !group.isEmpty { return (json(group), text(forGroup: first)) }
        let (verb, rest) = try Verb.find(words)
        if let word = rest.first {
            throw UsageError("'\(verb.name)' is one verb; '\(word)' is one word too many")
        }
        return (json([verb]), text(for: verb))
    }

    private static func json(_ verbs: [Verb]) -> JSONValue {
        .members([
            "schemaVersion": 1.json,
            "version": Version.number.json,
            "options": .array(Option.global.map(\.json)),
            "verbs": .array(verbs.map(\.json)),
        ])
    }

    /// All about one verb.
    static func text(for verb: Verb) -> String {
        var text = "deploykit \(verb.name): \(verb.summary)\n\nusage: deploykit \(verb.usage)\n"
        for paragraph in verb.details {
            text += "\n" + paragraph.wrapped(to: 80) + "\n"
        }
        text += "\nOptions\n"
        text += table(verb.options)
        text += "\nOptions of every verb\n"
        text += table(Option.global)
        text += "\nExamples\n"
        for example in verb.examples { text += "  \(example)\n" }
        text += "\nExit codes\n"
        for (code, meaning) in verb.allExits {
            let number = String(code.rawValue)
            for (index, line) in meaning.wrapped(to: 72).split(separator: "\n").enumerated() {
                text += "  \((index == 0 ? number : "").padded(to: 3))  \(line)\n"
            }
        }
        return text
    }

    private static func table(_ options: [Option]) -> String {
        if options.isEmpty { return "  none of its own\n" }
        let left = options.map { "--\($0.name)" + ($0.value.map { " \($0)" } ?? "") }
        let width = left.map(\.count).max() ?? 0
        return zip(left, options).map { left, option in
            var summary = option.summary
            if option.isRepeated { summary += " (repeatable)" }
            if option.isRequired { summary += " (required)" }
            let lines = summary.wrapped(to: max(24, 80 - width - 4)).split(separator: "\n")
            return lines.enumerated().map { index, line in
                "  \((index == 0 ? left : "").padded(to: width))  \(line)\n"
            }.joined()
        }.joined()
    }
}

extension Verb {
    fileprivate var json: JSONValue {
        .members([
            "name": name.json,
            "summary": summary.json,
            "usage": "deploykit \(usage)".json,
            "details": .array(details.map(\.json)),
            "options": .array(options.map(\.json)),
            "examples": .array(examples.map(\.json)),
            "exits": .array(
                allExits.map { exit in
                    .members(["code": Int(exit.code.rawValue).json, "meaning": exit.meaning.json])
                }
            ),
        ])
    }
}

extension Option {
    fileprivate var json: JSONValue {
        .members([
            "name": name.json, "value": value?.json, "summary": summary.json,
            "isRepeated": isRepeated.json, "isRequired": isRequired.json,
        ])
    }
}
