// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension ContractRegistry {
    /// The IDs that one environment uses at one moment: what an environment file is made of, and
    /// what a sign-off or a rollback refers to.
    ///
    /// No value holds an ID of a network that the environment does not list, and an environment of
    /// production tier lists production networks only: a production file cannot hold a test ID.
    public struct Snapshot: Hashable, Sendable {
        /// The ID of one slot.
        public struct Entry: Hashable, Sendable {
            /// The slot.
            public let slot: ContractSlot.Name
            /// Which of several contracts of the slot it is.
            public let instance: ContractRecord.Instance?
            /// The number of the active record.
            public let record: Int
            /// How often the network had been reset before the ID was recorded.
            public let epoch: Int
            /// The ID.
            public let id: ContractID

            /// The name of the variable that holds the ID in an environment file.
            public var variable: String { ContractRecord.variable(slot, instance) }

            /// Variable and network: what no two entries share.
            var place: String { "\(variable) \(id.network)" }

            init(_ record: ContractRecord) {
                slot = record.slot
                instance = record.instance
                self.record = record.number
                epoch = record.epoch
                id = record.id
            }
        }

        /// The environment.
        public let environment: Environment
        /// The entries, ordered by the bytes of their variables' names; a variable stands twice
        /// only where its slot is used on two networks, of which no file can be made.
        public let entries: [Entry]

        init(environment: Environment, entries: [Entry]) {
            self.environment = environment
            self.entries = entries.sorted { $0.place.precedesByBytes($1.place) }
        }

        /// The ID that a variable holds, or `nil`.
        public func id(of variable: String) -> ContractID? {
            entries.first { $0.variable.hasSameBytes(as: variable) }?.id
        }
    }

    /// All IDs that are in use on the networks that `environment` lists, as they are.
    ///
    /// - Parameters:
    ///   - environment: The environment of this registry, as it is declared.
    ///   - slots: Only these slots, with all their instances; `nil` for all.
    /// - Returns: The snapshot, in which nothing is missing by definition.
    public func contents(
        of environment: Environment,
        slots: Set<ContractSlot.Name>? = nil
    ) -> Snapshot {
        let used = records.filter { record in
            record.status == .active && slots?.contains(record.slot) ?? true
                && environment.network(record.network)?.fingerprint == record.fingerprint
        }
        return Snapshot(environment: environment, entries: used.map(Snapshot.Entry.init))
    }

    /// The IDs that `slots` have in `environment` now; slots that have none and need none, and those
    /// that need none and are on networks which the environment does not use, are left out.
    ///
    /// - Returns: The snapshot; the order of `slots` has no influence.
    /// - Throws: ``ContractRegistryError``: `environment`, `network`, or `missing` with the names
    ///   of all required slots that have no active record.
    public func snapshot(
        of environment: Environment,
        slots: [ContractSlot]
    ) throws(ContractRegistryError) -> Snapshot {
        try check(environment)
        var entries: [ContractSlot.Name: Snapshot.Entry] = [:]
        var instances: [Snapshot.Entry] = []
        var missing: Set<ContractSlot.Name> = []
        for slot in slots {
            // A page may have a place for each of its networks.
            if !slot.isRequired, let fixed = slot.network, environment.network(fixed) == nil {
                continue
            }
            let network = try slot.network(in: environment)
            guard let record = active(slot.name, on: network.id) else {
                if slot.isRequired { missing.insert(slot.name) }
                continue
            }
            guard record.fingerprint == network.fingerprint else {
                throw ContractRegistryError(
                    .network,
                    "record \(record.number) is of another chain than \(network) is now"
                )
            }
            entries[slot.name] = Snapshot.Entry(record)
            instances += records.filter {
                $0.slot == slot.name && $0.instance != nil && $0.network == network.id
                    && $0.status == .active && $0.fingerprint == network.fingerprint
            }.map(Snapshot.Entry.init)
        }
        guard missing.isEmpty else {
            let names = missing.sorted().map(\.text).joined(separator: ", ")
            throw ContractRegistryError(
                .missing,
                "\(environment.name) has no active contract ID for \(names)"
            )
        }
        return Snapshot(
            environment: environment,
            entries: entries.values + instances
        )
    }

    /// Makes the slots hold again what they held in `snapshot`; slots on its networks that it does
    /// not hold are left without an ID.
    ///
    /// - Returns: The events in order, none when all is so already.
    /// - Throws: ``ContractRegistryError``; see ``restore(_:in:at:others:)``. Nothing is restored
    ///   unless everything can be.
    public func restore(
        to snapshot: Snapshot,
        at moment: Timestamp,
        others: [ContractRegistry] = []
    ) throws(ContractRegistryError) -> [Event] {
        try check(snapshot.environment)
        var after = self
        var events: [Event] = []
        let kept = Set(snapshot.entries.map(\.place))
        for record in records
        where record.status == .active && !kept.contains(Snapshot.Entry(record).place) {
            guard snapshot.environment.network(record.network) != nil else { continue }
            events.append(.superseded(record.number, by: nil, at: moment))
        }
        for event in events { try after.apply(event) }
        for entry in snapshot.entries {
            guard let record = after.record(entry.record), record.slot == entry.slot,
                record.id == entry.id
            else {
                throw ContractRegistryError(
                    .unknown,
                    "record \(entry.record) is not \(entry.id) of \(entry.slot)"
                )
            }
            let decision = try after.restore(
                entry.record,
                in: snapshot.environment,
                at: moment,
                others: others
            )
            for event in decision.events { try after.apply(event) }
            events += decision.events
        }
        return events
    }
}

extension ContractRegistry.Snapshot.Entry: JSONConvertible {
    /// An object with `slot`, `record`, `epoch`, `id`, and `instance` where there is one.
    public var json: JSONValue {
        .members([
            "slot": slot.json, "instance": instance?.json, "record": record.json,
            "epoch": epoch.json, "id": id.json,
        ])
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` when a member is wrong.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        slot = try members.required("slot")
        instance = try members.optional("instance")
        record = try members.required("record")
        epoch = try members.required("epoch")
        id = try members.required("id")
        try members.finish()
    }
}

extension ContractRegistry.Snapshot: JSONConvertible {
    /// An object with `environment`, and `entries` unless there are none.
    public var json: JSONValue {
        .members(["environment": environment.json, "entries": entries.jsonUnlessEmpty])
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` when a member is wrong, the entries are not in order, or an ID is
    ///   of a network that the environment does not list.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        environment = try members.required("environment")
        entries = try members.list("entries")
        try members.finish()
        for (earlier, later) in zip(entries, entries.dropFirst())
        where !earlier.place.precedesByBytes(later.place) {
            throw JSONError(.value, "the entries are not in the order of their variables")
        }
        for entry in entries where environment.network(entry.id.network) == nil {
            throw JSONError(
                .value,
                "\(environment.name) does not use \(entry.id.network) of \(entry.slot)"
            )
        }
    }
}
