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

    /// One fault of a file.
    public struct Finding: Hashable, Sendable, CustomStringConvertible {
        /// The kinds of fault.
        @nonexhaustive
        public enum Rule: String, Hashable, Sendable, CaseIterable {
            /// The file begins with a byte order mark.
            case byteOrderMark = "file-bom"
            /// A line ends with CR LF; shells keep the CR in the value.
            case carriageReturn = "file-crlf"
            /// A line is not of the portable dialect: readers differ on it.
            case notPortable = "file-not-portable"
            /// A name stands twice.
            case duplicate = "file-duplicate"
            /// A variable of this name changes which code runs.
            case execution = "file-execution"
            /// A slot has an ID, and the file has no such variable.
            case missing = "file-missing"
            /// The file holds another ID than the registry.
            case different = "file-different"
            /// A value is still a placeholder.
            case placeholder = "file-placeholder"
            /// A value belongs to another network.
            case foreign = "file-foreign"
        }

        /// The kind of fault.
        public let rule: Rule
        /// The line, from 1, or `nil` for a fault of the whole file.
        public let line: Int?
        /// What was found and what was expected; never a value that might be a secret.
        public let message: String

        /// The place, the rule and the sentence.
        public var description: String {
            (line.map { "line \($0): " } ?? "") + "\(rule.rawValue): \(message)"
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

    /// Compares a file with what the registry says of its environment.
    ///
    /// - Returns: The faults in the order of the file, then what is missing; empty when a service
    ///   that reads the file gets the IDs of the snapshot.
    public static func check(
        _ text: String,
        against snapshot: ContractRegistry.Snapshot
    ) -> [Finding] {
        let reading = read(text)
        var findings = reading.findings
        var seen: Set<String> = []
        for variable in reading.variables {
            func report(_ rule: Finding.Rule, _ message: String) {
                findings.append(
                    Finding(rule: rule, line: variable.line, message: "\(variable.name) \(message)")
                )
            }
            if !seen.insert(variable.name).inserted { report(.duplicate, "stands twice") }
            do {
                try checkName(variable.name)
            } catch {
                report(.execution, "changes which code runs")
            }
            if let id = snapshot.id(of: ContractSlot.Name(variable.name)) {
                guard !variable.value.utf8.elementsEqual(id.text.utf8) else { continue }
                guard !Placeholder.isPlaceholder(variable.value) else {
                    report(.placeholder, "is a placeholder; the registry has \(id)")
                    continue
                }
                report(.different, "is not \(id), which the registry has")
            } else if Placeholder.isPlaceholder(variable.value) {
                report(.placeholder, "is empty or a placeholder")
            }
            if let reason = ForeignValue(variable.value, in: snapshot).reason {
                report(.foreign, reason)
            }
        }
        findings.sort { ($0.line ?? 0) < ($1.line ?? 0) }
        for entry in snapshot.entries where !seen.contains(entry.slot.text) {
            findings.append(
                Finding(
                    rule: .missing,
                    line: nil,
                    message: "\(entry.slot) is missing; the registry has \(entry.id)"
                )
            )
        }
        return findings
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
