// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension EnvironmentFile {
    /// What a file in the portable dialect says.
    public struct Reading: Hashable, Sendable {
        /// The variables in the order of the file; a name may stand several times.
        public internal(set) var variables: [Line] = []
        /// What is wrong with the file itself.
        public internal(set) var findings: [Finding] = []

        /// One variable of a file.
        public struct Line: Hashable, Sendable {
            /// The number of the line on which it begins, from 1.
            public let line: Int
            /// The name.
            public let name: String
            /// The value.
            public let value: String
        }
    }

    /// Reads a file of the portable dialect.
    ///
    /// Besides what ``text(in:)`` writes, empty lines and lines that begin with `#` are read, and
    /// a missing LF at the end. A byte order mark and CR LF are read and reported.
    public static func read(_ text: String) -> Reading {
        var parser = PortableParser(Array(text.utf8))
        return parser.read()
    }

    /// Reads a file of a dialect.
    ///
    /// The portable dialect is read line by line, see ``read(_:)``. Of the others a text that the
    /// reader for which it is meant does not take literally, whole, gives one finding.
    public static func read(_ text: String, as dialect: Dialect) -> Reading {
        if dialect == .portable { return read(text) }
        var reading = Reading()
        guard let values = values(in: text, as: dialect) else {
            reading.findings = [
                Finding(
                    rule: .unreadable,
                    line: nil,
                    message: "the text is none of the dialect \(dialect.rawValue)"
                )
            ]
            return reading
        }
        reading.variables = values
        return reading
    }

    /// What a text of a dialect says, in its order, or `nil` when it is none, or its reader takes a
    /// part of it otherwise than literally.
    static func values(in text: String, as dialect: Dialect) -> [Reading.Line]? {
        switch dialect {
        case .portable:
            let reading = read(text)
            return reading.findings.isEmpty ? reading.variables : nil
        case .shell: return EnvironmentReader.shell.literals(in: text)
        case .docker: return EnvironmentReader.docker.literals(in: text)
        case .systemd: return EnvironmentReader.systemd.literals(in: text)
        case .gitlab: return EnvironmentReader.gitlab.literals(in: text)
        case .github: return EnvironmentReader.github.literals(in: text)
        case .json: return jsonValues(in: text)
        case .yaml, .kubernetesSecret: return yamlValues(in: text, dialect)
        }
    }

    private static func jsonValues(in text: String) -> [Reading.Line]? {
        guard let members = (try? ToolJSON(Array(text.utf8)))?.members else { return nil }
        var lines: [Reading.Line] = []
        for member in members {
            guard let value = member.value.string else { return nil }
            lines.append(.init(line: member.line, name: member.name, value: value))
        }
        return lines
    }

    /// Lines of a quoted name and a quoted value, and for Kubernetes what stands around them.
    private static func yamlValues(in text: String, _ dialect: Dialect) -> [Reading.Line]? {
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let head = ["apiVersion: v1", "kind: Secret", "metadata:", "type: Opaque", "stringData:"]
        var result: [Reading.Line] = []
        for (number, line) in lines.enumerated() {
            let line = String(decoding: line, as: UTF8.self)
            let isKubernetes = dialect == .kubernetesSecret
            if line.isEmpty || line.hasPrefix("#") || line == "{}" && !isKubernetes { continue }
            let isHead = head.contains(line) || line == "stringData: {}"
            if isKubernetes, isHead || line.hasPrefix("  name: ") { continue }
            guard
                let members = (try? ToolJSON(Array("{\(line)}".utf8)))?.members,
                let member = members.first, members.count == 1, let value = member.value.string
            else { return nil }
            result.append(.init(line: number + 1, name: member.name, value: value))
        }
        return result
    }
}

/// Reads the portable dialect; a line that is none is reported and skipped.
private struct PortableParser {
    private let bytes: [UInt8]
    private var place = 0
    private var line = 1
    private var result = EnvironmentFile.Reading()

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func read() -> EnvironmentFile.Reading {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            place = 3
            report(.byteOrderMark, "the file begins with a byte order mark")
        }
        while place < bytes.count {
            let start = (place: place, line: line)
            if !readLine() {
                (place, line) = start
                report(.notPortable, "readers differ on this line")
                place = endOfLine
            }
            skipLineEnd()
        }
        return result
    }

    private var endOfLine: Int {
        bytes[place...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
    }

    private var current: UInt8? { place < bytes.count ? bytes[place] : nil }

    private var isAtLineEnd: Bool {
        current == nil || current == UInt8(ascii: "\n")
            || current == UInt8(ascii: "\r") && place + 1 < bytes.count
                && bytes[place + 1] == UInt8(ascii: "\n")
    }

    private mutating func skipLineEnd() {
        if current == UInt8(ascii: "\r") {
            report(.carriageReturn, "the line ends with CR LF")
            place += 1
        }
        if place < bytes.count {
            place += 1
            line += 1
        }
    }

    /// Tells whether the line, or the variable that begins on it, was understood; ``place`` is at
    /// its end then.
    private mutating func readLine() -> Bool {
        if isAtLineEnd { return true }
        if current == UInt8(ascii: "#") {
            place = endOfLine
            if bytes[place - 1] == UInt8(ascii: "\r"), place < bytes.count { place -= 1 }
            return true
        }
        let start = line
        guard let equals = bytes[place..<endOfLine].firstIndex(of: UInt8(ascii: "=")) else {
            return false
        }
        let name = String(decoding: bytes[place..<equals], as: UTF8.self)
        do {
            try EnvironmentFile.checkName(name)
        } catch {
            guard error.code == .execution else { return false }
        }
        place = equals + 1
        guard let value = readValue(), isAtLineEnd else { return false }
        result.variables.append(.init(line: start, name: name, value: value))
        return true
    }

    private mutating func readValue() -> String? {
        guard let quote = current, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
            let start = place
            while !isAtLineEnd { place += 1 }
            let value = String(decoding: bytes[start..<place], as: UTF8.self)
            return EnvironmentFile.isBare(value) ? value : nil
        }
        place += 1
        guard let end = bytes[place...].firstIndex(of: quote) else { return nil }
        let content = bytes[place..<end]
        let forbidden = quote == UInt8(ascii: "'") ? "\\\r\0" : "$`\\\r\0"
        guard !content.contains(where: forbidden.utf8.contains) else { return nil }
        let holdsExpansion = zip(content, content.dropFirst()).contains {
            $0 == UInt8(ascii: "$") && $1 == UInt8(ascii: "{")
        }
        guard !holdsExpansion else { return nil }
        line += content.count { $0 == UInt8(ascii: "\n") }
        place = end + 1
        return String(decoding: content, as: UTF8.self)
    }

    private mutating func report(_ rule: EnvironmentFile.Finding.Rule, _ message: String) {
        result.findings.append(.init(rule: rule, line: line, message: message))
    }
}
