// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// What verbs that change a deployment have in common.
enum Changing {
    /// Carries out a command and says what came of it.
    ///
    /// - Parameters:
    ///   - call: The call.
    ///   - command: Makes the command, and names the item whose new state is shown.
    /// - Returns: The exit code.
    /// - Throws: Whatever the rules or the store say.
    static func perform(
        _ call: Call,
        _ command: (LiveDeployment) async throws -> (DeploymentCommand, item: ItemID?)
    ) async throws -> ExitCode {
        let workspace = try await Workspace.writing(call)
        return try await perform(call, in: workspace, command)
    }

    /// Carries out a command in an open workspace.
    ///
    /// - Returns: The exit code.
    /// - Throws: Whatever the rules or the store say.
    static func perform(
        _ call: Call,
        in workspace: Workspace,
        _ command: (LiveDeployment) async throws -> (DeploymentCommand, item: ItemID?)
    ) async throws -> ExitCode {
        let actor = await workspace.actor()
        let (result, item) = try await onDeployment(of: workspace) { live in
            let (command, item) = try await command(live)
            try await workspace.checkSecrets(in: command.typedTexts, of: live)
            return (try await live.perform(command, by: actor, key: call.key), item)
        }
        return try await show(result, item, call, in: workspace)
    }

    /// Carries out a command for each operand, one after the other; the first that may not happen
    /// ends it. What every operand means is found out before anything is recorded.
    ///
    /// - Parameters:
    ///   - call: The call.
    ///   - command: Makes the command of an operand, and names the item whose new state is shown.
    /// - Returns: The exit code.
    /// - Throws: Whatever the rules or the store say.
    static func performEach(
        _ call: Call,
        _ command: (String, LiveDeployment) async throws -> (DeploymentCommand, item: ItemID?)
    ) async throws -> ExitCode {
        let names = call.arguments.operands
        guard names.count > 1 else {
            return try await perform(call) { try await command(call.operand(0), $0) }
        }
        let workspace = try await Workspace.writing(call)
        let actor = await workspace.actor()
        let done = try await onDeployment(of: workspace) { live in
            var commands: [(DeploymentCommand, item: ItemID?)] = []
            for name in names { commands.append(try await command(name, live)) }
            for (one, _) in commands {
                try await workspace.checkSecrets(in: one.typedTexts, of: live)
            }
            var done: [(CommandResult, item: ItemID?)] = []
            for (position, (one, item)) in commands.enumerated() {
                // The key names the whole call.
                let key = call.key.map { "\($0)#\(item?.text ?? names[position])" }
                do {
                    done.append((try await live.perform(one, by: actor, key: key), item))
                } catch {
                    let before = names[..<position].joined(separator: ", ")
                    let after = names[(position + 1)...].joined(separator: ", ")
                    if !before.isEmpty { call.console.note("recorded: \(before.visible)") }
                    if !after.isEmpty { call.console.note("not looked at: \(after.visible)") }
                    throw error
                }
            }
            return done
        }
        guard let last = done.last?.0 else { return .done }
        let facts = try await workspace.deployments.facts(for: last.state)
        let json = JSONValue.members([
            "schemaVersion": 1.json,
            "deployment": last.state.summary,
            "hasChanged": done.contains { $0.0.hasChanged }.json,
            "items": .array(
                done.compactMap { $0.item.flatMap { last.state.json(of: $0, given: facts) } }
            ),
            "next": last.state.nextStep(given: facts).json(in: last.state),
        ])
        call.console.print(
            json,
            or: done.map { line($0.0, $0.item, facts) }.joined()
                + rest(last.state, facts, call.console)
        )
        return .done
    }

    /// Says what came of a command.
    ///
    /// - Returns: The exit code.
    /// - Throws: Whatever the store says.
    static func show(
        _ result: CommandResult,
        _ item: ItemID? = nil,
        _ call: Call,
        in workspace: Workspace
    ) async throws -> ExitCode {
        let facts = try await workspace.deployments.facts(for: result.state)
        let json = JSONValue.members([
            "schemaVersion": 1.json,
            "deployment": result.state.summary,
            "hasChanged": result.hasChanged.json,
            "item": item.flatMap { result.state.json(of: $0, given: facts) },
            "next": result.state.nextStep(given: facts).json(in: result.state),
        ])
        call.console.print(
            json,
            or: line(result, item, facts) + rest(result.state, facts, call.console)
        )
        return .done
    }

    /// Works on the open deployment.
    ///
    /// Where none is open, the one that changed last may have ended with this very command: then
    /// it is recorded already.
    static func onDeployment<Value>(
        of workspace: Workspace,
        _ body: (LiveDeployment) async throws -> Value
    ) async throws -> Value {
        let live: LiveDeployment
        do {
            live = try await workspace.deployment()
        } catch let none as UsageError {
            // A deployment that has ended changes no more, whatever is asked of it.
            guard let latest = try await workspace.endedDeployment() else { throw none }
            do {
                return try await body(latest)
            } catch let error as DeploymentError {
                guard case .refused = error.cause else { throw error }
                throw none
            }
        }
        return try await body(live)
    }

    private static func line(_ result: CommandResult, _ item: ItemID?, _ facts: Facts) -> String {
        let state = result.state
        var text = ""
        if let item, let entry = state.entry(of: item),
            let now = state.step(item) == nil
                ? state.state(of: item, given: facts) : state.progress(of: item)?.state
        {
            text =
                "\(now.sign) \(entry.number) \(entry.item.title.visible): "
                + now.phrase(state.progress(of: item)?.cause)
        } else {
            text = "recorded"
        }
        if !result.hasChanged { text += " (already; nothing was changed)" }
        return text + "\n"
    }

    private static func rest(
        _ state: Deployment,
        _ facts: Facts,
        _ console: Console
    ) -> String {
        var text = ""
        if state.status != .active {
            text += "deployment \(state.id) is \(state.status.word)\n"
        }
        let lines = NextLines(
            deployment: state,
            facts: facts,
            isInteractive: console.isInteractive
        ).lines
        if !lines.isEmpty { text += "Next:\n" + lines.map { "  \($0)\n" }.joined() }
        return text
    }

    /// A reason, needed before anything is asked of the store.
    ///
    /// - Throws: `UsageError` when it is missing or blank.
    static func reason(_ call: Call) throws(UsageError) -> String {
        let reason = call.reason
        guard reason.contains(where: { !$0.isWhitespace }) else {
            throw UsageError("--reason TEXT is missing: say why")
        }
        return reason
    }

    /// The evidence that is given with `--evidence`: a file, or an address.
    ///
    /// - Throws: `InputError` for a file that cannot be read.
    static func evidence(_ call: Call) throws(InputError) -> [Evidence] {
        var result: [Evidence] = []
        for name in call.arguments.all("evidence") {
            if name.hasPrefix("https://") || name.hasPrefix("http://") {
                result.append(.link(name))
                continue
            }
            let bytes = try InputFile.bytes(name)
            result.append(Evidence(mediaType: mediaType(of: name, bytes), bytes: bytes))
        }
        return result
    }

    private static func mediaType(of name: String, _ bytes: [UInt8]) -> String {
        let types = [
            "json": "application/json", "png": "image/png", "jpg": "image/jpeg",
            "jpeg": "image/jpeg", "pdf": "application/pdf", "html": "text/html",
            "csv": "text/csv", "xml": "application/xml", "md": "text/markdown",
        ]
        let suffix = name.split(separator: ".").last.map { $0.lowercased() } ?? ""
        if let type = types[suffix] { return type }
        let isText = String(validating: bytes, as: UTF8.self) != nil && !bytes.contains(0)
        return isText ? "text/plain" : "application/octet-stream"
    }
}

extension Option {
    static let note = Option("note", "TEXT", "what there is to say about it")
    static let evidence = Option(
        "evidence",
        "FILE|URL",
        isRepeated: true,
        "what shows it; a file is kept in the store"
    )
    static let reason = Option("reason", "TEXT", "why")
    static let requiredReason = Option("reason", "TEXT", isRequired: true, "why")
}

extension [(code: ExitCode, meaning: String)] {
    /// The exit code of verbs that sign a head where there is a key.
    static var signing: Self {
        [(.undecided, "openssl, which signs and checks heads, is not installed")]
    }

    /// These, with others in the place of those of the same code.
    func with(_ others: Self) -> Self {
        filter { exit in !others.contains { $0.code == exit.code } } + others
    }

    /// The exit codes of verbs that change a deployment.
    static var changing: Self {
        [
            (.done, "recorded, or recorded already"),
            (
                .no,
                "the rules do not allow it: gate closed, wrong state, not eligible; or the log lost "
                    + "what this machine has seen of it"
            ),
            (.undecided, "the store does not know whether it wrote"),
            (.conflict, "something else is recorded already, or another writer is in the way"),
        ]
    }
}
