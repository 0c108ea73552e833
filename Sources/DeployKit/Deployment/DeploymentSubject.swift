// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What is deployed where: the part of a deployment that a signature is bound to.
public struct DeploymentSubject: Hashable, Sendable {
    /// Something that is deployed, by its content.
    public struct Artifact: Hashable, Sendable, JSONConvertible {
        /// A name for people.
        public let name: String
        /// SHA-256 of the content.
        public let digest: Digest

        /// An artifact of this name and content.
        public init(name: String, digest: Digest) {
            self.name = name
            self.digest = digest
        }

        /// An object.
        public var json: JSONValue { .members(["name": name.json, "sha256": digest.json]) }

        /// Reads the object that ``json`` writes.
        ///
        /// - Throws: ``JSONError`` when `json` is anything else.
        public init(json: JSONValue) throws(JSONError) {
            var members = try JSONMembers(json)
            name = try members.required("name")
            digest = try members.required("sha256")
            try members.finish()
        }
    }

    /// What kind of run it is.
    @nonexhaustive
    public enum Kind: String, Hashable, Sendable, JSONConvertible {
        /// Something new goes out.
        case deploy
        /// The same goes out again.
        case redeploy
        /// A trial without consequence.
        case rehearsal
        /// Recurring work on what runs already.
        case maintenance
        /// Getting back to work after a disaster.
        case recovery
        /// Going back from a deployment that has ended.
        case rollback

        /// Whether nobody else may deploy to the environment meanwhile.
        public var locksEnvironment: Bool {
            self == .deploy || self == .redeploy || self == .rollback
        }
    }

    /// What kind of run it is.
    public let kind: Kind
    /// The service that is deployed.
    public let service: String
    /// Where to.
    public let environment: Environment
    /// The version that is deployed.
    public let version: String
    /// What is deployed, by content, in the order given.
    public let artifacts: [Artifact]
    /// The checklist that is followed.
    public let checklist: Digest
    /// The level of the rollback plan that is rehearsed, or by which the deployment goes back;
    /// `nil` for the items of the checklist.
    public let level: RollbackLevelID?
    /// The deployment that it goes back from.
    public let original: DeploymentID?

    /// A subject of these parts.
    public init(
        kind: Kind = .deploy,
        service: String,
        environment: Environment,
        version: String,
        artifacts: [Artifact] = [],
        checklist: Digest,
        level: RollbackLevelID? = nil,
        original: DeploymentID? = nil
    ) {
        self.kind = kind
        self.service = service
        self.environment = environment
        self.version = version
        self.artifacts = artifacts
        self.checklist = checklist
        self.level = level
        self.original = original
    }

    /// SHA-256 of the canonical JSON.
    public var digest: Digest { SHA256.digest(of: json.canonicalBytes) }
}

extension DeploymentSubject: JSONConvertible {
    /// An object; what is absent or empty is left out.
    public var json: JSONValue {
        .members([
            "kind": kind.json,
            "service": service.json,
            "environment": environment.json,
            "version": version.json,
            "artifacts": artifacts.jsonUnlessEmpty,
            "checklist": checklist.json,
            "level": level?.json,
            "original": original?.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        kind = try members.required("kind")
        service = try members.required("service")
        environment = try members.required("environment")
        version = try members.required("version")
        artifacts = try members.list("artifacts")
        checklist = try members.required("checklist")
        level = try members.optional("level")
        original = try members.optional("original")
        try members.finish()
    }
}
