// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

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
    /// What it works on, from which some of its exit codes follow.
    let scope: Scope
    /// The exit codes besides those that follow from the scope.
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
        scope: Scope = .store,
        exits: [(code: ExitCode, meaning: String)] = [],
        run: @escaping @Sendable (Call) async throws -> ExitCode
    ) {
        self.name = name
        self.summary = summary
        self.details = details
        self.operands = operands
        self.options = options
        self.examples = examples
        self.scope = scope
        self.exits = exits
        self.run = run
    }

    /// What a verb works on.
    enum Scope: Hashable, Sendable {
        /// Nothing but its own words.
        case words
        /// Files that are named.
        case files
        /// The store, and files that are named.
        case store
    }

    /// Every exit code that the verb may end with, short of a fault of ours or a signal, lowest
    /// first.
    var allExits: [(code: ExitCode, meaning: String)] {
        var common: [(code: ExitCode, meaning: String)] = [
            (.done, "done"), (.usage, "the command line makes no sense"),
        ]
        switch scope {
        case .words: break
        case .files: common.append((.invalidData, "a file is invalid or cannot be used"))
        case .store:
            common += [
                (.invalidData, "a file or the store is absent, invalid or cannot be used"),
                (.conflict, "another writer or a lock is in the way"),
            ]
        }
        let rest = common.filter { entry in !exits.contains { $0.code == entry.code } }
        return (exits + rest).sorted { $0.code.rawValue < $1.code.rawValue }
    }

    /// The verbs whose names begin with `word` and go on, such as those of `audit`.
    static func group(_ word: String) -> [Verb] {
        all.filter { $0.name.hasPrefix(word + " ") }
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
        let below = group(first).map(\.name)
        if !below.isEmpty {
            let next = words.count > 1 ? "'\(first)' has no '\(words[1])'" : "'\(first)' what?"
            let near = words.count > 1 ? suggestion(for: words[1], among: below) : nil
            throw UsageError(
                next,
                hints: (near.map { [$0] } ?? []) + below.map { "deploykit \($0)" }
            )
        }
        var hints = suggestion(for: first, among: all.map(\.name)).map { [$0] } ?? []
        hints.append("deploykit help lists what there is")
        throw UsageError("'\(first)' is nothing that deploykit does", hints: hints)
    }

    // A verb of two words is also found by its second, which is the one that says what is done.
    private static func suggestion(for word: String, among verbs: [String]) -> String? {
        let seconds = verbs.compactMap { verb in
            verb.split(separator: " ").dropFirst().first.map { (String($0), verb) }
        }
        let groups = verbs.compactMap { $0.split(separator: " ").first.map(String.init) }
        let near = Suggestion.nearest(word, among: verbs + groups + seconds.map(\.0))
        guard let near else { return nil }
        let meant =
            verbs.contains(near) || groups.contains(near)
            ? [near] : seconds.filter { $0.0 == near }.map(\.1)
        return "did you mean " + meant.map { "'deploykit \($0)'" }.joined(separator: " or ") + "?"
    }
}
