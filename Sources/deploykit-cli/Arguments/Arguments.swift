// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// What stood on the command line, once it is known to make sense.
struct Arguments: Hashable, Sendable {
    /// The operands in order.
    var operands: [String] = []
    /// The values of each option, in order; a flag that is given has none.
    var options: [String: [String]] = [:]

    /// A line with nothing on it.
    init() {}

    /// Whether a flag or an option is given.
    func has(_ name: String) -> Bool { options[name] != nil }

    /// The value of an option, or `nil` when it is not given.
    subscript(name: String) -> String? { options[name]?.last }

    /// The values of an option that may be given several times, in order.
    func all(_ name: String) -> [String] { options[name] ?? [] }

    /// Reads the words after the verb.
    ///
    /// `--name value`, `--name=value` and `--name` for flags, before, after and between the
    /// operands; what follows `--` is an operand whatever it looks like, and so is a single dash.
    ///
    /// - Throws: `UsageError` for an option that the verb does not have, a value that is missing
    ///   or not wanted, an option given twice, and operands that are missing or too many.
    init(_ words: some Sequence<String>, for verb: Verb) throws(UsageError) {
        let known = verb.options + Option.global
        var words = Array(words)[...]
        while let word = words.popFirst() {
            if word == "--" {
                operands += words
                break
            }
            guard word.utf8.starts(with: "-".utf8), word != "-" else {
                operands.append(word)
                continue
            }
            let (option, attached) = try Self.option(word, in: known, of: verb)
            guard option.value != nil else {
                if attached != nil {
                    throw UsageError("--\(option.name) takes no value")
                }
                options[option.name] = []
                continue
            }
            guard let value = attached ?? words.popFirst() else {
                throw UsageError(
                    "--\(option.name) needs a value: --\(option.name) \(option.value ?? "")"
                )
            }
            if attached == nil, known.contains(where: { value == "--" + $0.name }) {
                throw UsageError(
                    "--\(option.name) needs a value, and '\(value)' follows",
                    hints: ["write --\(option.name)=\(value) if that is the value"]
                )
            }
            if options[option.name] != nil, !option.isRepeated {
                throw UsageError("--\(option.name) is given twice")
            }
            options[option.name, default: []].append(value)
        }
        if has("help") { return }
        try check(verb)
    }

    private static func option(
        _ word: String,
        in known: [Option],
        of verb: Verb
    ) throws(UsageError) -> (Option, attached: String?) {
        if word == "-h", let help = known.first(where: { $0.name == "help" }) {
            return (help, nil)
        }
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0].drop { $0 == "-" })
        if word.utf8.starts(with: "--".utf8), let option = known.first(where: { $0.name == name }) {
            return (option, parts.count == 2 ? String(parts[1]) : nil)
        }
        var hints =
            Suggestion.nearest(name, among: known.map(\.name))
            .map { ["did you mean --\($0)?"] } ?? []
        hints.append("deploykit \(verb.name) --help lists the options")
        throw UsageError("'\(verb.name)' has no option '\(parts[0])'", hints: hints)
    }

    private func check(_ verb: Verb) throws(UsageError) {
        let usage = ["usage: deploykit \(verb.usage)"]
        for option in verb.options where option.isRequired && !has(option.name) {
            throw UsageError("--\(option.name) \(option.value ?? "") is missing", hints: usage)
        }
        let least = verb.operands.count { $0.count == .one || $0.count == .several }
        if operands.count < least {
            throw UsageError("\(verb.operands[operands.count].name) is missing", hints: usage)
        }
        let isOpen = verb.operands.contains { $0.count == .several || $0.count == .any }
        if operands.count > verb.operands.count, !isOpen {
            throw UsageError(
                "'\(operands[verb.operands.count])' is one word too many",
                hints: usage + ["put words that belong together in quotes"]
            )
        }
        if let empty = operands.firstIndex(of: "") {
            throw UsageError("operand \(empty + 1) is empty", hints: usage)
        }
    }
}
