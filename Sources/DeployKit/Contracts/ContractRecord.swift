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
        /// It stood in a file that the command wrote.
        case file(String)
        /// It was read from a file of another tool: the name of its format, and what was read.
        case imported(format: String, source: Source? = nil)

        /// A file that was read.
        public struct Source: Hashable, Sendable {
            /// Where it was read, as it was given.
            public let path: String
            /// SHA-256 of its bytes.
            public let digest: Digest

            /// A file of this content.
            public init(path: String, digest: Digest) {
                self.path = path
                self.digest = digest
            }
        }
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
    /// Which of several contracts of the slot it is, or `nil` for the only one.
    public let instance: Instance?
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
    /// The item attempt that made the record, or `nil` for one that no deployment made.
    public let origin: Origin?
    /// How the ID was obtained.
    public let provenance: Provenance
    /// When it was recorded.
    public let at: Timestamp
    /// What became of it.
    public internal(set) var status: Status
    /// What was found out about the contract, oldest first.
    public internal(set) var details: [ContractDetail]

    /// The network of the ID.
    public var network: Network.ID { id.network }

    /// The code that the contract ran, oldest first; it runs the last one.
    public var codes: [ContractDetail.Code] {
        details.compactMap { if case .code(let code) = $0 { code } else { nil } }
    }

    /// How the contract was deployed, where that is known.
    public var deployment: ContractDetail.Deployment? {
        details.lazy.compactMap { if case .deployment(let known) = $0 { known } else { nil } }.first
    }

    /// How the contract was initialised, where that is known.
    public var initialisation: ContractDetail.Initialisation? {
        details.lazy.compactMap {
            if case .initialisation(let known) = $0 { known } else { nil }
        }.first
    }

    /// What was observed of the contract, oldest first.
    public var evidence: [ContractDetail.Evidence] {
        details.compactMap { if case .evidence(let evidence) = $0 { evidence } else { nil } }
    }

    /// The name of the variable that holds the ID in an environment file: the slot's, and for an
    /// instance `_` and its name in upper case.
    public var variable: String { Self.variable(slot, instance) }

    static func variable(_ slot: ContractSlot.Name, _ instance: Instance?) -> String {
        guard let instance else { return slot.text }
        let suffix = instance.text.uppercased().split(
            separator: "-",
            omittingEmptySubsequences: false
        )
        return slot.text + "_" + suffix.joined(separator: "_")
    }

    /// The name of one of several contracts of a slot, such as `eu`: 1 to 32 of `a`–`z`, `0`–`9`
    /// and, not at an end, `-`.
    public typealias Instance = Identifier<ContractRecord>

    /// Checks the name of an instance.
    ///
    /// - Throws: ``ContractRegistryError``, code `instance`, for any other text.
    public static func checkInstance(_ name: Instance) throws(ContractRegistryError) {
        let bytes = Array(name.text.utf8)
        let isForm = bytes.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
        }
        guard isForm, (1...32).contains(bytes.count), bytes.first != 0x2D, bytes.last != 0x2D else {
            throw ContractRegistryError(
                .instance,
                "'\(name)' is no name of an instance: 1 to 32 of a to z, 0 to 9 and '-'"
            )
        }
    }
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
    /// An object with `from`: `stdout`, `json-pointer` (and `pointer`), `file` (and `path`),
    /// `manual`, or `import` (and `format`, and where it is known `path` with `sha256`).
    public var json: JSONValue {
        switch self {
        case .standardOutput: .members(["from": "stdout".json])
        case .jsonPointer(let pointer):
            .members(["from": "json-pointer".json, "pointer": pointer.json])
        case .manual: .members(["from": "manual".json])
        case .file(let path): .members(["from": "file".json, "path": path.json])
        case .imported(let format, let source):
            .members([
                "from": "import".json, "format": format.json, "path": source?.path.json,
                "sha256": source?.digest.json,
            ])
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
        case "file": self = .file(try members.required("path"))
        case "import":
            let format: String = try members.required("format")
            let path: String? = try members.optional("path")
            let digest: Digest? = try members.optional("sha256")
            guard let path, let digest else {
                guard path == nil, digest == nil else {
                    throw JSONError(.value, "'path' and 'sha256' stand together or not at all")
                }
                self = .imported(format: format)
                break
            }
            self = .imported(format: format, source: Source(path: path, digest: digest))
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
    /// An object with a member for each property; what is absent or empty is left out.
    public var json: JSONValue {
        .members([
            "number": number.json, "slot": slot.json, "instance": instance?.json,
            "environment": environment.json, "id": id.json, "checksum": checksum.json,
            "fingerprint": fingerprint.json, "epoch": epoch.json, "origin": origin?.json,
            "provenance": provenance.json, "at": at.json, "status": status.json,
            "details": details.jsonUnlessEmpty,
        ])
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` when a member is wrong.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        number = try members.required("number")
        slot = try members.required("slot")
        instance = try members.optional("instance")
        environment = try members.required("environment")
        id = try members.required("id")
        checksum = try members.required("checksum")
        fingerprint = try members.required("fingerprint")
        epoch = try members.required("epoch")
        origin = try members.optional("origin")
        provenance = try members.required("provenance")
        at = try members.required("at")
        status = try members.required("status")
        details = try members.list("details")
        try members.finish()
    }
}
