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
            /// The number of the active record.
            public let record: Int
            /// How often the network had been reset before the ID was recorded.
            public let epoch: Int
            /// The ID.
            public let id: ContractID
        }

        /// The environment.
        public let environment: Environment
        /// The entries, ordered by the bytes of their slots' names.
        public let entries: [Entry]

        /// The ID of a slot, or `nil`.
        public func id(of slot: ContractSlot.Name) -> ContractID? {
            entries.first { $0.slot == slot }?.id
        }
    }

    /// The IDs that `slots` have in `environment` now; slots that have none and need none are
    /// left out.
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
        var missing: Set<ContractSlot.Name> = []
        for slot in slots {
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
            entries[slot.name] = Snapshot.Entry(
                slot: slot.name,
                record: record.number,
                epoch: record.epoch,
                id: record.id
            )
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
            entries: entries.values.sorted { $0.slot < $1.slot }
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
        let kept = Set(snapshot.entries.map(\.slot))
        for record in records where record.status == .active && !kept.contains(record.slot) {
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
    /// An object with `slot`, `record`, `epoch` and `id`.
    public var json: JSONValue {
        .members([
            "slot": slot.json, "record": record.json, "epoch": epoch.json, "id": id.json,
        ])
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` when a member is wrong.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        slot = try members.required("slot")
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
        for (earlier, later) in zip(entries, entries.dropFirst()) where earlier.slot >= later.slot {
            throw JSONError(.value, "the entries are not in the order of their slots")
        }
        for entry in entries where environment.network(entry.id.network) == nil {
            throw JSONError(
                .value,
                "\(environment.name) does not use \(entry.id.network) of \(entry.slot)"
            )
        }
    }
}
