// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// The texts of `help` and `--help`.
enum Help {
    static let version = "0.1.0"

    /// The overview.
    static var overview: String {
        var text = """
            deploykit runs a deployment checklist and keeps the evidence.

            usage: deploykit VERB [operands] [options]


            """
        text += list(Verb.all)
        text += """

            deploykit VERB --help explains one of them; deploykit --version prints the version.
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
            "version": version.json,
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
