// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A program that reads environment files, and what it makes of one.
///
/// There is no common grammar. ``shell``, ``pythonDotenv`` and ``node`` are compared with the
/// programs themselves in the tests; the others follow their documentation and source.
@nonexhaustive
public enum EnvironmentReader: String, Hashable, Sendable, CaseIterable {
    /// `.` of bash and dash.
    case shell
    /// The Python module python-dotenv, with its interpolation.
    case pythonDotenv = "python-dotenv"
    /// `node --env-file` and `util.parseEnv` of Node 20.
    case node
    /// The npm package dotenv.
    case dotenv
    /// Docker Compose.
    case compose
    /// `docker run --env-file`.
    case docker
    /// `EnvironmentFile=` of systemd.
    case systemd
    /// `artifacts:reports:dotenv` of GitLab.
    case gitlab
    /// The `GITHUB_ENV` file of GitHub Actions.
    case github

    /// What a reader makes of one variable.
    @nonexhaustive
    public enum Outcome: Hashable, Sendable {
        /// It has this value.
        case value(String)
        /// Its value depends on something else than the file.
        case expanded
        /// It is not set, because the line is taken for a command.
        case command
        /// It is not set, because the line is passed over or the reader ends with an error.
        case refused
    }

    /// One variable as a reader sees it.
    public struct Sight: Hashable, Sendable {
        /// The line on which it begins, from 1.
        public let line: Int
        /// The name.
        public let name: String
        /// What the reader makes of it.
        public let outcome: Outcome
    }

    /// What the reader sees in a file, in its order.
    public func sights(in text: String) -> [Sight] {
        let bytes = Array(text.utf8)
        switch self {
        case .shell:
            var reader = ShellFileReader(bytes)
            return reader.read()
        case .pythonDotenv:
            var reader = PythonDotenvReader(bytes)
            return reader.read()
        case .node:
            var reader = NodeFileReader(bytes)
            return reader.read()
        case .dotenv:
            var reader = NPMDotenvReader(bytes)
            return reader.read()
        case .compose:
            var reader = ComposeFileReader(bytes)
            return reader.read()
        case .docker: return LineReaders.docker(bytes)
        case .systemd:
            var reader = SystemdFileReader(bytes)
            return reader.read()
        case .gitlab: return LineReaders.gitlab(bytes)
        case .github: return LineReaders.github(bytes)
        }
    }

    /// The variables, or `nil` when one of them is not taken literally.
    func literals(in text: String) -> [EnvironmentFile.Reading.Line]? {
        var lines: [EnvironmentFile.Reading.Line] = []
        for sight in sights(in: text) {
            guard case .value(let value) = sight.outcome else { return nil }
            lines.append(.init(line: sight.line, name: sight.name, value: value))
        }
        return lines
    }
}

/// One variable of a file, and what each reader makes of it.
public struct EnvironmentDiagnosis: Hashable, Sendable {
    /// The name.
    public let name: String
    /// The line on which it begins, from 1; the last one, where the name stands several times.
    public let line: Int
    /// What each reader makes of it; `nil` for one that does not see the variable at all.
    public let outcomes: [EnvironmentReader: EnvironmentReader.Outcome?]

    /// Whether all readers see one value.
    public var isAgreed: Bool {
        let all = Array(outcomes.values)
        guard case .value? = all.first ?? nil else { return false }
        return all.allSatisfy { $0 == all[0] }
    }

    /// What the readers make of a file, in the order of the lines.
    public static func diagnoses(
        of text: String,
        readers: [EnvironmentReader]
    ) -> [EnvironmentDiagnosis] {
        var lines: [String: Int] = [:]
        var seen: [String: [EnvironmentReader: EnvironmentReader.Outcome]] = [:]
        for reader in readers {
            // The last one of a name counts.
            for sight in reader.sights(in: text) {
                lines[sight.name] = max(lines[sight.name] ?? 0, sight.line)
                seen[sight.name, default: [:]][reader] = sight.outcome
            }
        }
        return lines.map { name, line in
            EnvironmentDiagnosis(
                name: name,
                line: line,
                outcomes: Dictionary(
                    uniqueKeysWithValues: readers.map { ($0, seen[name]?[$0]) }
                )
            )
        }.sorted { ($0.line, $0.name) < ($1.line, $1.name) }
    }
}

/// The bytes of a file, and a place in them.
struct FileCursor {
    let bytes: [UInt8]
    var place = 0
    private(set) var line = 1
    private var counted = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var current: UInt8? { place < bytes.count ? bytes[place] : nil }
    var isAtEnd: Bool { place >= bytes.count }

    /// The number of the line that ``place`` is on.
    mutating func currentLine() -> Int {
        let end = min(place, bytes.count)
        if counted < end {
            for byte in bytes[counted..<end] where byte == 0x0A { line += 1 }
            counted = end
        }
        return line
    }

    /// The next place of a byte from `start` on, or `nil`.
    func next(_ byte: Unicode.Scalar, from start: Int) -> Int? {
        guard start <= bytes.count else { return nil }
        return bytes[start...].firstIndex(of: UInt8(ascii: byte))
    }

    /// Where the line ends that holds ``place``, without the LF.
    var endOfLine: Int { next("\n", from: place) ?? bytes.count }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    mutating func skip(while isWanted: (UInt8) -> Bool) {
        while let byte = current, isWanted(byte) { place += 1 }
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    static func isNameByte(_ byte: UInt8) -> Bool {
        ContractPattern.Alphabet.alphanumeric.holds(byte) || byte == 0x5F
    }

    static func isName(_ name: some Collection<UInt8>) -> Bool {
        guard let first = name.first, !(0x30...0x39).contains(first) else { return false }
        return name.allSatisfy(isNameByte)
    }

    static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = bytes
        while let first = rest.first, isSpace(first) { rest = rest.dropFirst() }
        while let last = rest.last, isSpace(last) { rest = rest.dropLast() }
        return rest
    }
}
