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

    /// Decides what follows from a command.
    ///
    /// - Parameters:
    ///   - command: What is wanted.
    ///   - environment: The environment of this registry.
    ///   - moment: Now.
    ///   - others: The registries of the other environments.
    /// - Returns: The events in order, none when all is so already.
    /// - Throws: ``ContractRegistryError`` when the rules do not allow it.
    public func decide(
        _ command: ContractCommand,
        in environment: Environment,
        at moment: Timestamp,
        others: [ContractRegistry] = []
    ) throws(ContractRegistryError) -> [Event] {
        switch command {
        case .record(let claim, let allowing):
            return try record(
                claim,
                of: environment,
                at: moment,
                allowing: allowing,
                others: others
            )
            .events
        case .take(let claims, let allowing):
            return try take(claims, of: environment, at: moment, allowing: allowing, others: others)
        case .revoke(let number, let reason): return try revoke(number, reason, at: moment).events
        case .restore(let number):
            return try restore(number, in: environment, at: moment, others: others).events
        case .rollBack(let snapshot):
            guard snapshot.environment.name == environment.name else {
                throw ContractRegistryError(
                    .environment,
                    "the snapshot is of \(snapshot.environment.name), not of \(environment.name)"
                )
            }
            return try restore(to: snapshot, at: moment, others: others)
        case .reset(let network, let epoch):
            return try reset(network, to: epoch, in: environment, at: moment)
        }
    }

    /// Records the ID of a slot, and makes it the slot's ID unless `activates` is false.
    ///
    /// The same ID again, while it is active or recorded, is "already"; details that are new are
    /// added to its record then. Another ID of another attempt supersedes the active one.
    ///
    /// - Parameters:
    ///   - claim: The ID, its slot, and what is known of it.
    ///   - environment: The environment of this registry.
    ///   - moment: Now.
    ///   - activates: Whether the ID is in use from now on.
    ///   - allowances: What somebody said is meant.
    ///   - others: The registries of the other environments.
    /// - Returns: The events, and the record.
    /// - Throws: ``ContractRegistryError``: `environment`, `network`, `kind`, `instance`,
    ///   `unprotected`, `derivation`, `otherNetwork`, `revoked`, `superseded`, `elsewhere`,
    ///   `occupied` or `conflict`, checked in this order.
    public func record(
        _ claim: ContractClaim,
        of environment: Environment,
        at moment: Timestamp,
        activates: Bool = true,
        allowing allowances: Set<ContractAllowance> = [],
        others: [ContractRegistry] = []
    ) throws(ContractRegistryError) -> Decision {
        let (id, slot) = (claim.id, claim.slot)
        let network = try networkToRecord(id, in: slot, of: environment)
        if let instance = claim.instance { try ContractRecord.checkInstance(instance) }
        try checkVariable(of: claim)
        guard
            id.kind != .evmAddress || id.checksum == .verified
                || allowances.contains(.unprotected) || environment.tier != .production
        else {
            throw ContractRegistryError(
                .unprotected,
                "\(id) was given in lower case, where nothing protects it against a wrong digit, and "
                    + "\(environment.name) is production: give it as its source writes it, or "
                    + "take it as it is (--unprotected)"
            )
        }
        try checkDerivations(of: claim, on: network, in: environment)
        try checkIsOfOneNetwork(id, fingerprint: network.fingerprint, others: others)
        let epoch = epoch(of: network.id)
        let ofPlace = records.filter {
            $0.slot == slot.name && $0.instance == claim.instance && $0.network == network.id
                && $0.epoch == epoch
        }
        if let known = ofPlace.last(where: { $0.id == id }) {
            return try decision(again: known, claim.details, activates: activates, at: moment)
        }
        if !allowances.contains(.shared) { try checkIsFree(claim, network, others: others) }
        if let origin = claim.origin {
            if let rival = ofPlace.last(where: { $0.origin == origin && !$0.isRevoked }) {
                throw ContractRegistryError(
                    .conflict,
                    "the same attempt recorded \(rival.id) for \(slot.name), now \(id)"
                )
            }
        } else if activates, !allowances.contains(.replacing),
            let current = active(slot.name, claim.instance, on: network.id)
        {
            throw ContractRegistryError(
                .occupied,
                "\(claim.variable) is \(current.id) (record \(current.number)); if \(id) is "
                    + "right, replace it (--replace)"
            )
        }
        let record = ContractRecord(
            number: records.count + 1,
            slot: slot.name,
            instance: claim.instance,
            environment: self.environment,
            id: id,
            checksum: id.checksum,
            fingerprint: network.fingerprint,
            epoch: epoch,
            origin: claim.origin,
            provenance: claim.provenance,
            at: moment,
            status: .recorded,
            details: []
        )
        return try decision(
            [.recorded(record)]
                + claim.details.map { .detailed(record.number, $0, at: moment) }
                + (activates ? activation(of: record, at: moment) : []),
            about: record.number
        )
    }

    /// Records what was read from files: all of it or nothing, in the order of the variables'
    /// names, so that the order of the files has no influence.
    private func take(
        _ claims: [ContractClaim],
        of environment: Environment,
        at moment: Timestamp,
        allowing allowances: Set<ContractAllowance>,
        others: [ContractRegistry]
    ) throws(ContractRegistryError) -> [Event] {
        var after = self
        var events: [Event] = []
        let ordered = claims.sorted { left, right in
            (left.variable, left.id.caip10) < (right.variable, right.id.caip10)
        }
        for (earlier, later) in zip(ordered, ordered.dropFirst())
        where earlier.variable == later.variable && earlier.id.network == later.id.network
            && earlier.id != later.id
        {
            throw ContractRegistryError(
                .conflict,
                "the files give \(earlier.id) and \(later.id) for \(later.variable)"
            )
        }
        for claim in ordered {
            let decision = try after.record(
                claim,
                of: environment,
                at: moment,
                allowing: allowances,
                others: others
            )
            for event in decision.events { try after.apply(event) }
            events += decision.events
        }
        return events
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

    private func reset(
        _ network: Network.ID,
        to epoch: Int,
        in environment: Environment,
        at moment: Timestamp
    ) throws(ContractRegistryError) -> [Event] {
        try check(environment)
        guard let known = environment.network(network), known.tier != .production else {
            throw ContractRegistryError(
                .network,
                environment.network(network) == nil
                    ? "\(environment.name) does not use \(network)"
                    : "\(network) is a production network, which nobody wipes"
            )
        }
        let present = self.epoch(of: network)
        if epoch == present { return [] }
        guard epoch == present + 1 else {
            throw ContractRegistryError(
                .orphaned,
                "\(network) was wiped \(present) times as far as is known here; the next time is "
                    + "\(present + 1), not \(epoch)"
            )
        }
        return reset(network, at: moment)
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

    private func decision(
        again record: ContractRecord,
        _ details: [ContractDetail],
        activates: Bool,
        at moment: Timestamp
    ) throws(ContractRegistryError) -> Decision {
        switch record.status {
        case .active, .recorded:
            var after = record
            var events: [Event] = []
            for detail in details where !after.details.contains(detail) || after.mayTake(detail) {
                guard after.mayTake(detail) else {
                    throw ContractRegistryError(
                        .conflict,
                        "record \(record.number), \(record.id), says otherwise already: "
                            + detail.word
                    )
                }
                after.details.append(detail)
                events.append(.detailed(record.number, detail, at: moment))
            }
            if record.status == .recorded, activates {
                events += activation(of: record, at: moment)
            }
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
        guard let current = active(record.slot, record.instance, on: record.network) else {
            return [rise]
        }
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

    private func orphaned(_ record: ContractRecord) -> ContractRegistryError {
        ContractRegistryError(
            .orphaned,
            "record \(record.number) is of epoch \(record.epoch) of \(record.network), which was "
                + "reset since"
        )
    }
}
