// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// The contracts of an environment for other programs and for people.
///
/// The formats, each in the order of the variables' names, each with the same bytes for the same
/// contracts:
///
/// - `csv` (RFC 4180, with a header, lines that end with CR LF): one row for each record that was
///   ever made, its columns named by ``columns``. A cell that a spreadsheet would take for a
///   formula has `'` before it.
/// - `markdown`: a table of what is in use.
/// - `github`: lines of `NAME=ID` for `GITHUB_OUTPUT`.
/// - `address-book`: a JSON object of networks (CAIP-2), each an object of variables and IDs.
public struct ContractExport: Hashable, Sendable {
    /// How it is written.
    @nonexhaustive
    public enum Format: String, Hashable, Sendable, CaseIterable {
        /// Rows for a spreadsheet, with the history.
        case csv
        /// A table for a page.
        case markdown
        /// Outputs of a step of GitHub Actions.
        case github
        /// IDs by network.
        case addressBook = "address-book"
    }

    /// The columns of the CSV form.
    public static let columns = [
        "record", "variable", "slot", "instance", "environment", "network", "epoch", "id", "caip10",
        "checksum", "status", "code", "transaction", "height", "deployer", "initialised_by",
        "evidence", "provenance", "deployment", "recorded_at",
    ]

    private let registry: ContractRegistry
    private let snapshot: ContractRegistry.Snapshot

    /// The contracts of an environment.
    ///
    /// - Parameters:
    ///   - registry: The registry of the environment.
    ///   - environment: The environment as it is declared.
    public init(_ registry: ContractRegistry, of environment: Environment) {
        self.registry = registry
        snapshot = registry.contents(of: environment)
    }

    /// The text in a format.
    ///
    /// - Throws: `EnvironmentFileError` when two contracts would have one name.
    public func text(as format: Format) throws(EnvironmentFileError) -> String {
        switch format {
        case .csv: return csv
        case .markdown: return markdown
        case .github: return try EnvironmentFile(snapshot).text(in: .github)
        case .addressBook: return addressBook
        }
    }

    private var csv: String {
        let rows = registry.records.map { record -> [String] in
            [
                "\(record.number)", record.variable, record.slot.text,
                record.instance?.text ?? "", record.environment.text, record.network.text,
                "\(record.epoch)", record.id.text, record.id.caip10, record.checksum.rawValue,
                record.status.word, record.codes.last.map { $0.digest.hex } ?? "",
                record.deployment?.transaction ?? "",
                record.deployment?.height.map { "\($0)" } ?? "",
                record.deployment?.deployer ?? "", record.initialisation?.administrator ?? "",
                record.evidence.map { "\($0.kind.rawValue)=\($0.result.rawValue)" }
                    .joined(separator: " "),
                record.provenance.word, record.origin?.deployment ?? "", record.at.description,
            ]
        }
        return ([Self.columns] + rows).map { row in
            row.map(Self.cell).joined(separator: ",") + "\r\n"
        }.joined()
    }

    private static func cell(_ text: String) -> String {
        let isFormula = text.unicodeScalars.first.map { "=+-@\t\r".unicodeScalars.contains($0) }
        let text = isFormula == true ? "'" + text : text
        guard text.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return text }
        let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
        return "\"\(parts.joined(separator: "\"\""))\""
    }

    private var markdown: String {
        var text = "| Contract | ID | Network | Record | Code |\n|---|---|---|---|---|\n"
        for entry in snapshot.entries {
            let code = registry.record(entry.record)?.codes.last?.digest.hex
            text += "| \(entry.variable) | `\(Self.code(entry.id.text))` | \(entry.id.network) "
            text += "| \(entry.record) | \(code.map { "`\($0)`" } ?? "") |\n"
        }
        return text + "\nSnapshot `\(snapshot.digest.hex)`\n"
    }

    /// A text between backquotes in a table; only opaque IDs hold what is changed here.
    private static func code(_ text: String) -> String {
        String(text.map { $0 == "|" || $0 == "`" ? "?" : $0 })
    }

    private var addressBook: String {
        let networks = Set(snapshot.entries.map(\.id.network)).sorted()
        let objects = networks.map { network -> String in
            let entries = snapshot.entries.filter { $0.id.network == network }
            let lines = entries.map { "    \"\($0.variable)\": \(Self.quoted($0.id.text))" }
            return "  \"\(network)\": {\n\(lines.joined(separator: ",\n"))\n  }"
        }
        return objects.isEmpty ? "{}\n" : "{\n\(objects.joined(separator: ",\n"))\n}\n"
    }

    private static func quoted(_ text: String) -> String {
        String(decoding: JSONValue.string(text).canonicalBytes, as: UTF8.self)
    }
}
