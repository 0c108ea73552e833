// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A key of a person or a service, and when it proves anything.
public struct PersonKey: Hashable, Sendable {
    /// The public half.
    public enum Material: Hashable, Sendable {
        /// An SSH key, with which a person signs.
        case ssh(SSHPublicKey)
        /// 32 bytes of Ed25519, with which a service signs.
        case ed25519([UInt8])
    }

    /// The public half.
    public let material: Material
    /// The first moment at which it proves anything; `nil` for no limit.
    public let validFrom: Timestamp?
    /// The last moment at which it proves anything; `nil` for no limit.
    public let validUntil: Timestamp?
    /// When it fell into other hands, or may have: nothing signed from then on counts, also where it
    /// was recorded before the revocation was.
    public let revokedAt: Timestamp?

    /// A key of these parts.
    public init(
        _ material: Material,
        validFrom: Timestamp? = nil,
        validUntil: Timestamp? = nil,
        revokedAt: Timestamp? = nil
    ) {
        self.material = material
        self.validFrom = validFrom
        self.validUntil = validUntil
        self.revokedAt = revokedAt
    }

    /// The name of the key in envelopes: `SHA256:` and base64 for an SSH key, as `ssh-keygen -l`
    /// shows it; SHA-256 of the 32 bytes in hexadecimal digits for Ed25519.
    public var id: String {
        switch material {
        case .ssh(let key): key.fingerprint
        case .ed25519(let bytes): SHA256.digest(of: bytes).hex
        }
    }

    /// What a signature with the key proves.
    public var assurance: Actor.Assurance {
        switch material {
        case .ssh: .sshKey
        case .ed25519: .serviceKey
        }
    }

    /// Why the key proves nothing at `moment`, or `nil` when it does.
    public func refusal(at moment: Timestamp) -> SSHSignatureError? {
        if let revokedAt, moment >= revokedAt {
            return SSHSignatureError(.revoked, "the key \(id) was revoked as of \(revokedAt)")
        }
        if let validFrom, moment < validFrom {
            return SSHSignatureError(
                .notYetValid,
                "the key \(id) is valid from \(validFrom), and it was \(moment)"
            )
        }
        if let validUntil, moment > validUntil {
            return SSHSignatureError(
                .expired,
                "the key \(id) was valid until \(validUntil), and it was \(moment)"
            )
        }
        return nil
    }

    /// Whether this key proves something at a moment at which `other`, of the same material, does
    /// not.
    func outlasts(_ other: PersonKey) -> Bool {
        func start(_ key: PersonKey) -> Int64 { key.validFrom?.milliseconds ?? .min }
        func end(_ key: PersonKey) -> Int64 {
            min(
                key.validUntil?.milliseconds ?? .max,
                key.revokedAt.map { $0.milliseconds - 1 } ?? .max
            )
        }
        return start(self) < start(other) || end(self) > end(other)
    }
}

extension PersonKey: JSONConvertible {
    /// An object with `ssh` (kind and base64) or `ed25519` (base64 of 32 bytes), and what limits it.
    public var json: JSONValue {
        var members: [String: JSONValue] = [:]
        switch material {
        case .ssh(let key): members["ssh"] = key.description.json
        case .ed25519(let bytes): members["ed25519"] = Base64.encode(bytes).json
        }
        return .members([
            "ssh": members["ssh"], "ed25519": members["ed25519"], "validFrom": validFrom?.json,
            "validUntil": validUntil?.json, "revokedAt": revokedAt?.json,
        ])
    }

    /// Reads the object that ``json`` writes; the SSH key may have a comment.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else, or a moment has parts of a second,
    ///   which OpenSSH's files cannot say.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let ssh = try members.optional("ssh", as: String.self)
        let raw = try members.optional("ed25519", as: String.self)
        validFrom = try members.optional("validFrom")
        validUntil = try members.optional("validUntil")
        revokedAt = try members.optional("revokedAt")
        try members.finish()
        switch (ssh, raw) {
        case (let text?, nil):
            do {
                material = .ssh(try SSHPublicKey(text))
            } catch {
                throw JSONError(.value, error.message, path: ["ssh"])
            }
        case (nil, let text?):
            guard let bytes = Base64.decode(text), bytes.count == 32 else {
                throw JSONError(.value, "an Ed25519 key is base64 of 32 bytes", path: ["ed25519"])
            }
            material = .ed25519(bytes)
        default:
            throw JSONError(.value, "a key is either 'ssh' or 'ed25519'")
        }
        if let validFrom, let validUntil, validFrom >= validUntil {
            throw JSONError(.value, "the key would end before it begins", path: ["validUntil"])
        }
        for (name, moment) in [("validFrom", validFrom), ("validUntil", validUntil)] {
            guard moment.map({ $0.milliseconds % 1000 == 0 }) ?? true else {
                throw JSONError(.value, "OpenSSH knows whole seconds only", path: [name])
            }
        }
    }
}
