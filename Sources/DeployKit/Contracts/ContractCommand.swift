// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What somebody wants of the registry of an environment.
@nonexhaustive
public enum ContractCommand: Hashable, Sendable {
    /// Record an ID and put it into use.
    case record(ContractClaim, allowing: Set<ContractAllowance>)
    /// Record what was read from files of another tool: all of it, or nothing.
    case take([ContractClaim], allowing: Set<ContractAllowance>)
    /// Say for good that a record must not be used.
    case revoke(Int, ContractRecord.Revocation)
    /// Put a superseded record back into use.
    case restore(Int)
    /// Make every slot hold what it held in a snapshot.
    case rollBack(to: ContractRegistry.Snapshot)
    /// Say that a network was wiped, for the how-manieth time.
    case reset(Network.ID, epoch: Int)

    /// What tells two commands under one idempotency key apart.
    var request: JSONValue {
        switch self {
        case .record(let claim, let allowing):
            .members(["record": claim.request, "allowing": Self.names(allowing)])
        case .take(let claims, let allowing):
            .members([
                "take": .array(claims.map(\.request)), "allowing": Self.names(allowing),
            ])
        case .revoke(let number, let reason):
            .members(["revoke": number.json, "reason": reason.json])
        case .restore(let number): .members(["restore": number.json])
        case .rollBack(let snapshot): .members(["rollBack": snapshot.digest.json])
        case .reset(let network, let epoch):
            .members(["reset": network.json, "epoch": epoch.json])
        }
    }

    private static func names(_ allowances: Set<ContractAllowance>) -> JSONValue {
        allowances.map(\.rawValue).sorted().json
    }
}

/// An ID that is to be recorded, with everything that is known of it.
public struct ContractClaim: Hashable, Sendable {
    /// The ID, with its network.
    public let id: ContractID
    /// The slot.
    public let slot: ContractSlot
    /// Which of several contracts of the slot it is.
    public let instance: ContractRecord.Instance?
    /// What else is known of it, oldest first.
    public let details: [ContractDetail]
    /// How the ID was obtained.
    public let provenance: ContractRecord.Provenance
    /// The item attempt that made it, where one did.
    public let origin: ContractRecord.Origin?

    /// A claim of these parts.
    public init(
        _ id: ContractID,
        in slot: ContractSlot,
        instance: ContractRecord.Instance? = nil,
        details: [ContractDetail] = [],
        provenance: ContractRecord.Provenance,
        origin: ContractRecord.Origin? = nil
    ) {
        self.id = id
        self.slot = slot
        self.instance = instance
        self.details = details
        self.provenance = provenance
        self.origin = origin
    }

    /// The name of the variable that the ID will have.
    public var variable: String { ContractRecord.variable(slot.name, instance) }

    var request: JSONValue {
        .members([
            "id": id.json, "checksum": id.checksum.json, "slot": slot.json,
            "instance": instance?.json, "details": details.jsonUnlessEmpty,
            "provenance": provenance.json, "origin": origin?.json,
        ])
    }
}

/// What a registry does only when somebody says that it is meant.
@nonexhaustive
public enum ContractAllowance: String, Hashable, Sendable, CaseIterable, JSONConvertible {
    /// Take an EVM address in lower case for production.
    case unprotected
    /// Take an ID that another slot or environment has already.
    case shared
    /// Replace the ID that a slot has.
    case replacing
}
