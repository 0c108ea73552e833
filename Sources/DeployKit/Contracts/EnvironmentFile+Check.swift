// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension EnvironmentFile {
    /// One fault of a file.
    public struct Finding: Hashable, Sendable, CustomStringConvertible {
        /// The kinds of fault.
        @nonexhaustive
        public enum Rule: String, Hashable, Sendable, CaseIterable {
            /// The text is none of the dialect.
            case unreadable = "file-unreadable"
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
            /// A slot has an ID, or a variable is needed, and the file has no such variable.
            case missing = "file-missing"
            /// The file holds another ID than the registry.
            case different = "file-different"
            /// A value is still a placeholder.
            case placeholder = "file-placeholder"
            /// A value belongs to another network.
            case foreign = "file-foreign"
            /// A value is shorter than the checklist asks for.
            case tooShort = "file-too-short"
            /// Two secrets have one value.
            case sameSecret = "file-same-secret"
            /// A secret is copied into what is built, for everybody to read.
            case exposedSecret = "file-exposed-secret"
            /// A contract's ID is copied into what is built: a later change has no effect there.
            case buildTime = "file-build-time"

            /// Whether it is only something to know.
            public var isNote: Bool { self == .buildTime }
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

    /// Compares a file with what the registry says of its environment.
    ///
    /// - Parameters:
    ///   - text: The file.
    ///   - snapshot: The contracts of the environment.
    ///   - dialect: How the file is written.
    ///   - inventory: The variables that the checklist knows besides.
    ///   - prefix: What stands before the names of the contracts' variables.
    /// - Returns: The faults in the order of the file, then what is missing; empty when a service
    ///   that reads the file gets the IDs of the snapshot.
    public static func check(
        _ text: String,
        against snapshot: ContractRegistry.Snapshot,
        as dialect: Dialect = .portable,
        inventory: [DeployKit.Variable] = [],
        prefix: String = ""
    ) -> [Finding] {
        let reading = read(text, as: dialect)
        var check = FileCheck(snapshot, inventory, prefix)
        for variable in reading.variables { check.look(at: variable) }
        let findings = (reading.findings + check.findings).sorted {
            ($0.line ?? .max) < ($1.line ?? .max)
        }
        // Of a text that cannot be read, nothing is known to be missing.
        let isRead = !reading.findings.contains { $0.rule == .unreadable }
        return findings + (isRead ? check.missing : [])
    }
}

/// Looks at the variables of a file one by one.
private struct FileCheck {
    typealias Finding = EnvironmentFile.Finding

    private let snapshot: ContractRegistry.Snapshot
    private let inventory: [Variable]
    private let prefix: String
    private var seen: Set<String> = []
    private var ids: Set<String> = []
    private var secrets: [(name: String, value: String)] = []
    private(set) var findings: [Finding] = []

    init(_ snapshot: ContractRegistry.Snapshot, _ inventory: [Variable], _ prefix: String) {
        self.snapshot = snapshot
        self.inventory = inventory
        self.prefix = prefix
    }

    mutating func look(at variable: EnvironmentFile.Reading.Line) {
        let name = variable.name
        var found: [(Finding.Rule, String)] = []
        if !seen.insert(name).inserted { found.append((.duplicate, "stands twice")) }
        do {
            try EnvironmentFile.checkName(name)
        } catch {
            if error.code == .execution { found.append((.execution, "changes which code runs")) }
        }
        let contract = contract(of: name)
        if let contract {
            ids.insert(contract.variable)
            if variable.value.hasSameBytes(as: contract.id.text) {
                found += buildTime(name)
            } else if Placeholder.isPlaceholder(variable.value) {
                found.append((.placeholder, "is a placeholder; the registry has \(contract.id)"))
            } else {
                found.append((.different, "is not \(contract.id), which the registry has"))
            }
        } else if Placeholder.isPlaceholder(variable.value) {
            found.append((.placeholder, "is empty or a placeholder"))
        }
        let isRight = contract.map { variable.value.hasSameBytes(as: $0.id.text) } ?? false
        if let reason = ForeignValue(name, isRight ? "" : variable.value, in: snapshot).reason {
            found.append((.foreign, reason))
        }
        found += faults(ofSecret: variable)
        findings += found.map { rule, message in
            Finding(rule: rule, line: variable.line, message: "\(name) \(message)")
        }
    }

    /// The contract whose ID the variable holds, under its own name or one for a build.
    private func contract(of name: String) -> ContractRegistry.Snapshot.Entry? {
        snapshot.entries.first { entry in
            ([prefix, ""] + EnvironmentFile.buildTimePrefixes).contains {
                name.hasSameBytes(as: $0 + entry.variable)
            }
        }
    }

    private func buildTime(_ name: String) -> [(Finding.Rule, String)] {
        guard let prefix = EnvironmentFile.buildTimePrefix(of: name) else { return [] }
        return [
            (
                .buildTime,
                "is copied into what is built (\(prefix)): build again after every change, and "
                    + "for every environment"
            )
        ]
    }

    private mutating func faults(
        ofSecret variable: EnvironmentFile.Reading.Line
    ) -> [(Finding.Rule, String)] {
        var found: [(Finding.Rule, String)] = []
        let known = inventory.first { $0.name == variable.name }
        let shape = CommandLint.secret(inValue: variable.value)
        let isSecret =
            known?.isSecret ?? false || shape != nil
            || CommandLint.secret(byName: variable.name) != nil
        if let least = known?.minimumLength, variable.value.count < least {
            found.append(
                (.tooShort, "has \(variable.value.count) characters; \(least) are needed")
            )
        }
        guard isSecret, !Placeholder.isPlaceholder(variable.value) else { return found }
        if let prefix = EnvironmentFile.buildTimePrefix(of: variable.name) {
            let kind = shape ?? "a secret"
            found.append(
                (.exposedSecret, "holds \(kind), and \(prefix) copies it into what is built")
            )
        }
        if let twin = secrets.first(where: {
            $0.name != variable.name && $0.value.hasSameBytes(as: variable.value)
        }) {
            found.append((.sameSecret, "has the same value as \(twin.name)"))
        }
        secrets.append((variable.name, variable.value))
        return found
    }

    var missing: [Finding] {
        let contracts = snapshot.entries.filter { !ids.contains($0.variable) }.map { entry in
            "\(prefix)\(entry.variable) is missing; the registry has \(entry.id)"
        }
        let others = inventory.filter { !seen.contains($0.name) && $0.defaultValue == nil }.map {
            "\($0.name) is missing; the checklist names it"
        }
        return (contracts + others).map { Finding(rule: .missing, line: nil, message: $0) }
    }
}
