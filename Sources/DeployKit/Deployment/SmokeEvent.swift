// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Something that happened in a run of a smoke suite, which is no part of the deployment's own
/// course: it may come at any time, also after the deployment has ended.
@nonexhaustive
public enum SmokeEvent: Hashable, Sendable {
    /// A run began; runs of a deployment count from 1.
    case started(run: Int, suite: String, runner: RunnerFacts?)
    /// An attempt at a check or a cleanup step is about to have its effect.
    case checkStarted(run: Int, ItemID, attempt: Int)
    /// How the attempt ended; without a cause it succeeded.
    case checkEnded(
        run: Int,
        ItemID,
        attempt: Int,
        cause: FailureCause?,
        output: AttachmentReference?,
        note: AttachmentReference?
    )
    /// The run ended.
    case ended(run: Int, SmokeVerdict)

    /// The name of the event in the log. Names are never changed or used again.
    public var kind: String {
        switch self {
        case .started: "smoke-started"
        case .checkStarted: "smoke-check-started"
        case .checkEnded: "smoke-check-ended"
        case .ended: "smoke-ended"
        }
    }

    /// The members of the event in the body of its entry.
    public var json: JSONValue {
        switch self {
        case .started(let run, let suite, let runner):
            .members(["run": run.json, "suite": suite.json, "runner": runner?.json])
        case .checkStarted(let run, let item, let attempt):
            .members(["run": run.json, "item": item.json, "attempt": attempt.json])
        case .checkEnded(let run, let item, let attempt, let cause, let output, let note):
            .members([
                "run": run.json, "item": item.json, "attempt": attempt.json, "cause": cause?.json,
                "output": output?.json, "note": note?.json,
            ])
        case .ended(let run, let verdict):
            .members(["run": run.json, "verdict": verdict.json])
        }
    }

    /// Reads an event from its name and the members of its body.
    ///
    /// - Returns: `nil` for a name that is none of a smoke suite.
    /// - Throws: ``JSONError`` when the members are not those of the event.
    public init?(kind: String, json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        switch kind {
        case "smoke-started":
            self = .started(
                run: try members.required("run"),
                suite: try members.required("suite"),
                runner: try members.optional("runner")
            )
        case "smoke-check-started":
            self = .checkStarted(
                run: try members.required("run"),
                try members.required("item"),
                attempt: try members.required("attempt")
            )
        case "smoke-check-ended":
            self = .checkEnded(
                run: try members.required("run"),
                try members.required("item"),
                attempt: try members.required("attempt"),
                cause: try members.optional("cause"),
                output: try members.optional("output"),
                note: try members.optional("note")
            )
        case "smoke-ended":
            self = .ended(
                run: try members.required("run"),
                try members.required("verdict")
            )
        default:
            return nil
        }
        try members.finish()
    }
}

/// What a run of a smoke suite showed.
public struct SmokeVerdict: Hashable, Sendable {
    /// The three answers.
    public enum Word: String, Hashable, Sendable, JSONConvertible {
        /// Every check passed, and enough of them.
        case passed
        /// A check found something wrong.
        case failed
        /// Nothing wrong was found, and not everything could be found out.
        case inconclusive
    }

    /// The answer.
    public let word: Word
    /// The checks that found something wrong, in document order.
    public let failed: [ItemID]
    /// The checks that could not be made to the end, and the cleanup steps that did not succeed, in
    /// document order.
    public let open: [ItemID]

    /// A verdict of these parts.
    public init(_ word: Word, failed: [ItemID] = [], open: [ItemID] = []) {
        self.word = word
        self.failed = failed
        self.open = open
    }
}

extension SmokeVerdict: JSONConvertible {
    /// An object with `is` and the items.
    public var json: JSONValue {
        .members([
            "is": word.json, "failed": failed.jsonUnlessEmpty, "open": open.jsonUnlessEmpty,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        word = try members.required("is")
        failed = try members.list("failed")
        open = try members.list("open")
        try members.finish()
    }
}
