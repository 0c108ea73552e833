// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Something that was found out about a contract after its ID: details only accumulate, the newest
/// last.
@nonexhaustive
public enum ContractDetail: Hashable, Sendable {
    /// How it was deployed; known once.
    case deployment(Deployment)
    /// The code that it runs from now on: an upgrade in place keeps the ID.
    case code(Code)
    /// How it got its first state and its administrator; known once.
    case initialisation(Initialisation)
    /// What was observed of it.
    case evidence(Evidence)

    /// How a contract was deployed; what is not known is `nil`.
    public struct Deployment: Hashable, Sendable {
        /// The transaction, as the chain writes it.
        public let transaction: String?
        /// The ledger or block.
        public let height: Int?
        /// Who deployed it, as the chain writes it.
        public let deployer: String?
        /// What the ID is derived from; the registry has checked that it is.
        public let derivation: ContractID.Derivation?

        /// A deployment of these parts.
        public init(
            transaction: String? = nil,
            height: Int? = nil,
            deployer: String? = nil,
            derivation: ContractID.Derivation? = nil
        ) {
            self.transaction = transaction
            self.height = height
            self.deployer = deployer
            self.derivation = derivation
        }
    }

    /// Which code a contract runs.
    public struct Code: Hashable, Sendable {
        /// How the code is digested.
        @nonexhaustive
        public enum Kind: String, Hashable, Sendable, CaseIterable, JSONConvertible {
            /// SHA-256 of the wasm.
            case wasm = "wasm-sha256"
            /// Keccak-256 of what the chain runs.
            case evmRuntime = "evm-runtime-keccak256"
        }

        /// How the code is digested.
        public let kind: Kind
        /// The digest.
        public let digest: Digest
        /// The version that people call it, where there is one.
        public let version: String?

        /// Code of this digest.
        public init(kind: Kind, digest: Digest, version: String? = nil) {
            self.kind = kind
            self.digest = digest
            self.version = version
        }
    }

    /// How a contract got its first state.
    public struct Initialisation: Hashable, Sendable {
        /// When that happened.
        @nonexhaustive
        public enum Method: String, Hashable, Sendable, CaseIterable, JSONConvertible {
            /// In the transaction that deployed it.
            case constructor
            /// In a later one, which somebody else may have sent first.
            case call
            /// It needs none.
            case none
        }

        /// When it happened.
        public let method: Method
        /// Who is the administrator since, as the chain writes it.
        public let administrator: String?
        /// The transaction, where it was one of its own.
        public let transaction: String?

        /// An initialisation of these parts.
        public init(
            method: Method,
            administrator: String? = nil,
            transaction: String? = nil
        ) {
            self.method = method
            self.administrator = administrator
            self.transaction = transaction
        }
    }

    /// What was observed.
    public struct Evidence: Hashable, Sendable {
        /// What was looked at.
        @nonexhaustive
        public enum Kind: String, Hashable, Sendable, CaseIterable, JSONConvertible {
            /// The code on the chain has the recorded digest.
            case codeHash = "code-hash"
            /// The published source gives the code.
            case sourceVerified = "source-verified"
            /// Who built it says so in a signed statement.
            case buildAttestation = "build-attestation"
            /// A build of one's own gave the same code.
            case rebuild
            /// The administrator is the expected one.
            case owner
            /// A call that only reads gave the expected answer.
            case smokeRead = "smoke-read"
            /// The entries of the contract live long enough.
            case timeToLive = "time-to-live"
            /// A person looked.
            case manual
        }

        /// How it ended.
        public enum Result: String, Hashable, Sendable, CaseIterable, JSONConvertible {
            /// As expected.
            case pass
            /// Otherwise.
            case fail
            /// It could not be found out.
            case unknown
        }

        /// What was looked at.
        public let kind: Kind
        /// How it ended.
        public let result: Result
        /// The tool and its version, or whoever looked.
        public let source: String?

        /// An observation.
        public init(kind: Kind, result: Result, source: String? = nil) {
            self.kind = kind
            self.result = result
            self.source = source
        }
    }
}

extension ContractDetail {
    /// What the detail is about.
    var word: String {
        switch self {
        case .deployment: "how it was deployed"
        case .code: "which code it runs"
        case .initialisation: "how it was initialised"
        case .evidence: "what was observed"
        }
    }
}

extension ContractDetail: JSONConvertible {
    /// An object with one member: `deployment`, `code`, `initialisation` or `evidence`.
    public var json: JSONValue {
        switch self {
        case .deployment(let deployment): .members(["deployment": deployment.json])
        case .code(let code): .members(["code": code.json])
        case .initialisation(let how): .members(["initialisation": how.json])
        case .evidence(let evidence): .members(["evidence": evidence.json])
        }
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` when a member is wrong.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        if let deployment = try members.optional("deployment", as: Deployment.self) {
            self = .deployment(deployment)
        } else if let code = try members.optional("code", as: Code.self) {
            self = .code(code)
        } else if let how = try members.optional("initialisation", as: Initialisation.self) {
            self = .initialisation(how)
        } else {
            self = .evidence(try members.required("evidence"))
        }
        try members.finish()
    }
}

extension ContractDetail.Deployment: JSONConvertible {
    /// An object; what is not known is left out.
    public var json: JSONValue {
        .members([
            "transaction": transaction?.json, "height": height?.json, "deployer": deployer?.json,
            "derivation": derivation?.json,
        ])
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` when a member is wrong.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        transaction = try members.optional("transaction")
        height = try members.optional("height")
        deployer = try members.optional("deployer")
        derivation = try members.optional("derivation")
        try members.finish()
    }
}

extension ContractDetail.Code: JSONConvertible {
    /// An object with `kind`, `digest`, and `version` where there is one.
    public var json: JSONValue {
        .members(["kind": kind.json, "digest": digest.json, "version": version?.json])
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` when a member is wrong.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        kind = try members.required("kind")
        digest = try members.required("digest")
        version = try members.optional("version")
        try members.finish()
    }
}

extension ContractDetail.Initialisation: JSONConvertible {
    /// An object; what is not known is left out.
    public var json: JSONValue {
        .members([
            "method": method.json, "administrator": administrator?.json,
            "transaction": transaction?.json,
        ])
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` when a member is wrong.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        method = try members.required("method")
        administrator = try members.optional("administrator")
        transaction = try members.optional("transaction")
        try members.finish()
    }
}

extension ContractDetail.Evidence: JSONConvertible {
    /// An object with `kind`, `result`, and `source` where there is one.
    public var json: JSONValue {
        .members(["kind": kind.json, "result": result.json, "source": source?.json])
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` when a member is wrong.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        kind = try members.required("kind")
        result = try members.required("result")
        source = try members.optional("source")
        try members.finish()
    }
}
