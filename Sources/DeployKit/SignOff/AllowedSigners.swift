// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Whose SSH signatures are taken for what, and when: the `allowed_signers` file of OpenSSH
/// (ssh-keygen(1), ALLOWED SIGNERS), as far as it says one thing only.
///
///     alice@example.com namespaces="sign-off@deploykit",valid-after="20250101000000Z" ssh-ed25519 AAAA…
///
/// A line has one principal, options, and a key. What OpenSSH would read as a pattern, a list of
/// principals, a certificate authority, or a time of this machine's zone is refused: such a line
/// makes one person's key speak for another, or says something else elsewhere. Empty lines and
/// those that begin with `#` are skipped.
public struct AllowedSigners: Hashable, Sendable {
    /// One key of one person.
    public struct Line: Hashable, Sendable {
        /// The person.
        public let principal: String
        /// The key.
        public let key: SSHPublicKey
        /// What it signs; empty for everything.
        public let namespaces: [String]
        /// The first second at which it proves anything.
        public let validAfter: Timestamp?
        /// The last second at which it proves anything.
        public let validBefore: Timestamp?

        /// A line of these parts.
        ///
        /// - Throws: ``SSHSignatureError``, code `badPrincipal`.
        public init(
            principal: String,
            key: SSHPublicKey,
            namespaces: [String] = [],
            validAfter: Timestamp? = nil,
            validBefore: Timestamp? = nil
        ) throws(SSHSignatureError) {
            try AllowedSigners.checkPrincipal(principal)
            self.principal = principal
            self.key = key
            self.namespaces = namespaces
            self.validAfter = validAfter
            self.validBefore = validBefore
        }
    }

    /// The lines, in the order of the file.
    public let lines: [Line]
    /// Keys that are not taken, whatever the lines say.
    public let revoked: Set<SSHPublicKey>

    /// A file of these lines.
    public init(_ lines: [Line], revoked: Set<SSHPublicKey> = []) {
        self.lines = lines
        self.revoked = revoked
    }

    /// Tells whether a name stands for one person alone, in a file whose principals are patterns.
    ///
    /// - Throws: ``SSHSignatureError``, code `badPrincipal`, unless it has the form
    ///   `[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+`, 254 bytes at the most.
    public static func checkPrincipal(_ principal: String) throws(SSHSignatureError) {
        let parts = principal.utf8.split(
            separator: UInt8(ascii: "@"),
            omittingEmptySubsequences: false
        )
        guard principal.utf8.count <= 254, parts.count == 2, parts.allSatisfy({ !$0.isEmpty }),
            parts[0].allSatisfy({ isPlain($0) || "_%+".utf8.contains($0) }),
            parts[1].allSatisfy(isPlain)
        else {
            throw SSHSignatureError(
                .badPrincipal,
                "'\(VisibleText.render(principal))' cannot stand for one person alone in OpenSSH's "
                    + "files, which read patterns; a name with an SSH key is like an e-mail address "
                    + "of ASCII letters, digits and . _ % + -"
            )
        }
    }

    /// Decides everything about a signature but its cryptography.
    ///
    /// - Parameters:
    ///   - signature: The signature.
    ///   - principal: Who is said to have made it.
    ///   - namespace: What it must have been made for.
    ///   - moment: When it was made; parts of a second are cut off, as OpenSSH knows none.
    /// - Throws: ``SSHSignatureError`` with the reason why it is not taken.
    public func check(
        _ signature: SSHSignature,
        by principal: String,
        for namespace: String,
        at moment: Timestamp
    ) throws(SSHSignatureError) {
        try Self.checkPrincipal(principal)
        guard signature.namespace.hasSameBytes(as: namespace) else {
            throw SSHSignatureError(
                .wrongNamespace,
                "it was made for '\(signature.namespace)', not for '\(namespace)'"
            )
        }
        if signature.isTouched == false {
            throw SSHSignatureError(.untouched, "the security key was not touched for it")
        }
        let fingerprint = signature.key.fingerprint
        if revoked.contains(signature.key) {
            throw SSHSignatureError(.revoked, "the key \(fingerprint) was revoked")
        }
        // OpenSSH takes the first line that fits; of those that do not, the last says why.
        var refusal = SSHSignatureError(
            .wrongKey,
            "the key \(fingerprint) is not known as one of \(principal)"
        )
        for line in lines
        where line.principal.hasSameBytes(as: principal) && line.key == signature.key {
            guard let reason = line.refusal(for: namespace, at: moment) else {
                return
            }
            refusal = reason
        }
        throw refusal
    }

    /// The file as OpenSSH reads it; the keys that were revoked are not in it.
    public var text: String {
        lines.map { $0.text + "\n" }.joined()
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

extension AllowedSigners.Line {
    fileprivate func refusal(
        for namespace: String,
        at moment: Timestamp
    ) -> SSHSignatureError? {
        let fingerprint = key.fingerprint
        if !namespaces.isEmpty, !namespaces.contains(where: { $0.hasSameBytes(as: namespace) }) {
            return SSHSignatureError(
                .wrongNamespace,
                "the key \(fingerprint) signs \(namespaces.joined(separator: ", ")) only"
            )
        }
        let second = moment.wholeSeconds
        if let validAfter, second < validAfter.wholeSeconds {
            return SSHSignatureError(
                .notYetValid,
                "the key \(fingerprint) is valid from \(validAfter), and it was \(moment)"
            )
        }
        if let validBefore, second > validBefore.wholeSeconds {
            return SSHSignatureError(
                .expired,
                "the key \(fingerprint) was valid until \(validBefore), and it was \(moment)"
            )
        }
        return nil
    }

    /// The line as OpenSSH reads it.
    public var text: String {
        var options: [String] = []
        if !namespaces.isEmpty {
            options.append("namespaces=\"\(namespaces.joined(separator: ","))\"")
        }
        if let validAfter { options.append("valid-after=\"\(validAfter.openSSH)\"") }
        if let validBefore { options.append("valid-before=\"\(validBefore.openSSH)\"") }
        let middle = options.isEmpty ? "" : " " + options.joined(separator: ",")
        return "\(principal)\(middle) \(key)"
    }
}

extension Timestamp {
    /// Seconds since the start of 1970, rounded down.
    var wholeSeconds: Int64 {
        milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000
    }

    /// `YYYYMMDDHHMMSSZ`, parts of a second cut off.
    package var openSSH: String {
        String(description.unicodeScalars.filter { "0"..."9" ~= $0 }.map(Character.init).prefix(14))
            + "Z"
    }

    /// Reads `YYYYMMDD[HHMM[SS]]Z`.
    init?(openSSH text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.last == UInt8(ascii: "Z"), [9, 13, 15].contains(bytes.count),
            bytes.dropLast().allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
        else { return nil }
        let digits =
            String(decoding: bytes.dropLast(), as: UTF8.self)
            + String(repeating: "0", count: 15 - bytes.count)
        func part(_ start: Int, _ count: Int) -> Substring { digits.dropFirst(start).prefix(count) }
        self.init(
            "\(part(0, 4))-\(part(4, 2))-\(part(6, 2))T\(part(8, 2)):\(part(10, 2)):\(part(12, 2)).000Z"
        )
    }
}
