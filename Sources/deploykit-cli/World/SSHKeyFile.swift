// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Finds the SSH key that a person signs with.
struct SSHKeyFile {
    private let call: Call

    init(_ call: Call) {
        self.call = call
    }

    /// The key that `--ssh-key` names, else `DEPLOYKIT_SSH_KEY`.
    var named: String? {
        let name = call.arguments["ssh-key"] ?? call.environment["DEPLOYKIT_SSH_KEY"] ?? ""
        return name.isEmpty ? nil : name
    }

    /// The key to sign with: the one that the call names; that of `DEPLOYKIT_SSH_KEY`, where the log
    /// knows a key of the person; and where only a key counts, one of the person's in `~/.ssh`.
    func path(
        for person: ActorID,
        in facts: Facts,
        isNeeded: Bool
    ) throws(InputError) -> String? {
        if let path = call.arguments["ssh-key"] { return path }
        let isKnown = facts.directory.person(person)?.keys.isEmpty == false
        if isKnown, let path = named { return path }
        return isNeeded ? try ofPerson(person, in: facts) : nil
    }

    /// The first of the usual keys in `~/.ssh` that the log knows as valid and the person's.
    ///
    /// The public half is enough: the agent may hold the private one.
    private func ofPerson(_ person: ActorID, in facts: Facts) throws(InputError) -> String? {
        let known = facts.directory.person(person)?.keys ?? []
        guard let home = call.environment["HOME"], !home.isEmpty, !known.isEmpty else { return nil }
        for name in ["id_ed25519_sk", "id_ed25519", "id_ecdsa_sk", "id_ecdsa", "id_rsa"] {
            let path = "\(home)/.ssh/\(name)"
            guard StoreLocation.exists("\(path).pub") else { continue }
            let line = String(
                decoding: try InputFile.bytes("\(path).pub", limit: 1 << 16),
                as: UTF8.self
            )
            let isKnown = known.contains { key in
                guard case .ssh(let material) = key.material else { return false }
                return line.hasPrefix(material.description) && key.refusal(at: facts.now) == nil
            }
            if isKnown { return StoreLocation.exists(path) ? path : "\(path).pub" }
        }
        return nil
    }
}

extension Option {
    static let sshKey = Option(
        "ssh-key",
        "FILE",
        "sign with this SSH key; else DEPLOYKIT_SSH_KEY"
    )
}
