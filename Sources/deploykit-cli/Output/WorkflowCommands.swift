// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

/// What the runner of GitHub Actions reads out of the output of a step: lines such as
/// `::warning file=…,line=…,title=…::message`, and `##[…]` anywhere in a line.
///
/// Foreign text is fenced off with `::stop-commands::`, and only there: elsewhere these lines are
/// noise. Source: docs.github.com, "Workflow commands for GitHub Actions".
struct WorkflowCommands: Sendable {
    /// How many annotations of one severity a step may have; the runner drops those after them.
    static let limit = 10

    private var counts: [LintRule.Severity: Int] = [:]

    /// Whether such a runner reads along.
    static func areRead(_ environment: [String: String]) -> Bool {
        environment["GITHUB_ACTIONS"] == "true"
    }

    /// A word that no text can have foreseen.
    static func token() -> String {
        var generator = SystemRandomNumberGenerator()
        let words = [generator.next(), generator.next()].map { (word: UInt64) in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }
        return words.joined()
    }

    /// The text, fenced off.
    static func fenced(_ text: String) -> String {
        // A text that holds the token of 128 random bits is not to be expected; another one will do.
        VisibleText.fenced(text, token: token()) ?? fenced(text)
    }

    /// The text as a part of one line that the runner takes for no command.
    static func inert(_ text: String) -> String {
        inertLines(text.split(whereSeparator: \.isNewline).joined(separator: " "))
    }

    /// Lines that the runner takes for no commands: none begins with `::`, and `##[` stands in none.
    static func inertLines(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var (isStart, before) = (true, (Unicode.Scalar(0x20), Unicode.Scalar(0x20)))
        for scalar in text.unicodeScalars {
            // By scalars: a mark that joins with the bracket hides it from no runner.
            if scalar == "[", before == ("#", "#") { result.append(" ") }
            if scalar == ":", before.1 == ":", isStart { result.append(" ") }
            result.append(scalar)
            switch scalar {
            case "\n", "\r": isStart = true
            case ":" where before.1 != ":": break
            default: isStart = isStart && scalar.properties.isWhitespace
            }
            before = (before.1, scalar)
        }
        return String(result)
    }

    /// Canonical JSON of the same value without `##[`.
    static func inertJSON(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for byte in bytes {
            if byte == UInt8(ascii: "["), result.suffix(2).elementsEqual("##".utf8) {
                result.removeLast()
                result += "\\u0023".utf8
            }
            result.append(byte)
        }
        return result
    }

    /// One line that shows a finding beside its line of the page; empty beyond ``limit``.
    mutating func annotation(_ finding: ChecklistDocument.Finding, in path: String) -> String {
        annotation(
            finding.severity,
            [("file", path), ("line", String(finding.line)), ("title", finding.rule)],
            finding.message
        )
    }

    /// One line that says why a file cannot be read.
    mutating func refusal(_ message: String, of path: String) -> String {
        annotation(.error, [("file", path), ("title", "unreadable")], message)
    }

    /// One line that shows what went wrong in the summary of the job; empty beyond ``limit``.
    mutating func error(_ title: String, _ message: String) -> String {
        annotation(.error, [("title", title)], message)
    }

    private mutating func annotation(
        _ severity: LintRule.Severity,
        _ properties: [(name: String, value: String)],
        _ message: String
    ) -> String {
        counts[severity, default: 0] += 1
        guard counts[severity, default: 0] <= Self.limit else { return "" }
        let word =
            switch severity {
            case .error: "error"
            case .warning: "warning"
            case .note: "notice"
            }
        let list = properties.map { "\($0.name)=\(Self.escaped($0.value, inProperty: true))" }
        return "::\(word) \(list.joined(separator: ","))::\(Self.escaped(message))\n"
    }

    // What ends a line, a property or the list of them, as the toolkit of GitHub escapes it.
    private static func escaped(_ text: String, inProperty: Bool = false) -> String {
        var result = ""
        for scalar in VisibleText.render(text).unicodeScalars {
            switch scalar {
            case "%": result += "%25"
            case "\r": result += "%0D"
            case "\n": result += "%0A"
            case ":" where inProperty: result += "%3A"
            case "," where inProperty: result += "%2C"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
