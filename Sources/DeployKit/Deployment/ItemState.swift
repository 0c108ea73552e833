// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// How far an item has come.
///
/// Four ways of not having been done stay four facts: waived, not applicable, cancelled, and
/// pending or ready when the deployment ended without reaching it.
public enum ItemState: Hashable, Sendable {
    /// Something must be done before it.
    case pending
    /// It may be started now.
    case ready
    /// The attempt with this number is under way.
    case running(Int)
    /// Whether the attempt with this number happened is not known.
    case inDoubt(Int)
    /// The attempt with this number succeeded.
    case passed(Int)
    /// The attempt with this number failed.
    case failed(Int)
    /// Somebody with the right to decided to go on without it.
    case waived
    /// It is not meant for this environment, or its condition does not hold.
    case notApplicable
    /// The deployment ended first.
    case cancelled

    /// The word for the state.
    public var word: String {
        switch self {
        case .pending: "pending"
        case .ready: "ready"
        case .running: "running"
        case .inDoubt: "inDoubt"
        case .passed: "passed"
        case .failed: "failed"
        case .waived: "waived"
        case .notApplicable: "notApplicable"
        case .cancelled: "cancelled"
        }
    }

    /// The number of the attempt, where there is one.
    public var attempt: Int? {
        switch self {
        case .running(let number), .inDoubt(let number), .passed(let number), .failed(let number):
            number
        case .pending, .ready, .waived, .notApplicable, .cancelled: nil
        }
    }

    /// Whether what waits for the item may go on.
    public var isSatisfying: Bool {
        switch self {
        case .passed, .waived, .notApplicable: true
        case .pending, .ready, .running, .inDoubt, .failed, .cancelled: false
        }
    }

    /// The state of a group, from the states of its children.
    ///
    /// Passed when all are satisfied and one was passed or waived; not applicable when all are;
    /// failed when one failed and none runs; cancelled when one is cancelled and none failed;
    /// otherwise the state of the least advanced child. The order of the children has no meaning.
    public static func ofGroup(_ children: [ItemState]) -> ItemState {
        if children.isEmpty { return .pending }
        if children.allSatisfy({ $0 == .notApplicable }) { return .notApplicable }
        if children.allSatisfy(\.isSatisfying) {
            let wasDone = children.contains { if case .passed = $0 { true } else { false } }
            return wasDone ? .passed(1) : .waived
        }
        if let running = children.filter({ if case .running = $0 { true } else { false } })
            .min(by: { $0.rank < $1.rank })
        {
            return .running(running.attempt ?? 1)
        }
        if children.contains(where: { if case .failed = $0 { true } else { false } }) {
            return .failed(1)
        }
        if children.contains(.cancelled) { return .cancelled }
        if children.contains(where: { if case .inDoubt = $0 { true } else { false } }) {
            return .inDoubt(1)
        }
        return children.contains(.ready) ? .ready : .pending
    }

    private var rank: Int { attempt ?? 0 }
}

/// How the last change of an item came about.
public struct ItemProgress: Hashable, Sendable {
    /// The state, never `ready`: whether a pending item is ready follows from the others.
    public internal(set) var state: ItemState = .pending
    /// How many attempts were started or settled so far.
    public internal(set) var attempts = 0
    /// Who changed it last.
    public internal(set) var actor: Actor?
    /// When the last attempt was started.
    public internal(set) var startedAt: Timestamp?
    /// When it was settled last.
    public internal(set) var settledAt: Timestamp?
    /// Who runs the attempt that is under way.
    public internal(set) var runner: RunnerFacts?
    /// Why the last attempt failed or is in doubt.
    public internal(set) var cause: FailureCause?
    /// The note or reason given last.
    public internal(set) var note: AttachmentReference?
    /// What was kept of the output of the last attempt.
    public internal(set) var output: AttachmentReference?
    /// The value that the last attempt left for later items (``Item/output``).
    public internal(set) var value: AttachmentReference?
    /// The evidence of the last settlement.
    public internal(set) var evidence: [AttachmentReference] = []
    /// Why it does not apply, where it does not.
    public internal(set) var inapplicability: Inapplicability?
}

/// Why an item does not apply.
public enum Inapplicability: Hashable, Sendable {
    /// Its scope names other environments.
    case scope([String])
    /// Its condition is false for these inputs.
    case condition(Condition)
    /// A person decided that the condition in words does not hold.
    case decided
}

extension Inapplicability: JSONConvertible {
    /// An object with `scope` or `condition`, or the string `"decided"`.
    public var json: JSONValue {
        switch self {
        case .scope(let words): .members(["scope": words.json])
        case .condition(let condition): .members(["condition": condition.json])
        case .decided: "decided".json
        }
    }

    /// Reads what ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        if json.string == "decided" {
            self = .decided
            return
        }
        var members = try JSONMembers(json)
        if let words = try members.optional("scope", as: [String].self) {
            self = .scope(words)
        } else {
            self = .condition(try members.required("condition"))
        }
        try members.finish()
    }
}

/// Which process works on an attempt, so that its death can be known.
public struct RunnerFacts: Hashable, Sendable, JSONConvertible {
    /// The name of the machine.
    public let host: String
    /// What tells one start of the machine from another.
    public let bootID: String
    /// The process.
    public let processID: Int
    /// What tells the process from a later one of the same number; the unit is the system's.
    public let processStart: Int

    /// The facts about one process.
    public init(host: String, bootID: String, processID: Int, processStart: Int) {
        self.host = host
        self.bootID = bootID
        self.processID = processID
        self.processStart = processStart
    }

    /// An object.
    public var json: JSONValue {
        .members([
            "host": host.json, "bootID": bootID.json, "processID": processID.json,
            "processStart": processStart.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        host = try members.required("host")
        bootID = try members.required("bootID")
        processID = try members.required("processID")
        processStart = try members.required("processStart")
        try members.finish()
    }
}

/// Why an attempt failed, or may have.
@nonexhaustive
public enum FailureCause: Hashable, Sendable {
    /// The command exited with this status.
    case exited(Int)
    /// The command was ended by this signal.
    case signaled(Int)
    /// The command took longer than it may.
    case timedOut
    /// The runner was told to stop.
    case interrupted
    /// The command could not be started at all.
    case notStarted
    /// The server answered something else than what counts as healthy.
    case unhealthy
    /// The server did not answer.
    case unreachable
    /// The command succeeded, and its output names no contract, or several.
    case noContract
    /// The metric is critical.
    case unmet
    /// The command succeeded, and did not leave the value that later items need.
    case noOutput
    /// The runner is gone.
    case lost
    /// A person reported it.
    case reported
    /// A person found out that the attempt had no effect.
    case notExecuted

    /// Whether the attempt certainly had no effect, whatever the item does to the world.
    public var excludesEffect: Bool { self == .notStarted || self == .notExecuted }

    /// The word for the cause.
    public var word: String {
        switch self {
        case .exited: "exited"
        case .signaled: "signaled"
        case .timedOut: "timedOut"
        case .interrupted: "interrupted"
        case .notStarted: "notStarted"
        case .unhealthy: "unhealthy"
        case .unreachable: "unreachable"
        case .noContract: "noContract"
        case .unmet: "unmet"
        case .noOutput: "noOutput"
        case .lost: "lost"
        case .reported: "reported"
        case .notExecuted: "notExecuted"
        }
    }
}

extension FailureCause: JSONConvertible {
    /// The word as a string; with a number an object of the word and the number.
    public var json: JSONValue {
        switch self {
        case .exited(let status): .members([word: status.json])
        case .signaled(let signal): .members([word: signal.json])
        default: word.json
        }
    }

    /// Reads what ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        if let word = json.string {
            let plain: [FailureCause] = [
                .timedOut, .interrupted, .notStarted, .unhealthy, .unreachable, .noContract,
                .noOutput, .unmet, .lost, .reported, .notExecuted,
            ]
            guard let cause = plain.first(where: { $0.word == word }) else {
                throw JSONError(.value, "'\(word)' is no cause of a failure")
            }
            self = cause
            return
        }
        var members = try JSONMembers(json)
        if let status = try members.optional("exited", as: Int.self) {
            self = .exited(status)
        } else {
            self = .signaled(try members.required("signaled"))
        }
        try members.finish()
    }
}
