// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// The rules of a file or of a page, with what lint finds in them.
public struct RuleReading: Hashable, Sendable {
    /// The rules in the order in which they stand, with their lines there.
    public let rules: [RuleFile.Rule]
    /// What the rules of lint across prose find, with lines of the file.
    public let findings: [ChecklistDocument.Finding]

    /// Reads a rule file.
    ///
    /// - Parameters:
    ///   - file: The file's text.
    ///   - page: The text of a page whose thresholds the rules must not contradict.
    /// - Throws: ``RuleError`` with the line; ``DocumentError`` for the page.
    public init(file: String, against page: String? = nil) throws {
        rules = try RuleFile(Array(file.utf8)).rules
        // The rules of lint know fences: the file is looked at as one at the end of the page.
        let before = page ?? ""
        let ticks = String(repeating: "`", count: 3 + Self.longestRun(of: "`", in: file))
        let opening = (before.isEmpty || before.hasSuffix("\n") ? before : before + "\n") + "\n"
        let offset = opening.utf8.count { $0 == UInt8(ascii: "\n") } + 1
        let whole = "\(opening)\(ticks)yaml\n\(file)\n\(ticks)\n"
        findings = try ChecklistDocument(markdown: Array(whole.utf8)).findings
            .filter { $0.line > offset && DocumentLint.names.contains($0.rule) }
            .map { $0.lifted(by: offset) }
    }

    /// Reads the fences of a page that show rules.
    ///
    /// - Throws: ``RuleError`` with the line of the page; ``DocumentError``.
    public init(page: [UInt8]) throws {
        let document = MarkdownDocument(page)
        var rules: [RuleFile.Rule] = []
        for block in document.blocks.indices {
            guard case .fencedCode = document.blocks[block].kind else { continue }
            let lines = document.lines(of: block).map { line in
                (text: document.text(line.range), number: line.number)
            }
            guard lines.contains(where: { $0.text.contains("expr:") }),
                lines.contains(where: { $0.text.contains("alert:") || $0.text.contains("record:") })
            else { continue }
            rules += try RuleFile(lines: lines).rules
        }
        self.rules = rules
        findings = try ChecklistDocument(markdown: page).findings.filter { finding in
            DocumentLint.names.contains(finding.rule)
        }
    }

    private static func longestRun(of character: Character, in text: String) -> Int {
        var (longest, run) = (0, 0)
        for other in text {
            run = other == character ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }
}
