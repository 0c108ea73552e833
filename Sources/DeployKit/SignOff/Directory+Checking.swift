// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension ActorID {
    /// Why the name cannot stand for anybody, or `nil` when it can: it is blank, longer than 254
    /// bytes, begins or ends with white space, or holds what cannot be seen (control characters,
    /// escapes, changes of direction), so that it would look like another name.
    public var fault: String? {
        let shown = VisibleText.render(text)
        if text.trimmed.isEmpty { return "a name is blank" }
        if text.utf8.count > 254 { return "a name has \(text.utf8.count) bytes; 254 are the most" }
        if !shown.utf8.elementsEqual(text.utf8) || text.contains(where: \.isNewline)
            || text.utf8.contains(0x09)
        {
            return "the name '\(shown.split(whereSeparator: \.isNewline).joined(separator: "⏎"))' "
                + "holds characters that cannot be seen; write it without them"
        }
        if text.trimmed.utf8.count != text.utf8.count {
            return "the name '\(shown)' begins or ends with white space"
        }
        return nil
    }

    /// Whether both names look the same and have other bytes: the same characters composed
    /// differently (NFC and NFD), or in upper and lower case.
    public func isTwin(of other: ActorID) -> Bool {
        // `==` of strings is canonical equivalence.
        self != other && text.lowercased() == other.text.lowercased()
    }
}

extension Directory {
    /// Why the directory cannot be applied: names that look alike, keys of two people, principals
    /// that OpenSSH would read as patterns. Empty when it can.
    public var faults: [String] { placedFaults.map(\.message) }

    /// The faults, each with the position of the person in the list.
    var placedFaults: [(position: Int, message: String)] {
        var faults: [(Int, String)] = []
        var names: [String: ActorID] = [:]
        var keys: [String: ActorID] = [:]
        for (position, person) in people.enumerated() {
            for name in [person.id] + person.aliases {
                if let fault = name.fault { faults.append((position, fault)) }
                // The key of the dictionary is compared by canonical equivalence.
                if let other = names.updateValue(name, forKey: name.text.lowercased()) {
                    let message =
                        other == name
                        ? "the name '\(name)' is used twice"
                        : "the names '\(other)' and '\(name)' look the same and have other bytes; "
                            + "drop one of them"
                    faults.append((position, message))
                }
            }
            for role in person.roles {
                if let fault = ActorID(role.text).fault {
                    faults.append((position, "a role: " + fault))
                }
            }
            for key in person.keys {
                if let other = keys.updateValue(person.id, forKey: key.id) {
                    faults.append(
                        (position, "the key \(key.id) is listed twice: \(other), \(person.id)")
                    )
                }
                guard case .ssh = key.material else { continue }
                do {
                    try AllowedSigners.checkPrincipal(person.id.text)
                } catch {
                    faults.append((position, error.message))
                }
            }
        }
        return faults
    }

    /// The SSH keys as OpenSSH knows them, for some purposes. A key that was revoked is valid until
    /// then.
    ///
    /// - Throws: ``SSHSignatureError``, code `badPrincipal`, for a directory with ``faults``.
    public func allowedSigners(
        for namespaces: String...
    ) throws(SSHSignatureError) -> AllowedSigners {
        var lines: [AllowedSigners.Line] = []
        for person in people {
            for key in person.keys {
                guard case .ssh(let material) = key.material else { continue }
                let end = [key.validUntil, key.revokedAt.map { $0 + .milliseconds(-1000) }]
                    .compactMap { $0 }.min()
                // Such a key never proves anything; OpenSSH would not read its line.
                if let start = key.validFrom, let end, start >= end { continue }
                lines.append(
                    try AllowedSigners.Line(
                        principal: person.id.text,
                        key: material,
                        namespaces: namespaces,
                        validAfter: key.validFrom,
                        validBefore: end
                    )
                )
            }
        }
        return AllowedSigners(lines)
    }
}
