// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Directory {
    /// One difference between two directories.
    public enum Change: Hashable, Sendable {
        /// Somebody is listed who was not.
        case personAdded(ActorID)
        /// Somebody is listed no more.
        case personRemoved(ActorID)
        /// Somebody may sign as more than before.
        case roleAdded(ActorID, Role)
        /// Somebody may not sign as that any more.
        case roleRemoved(ActorID, Role)
        /// Another name counts as the person's.
        case aliasAdded(ActorID, ActorID)
        /// A name does not count as the person's any more.
        case aliasRemoved(ActorID, ActorID)
        /// Another key proves the person.
        case keyAdded(ActorID, key: String)
        /// A key proves the person no more.
        case keyRemoved(ActorID, key: String)
        /// A key proves the person at moments at which it did not.
        case keyExtended(ActorID, key: String)
        /// A key was revoked, or proves the person for a shorter time.
        case keyRestricted(ActorID, key: String)

        /// Whether somebody could sign, or sign twice, after the change who could not before.
        public var needsApproval: Bool {
            switch self {
            case .personAdded, .roleAdded, .aliasAdded, .aliasRemoved, .keyAdded, .keyExtended: true
            case .personRemoved, .roleRemoved, .keyRemoved, .keyRestricted: false
            }
        }

        /// Whether gates that are open for signatures do not know of it: they copied people, names
        /// and roles when they were opened.
        public var reachesNoOpenGate: Bool {
            switch self {
            case .personAdded, .roleAdded, .aliasAdded: true
            case .personRemoved, .roleRemoved, .aliasRemoved, .keyAdded, .keyRemoved, .keyExtended,
                .keyRestricted:
                false
            }
        }

        /// The change in a few words.
        public var sentence: String {
            switch self {
            case .personAdded(let person): "\(person) is new"
            case .personRemoved(let person): "\(person) is listed no more"
            case .roleAdded(let person, let role): "\(person) may sign as '\(role)'"
            case .roleRemoved(let person, let role): "\(person) may no more sign as '\(role)'"
            case .aliasAdded(let person, let alias): "'\(alias)' is \(person)"
            case .aliasRemoved(let person, let alias): "'\(alias)' is \(person) no more"
            case .keyAdded(let person, let key): "\(key) is a key of \(person)"
            case .keyRemoved(let person, let key): "\(key) is no key of \(person) any more"
            case .keyExtended(let person, let key): "\(key) of \(person) is valid for longer"
            case .keyRestricted(let person, let key):
                "\(key) of \(person) is revoked, or valid for less long"
            }
        }
    }

    /// Whether anybody has a key: from then on the directory guards itself.
    public var isEnrolled: Bool { people.contains { !$0.keys.isEmpty } }

    /// What is different in `next`, person by person.
    public func changes(to next: Directory) -> [Change] {
        var changes: [Change] = []
        for person in people where next.listed(person.id) == nil {
            changes.append(.personRemoved(person.id))
        }
        for person in next.people {
            let before = listed(person.id)
            if before == nil { changes.append(.personAdded(person.id)) }
            changes += Self.changes(from: before ?? Person(id: person.id), to: person)
        }
        return changes
    }

    /// The people who may approve a change at `moment`: those with a role and a key that is valid.
    public func approvers(at moment: Timestamp) -> [ActorID] {
        people.filter { person in
            !person.roles.isEmpty && person.keys.contains { $0.refusal(at: moment) == nil }
        }.map(\.id)
    }

    /// The person whose id, not alias, this is.
    private func listed(_ id: ActorID) -> Person? { people.first { $0.id == id } }

    private static func changes(from old: Person, to new: Person) -> [Change] {
        let id = new.id
        func added<Element: Hashable>(_ path: KeyPath<Person, [Element]>) -> [Element] {
            new[keyPath: path].filter { !old[keyPath: path].contains($0) }
        }
        func removed<Element: Hashable>(_ path: KeyPath<Person, [Element]>) -> [Element] {
            old[keyPath: path].filter { !new[keyPath: path].contains($0) }
        }
        var changes = added(\.roles).map { Change.roleAdded(id, $0) }
        changes += removed(\.roles).map { .roleRemoved(id, $0) }
        changes += added(\.aliases).map { .aliasAdded(id, $0) }
        changes += removed(\.aliases).map { .aliasRemoved(id, $0) }
        for key in new.keys {
            guard let before = old.keys.first(where: { $0.id == key.id }) else {
                changes.append(.keyAdded(id, key: key.id))
                continue
            }
            if key.outlasts(before) {
                changes.append(.keyExtended(id, key: key.id))
            } else if key != before {
                changes.append(.keyRestricted(id, key: key.id))
            }
        }
        for key in old.keys where !new.keys.contains(where: { $0.id == key.id }) {
            changes.append(.keyRemoved(id, key: key.id))
        }
        return changes
    }
}
