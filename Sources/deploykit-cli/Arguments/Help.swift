// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The texts of `help` and `--help`.
enum Help {
    static let version = "0.1.0"

    /// The overview.
    static var overview: String {
        var text = """
            deploykit runs a deployment checklist and keeps the evidence.

            usage: deploykit VERB [operands] [options]


            """
        let width = Verb.all.map(\.name.count).max() ?? 0
        for verb in Verb.all {
            text += "  \(verb.name.padded(to: width))  \(verb.summary)\n"
        }
        text += """

            deploykit VERB --help explains one of them; deploykit --version prints the version.
            Exit codes: 0 done, 1 no, 2 could not decide, 3 invalid data, 4 a person is needed,
              5 conflict or lock, 6 rolled back, 7 rollback failed, 64 usage, 70 internal error,
              130 and 143 interrupted.

            """
        return text
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
        let common: [(code: ExitCode, meaning: String)] = [
            (.invalidData, "a file or the store is invalid or cannot be used"),
            (.conflict, "another writer or a lock is in the way"),
            (.usage, "the command line makes no sense"),
        ]
        let own =
            verb.exits.contains { $0.code == .done } ? [] : [(code: ExitCode.done, meaning: "done")]
        let codes =
            own + verb.exits
            + common.filter { entry in
                !verb.exits.contains { $0.code == entry.code }
            }
        for (code, meaning) in codes.sorted(by: { $0.code.rawValue < $1.code.rawValue }) {
            text += "  \(String(code.rawValue).padded(to: 3))  \(meaning)\n"
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
