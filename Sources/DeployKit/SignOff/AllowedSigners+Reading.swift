// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension AllowedSigners {
    /// Reads a file.
    ///
    /// - Parameters:
    ///   - text: The file.
    ///   - revoked: Keys that are not taken, whatever the lines say.
    /// - Throws: ``SSHSignatureError`` with the number of the first line that is not understood.
    public init(
        reading text: String,
        revoked: Set<SSHPublicKey> = []
    ) throws(SSHSignatureError) {
        var lines: [Line] = []
        for (index, bytes) in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
            .enumerated()
        {
            let line = Substring(bytes.last == 0x0D ? bytes.dropLast() : bytes)
            if line.isEmpty || line.utf8.first == UInt8(ascii: "#") { continue }
            do {
                lines.append(try Line(String(line)))
            } catch {
                throw SSHSignatureError(error.code, "line \(index + 1): \(error.message)")
            }
        }
        self.init(lines, revoked: revoked)
    }
}

extension AllowedSigners.Line {
    /// Reads one line.
    ///
    /// - Throws: ``SSHSignatureError``.
    public init(_ text: String) throws(SSHSignatureError) {
        let words = try Self.words(text)
        guard words.count >= 3 else {
            throw SSHSignatureError(.malformed, "a line has a principal and a key")
        }
        var namespaces: [String] = []
        var (after, before) = (nil as Timestamp?, nil as Timestamp?)
        var rest = words.dropFirst()
        if SSHPublicKey.Algorithm(rawValue: words[1]) == nil {
            for (name, value) in try Self.options(words[1]) {
                switch name {
                case "namespaces":
                    namespaces = value.split(separator: ",").map(String.init)
                    guard !namespaces.isEmpty, !value.contains(where: { "*?!".contains($0) })
                    else {
                        throw SSHSignatureError(
                            .malformed,
                            "'namespaces' names each one whole, without patterns"
                        )
                    }
                case "valid-after": after = try Self.moment(value)
                case "valid-before": before = try Self.moment(value)
                default:
                    throw SSHSignatureError(.unsupported, "the option '\(name)' is not known here")
                }
            }
            rest = rest.dropFirst()
        }
        if let after, let before, after >= before {
            throw SSHSignatureError(.malformed, "the key is never valid: it ends before it begins")
        }
        try self.init(
            principal: words[0],
            key: SSHPublicKey(rest.joined(separator: " ")),
            namespaces: namespaces,
            validAfter: after,
            validBefore: before
        )
    }

    private static func moment(_ text: String) throws(SSHSignatureError) -> Timestamp {
        guard let moment = Timestamp(openSSH: text) else {
            throw SSHSignatureError(
                .malformed,
                "'\(text)' is no moment of the form YYYYMMDDHHMMSSZ; without the Z it would depend "
                    + "on the zone of this machine"
            )
        }
        return moment
    }

    /// Words with spaces or tabs between, except within quotes.
    private static func words(_ text: String) throws(SSHSignatureError) -> [String] {
        var words: [String] = []
        var word: [UInt8] = []
        var isQuoted = false
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            if !isQuoted, byte == 0x20 || byte == 0x09 {
                if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
                word = []
            } else {
                word.append(byte)
            }
        }
        if isQuoted { throw SSHSignatureError(.malformed, "a quotation mark is missing") }
        if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
        return words
    }

    private static func options(
        _ text: String
    ) throws(SSHSignatureError) -> [(name: String, value: String)] {
        var options: [(String, String)] = []
        var rest = text[...]
        while !rest.isEmpty {
            guard let equals = rest.firstIndex(of: "="), rest[equals...].dropFirst().first == "\""
            else {
                throw SSHSignatureError(.unsupported, "the option '\(rest)' is not known here")
            }
            let value = rest[equals...].dropFirst(2)
            guard let end = value.firstIndex(of: "\"") else {
                throw SSHSignatureError(.malformed, "a quotation mark is missing")
            }
            let name = rest[..<equals].lowercased()
            guard !options.contains(where: { $0.0 == name }) else {
                throw SSHSignatureError(.malformed, "the option '\(name)' stands there twice")
            }
            options.append((name, String(value[..<end])))
            rest = value[end...].dropFirst()
            guard rest.isEmpty || rest.first == "," else {
                throw SSHSignatureError(.malformed, "a comma stands between options")
            }
            rest = rest.dropFirst()
        }
        return options
    }
}
