// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What somebody wants with a rollback.
@nonexhaustive
public enum RollbackCommand: Hashable, Sendable {
    /// Say that a rollback is called for; a person, or signatures at the level's gate, decide.
    case propose(RollbackLevelID?, reason: String)
    /// Begin it, as soon as what is under way has ended. Without a level that of the proposal, else
    /// the one with the least impact. A level that asks for signatures waits for them.
    case authorise(RollbackLevelID?, reason: String?)
    /// Decide against what was proposed.
    case dismiss(reason: String)

    /// What tells two commands under one idempotency key apart.
    var request: JSONValue {
        switch self {
        case .propose(let level, let reason):
            .members(["proposeRollback": level?.json ?? "".json, "reason": reason.json])
        case .authorise(let level, let reason):
            .members(["authoriseRollback": level?.json ?? "".json, "reason": reason?.json])
        case .dismiss(let reason): .members(["dismissRollback": reason.json])
        }
    }

    /// What the person who gives the command has typed.
    var typedTexts: [String] {
        switch self {
        case .propose(_, let reason), .dismiss(let reason): [reason]
        case .authorise(_, let reason): [reason].compactMap(\.self)
        }
    }
}
