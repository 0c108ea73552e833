// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// A command line that is being typed, and what belongs at its end.
struct CompletionLine: Sendable {
    /// A word that fits.
    struct Candidate: Hashable, Sendable {
        /// The word.
        let word: String
        /// What it is, for shells that show it.
        let about: String
    }

    /// What belongs at the end of the line.
    enum Place: Hashable, Sendable {
        /// One of these words.
        case words([Candidate])
        /// A file, which the shell knows best.
        case files
        /// An item, by what the verb can do with it.
        case items(verb: String)
        case slots, phases, gates, deployments, services, environments, fields, metrics, suites,
            levels
        case contractSlots
        /// Whatever a person likes.
        case anything
    }

    /// What belongs there.
    let place: Place
    /// What stands before it in the same word, such as `--store=`.
    let prefix: String
    /// How much of it is there.
    let begun: String
    /// The options that stand on the line already, with their values.
    let options: [String: [String]]

    /// Reads a line.
    ///
    /// - Parameter words: The words behind the name of the program; the last is the one being
    ///   typed, and may be empty.
    init(_ words: [String]) {
        let last = words.last ?? ""
        let before = Array(words.dropLast())
        if let place = Self.verbs(after: before) {
            self.init(place, begun: last)
        } else if let (verb, rest) = try? Verb.find(before) {
            self.init(verb, rest, last)
        } else {
            // The line makes no sense up to here, and nothing can make it so.
            self.init(.words([]), begun: last)
        }
    }

    private init(
        _ place: Place,
        prefix: String = "",
        begun: String,
        options: [String: [String]] = [:]
    ) {
        self.place = place
        self.prefix = prefix
        self.begun = begun
        self.options = options
    }

    private init(_ verb: Verb, _ rest: some Sequence<String>, _ last: String) {
        let known = verb.options + Option.global
        var options: [String: [String]] = [:]
        var waiting: Option?
        var (operands, isLiteral) = (0, false)
        for word in rest {
            if let option = waiting {
                options[option.name, default: []].append(word)
                waiting = nil
            } else if !isLiteral, word == "--" {
                isLiteral = true
            } else if !isLiteral, let (option, value) = Self.option(word, in: known) {
                options[option.name, default: []] += value.map { [$0] } ?? []
                waiting = option.value != nil && value == nil ? option : nil
            } else {
                operands += 1
            }
        }
        if let option = waiting {
            self.init(option.place, begun: last, options: options)
        } else if !isLiteral, case (let option, let value?)? = Self.option(last, in: known) {
            self.init(option.place, prefix: "--\(option.name)=", begun: value, options: options)
        } else {
            let open = known.filter { options[$0.name] == nil || $0.isRepeated }
                .map { Candidate(word: "--\($0.name)", about: $0.summary) }
            let operand =
                verb.operands.indices.contains(operands)
                ? verb.operands[operands]
                : verb.operands.last.flatMap { $0.count == .several || $0.count == .any ? $0 : nil }
            let isOption = !isLiteral && last.utf8.first == UInt8(ascii: "-")
            let place = isOption ? nil : operand?.place(in: verb)
            self.init(place ?? .words(open), begun: last, options: options)
        }
    }

    // The verbs, or those of a group, while none is complete.
    private static func verbs(after words: [String]) -> Place? {
        guard let first = words.first else {
            var heads: [Candidate] = []
            for verb in Verb.all {
                let head = verb.name.split(separator: " ").first.map(String.init) ?? verb.name
                let isGroup = head != verb.name
                let about = isGroup ? Verb.group(head).map(\.lastWord).joined(separator: ", ") : ""
                let candidate = Candidate(word: head, about: isGroup ? about : verb.summary)
                if !heads.contains(candidate) { heads.append(candidate) }
            }
            return .words(heads)
        }
        let group = Verb.group(first)
        guard words.count == 1, !group.isEmpty else { return nil }
        return .words(group.map { Candidate(word: $0.lastWord, about: $0.summary) })
    }

    private static func option(_ word: String, in known: [Option]) -> (Option, value: String?)? {
        guard word.utf8.starts(with: "--".utf8) else { return nil }
        let parts = word.dropFirst(2)
            .split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let option = known.first(where: { $0.name == parts[0] }) else { return nil }
        return (option, parts.count == 2 ? String(parts[1]) : nil)
    }
}

extension Verb {
    fileprivate var lastWord: String {
        name.split(separator: " ").last.map(String.init) ?? name
    }
}

extension Option {
    /// What its value is.
    fileprivate var place: CompletionLine.Place {
        switch (name, value) {
        case ("deployment", _): .deployments
        case ("service", _): .services
        case ("environment", _): .environments
        case ("phase", _): .phases
        case ("gate", _): .gates
        case ("suite", _): .suites
        case ("level", _): .levels
        case (_, "FILE"), (_, "FOLDER"), (_, "FILE|URL"), (_, "STORE"), (_, "PATH"): .files
        case (_, let value?) where value == value.lowercased() && value.contains("|"):
            .words(value.split(separator: "|").map { .init(word: String($0), about: summary) })
        default: .anything
        }
    }
}

extension Operand {
    /// What it is.
    fileprivate func place(in verb: Verb) -> CompletionLine.Place {
        let isAboutContracts = verb.name.hasPrefix("contract ")
        return switch name {
        case "ITEM": .items(verb: verb.name)
        case "SLOT": isAboutContracts ? .contractSlots : .slots
        case "PHASE": .gates
        case "FIELD=VALUE": .fields
        case "METRIC": .metrics
        case "LEVEL": .levels
        case "LEFT", "RIGHT": .environments
        case "FILE", "PATH", "BUNDLE", "FROM", "TO": .files
        case "SHELL":
            .words(CompletionScript.allCases.map { .init(word: $0.rawValue, about: "") })
        case "VERB": .words(Verb.all.map { .init(word: $0.name, about: $0.summary) })
        default: .anything
        }
    }
}
