// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// What the commands and requests of a deployment may read by name: what it is (`DEPLOYKIT_VERSION`
/// and the like), its variables, the contracts that it deployed, and the values that its items left.
struct RunValues: Sendable {
    /// What has a value.
    private(set) var known: [String: String] = [:]
    /// What items that come before will have given a value by then.
    private(set) var promised: Set<String> = []
    /// The outputs that are not there, with the items that leave them.
    private var unwritten: [String: ItemID] = [:]
    /// The variables of the checklist that nobody gave a value.
    private var unset: Set<String> = []

    /// Gathers the values.
    ///
    /// - Throws: `DeploymentError` when the store fails.
    init(of state: Deployment, in deployments: Deployments) async throws(DeploymentError) {
        known["DEPLOYKIT_DEPLOYMENT"] = state.id.text
        known["DEPLOYKIT_ENVIRONMENT"] = state.subject.environment.name.text
        known["DEPLOYKIT_SERVICE"] = state.subject.service
        known["DEPLOYKIT_VERSION"] = state.subject.version
        for variable in state.checklist.variables where !variable.isSecret {
            known[variable.name] = variable.defaultValue
            if variable.defaultValue == nil { unset.insert(variable.name) }
        }
        for binding in state.variables {
            known[binding.name] = binding.values.first
            unset.remove(binding.name)
        }
        for entry in state.outline.outputs {
            if case .capture(let slot, _, _, _) = entry.item.kind {
                unwritten[slot.text] = unwritten[slot.text] ?? entry.item.id
            }
            guard let output = entry.item.output else { continue }
            guard case .passed? = state.items.state(of: entry),
                let value = state.items[entry]?.value,
                let text = try await deployments.text(of: value)
            else {
                if known[output.name] == nil { unwritten[output.name] = entry.item.id }
                continue
            }
            known[output.name] = text
            unwritten[output.name] = nil
        }
        for (slot, contract) in state.contracts {
            known[slot.text] = contract.id.text
            unwritten[slot.text] = nil
        }
    }

    /// Counts what an item will leave as there.
    mutating func promise(_ item: Item) {
        if let output = item.output { promised.insert(output.name) }
        if case .capture(let slot, _, _, _) = item.kind { promised.insert(slot.text) }
    }

    /// Refuses what reads these names, unless each has a value or will have one.
    ///
    /// - Parameters:
    ///   - names: What is read.
    ///   - own: The names that the reader brings along: secrets and inherited variables.
    ///   - reader: The item.
    ///   - isWhole: Whether every other name is a mistake as well, and not the system's.
    /// - Throws: `RunnerError`, code `outputUnwritten` or `variableUnbound`.
    func check(
        _ names: [String],
        own: Set<String>,
        of reader: ItemID,
        isWhole: Bool
    ) throws(RunnerError) {
        for name in names where !own.contains(name) && known[name] == nil {
            if promised.contains(name) { continue }
            if let writer = unwritten[name] {
                throw RunnerError(
                    .outputUnwritten,
                    "'\(reader)' is not run: it reads '\(name)', which '\(writer)' leaves, and that "
                        + "is not done before"
                )
            }
            guard unset.contains(name) || isWhole else { continue }
            throw RunnerError(
                .variableUnbound,
                "'\(reader)' is not run: the variable '\(name)' has no value; give it one with "
                    + "'start --variable', inherit= or secrets="
            )
        }
    }

    /// A text with its `$NAME` and `${NAME}` replaced; `$$` is a dollar sign.
    ///
    /// Leniently, a name that means nothing here stays as it stands: what an answer is compared with
    /// may have dollar signs of its own.
    ///
    /// - Throws: `RunnerError` for a name without a value.
    func filled(
        _ text: String,
        secrets: [String: String] = [:],
        of reader: ItemID,
        isLenient: Bool = false
    ) throws(RunnerError) -> String {
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.first == "$" {
                result += "$"
                rest.removeFirst()
                continue
            }
            let isBraced = rest.first == "{"
            let name = (isBraced ? rest.dropFirst() : rest)
                .prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            guard let first = name.first, !first.isNumber,
                !isBraced || rest[name.endIndex...].first == "}"
            else {
                result += "$"
                continue
            }
            rest = rest[name.endIndex...]
            if isBraced { rest.removeFirst() }
            let key = String(name)
            try check([key], own: Set(secrets.keys), of: reader, isWhole: !isLenient)
            let asItStands = isLenient ? (isBraced ? "${\(key)}" : "$\(key)") : ""
            result += secrets[key] ?? known[key] ?? asItStands
        }
        return result + rest
    }

    /// Whether a text reads what is only promised.
    func reliesOnPromise(_ text: String) -> Bool {
        promised.contains {
            known[$0] == nil && (text.contains("$\($0)") || text.contains("${\($0)"))
        }
    }
}

extension ItemCommand {
    /// Whether it is a script for a shell.
    var isShell: Bool {
        guard case .script(_, let interpreter) = self else { return false }
        return ["bash", "sh", "shell"].contains(interpreter)
    }

    /// The variables that a command reads, as far as its text tells.
    var readNames: [String] {
        switch self {
        case .script(let script, _): ShellVariables.reads(in: script).map(\.name)
        case .arguments: []
        }
    }

    /// Whether a script is so plain that a name which nobody set is certainly a mistake: nothing in
    /// it sets names in ways that its text does not tell.
    var tellsItsNames: Bool {
        guard case .script(let script, _) = self, isShell else { return false }
        let words = script.split { " \t\n;&|()".contains($0) }
        return !script.contains("<<") && !script.contains("+=") && !script.contains("((")
            && !words.contains { Self.naming.contains(String($0)) }
    }

    private static let naming: Set<String> = [
        "source", ".", "eval", "read", "mapfile", "readarray", "getopts", "printf", "local",
        "declare", "typeset", "select", "function", "set", "trap", "env", "unset", "let",
    ]

    /// The variables that bash sets by itself.
    static let namesOfBash: Set<String> = [
        "BASH", "BASHOPTS", "BASHPID", "BASH_ALIASES", "BASH_ARGC", "BASH_ARGV", "BASH_ARGV0",
        "BASH_CMDS", "BASH_COMMAND", "BASH_LINENO", "BASH_REMATCH", "BASH_SOURCE",
        "BASH_SUBSHELL", "BASH_VERSINFO", "BASH_VERSION", "DIRSTACK", "EPOCHREALTIME",
        "EPOCHSECONDS", "EUID", "FUNCNAME", "GROUPS", "HOSTNAME", "HOSTTYPE", "IFS", "LINENO",
        "MACHTYPE", "OLDPWD", "OPTARG", "OPTERR", "OPTIND", "OSTYPE", "PIPESTATUS", "PPID", "PS4",
        "PWD", "RANDOM", "REPLY", "SECONDS", "SHELL", "SHELLOPTS", "SHLVL", "SRANDOM", "TERM",
        "UID", "_",
    ]
}
