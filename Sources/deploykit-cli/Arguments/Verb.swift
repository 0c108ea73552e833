// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// One thing the command can do: how it is called, and what it does.
struct Verb: Sendable {
    /// The word or the two words that call it.
    let name: String
    /// What it does, in one line.
    let summary: String
    /// What else there is to know, in paragraphs.
    let details: [String]
    /// The operands in order.
    let operands: [Operand]
    /// The options besides the global ones.
    let options: [Option]
    /// Calls as one would type them.
    let examples: [String]
    /// The exit codes besides those that every verb has.
    let exits: [(code: ExitCode, meaning: String)]
    /// Carries it out.
    let run: @Sendable (Call) async throws -> ExitCode

    init(
        _ name: String,
        _ summary: String,
        details: [String] = [],
        operands: [Operand] = [],
        options: [Option] = [],
        examples: [String],
        exits: [(code: ExitCode, meaning: String)] = [],
        run: @escaping @Sendable (Call) async throws -> ExitCode
    ) {
        self.name = name
        self.summary = summary
        self.details = details
        self.operands = operands
        self.options = options
        self.examples = examples
        self.exits = exits
        self.run = run
    }

    /// The call in one line, without the name of the program.
    var usage: String {
        let required = options.filter(\.isRequired).map { "--\($0.name) \($0.value ?? "")" }
        let others = options.contains { !$0.isRequired } ? ["[options]"] : []
        return ([name] + operands.map(\.usage) + required + others).joined(separator: " ")
    }

    /// The verb at the start of a command line, and the words after it.
    ///
    /// - Throws: `UsageError` for a word that is no verb.
    static func find(_ words: [String]) throws(UsageError) -> (verb: Verb, rest: ArraySlice<String>)
    {
        let first = words[0]
        if words.count > 1, let verb = all.first(where: { $0.name == "\(first) \(words[1])" }) {
            return (verb, words[2...])
        }
        if let verb = all.first(where: { $0.name == first }) { return (verb, words[1...]) }
        let below = all.map(\.name).filter { $0.hasPrefix(first + " ") }
        if !below.isEmpty {
            let next = words.count > 1 ? "'\(first)' has no '\(words[1])'" : "'\(first)' what?"
            throw UsageError(next, hints: below.map { "deploykit \($0)" })
        }
        var hints =
            Suggestion.nearest(first, among: all.map(\.name))
            .map { ["did you mean 'deploykit \($0)'?"] } ?? []
        hints.append("deploykit help lists what there is")
        throw UsageError("'\(first)' is nothing that deploykit does", hints: hints)
    }
}
