// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What the steps and jobs after this one are told: outputs, and a summary for people.
///
/// Under GitHub Actions the outputs are added to the file that `GITHUB_OUTPUT` names, and the summary
/// to that of `GITHUB_STEP_SUMMARY`. `--dotenv FILE` writes the outputs as `DEPLOYKIT_…=value` lines,
/// which GitLab takes as `artifacts:reports:dotenv`; a job that gets them finds its deployment, for
/// `DEPLOYKIT_DEPLOYMENT` is read by every verb.
///
/// Nothing of a checklist can add an output or markup: values stand between delimiters of 128 random
/// bits, or are cut down to characters that no reader of such files takes for anything else.
///
/// Sources: docs.github.com, "Workflow commands for GitHub Actions"; docs.gitlab.com,
/// "artifacts:reports:dotenv".
struct JobFiles {
    /// GitHub drops a summary that is larger than 1 MiB as a whole.
    private static let mostRows = 1000

    /// Name, in lower case and without dashes, and value.
    let outputs: [(name: String, value: String)]
    /// Markdown.
    let summary: String

    /// What a run came to.
    init(run state: Deployment, _ attempts: [JSONValue], _ next: [String], _ code: ExitCode) {
        outputs = Self.common(state, code)
        var text = Self.heading(state)
        if !attempts.isEmpty {
            text += "\n| | Item | Result | Took |\n|---|---|---|---|\n"
            for attempt in attempts.prefix(Self.mostRows) { text += Self.row(attempt, state) }
            if attempts.count > Self.mostRows {
                text += "\n\(attempts.count - Self.mostRows) more are in the log.\n"
            }
        }
        summary = text + Self.list("Next", next)
    }

    /// What a gate said.
    init(gate: GateID, _ verdict: GateVerdict, of state: Deployment, _ code: ExitCode) {
        outputs =
            Self.common(state, code) + [("gate", gate.description), ("verdict", verdict.word)]
        let reasons = verdict.reasons.map { state.sentence(for: $0) }
        summary =
            Self.heading(state)
            + "\nGate \(Self.escaped(gate.description)): **\(verdict.word)**\n"
            + Self.list("It needs", reasons)
    }

    private static func common(
        _ state: Deployment,
        _ code: ExitCode
    ) -> [(name: String, value: String)] {
        [
            ("deployment", state.id.text), ("status", state.status.word),
            ("exit", String(code.rawValue)),
        ]
    }

    /// Writes what the environment and the options ask for.
    ///
    /// - Throws: `InputError` when a file that was asked for with `--dotenv` cannot be written. What
    ///   the runner of a CI server offers is only noted when it cannot.
    func write(_ call: Call) throws {
        if let path = call.arguments["dotenv"] {
            try OutputFile.replace(path, Array(dotenv.utf8))
        }
        guard WorkflowCommands.areRead(call.environment) else { return }
        for (variable, text) in [("GITHUB_OUTPUT", github), ("GITHUB_STEP_SUMMARY", summary)] {
            guard let path = call.environment[variable], !path.isEmpty else { continue }
            if let reason = Self.append(text + "\n", to: path) {
                call.console.note("\(variable) could not be written: \(reason)")
            }
        }
    }

    /// The outputs as GitHub reads them.
    private var github: String {
        outputs.map { name, value in
            let token = "deploykit_\(WorkflowCommands.token())"
            let line = value.split(whereSeparator: \.isNewline).joined(separator: " ")
            return "\(name)<<\(token)\n\(line)\n\(token)\n"
        }.joined()
    }

    /// The outputs as GitLab reads them; a character that such a file cannot hold becomes `_`.
    private var dotenv: String {
        outputs.map { name, value in
            let plain = value.unicodeScalars.map { scalar -> Character in
                let isPlain =
                    ("0"..."9").contains(scalar) || ("a"..."z").contains(scalar)
                    || ("A"..."Z").contains(scalar) || "-_./:~+".unicodeScalars.contains(scalar)
                return isPlain ? Character(scalar) : "_"
            }
            return "DEPLOYKIT_\(name.uppercased())=\(String(plain))\n"
        }.joined()
    }

    private static func heading(_ state: Deployment) -> String {
        let phases = state.outline.leaves.compactMap { state.items.state(of: $0) }
            .filter { $0 != .notApplicable }
        let settled = phases.count(where: \.isSatisfying)
        return "### \(escaped(state.subject.label)): \(state.status.word)\n\n"
            + "\(settled) of \(phases.count) items · deployment \(escaped(state.id.text))\n"
    }

    private static func row(_ attempt: JSONValue, _ state: Deployment) -> String {
        let id = attempt["item"]?.string.map { ItemID($0) }
        let title = id.flatMap { state.outline[$0]?.item.title } ?? ""
        let now = id.flatMap { state.items[$0]?.state } ?? .pending
        let milliseconds = attempt["milliseconds"]?.integer ?? 0
        return "| \(now.sign) | \(escaped(attempt["number"]?.string ?? "")) \(escaped(title)) | "
            + "\(escaped(attempt["state"]?.string ?? "")) | "
            + "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s |\n"
    }

    private static func list(_ title: String, _ lines: [String]) -> String {
        if lines.isEmpty { return "" }
        return "\n\(title):\n\n" + lines.map { "- \(escaped($0))\n" }.joined()
    }

    private static func escaped(_ text: String) -> String { MarkdownText.line(text) }

    // Nothing but the reason when it fails.
    private static func append(_ text: String, to path: String) -> String? {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return World.reason(errno) }
        defer { _ = close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return World.reason(errno) }
            rest = rest.dropFirst(count)
        }
        return nil
    }
}

extension Option {
    static let dotenv = Option(
        "dotenv",
        "FILE",
        "write deployment, status and the like as NAME=value, for GitLab"
    )
}
