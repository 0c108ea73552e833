// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension ContractRegistry {
    /// What a registry decided: the events to append, none when all is so already.
    public struct Decision: Hashable, Sendable {
        /// The events in order.
        public let events: [Event]
        /// The record that was asked about, as it is after the events.
        public let record: ContractRecord

        /// Tells whether there was nothing left to do.
        public var isAlready: Bool { events.isEmpty }
    }

    /// Records the ID of a slot, and makes it the slot's ID unless `activates` is false.
    ///
    /// The same ID again, while it is active or recorded, is "already". Another ID of another
    /// attempt supersedes the active one.
    ///
    /// - Parameters:
    ///   - id: The ID.
    ///   - slot: The slot.
    ///   - environment: The environment of this registry.
    ///   - origin: The item attempt.
    ///   - provenance: How the ID was obtained.
    ///   - moment: Now.
    ///   - activates: Whether the ID is in use from now on.
    ///   - allowsUnprotected: Whether production takes an EVM address without a checksum.
    ///   - others: The registries of the other environments.
    /// - Returns: The events, and the record.
    /// - Throws: ``ContractRegistryError``: `environment`, `network`, `kind`, `unprotected`,
    ///   `otherNetwork`, `revoked`, `superseded` or `conflict`, checked in this order.
    public func record(
        _ id: ContractID,
        in slot: ContractSlot,
        of environment: Environment,
        from origin: ContractRecord.Origin,
        provenance: ContractRecord.Provenance,
        at moment: Timestamp,
        activates: Bool = true,
        allowsUnprotected: Bool = false,
        others: [ContractRegistry] = []
    ) throws(ContractRegistryError) -> Decision {
        let network = try networkToRecord(id, in: slot, of: environment)
        guard
            id.kind != .evmAddress || id.checksum == .verified || allowsUnprotected
                || environment.tier != .production
        else {
            throw ContractRegistryError(
                .unprotected,
                "\(id) was given in lower case, where nothing protects it against a wrong digit; "
                    + "\(environment.name) is production"
            )
        }
        try checkIsOfOneNetwork(id, fingerprint: network.fingerprint, others: others)
        let epoch = epoch(of: network.id)
        let ofPlace = records.filter {
            $0.slot == slot.name && $0.network == network.id && $0.epoch == epoch
        }
        if let known = ofPlace.last(where: { $0.id == id }) {
            return try decision(again: known, activates: activates, at: moment)
        }
        if let rival = ofPlace.last(where: { $0.origin == origin && !$0.isRevoked }) {
            throw ContractRegistryError(
                .conflict,
                "the same attempt recorded \(rival.id) for \(slot.name), now \(id)"
            )
        }
        let record = ContractRecord(
            number: records.count + 1,
            slot: slot.name,
            environment: self.environment,
            id: id,
            checksum: id.checksum,
            fingerprint: network.fingerprint,
            epoch: epoch,
            origin: origin,
            provenance: provenance,
            at: moment,
            status: .recorded
        )
        return try decision(
            [.recorded(record)] + (activates ? activation(of: record, at: moment) : []),
            about: record.number
        )
    }

    /// Revokes a record for good; a slot whose active record it was has no ID then.
    ///
    /// - Returns: The events, none when it is revoked for the same reason already.
    /// - Throws: ``ContractRegistryError``: `unknown`, `orphaned`, or `revoked` when it is for
    ///   another reason.
    public func revoke(
        _ number: Int,
        _ reason: ContractRecord.Revocation,
        at moment: Timestamp
    ) throws(ContractRegistryError) -> Decision {
        let record = try known(number)
        switch record.status {
        case .revoked(reason): return Decision(events: [], record: record)
        case .revoked(let earlier):
            throw ContractRegistryError(
                .revoked,
                "record \(number) is revoked already, as \(earlier.rawValue)"
            )
        case .orphaned: throw orphaned(record)
        case .recorded, .active, .superseded:
            return try decision([.revoked(number, reason, at: moment)], about: number)
        }
    }

    /// Makes a superseded or a merely recorded record the ID of its slot.
    ///
    /// - Parameters:
    ///   - number: The record's number.
    ///   - environment: The environment of this registry, which must still list the network.
    ///   - moment: Now.
    ///   - others: The registries of the other environments.
    /// - Returns: The events, none when the record is active already.
    /// - Throws: ``ContractRegistryError``: `unknown`, `environment`, `network`, `revoked`,
    ///   `orphaned` or `otherNetwork`.
    public func restore(
        _ number: Int,
        in environment: Environment,
        at moment: Timestamp,
        others: [ContractRegistry] = []
    ) throws(ContractRegistryError) -> Decision {
        let record = try known(number)
        try check(environment)
        guard environment.network(record.network)?.fingerprint == record.fingerprint else {
            throw ContractRegistryError(
                .network,
                "\(environment.name) does not use \(record.network) of record \(number)"
            )
        }
        guard !record.isRevoked else {
            throw ContractRegistryError(.revoked, "record \(number), \(record.id), is revoked")
        }
        guard record.status != .orphaned, record.epoch == epoch(of: record.network) else {
            throw orphaned(record)
        }
        try checkIsOfOneNetwork(record.id, fingerprint: record.fingerprint, others: others)
        guard record.status != .active else { return Decision(events: [], record: record) }
        return try decision(activation(of: record, at: moment), about: number)
    }

    /// Notes that a network was wiped: every record of it that is in use, or was about to be, is
    /// orphaned.
    ///
    /// - Returns: The events in order.
    public func reset(_ network: Network.ID, at moment: Timestamp) -> [Event] {
        let lost = records.filter {
            $0.network == network && ($0.status == .active || $0.status == .recorded)
        }
        return [.networkReset(network, epoch: epoch(of: network) + 1, at: moment)]
            + lost.map { .orphaned($0.number, at: moment) }
    }

    private func networkToRecord(
        _ id: ContractID,
        in slot: ContractSlot,
        of environment: Environment
    ) throws(ContractRegistryError) -> Network {
        try check(environment)
        guard let network = environment.network(id.network) else {
            let listed = environment.networks.map(\.id.text).joined(separator: ", ")
            throw ContractRegistryError(
                .network,
                "\(id.caip10) is of \(id.network); \(environment.name) uses "
                    + (listed.isEmpty ? "no network; declare them with the environment" : listed)
            )
        }
        guard slot.kind == id.kind else {
            throw ContractRegistryError(
                .kind,
                "\(slot.name) takes \(slot.kind.rawValue), not \(id.kind.rawValue)"
            )
        }
        let expected = try slot.network(in: environment)
        guard expected == network else {
            throw ContractRegistryError(
                .network,
                "\(slot.name) is on \(expected), and \(id) on \(network)"
            )
        }
        return network
    }

    /// Of Stellar, an ID is derived from the network: it cannot be on two of them (CAP-46-02).
    private func checkIsOfOneNetwork(
        _ id: ContractID,
        fingerprint: String,
        others: [ContractRegistry]
    ) throws(ContractRegistryError) {
        guard id.kind == .stellarContract else { return }
        for registry in [self] + others {
            let twin = registry.records.first {
                $0.id.text == id.text && $0.fingerprint != fingerprint && !$0.isRevoked
            }
            guard let twin else { continue }
            throw ContractRegistryError(
                .otherNetwork,
                "\(id) is recorded on \(twin.network) (\(registry.environment), \(twin.slot)) and "
                    + "cannot be on \(id.network) too"
            )
        }
    }

    private func decision(
        again record: ContractRecord,
        activates: Bool,
        at moment: Timestamp
    ) throws(ContractRegistryError) -> Decision {
        switch record.status {
        case .active: return Decision(events: [], record: record)
        case .recorded:
            let events = activates ? activation(of: record, at: moment) : []
            return try decision(events, about: record.number)
        case .superseded:
            throw ContractRegistryError(
                .superseded,
                "\(record.id) is record \(record.number), which was superseded; restore it instead"
            )
        case .revoked(let reason):
            throw ContractRegistryError(
                .revoked,
                "\(record.id) is record \(record.number), revoked as \(reason.rawValue)"
            )
        case .orphaned: throw orphaned(record)
        }
    }

    private func activation(of record: ContractRecord, at moment: Timestamp) -> [Event] {
        let isNew = record.status == .recorded
        let rise: Event =
            isNew ? .activated(record.number, at: moment) : .restored(record.number, at: moment)
        guard let current = active(record.slot, on: record.network) else { return [rise] }
        return [.superseded(current.number, by: record.number, at: moment), rise]
    }

    private func decision(
        _ events: [Event],
        about number: Int
    ) throws(ContractRegistryError) -> Decision {
        var after = self
        for event in events { try after.apply(event) }
        return Decision(events: events, record: try after.known(number))
    }

    private func known(_ number: Int) throws(ContractRegistryError) -> ContractRecord {
        guard let record = record(number) else {
            throw ContractRegistryError(
                .unknown,
                "\(environment) has \(records.count) records, none is \(number)"
            )
        }
        return record
    }

    func check(_ environment: Environment) throws(ContractRegistryError) {
        guard environment.name == self.environment else {
            throw ContractRegistryError(
                .environment,
                "this is the registry of \(self.environment), not of \(environment.name)"
            )
        }
    }

    private func orphaned(_ record: ContractRecord) -> ContractRegistryError {
        ContractRegistryError(
            .orphaned,
            "record \(record.number) is of epoch \(record.epoch) of \(record.network), which was "
                + "reset since"
        )
    }
}
