// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// One entry of the registry: which ID was put into which slot, by what, and what became of it.
public struct ContractRecord: Hashable, Sendable {
    /// The item attempt that made the record.
    public struct Origin: Hashable, Sendable {
        /// The deployment's ID.
        public let deployment: String
        /// The item's ID.
        public let item: String
        /// The number of the attempt, from 1.
        public let attempt: Int

        /// An attempt.
        public init(deployment: String, item: String, attempt: Int) {
            self.deployment = deployment
            self.item = item
            self.attempt = attempt
        }
    }

    /// How the ID was obtained.
    @nonexhaustive
    public enum Provenance: Hashable, Sendable {
        /// It was the only one on the standard output of a command that exited 0.
        case standardOutput
        /// It stood at this JSON pointer (RFC 6901) of the standard output.
        case jsonPointer(String)
        /// A person gave it.
        case manual
        /// It was read from a file; the name of its format.
        case imported(format: String)
    }

    /// Why an ID must not be used any more.
    @nonexhaustive
    public enum Revocation: String, Hashable, Sendable, CaseIterable, JSONConvertible {
        /// The contract or its administration is in the wrong hands.
        case compromised
        /// The contract does not do what it should.
        case defective
        /// The record was a mistake.
        case mistaken
        /// Nobody maintains the contract any more.
        case abandoned
    }

    /// What became of the record. A revoked record stays revoked.
    @nonexhaustive
    public enum Status: Hashable, Sendable {
        /// It is known but not in use yet.
        case recorded
        /// It is the ID of its slot.
        case active
        /// Another record took its place; none did when a restored snapshot left the slot empty.
        case superseded(by: Int?)
        /// It must not be used.
        case revoked(Revocation)
        /// Its network was reset: the contract does not exist any more.
        case orphaned
    }

    /// The number within the registry of the environment, from 1.
    public let number: Int
    /// The slot.
    public let slot: ContractSlot.Name
    /// The environment.
    public let environment: Environment.ID
    /// The ID, with its network.
    public let id: ContractID
    /// What protected the text of the ID as it was given.
    public let checksum: ContractID.Checksum
    /// The fingerprint of the network.
    public let fingerprint: String
    /// How often the network was reset before, as far as the registry knows.
    public let epoch: Int
    /// The item attempt that made the record.
    public let origin: Origin
    /// How the ID was obtained.
    public let provenance: Provenance
    /// When it was recorded.
    public let at: Timestamp
    /// What became of it.
    public internal(set) var status: Status

    /// The network of the ID.
    public var network: Network.ID { id.network }
}

extension ContractRecord.Origin: JSONConvertible {
    /// An object with `deployment`, `item` and `attempt`.
    public var json: JSONValue {
        .members([
            "deployment": deployment.json, "item": item.json, "attempt": attempt.json,
        ])
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` when a member is wrong.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        deployment = try members.required("deployment")
        item = try members.required("item")
        attempt = try members.required("attempt")
        try members.finish()
    }
}

extension ContractRecord.Provenance: JSONConvertible {
    /// An object with `from`: `stdout`, `json-pointer` (and `pointer`), `manual`, or `import`
    /// (and `format`).
    public var json: JSONValue {
        switch self {
        case .standardOutput: .members(["from": "stdout".json])
        case .jsonPointer(let pointer):
            .members(["from": "json-pointer".json, "pointer": pointer.json])
        case .manual: .members(["from": "manual".json])
        case .imported(let format): .members(["from": "import".json, "format": format.json])
        }
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` when a member is wrong.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let from: String = try members.required("from")
        switch from {
        case "stdout": self = .standardOutput
        case "json-pointer": self = .jsonPointer(try members.required("pointer"))
        case "manual": self = .manual
        case "import": self = .imported(format: try members.required("format"))
        default: throw JSONError(.value, "'\(from)' is no provenance of a contract ID")
        }
        try members.finish()
    }
}

extension ContractRecord.Status: JSONConvertible {
    /// An object with `state`: `recorded`, `active`, `superseded` (and `by`, unless by none),
    /// `revoked` (and `reason`) or `orphaned`.
    public var json: JSONValue {
        switch self {
        case .recorded: .members(["state": "recorded".json])
        case .active: .members(["state": "active".json])
        case .superseded(let by): .members(["state": "superseded".json, "by": by?.json])
        case .revoked(let reason): .members(["state": "revoked".json, "reason": reason.json])
        case .orphaned: .members(["state": "orphaned".json])
        }
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` when a member is wrong.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let state: String = try members.required("state")
        switch state {
        case "recorded": self = .recorded
        case "active": self = .active
        case "superseded": self = .superseded(by: try members.optional("by"))
        case "revoked": self = .revoked(try members.required("reason"))
        case "orphaned": self = .orphaned
        default: throw JSONError(.value, "'\(state)' is no state of a contract record")
        }
        try members.finish()
    }
}

extension ContractRecord: JSONConvertible {
    /// An object with a member for each property.
    public var json: JSONValue {
        .members([
            "number": number.json, "slot": slot.json, "environment": environment.json,
            "id": id.json, "checksum": checksum.json, "fingerprint": fingerprint.json,
            "epoch": epoch.json, "origin": origin.json, "provenance": provenance.json,
            "at": at.json, "status": status.json,
        ])
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` when a member is wrong.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        number = try members.required("number")
        slot = try members.required("slot")
        environment = try members.required("environment")
        id = try members.required("id")
        checksum = try members.required("checksum")
        fingerprint = try members.required("fingerprint")
        epoch = try members.required("epoch")
        origin = try members.required("origin")
        provenance = try members.required("provenance")
        at = try members.required("at")
        status = try members.required("status")
        try members.finish()
    }
}
