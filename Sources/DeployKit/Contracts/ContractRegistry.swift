// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The contract records of one environment: a fold over its events, whose history only grows.
///
/// The rules that decide events are in the extension with ``decide(_:in:at:others:)``.
public struct ContractRegistry: Hashable, Sendable {
    /// What happened to the registry.
    @nonexhaustive
    public enum Event: Hashable, Sendable {
        /// A record was added; its status is ``ContractRecord/Status/recorded``.
        case recorded(ContractRecord)
        /// A record became the ID of its slot.
        case activated(Int, at: Timestamp)
        /// A record gave way to another, or to none.
        case superseded(Int, by: Int?, at: Timestamp)
        /// A record must not be used any more.
        case revoked(Int, ContractRecord.Revocation, at: Timestamp)
        /// A superseded record became the ID of its slot again.
        case restored(Int, at: Timestamp)
        /// A network was wiped; what is recorded from now on belongs to this epoch.
        case networkReset(Network.ID, epoch: Int, at: Timestamp)
        /// The contract of a record does not exist any more.
        case orphaned(Int, at: Timestamp)
        /// Something was found out about the contract of a record.
        case detailed(Int, ContractDetail, at: Timestamp)
    }

    /// The environment.
    public let environment: Environment.ID
    /// All records in the order of their numbers; the record `n` stands at `n - 1`.
    public private(set) var records: [ContractRecord] = []
    /// How often each network was reset; a network that never was is not listed.
    public private(set) var epochs: [Network.ID: Int] = [:]

    /// The registry of an environment where nothing was recorded yet.
    public init(environment: Environment.ID) {
        self.environment = environment
    }

    /// The registry after these events, oldest first.
    ///
    /// - Throws: ``ContractRegistryError``, code `history`; see ``apply(_:)``.
    public init(
        environment: Environment.ID,
        events: some Sequence<Event>
    ) throws(ContractRegistryError) {
        self.init(environment: environment)
        for event in events { try apply(event) }
    }

    /// How often the network was reset, as far as the registry knows.
    public func epoch(of network: Network.ID) -> Int { epochs[network] ?? 0 }

    /// The record with this number, or `nil`.
    public func record(_ number: Int) -> ContractRecord? {
        records.indices.contains(number - 1) ? records[number - 1] : nil
    }

    /// The record whose ID the slot has on `network` now, or `nil`.
    public func active(
        _ slot: ContractSlot.Name,
        _ instance: ContractRecord.Instance? = nil,
        on network: Network.ID
    ) -> ContractRecord? {
        records.last {
            $0.slot == slot && $0.instance == instance && $0.network == network
                && $0.status == .active
        }
    }

    /// Adds one event.
    ///
    /// - Throws: ``ContractRegistryError``, code `history`, when the event cannot follow the ones
    ///   before it; the registry is unchanged then.
    public mutating func apply(_ event: Event) throws(ContractRegistryError) {
        switch event {
        case .recorded(let record):
            guard record.number == records.count + 1, record.environment == environment,
                record.epoch == epoch(of: record.network), record.status == .recorded
            else { throw Self.inconsistent("record \(record.number) is out of place") }
            records.append(record)
        case .activated(let number, _):
            try activate(number) { $0 == .recorded }
        case .restored(let number, _):
            try activate(number) { if case .superseded = $0 { true } else { false } }
        case .superseded(let number, let successor, _):
            guard let record = record(number), record.status == .active, number != successor,
                successor.map({ self.record($0)?.isOfSamePlace(as: record) == true }) ?? true
            else { throw Self.inconsistent("record \(number) cannot be superseded") }
            records[number - 1].status = .superseded(by: successor)
        case .revoked(let number, let reason, _):
            guard let record = record(number), record.status != .orphaned, !record.isRevoked else {
                throw Self.inconsistent("record \(number) cannot be revoked")
            }
            records[number - 1].status = .revoked(reason)
        case .networkReset(let network, let epoch, _):
            guard epoch == self.epoch(of: network) + 1 else {
                throw Self.inconsistent("\(network) cannot enter epoch \(epoch)")
            }
            epochs[network] = epoch
        case .orphaned(let number, _):
            guard let record = record(number), record.epoch < epoch(of: record.network),
                record.status == .active || record.status == .recorded
            else { throw Self.inconsistent("record \(number) cannot be orphaned") }
            records[number - 1].status = .orphaned
        case .detailed(let number, let detail, _):
            guard let record = record(number), record.mayTake(detail) else {
                throw Self.inconsistent("record \(number) cannot take the detail")
            }
            records[number - 1].details.append(detail)
        }
    }

    private mutating func activate(
        _ number: Int,
        when isAllowed: (ContractRecord.Status) -> Bool
    ) throws(ContractRegistryError) {
        guard let record = record(number), isAllowed(record.status),
            active(record.slot, record.instance, on: record.network) == nil,
            record.epoch == epoch(of: record.network)
        else { throw Self.inconsistent("record \(number) cannot become active") }
        records[number - 1].status = .active
    }

    private static func inconsistent(_ message: String) -> ContractRegistryError {
        ContractRegistryError(.history, message)
    }
}

extension ContractRecord {
    var isRevoked: Bool { if case .revoked = status { true } else { false } }

    func isOfSamePlace(as other: ContractRecord) -> Bool {
        slot == other.slot && instance == other.instance && network == other.network
            && epoch == other.epoch
    }

    /// Tells whether the detail adds something and contradicts nothing.
    func mayTake(_ detail: ContractDetail) -> Bool {
        switch detail {
        case .deployment: deployment == nil
        case .initialisation: initialisation == nil
        case .code(let code): codes.last != code
        case .evidence(let observed): evidence.last { $0.kind == observed.kind } != observed
        }
    }
}

extension ContractRegistry.Event: JSONConvertible {
    /// An object with `kind`, such as `contract-recorded`, and the event's values.
    public var json: JSONValue {
        switch self {
        case .recorded(let record):
            .members(["kind": "contract-recorded".json, "record": record.json])
        case .activated(let number, let at):
            Self.json("contract-activated", number, at)
        case .superseded(let number, let by, let at):
            .members([
                "kind": "contract-superseded".json, "number": number.json, "by": by?.json,
                "at": at.json,
            ])
        case .revoked(let number, let reason, let at):
            .members([
                "kind": "contract-revoked".json, "number": number.json, "reason": reason.json,
                "at": at.json,
            ])
        case .restored(let number, let at):
            Self.json("contract-restored", number, at)
        case .networkReset(let network, let epoch, let at):
            .members([
                "kind": "network-reset".json, "network": network.json, "epoch": epoch.json,
                "at": at.json,
            ])
        case .orphaned(let number, let at):
            Self.json("contract-orphaned", number, at)
        case .detailed(let number, let detail, let at):
            .members([
                "kind": "contract-detailed".json, "number": number.json, "detail": detail.json,
                "at": at.json,
            ])
        }
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` when a member is wrong.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let kind: String = try members.required("kind")
        if kind == "contract-recorded" {
            self = .recorded(try members.required("record"))
            try members.finish()
            return
        }
        let at: Timestamp = try members.required("at")
        if kind == "network-reset" {
            self = .networkReset(
                try members.required("network"),
                epoch: try members.required("epoch"),
                at: at
            )
            try members.finish()
            return
        }
        let number: Int = try members.required("number")
        switch kind {
        case "contract-activated": self = .activated(number, at: at)
        case "contract-superseded":
            self = .superseded(number, by: try members.optional("by"), at: at)
        case "contract-revoked":
            self = .revoked(number, try members.required("reason"), at: at)
        case "contract-restored": self = .restored(number, at: at)
        case "contract-orphaned": self = .orphaned(number, at: at)
        case "contract-detailed":
            self = .detailed(number, try members.required("detail"), at: at)
        default: throw JSONError(.value, "'\(kind)' is no event of a contract registry")
        }
        try members.finish()
    }

    private static func json(_ kind: String, _ number: Int, _ at: Timestamp) -> JSONValue {
        .members(["kind": kind.json, "number": number.json, "at": at.json])
    }
}
