// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A set of checks that tells whether what was deployed works, at any time and as often as somebody
/// asks.
///
/// Its checks are the items that name it (``Item/suite``) and that a machine can do; those that are
/// marked as cleanup run after them, whatever became of them. In a deployment they are items as all
/// others; ``SmokePlan`` says what a run of the suite alone does.
public struct SmokeSuite: Hashable, Sendable {
    /// The secret of the synthetic identity, and until when it is good.
    public struct Credential: Hashable, Sendable {
        /// The name of the secret, as the checks declare it.
        public let secret: String
        /// When it must have been replaced.
        public let rotateBy: Timestamp?

        /// The secret of this name.
        public init(_ secret: String, rotateBy: Timestamp? = nil) {
            self.secret = secret
            self.rotateBy = rotateBy
        }
    }

    /// The name that items, triggers and commands use.
    public let name: String
    /// How many checks must have passed, 1 or more.
    public let minimumChecks: Int
    /// How long the checks may take together, their retries included.
    public let deadline: Duration
    /// The synthetic identity as which checks write: a principal that belongs to nobody.
    public let identity: String?
    /// The secret of that identity.
    public let credential: Credential?

    /// How long the checks of a suite may take together unless it says otherwise.
    public static let usualDeadline = Duration.seconds(120)
    /// How long one check or cleanup step may take unless it says otherwise.
    public static let usualTimeout = Duration.seconds(10)

    /// A suite.
    ///
    /// - Returns: `nil` when `minimumChecks` is less than 1, `deadline` not above zero, or `name`
    ///   blank: a suite that checks nothing is none.
    public init?(
        _ name: String,
        minimumChecks: Int = 1,
        deadline: Duration = usualDeadline,
        identity: String? = nil,
        credential: Credential? = nil
    ) {
        guard minimumChecks >= 1, deadline > .zero, !name.trimmed.isEmpty else { return nil }
        self.name = name
        self.minimumChecks = minimumChecks
        self.deadline = deadline
        self.identity = identity
        self.credential = credential
    }
}

extension SmokeSuite: JSONConvertible {
    /// An object with `name` and what is not as usual; times in milliseconds.
    public var json: JSONValue {
        .members([
            "name": name.json,
            "minimumChecks": minimumChecks == 1 ? nil : minimumChecks.json,
            "deadline": deadline == Self.usualDeadline ? nil : deadline.json,
            "identity": identity?.json,
            "credential": credential?.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else, or names a suite without checks or time.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let suite = SmokeSuite(
            try members.required("name"),
            minimumChecks: try members.optional("minimumChecks") ?? 1,
            deadline: try members.optional("deadline") ?? Self.usualDeadline,
            identity: try members.optional("identity"),
            credential: try members.optional("credential")
        )
        try members.finish()
        guard let suite else {
            throw JSONError(.value, "a suite has a name, at least 1 check, and time for it")
        }
        self = suite
    }
}

extension SmokeSuite.Credential: JSONConvertible {
    /// An object with `secret` and, where it is known, `rotateBy`.
    public var json: JSONValue {
        .members(["secret": secret.json, "rotateBy": rotateBy?.json])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        secret = try members.required("secret")
        rotateBy = try members.optional("rotateBy")
        try members.finish()
    }
}

extension Checklist {
    /// The suite of this name: as declared, or as usual where items merely name it; `nil` when
    /// nothing does.
    public func suite(_ name: String) -> SmokeSuite? {
        if let declared = suites.first(where: { $0.name == name }) { return declared }
        return items.contains { $0.suite == name } ? SmokeSuite(name) : nil
    }

    /// The names of all suites, in the order in which they are declared or first named.
    public var suiteNames: [String] {
        var names = suites.map(\.name)
        for item in items {
            if let name = item.suite, !names.contains(name) { names.append(name) }
        }
        return names
    }
}
