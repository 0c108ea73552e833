// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A name for whoever acts: an e-mail address, a service's name, an account.
public typealias ActorID = Identifier<Actor>

/// Whoever acts, and how sure we are of it.
public struct Actor: Hashable, Sendable {
    /// How the identity was established, from least to most.
    public enum Assurance: String, Hashable, Sendable, Comparable, CaseIterable, JSONConvertible {
        /// Somebody said so.
        case asserted
        /// Somebody said so on a machine of continuous integration, where whoever may change the
        /// job may say anything.
        case assertedByCI = "asserted(ci)"
        /// The operating system runs the process as this user.
        case osUser
        /// A signature with the person's SSH key proves it.
        case sshKey
        /// A signature with the service's key proves it.
        case serviceKey

        /// Whether a signature proves the identity.
        public var isSigned: Bool { self == .sshKey || self == .serviceKey }

        /// The order of the cases.
        public static func < (left: Self, right: Self) -> Bool {
            allCases.firstIndex(of: left) ?? 0 < allCases.firstIndex(of: right) ?? 0
        }
    }

    /// The name.
    public let id: ActorID
    /// How the identity was established.
    public let assurance: Assurance

    /// An actor of this name.
    public init(id: ActorID, assurance: Assurance = .asserted) {
        self.id = id
        self.assurance = assurance
    }

    /// A person of whom nothing but the name is known.
    public static func person(_ id: ActorID) -> Self {
        Self(id: id)
    }

    /// A service of which nothing but the name is known.
    public static func service(_ id: ActorID) -> Self {
        Self(id: id)
    }
}

extension Actor: JSONConvertible {
    /// An object with `id` and `assurance`.
    public var json: JSONValue {
        .members(["id": id.json, "assurance": assurance.json])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        id = try members.required("id")
        assurance = try members.required("assurance")
        try members.finish()
    }
}
