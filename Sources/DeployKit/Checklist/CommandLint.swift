// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What a command gives away by its text: placeholders without a value, secrets in clear.
///
/// Lines are looked at one by one, so that a reader of documents can apply the same rules to the
/// lines of a fence and name their places.
package enum CommandLint {
    /// A rule that a line breaks, and what was found there.
    package struct Breach: Hashable, Sendable {
        /// The rule.
        package let rule: LintRule
        /// What was found; never the secret itself.
        package let message: String
    }

    /// The breaches of one line of a command; comments are for the caller to leave out.
    package static func breaches(inLine line: String) -> [Breach] {
        var breaches = placeholders(in: line).map { placeholder in
            Breach(
                rule: .unboundPlaceholder,
                message: "'\(placeholder)' has no value; the command cannot run as it stands"
            )
        }
        if let secret = secret(in: line) {
            breaches.append(
                Breach(
                    rule: .secretInCommand,
                    message: "the command holds \(secret) in clear; a secret belongs into secrets="
                )
            )
        }
        return breaches
    }

    /// The breaches of a whole command with the numbers of their lines, from 1.
    static func breaches(in command: ItemCommand) -> [(line: Int, breach: Breach)] {
        let lines = command.text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.enumerated().flatMap { index, line in
            let text = line.trimmed
            return text.hasPrefix("#") || text.hasPrefix("-- ")
                ? [] : breaches(inLine: text).map { (index + 1, $0) }
        }
    }

    /// `<host>` and the like; neither redirections nor tags that close.
    static func placeholders(in text: String) -> [String] {
        guard text.utf8.contains(UInt8(ascii: "<")) else { return [] }
        var result: [String] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "<") {
            rest = rest[rest.index(after: open)...]
            guard let close = rest.firstIndex(of: ">") else { break }
            let name = rest[..<close]
            let isName =
                name.first?.isLetter == true && name.count <= 40
                && name.allSatisfy { $0.isLetter || $0.isNumber || "-_ .".contains($0) }
            if isName, !name.hasSuffix(" ") {
                result.append("<\(name)>")
                rest = rest[rest.index(after: close)...]
            }
        }
        return result
    }
}

// MARK: Secrets

extension CommandLint {
    /// What kind of secret a value is by its shape alone, or `nil`.
    static func secret(inValue value: String) -> String? {
        if value.contains("-----BEGIN ") && value.contains("PRIVATE KEY") { return "a private key" }
        return shape(of: value) ?? (hasPasswordInURL(value) ? "a password" : nil)
    }

    /// What kind of secret a variable of this name holds, or `nil`.
    package static func secret(byName name: String) -> String? { kind(ofName: name) }

    /// What kind of secret a word is by its shape alone, or `nil`.
    package static func secret(byShape word: String) -> String? { shape(of: word) }

    /// Whether a value is written out: neither a variable nor something to be replaced.
    package static func isWrittenOut(_ value: String) -> Bool { isLiteral(value[...]) }

    // The kinds of secrets are told by where they stand, or by a shape that nothing else has.
    static func secret(in line: String) -> String? {
        if SecretWords.mayBe(in: line.utf8),
            let words = SecretWords.found(in: Array(line.utf8)[...]).first
        {
            return switch words.kind {
            case .privateKey: "a private key"
            case .phrase: "a recovery phrase"
            }
        }
        guard mayHoldSecret(line) else { return nil }
        if hasPasswordInURL(line) { return "a password" }
        let words = words(of: line)
        for (index, word) in words.enumerated() {
            if let shape = shape(of: word) { return shape }
            let equals = word.firstIndex(of: "=")
            let name = String(word[..<(equals ?? word.endIndex)])
            guard let kind = kind(ofName: name) else { continue }
            if let equals {
                if isLiteral(word[word.index(after: equals)...]) { return kind }
            } else if name.hasPrefix("--"), index + 1 < words.count,
                isLiteral(words[index + 1][...])
            {
                return kind
            }
        }
        return nil
    }

    // Whether there is an address or a long word, or beside the name of a secret an assignment or an
    // option: most lines have none.
    private static func mayHoldSecret(_ line: String) -> Bool {
        var (length, last) = (0, UInt8(0))
        var hasValue = false
        for byte in line.utf8 {
            length = byte == 0x20 ? 0 : length + 1
            if length >= 20 || last == byte && byte == UInt8(ascii: "/") { return true }
            if byte == UInt8(ascii: "=") || last == byte && byte == UInt8(ascii: "-") {
                hasValue = true
            }
            last = byte
        }
        return hasValue && namesSecret(line)
    }

    // Whether what every name of a secret holds stands in a line, in any case; quotes in between go
    // away, and beyond ASCII there may be other spellings of the same letters.
    private static func namesSecret(_ line: String) -> Bool {
        if line.utf8.contains(where: { $0 >= 0x80 }) { return true }
        let bytes = line.utf8.filter { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "'") }
        for start in bytes.indices {
            let name: String
            switch bytes[start] | 0x20 {
            case UInt8(ascii: "b"): name = "bearer"
            case UInt8(ascii: "k"): name = "key"
            case UInt8(ascii: "m"): name = "mnemonic"
            case UInt8(ascii: "p"): name = "pass"
            case UInt8(ascii: "s"): name = "secret"
            case UInt8(ascii: "t"): name = "token"
            default: continue
            }
            if bytes[start...].starts(with: name.utf8, by: { $0 | 0x20 == $1 }) { return true }
        }
        return false
    }

    // Words of a shell: quotes keep blanks together and go away.
    private static func words(of line: String) -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word.append(character) }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character.isWhitespace {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        return word.isEmpty ? words : words + [word]
    }

    /// `scheme://user:password@host` with a password that is no variable and no placeholder.
    private static func hasPasswordInURL(_ text: String) -> Bool {
        var rest = text[...]
        while let scheme = rest.firstRange(of: "://") {
            rest = rest[scheme.upperBound...]
            let authority = rest.prefix { !$0.isWhitespace && $0 != "/" && $0 != "\"" && $0 != "'" }
            guard let at = authority.lastIndex(of: "@") else { continue }
            let user = authority[..<at]
            guard let colon = user.firstIndex(of: ":") else { continue }
            let password = user[user.index(after: colon)...]
            let isVariable =
                password.hasPrefix("$") || password.hasPrefix("<") || password.hasPrefix("{")
            if !password.isEmpty, !isVariable { return true }
        }
        return false
    }

    // What an option or a variable of this name holds.
    private static func kind(ofName name: String) -> String? {
        let isOption = name.hasPrefix("--")
        let isVariable = name.utf8.allSatisfy { byte in
            (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F
        }
        guard isOption || isVariable else { return nil }
        let words = name.lowercased().split { $0 == "-" || $0 == "_" }.map(String.init)
        guard let last = words.last else { return nil }
        switch last {
        case "passphrase" where words.dropLast().last == "network": return nil
        case "password", "passwd", "pgpassword", "passphrase", "mnemonic": return "a password"
        case "token": return "a token"
        case "secret": return "a secret"
        case "key":
            let before = words.dropLast().last ?? ""
            return ["private", "secret", "api", "access"].contains(before) ? "a key" : nil
        default: return nil
        }
    }

    // A value that is written out: neither a variable nor a file nor something to be replaced.
    private static func isLiteral(_ value: Substring) -> Bool {
        let text = String(value)
        guard let first = text.first, text.count >= 6, !"$<{[(-/@.`".contains(first) else {
            return false
        }
        return !Placeholder.isPlaceholder(text)
            && !masks.contains { text.lowercased().contains($0) }
    }

    // What stands for a value that is left out.
    private static let masks = ["...", "…", "***", "xxx", "your", "my-", "my_", "my ", "$", "<"]

    private static let prefixes = [
        ("AKIA", 20), ("ghp_", 40), ("github_pat_", 40), ("xoxb-", 24), ("sk_live_", 24),
        ("glpat-", 24),
    ]

    // A word whose shape says by itself that it is a secret.
    private static func shape(of word: String) -> String? {
        let isToken = prefixes.contains { prefix, length in
            word.hasPrefix(prefix) && word.utf8.count >= length
                && word.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                        || (0x61...0x7A).contains(byte) || byte == 0x5F || byte == 0x2D
                }
        }
        if isToken { return "a token" }
        if let key = StrKey.read(word), key.kind == .secretSeed { return "a secret seed" }
        let bearer = "Authorization: Bearer "
        if word.hasPrefix(bearer), word.utf8.count >= bearer.utf8.count + 16,
            isLiteral(word.dropFirst(bearer.utf8.count))
        {
            return "a token"
        }
        return nil
    }
}
