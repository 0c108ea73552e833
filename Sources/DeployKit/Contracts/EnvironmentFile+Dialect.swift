// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension EnvironmentFile {
    /// How a file of variables is written. There is no common grammar: what one reader takes
    /// literally, another expands, cuts off or executes.
    @nonexhaustive
    public enum Dialect: String, Hashable, Sendable, CaseIterable {
        /// The part that bash, dash, python-dotenv, node's dotenv, Node, and Compose all read
        /// alike. A value of ``isBare(_:)`` stands as it is; one without `'`, `\`, CR and `${`
        /// stands in single quotes; one without `"`, `$`, backquote, `\` and CR in double quotes;
        /// everything else is refused.
        case portable
        /// For `.` of a POSIX shell: single quotes, and `'\''` for a single quote.
        case shell
        /// For `docker run --env-file`: everything after `=` is the value, so it is one line.
        case docker
        /// For `EnvironmentFile=` of systemd (systemd.exec(5)).
        case systemd
        /// For the `GITHUB_ENV` file of GitHub Actions; lines between delimiters where a value has
        /// several.
        case github
        /// For `artifacts:reports:dotenv` of GitLab: at most 20 variables and 5 KiB, no quotes,
        /// and no `$`, which would be expanded later.
        case gitlab
        /// One JSON object.
        case json
        /// One YAML mapping of quoted strings.
        case yaml
        /// A manifest of Kubernetes: a Secret whose `stringData` holds the variables.
        case kubernetesSecret = "k8s-secret"
    }

    /// The file in a dialect: UTF-8 without BOM, lines that end with LF, the last one too.
    ///
    /// ``secrets`` stand there by name: as a comment, for Docker as a line without a value, which
    /// takes it from where the container is started. GitHub's, GitLab's and JSON's forms have
    /// no comments, and say nothing of them.
    ///
    /// - Returns: The text, which was read back and gives the variables.
    /// - Throws: ``EnvironmentFileError``: `value` with the name whose value the dialect cannot
    ///   hold, `execution` for names that are reserved there, `limit`.
    public func text(in dialect: Dialect) throws(EnvironmentFileError) -> String {
        let text = try rendered(in: dialect)
        let read = Self.values(in: text, as: dialect)
        guard read?.map(\.name) == variables.map(\.name),
            zip(read ?? [], variables).allSatisfy({ $0.value.hasSameBytes(as: $1.value) })
        else {
            throw EnvironmentFileError(
                .value,
                "read back, the text as \(dialect.rawValue) is not what was written"
            )
        }
        return text
    }

    private func rendered(in dialect: Dialect) throws(EnvironmentFileError) -> String {
        var lines: [String] = []
        switch dialect {
        case .portable, .shell, .systemd, .yaml, .kubernetesSecret:
            lines = secrets.map { "# \($0) is a secret: its value is not in this file" }
        case .docker: lines = secrets
        case .github, .gitlab, .json: break
        }
        if dialect == .kubernetesSecret { return try kubernetesText(comments: lines) }
        for variable in variables {
            let place = Place(variable: variable, dialect: dialect)
            try place.refuse(["\0"])
            lines.append(try place.line())
        }
        switch dialect {
        case .json:
            return lines.isEmpty ? "{}\n" : "{\n  \(lines.joined(separator: ",\n  "))\n}\n"
        case .yaml where variables.isEmpty: return lines.map { $0 + "\n" }.joined() + "{}\n"
        case .gitlab: try Self.checkGitLabLimits(lines)
        default: break
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private func kubernetesText(comments: [String]) throws(EnvironmentFileError) -> String {
        var lines = comments
        lines += ["apiVersion: v1", "kind: Secret", "metadata:"]
        // A DNS name: what Kubernetes allows as a name.
        let name = Naming.slug(environment.name.text)
        lines += ["  name: \"\(name.isEmpty ? "environment" : name)\"", "type: Opaque"]
        lines.append(variables.isEmpty ? "stringData: {}" : "stringData:")
        for variable in variables {
            let place = Place(variable: variable, dialect: .kubernetesSecret)
            try place.refuse(["\0"])
            lines.append("  " + (try place.line()))
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// Tells whether every reader takes `value` literally without quotes: letters, digits and
    /// `_.-/:@%+=,` only.
    public static func isBare(_ value: String) -> Bool {
        value.utf8.allSatisfy {
            ContractPattern.Alphabet.alphanumeric.holds($0) || "_.-/:@%+=,".utf8.contains($0)
        }
    }

    private static func checkGitLabLimits(_ lines: [String]) throws(EnvironmentFileError) {
        let size = lines.reduce(0) { $0 + $1.utf8.count + 1 }
        guard lines.count <= 20, size < 5 * 1024 else {
            throw EnvironmentFileError(
                .limit,
                "\(lines.count) variables in \(size) bytes; gitlab takes 20 in less than 5120"
            )
        }
    }
}

/// One variable on its way into one dialect.
private struct Place {
    let variable: EnvironmentFile.Variable
    let dialect: EnvironmentFile.Dialect

    private var name: String { variable.name }
    private var value: String { variable.value }

    func line() throws(EnvironmentFileError) -> String {
        switch dialect {
        case .portable: return "\(name)=\(try portableValue())"
        case .shell:
            let parts = value.utf8.split(
                separator: UInt8(ascii: "'"),
                omittingEmptySubsequences: false
            )
            return "\(name)='\(parts.map { String(Substring($0)) }.joined(separator: "'\\''"))'"
        case .docker:
            try refuse(["\n", "\r"])
            return "\(name)=\(value)"
        case .systemd: return "\(name)=\(try systemdValue())"
        case .github: return try githubLine()
        case .gitlab:
            try refuse(["\n", "\r", "$"])
            guard value.utf8.first.map(ContractIDDiagnosis.isWhiteSpace) != true,
                value.utf8.last.map(ContractIDDiagnosis.isWhiteSpace) != true
            else { throw refusal("white space at an end, which is stripped") }
            return "\(name)=\(value)"
        case .json, .yaml, .kubernetesSecret: return "\"\(name)\": \(Self.quoted(value))"
        }
    }

    /// Refuses a value with one of these characters.
    func refuse(_ characters: [Unicode.Scalar]) throws(EnvironmentFileError) {
        let found = characters.filter(value.unicodeScalars.contains)
        guard found.isEmpty else {
            throw refusal(found.map(Self.word).joined(separator: ", "))
        }
    }

    private func portableValue() throws(EnvironmentFileError) -> String {
        if EnvironmentFile.isBare(value) { return value }
        let scalars = value.unicodeScalars
        try refuse(["\r", "\\"])
        if !scalars.contains("'"), !holdsExpansion { return "'\(value)'" }
        let hindrances = ["\"", "$", "`"].filter(scalars.contains) as [Unicode.Scalar]
        guard hindrances.isEmpty else {
            let first = scalars.contains("'") ? Self.word("'") : "'${'"
            throw refusal(([first] + hindrances.map(Self.word)).joined(separator: ", "))
        }
        return "\"\(value)\""
    }

    private var holdsExpansion: Bool {
        zip(value.utf8, value.utf8.dropFirst()).contains { $0 == 0x24 && $1 == 0x7B }
    }

    private func systemdValue() throws(EnvironmentFileError) -> String {
        if EnvironmentFile.isBare(value) { return value }
        let controls = value.unicodeScalars.filter {
            $0.value < 0x20 && $0 != "\t" || $0 == "\u{7F}"
        }
        guard controls.isEmpty else { throw refusal("a control character") }
        guard value.utf8.contains(UInt8(ascii: "'")) else { return "'\(value)'" }
        var escaped: [UInt8] = []
        for byte in value.utf8 {
            if "\"\\$`".utf8.contains(byte) { escaped.append(UInt8(ascii: "\\")) }
            escaped.append(byte)
        }
        return "\"\(String(decoding: escaped, as: UTF8.self))\""
    }

    private func githubLine() throws(EnvironmentFileError) -> String {
        guard !name.hasPrefix("GITHUB_"), !name.hasPrefix("RUNNER_") else {
            throw EnvironmentFileError(.execution, "\(name) is reserved by GitHub Actions")
        }
        try refuse(["\r"])
        guard value.utf8.contains(UInt8(ascii: "\n")) else { return "\(name)=\(value)" }
        let lines = Set(value.utf8.split(separator: UInt8(ascii: "\n")).map(Array.init))
        var number = 0
        while lines.contains(Array("deploykit_\(number)".utf8)) { number += 1 }
        return "\(name)<<deploykit_\(number)\n\(value)\ndeploykit_\(number)"
    }

    private func refusal(_ what: String) -> EnvironmentFileError {
        EnvironmentFileError(
            .value,
            "the value of \(name) cannot be written as \(dialect.rawValue): it has \(what)"
        )
    }

    private static func word(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "a line end"
        case "\r": "a carriage return"
        case "\0": "U+0000"
        default: "'\(scalar)'"
        }
    }

    /// A JSON string, which is a YAML string too: whatever either may not show is escaped.
    private static func quoted(_ value: String) -> String {
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"", "\\": text += "\\\(scalar)"
            case "\n": text += "\\n"
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}", "\u{FEFF}":
                let hex = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
