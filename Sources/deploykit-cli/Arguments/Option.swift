// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// One option of a verb.
struct Option: Hashable, Sendable {
    /// The name without the two dashes.
    let name: String
    /// What stands for the value in the help; `nil` for a flag, which has none.
    let value: String?
    /// What it does, in a few words.
    let summary: String
    /// Whether it may be given several times.
    let isRepeated: Bool
    /// Whether the verb cannot do without it.
    let isRequired: Bool

    init(
        _ name: String,
        _ value: String?,
        isRepeated: Bool = false,
        isRequired: Bool = false,
        _ summary: String
    ) {
        self.name = name
        self.value = value
        self.summary = summary
        self.isRepeated = isRepeated
        self.isRequired = isRequired
    }

    /// An option without a value.
    init(flag name: String, _ summary: String) {
        self.init(name, nil, summary)
    }

    /// The options that every verb has.
    static let global: [Option] = [
        Option(
            "store",
            "STORE",
            "the store, a file or postgres://…; else DEPLOYKIT_STORE, else found"
        ),
        Option(
            "deployment",
            "ID",
            "which deployment; else DEPLOYKIT_DEPLOYMENT, else the only one"
        ),
        Option("service", "NAME", "only this service's deployments"),
        Option("as", "ACTOR", "who acts; else DEPLOYKIT_ACTOR, git's e-mail, the system's user"),
        Option("key", "KEY", "idempotency key: the same command under it changes nothing again"),
        Option("project", "FILE", "the project file; else deploykit.json up the tree"),
        Option(flag: "json", "one JSON object on standard output"),
        Option(flag: "help", "this text"),
    ]
}

/// One operand of a verb.
struct Operand: Hashable, Sendable {
    /// How many there may be.
    enum Count: Hashable, Sendable {
        case one
        case optional
        case several
        /// Several, or none where an option stands for them.
        case any
    }

    /// What stands for it in the help.
    let name: String
    let count: Count

    init(_ name: String, _ count: Count = .one) {
        self.name = name
        self.count = count
    }

    /// How it stands in the usage line.
    var usage: String {
        switch count {
        case .one: name
        case .optional: "[\(name)]"
        case .several: "\(name)…"
        case .any: "[\(name)…]"
        }
    }
}
