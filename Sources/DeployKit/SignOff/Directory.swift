// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The people who may act, as the log knows them. An empty directory lets anyone hold any role.
public struct Directory: Hashable, Sendable {
    /// One person, under one id whatever aliases are used.
    public struct Person: Hashable, Sendable, JSONConvertible {
        /// The id that counts.
        public let id: ActorID
        /// Other names of the same person.
        public let aliases: [ActorID]
        /// What the person may sign as.
        public let roles: [Role]
        /// The keys that prove the person.
        public let keys: [PersonKey]

        /// A person of these parts.
        public init(
            id: ActorID,
            aliases: [ActorID] = [],
            roles: [Role] = [],
            keys: [PersonKey] = []
        ) {
            self.id = id
            self.aliases = aliases
            self.roles = roles
            self.keys = keys
        }

        /// An object; empty lists are left out.
        public var json: JSONValue {
            .members([
                "id": id.json,
                "aliases": aliases.jsonUnlessEmpty,
                "roles": roles.jsonUnlessEmpty,
                "keys": keys.jsonUnlessEmpty,
            ])
        }

        /// Reads the object that ``json`` writes.
        ///
        /// - Throws: ``JSONError`` when `json` is anything else.
        public init(json: JSONValue) throws(JSONError) {
            var members = try JSONMembers(json)
            id = try members.required("id")
            aliases = try members.list("aliases")
            roles = try members.list("roles")
            keys = try members.list("keys")
            try members.finish()
        }
    }

    /// The people, in the order in which they were listed.
    public let people: [Person]

    /// A directory of these people.
    public init(people: [Person] = []) {
        self.people = people
    }

    /// Whether nobody is listed, so that roles cannot be checked.
    public var isEmpty: Bool { people.isEmpty }

    /// The person behind a name or alias.
    public func person(_ name: ActorID) -> Person? {
        people.first { $0.id == name || $0.aliases.contains(name) }
    }

    /// The id under which a name counts: the person's, or the name itself when nobody is listed
    /// under it.
    public func canonical(_ name: ActorID) -> ActorID {
        person(name)?.id ?? name
    }

    /// The people who may sign under `rule`, in the order of the directory.
    public func eligible(for rule: SignOffRule) -> [ActorID] {
        people.filter { allows($0.id, for: rule) }.map(\.id)
    }

    /// Tells whether a name may sign under `rule`: the person is named by the rule or holds one of
    /// its roles. A rule without roles and people takes everyone who is listed.
    public func allows(_ name: ActorID, for rule: SignOffRule) -> Bool {
        if isEmpty { return rule.people.isEmpty || rule.people.contains(name) }
        guard let person = person(name) else { return false }
        if rule.roles.isEmpty, rule.people.isEmpty { return true }
        return rule.people.contains { canonical($0) == person.id }
            || person.roles.contains { rule.roles.contains($0) }
    }
}
