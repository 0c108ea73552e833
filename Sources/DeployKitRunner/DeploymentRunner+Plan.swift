// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// What a run would do, without doing it.
public struct RunForecast: Hashable, Sendable {
    /// The items that would be started if everything went well, in that order.
    public let items: [ItemID]
    /// Where it would stop then.
    public let stop: NextStep
}

extension DeploymentRunner {
    /// Says what a run would do now; nothing is recorded and nothing is started.
    ///
    /// - Throws: ``RunnerError`` for what would make the run refuse, as for ``check(_:of:)``.
    ///   `DeploymentError` when the store fails.
    public func forecast(_ live: LiveDeployment) async throws -> RunForecast {
        let state = try await live.state()
        let facts = try await live.deployments.facts(for: state)
        let (items, stop) = state.forecast(phase: settings.phase, given: facts)
        try await check(items, of: live)
        return RunForecast(items: items, stop: stop)
    }

    /// Finds out what is missing for items that would be run one after the other.
    ///
    /// - Throws: ``RunnerError``: `placeholderUnbound`, `variableUnbound`, `outputUnwritten`,
    ///   `dependencyCycle`, `notFound` and `notExecutable` for programs and files, the codes of
    ///   secrets, and `invalid` for requests that cannot be made. Several faults are told
    ///   together, under the code of the first.
    public func check(_ items: [ItemID], of live: LiveDeployment) async throws {
        let state = try await live.state()
        try throwAll(try await faults(of: items, in: state, live))
    }

    /// Checks, when an item is met for the first time, everything that would be run from there.
    func checkPlan(
        from entry: Outline.Entry,
        of state: Deployment,
        given facts: Facts,
        _ live: LiveDeployment,
        _ course: inout Course
    ) async throws {
        // On the way back there is nothing to refuse: a step that cannot be done has failed.
        guard !course.planned.contains(entry.item.id), !state.isGoingBack else { return }
        let (items, _) = state.forecast(phase: settings.phase, given: facts)
        let new = items.isEmpty ? [entry.item.id] : items
        var faults = try await faults(of: new, in: state, live)
        if course.planned.isEmpty { faults += try await faultsOfAutomaticRollback(in: state, live) }
        try throwAll(faults)
        course.planned.formUnion(new)
        course.planned.insert(entry.item.id)
    }

    // Nobody would be there to see to it.
    private func faultsOfAutomaticRollback(
        in state: Deployment,
        _ live: LiveDeployment
    ) async throws -> [RunnerError] {
        guard let plan = state.checklist.rollbackPlan, state.subject.kind.locksEnvironment else {
            return []
        }
        let called = plan.triggers.filter { $0.policy == .automatic }
        let levels = plan.levels.filter { level in
            level.mayBeAutomatic && called.contains { $0.level == nil || $0.level == level.id }
        }
        if levels.isEmpty { return [] }
        var values = try await RunValues(of: state, in: live.deployments)
        for entry in state.outline.outputs { values.promise(entry.item) }
        let occasion = Occasion(state: state, values: values, tag: "planned", isPlanned: true)
        return levels.flatMap { level in
            (state.checklist.rollbackTasks(of: level.id) ?? []).compactMap { task in
                guard task.entry.item.kind.isAutomatic else { return nil }
                do throws(RunnerError) {
                    _ = try effect(of: task.entry, occasion)
                    return nil
                } catch {
                    return RunnerError(error.code, "the way back: \(error.message)")
                }
            }
        }
    }

    func throwAll(_ faults: [RunnerError]) throws(RunnerError) {
        guard let first = faults.first else { return }
        guard faults.count > 1 else { throw first }
        var told = faults.prefix(10).map { "\($0.code.rawValue): \($0.message)" }
        if faults.count > 10 { told.append("and \(faults.count - 10) more") }
        throw RunnerError(first.code, told.joined(separator: "\n"))
    }

    func faults(
        of items: [ItemID],
        in state: Deployment,
        _ live: LiveDeployment
    ) async throws -> [RunnerError] {
        if let circle = state.outline.cycleFault { return [RunnerError(.dependencyCycle, circle)] }
        var values = try await RunValues(of: state, in: live.deployments)
        var faults: [RunnerError] = []
        for id in items {
            guard let entry = state.entry(of: id) else { continue }
            let occasion = Occasion(state: state, values: values, tag: "planned", isPlanned: true)
            do throws(RunnerError) {
                switch try effect(of: entry, occasion) {
                case .command(let invocation, _, _):
                    try checkProgram(of: entry.item, invocation, isFirst: id == items.first)
                case .service, .probe: break
                }
            } catch {
                faults.append(error)
            }
            values.promise(entry.item)
        }
        return faults
    }

    // A path that is not there may still be made by an item before it; a name in the PATH is there,
    // or it is a mistake.
    func checkProgram(
        of item: Item,
        _ invocation: Invocation,
        isFirst: Bool
    ) throws(RunnerError) {
        let program: String
        switch invocation.program {
        case .executable(let name, _): program = name
        case .script(let script, let interpreter):
            guard interpreter == Invocation.bash, let name = Self.onlyProgram(of: script) else {
                program = interpreter.first ?? ""
                break
            }
            program = name
        }
        guard isFirst || !program.contains("/") || program.hasPrefix("/") else { return }
        do throws(RunnerError) {
            _ = try Launch.locate(
                program,
                searchPath: invocation.environment["PATH"] ?? Launch.searchPath,
                directory: invocation.directory
            )
        } catch {
            throw RunnerError(error.code, "'\(item.id)' is not run: \(error.message)")
        }
    }

    /// The program of a script that is one plain command, and no word of the shell's own.
    static func onlyProgram(of script: String) -> String? {
        let lines = script.split(separator: "\n").filter { line in
            let text = line.drop { $0 == " " || $0 == "\t" }
            return !text.isEmpty && !text.hasPrefix("#")
        }
        guard let line = lines.first, lines.count == 1,
            let word = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).first,
            word.utf8.allSatisfy({ byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                    || (0x61...0x7A).contains(byte) || "/._-+".utf8.contains(byte)
            }), !wordsOfBash.contains(String(word))
        else { return nil }
        return String(word)
    }

    // Builtins and reserved words that are no programs, or need not be (bash(1)).
    private static let wordsOfBash: Set<String> = [
        ".", ":", "alias", "bg", "bind", "break", "builtin", "caller", "case", "cd", "command",
        "compgen", "complete", "continue", "coproc", "declare", "dirs", "disown", "do", "echo",
        "enable", "eval", "exec", "exit", "export", "false", "fc", "fg", "for", "function",
        "getopts", "hash", "help", "history", "if", "jobs", "kill", "let", "local", "logout",
        "mapfile", "popd", "printf", "pushd", "pwd", "read", "readarray", "readonly", "return",
        "select", "set", "shift", "shopt", "source", "suspend", "test", "time", "times", "trap",
        "true", "type", "typeset", "ulimit", "umask", "unalias", "unset", "until", "wait", "while",
    ]
}
