// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Foundation
import Testing

/// Measures the reader on real checklists and prints the table of `make fidelity`.
@Suite(.enabled(if: Corpus.named != nil, "no corpus is named: nothing is measured"))
struct FidelityTests {
    @Test func everyMeasureReachesItsLimit() async throws {
        let corpus = try #require(Corpus.named)
        var table = FidelityTable()
        let files = try corpus.files()
        try await measureWriting(files, &table)
        try measureMutations(files, &table)
        try measureTasks(files, &table)
        let labels = try corpus.labels()
        try measureSignOffs(labels, &table)
        try measureThresholds(labels, &table)
        try measureRollback(labels, &table)
        try measureCode(corpus, &table)
        print(table.text)
        for row in table.rows { #expect(row.isMet, "\(row.measure): \(row.result)") }
    }

    // MARK: Labels

    private func measureSignOffs(_ labels: [Corpus.File], _ table: inout FidelityTable) throws {
        var (expected, found, reported, right, fields, filled) = (0, 0, 0, 0, 0, 0)
        var (rows, items) = (0, 0)
        for file in labels {
            let document = try ChecklistDocument(markdown: file.source)
            let slots = Dictionary(document.checklist.signOffSlots.map { ($0.id, $0.label) }) {
                first,
                _ in first
            }
            let roles = Dictionary(
                document.signOffLines.map { ($0.line, slots[$0.id] ?? "") }
            ) { first, _ in first }
            for label in file.oracle.list("signoff") {
                guard let line = label["line"] as? Int else { continue }
                guard let role = label["role"] as? String else {
                    // A row that somebody has verified is an item, not a signature.
                    rows += 1
                    items += document.stepLines.contains { $0.line == line } ? 1 : 0
                    continue
                }
                expected += 1
                let isFound = roles[line].map { Self.isSame($0, role) } ?? false
                found += isFound ? 1 : 0
                if !isFound {
                    print("  sign-off \(file.number):\(line) '\(role)' \(roles[line] ?? "-")")
                }
            }
            let lines = file.oracle.lines("signoff")
            reported += roles.count
            right += roles.keys.count { lines.contains($0) }
            for line in roles.keys.sorted() where !lines.contains(line) {
                print("  sign-off \(file.number):\(line) extra '\(roles[line] ?? "")'")
            }
            let blanks = Set(document.blanks.map(\.line))
            fields += file.oracle.list("record_fields").count
            filled += file.oracle.lines("record_fields").count { blanks.contains($0) }
        }
        table.share("sign-off slots found, line and role", found, of: expected, atLeast: 950)
        table.share("sign-off slots that are right", right, of: reported, atLeast: 950)
        table.share("rows that somebody verifies, as items", items, of: rows, atLeast: 950)
        table.share("fields to fill in", filled, of: fields, atLeast: 950)
    }

    /// One label holds the other: "Lead" and "Lead sign-off".
    private static func isSame(_ label: String, _ role: String) -> Bool {
        func letters(_ text: String) -> String {
            String(text.lowercased().filter { $0.isLetter || $0.isNumber })
        }
        let (label, role) = (letters(label), letters(role))
        return !label.isEmpty && (role.contains(label) || label.contains(role))
    }

    private func measureThresholds(_ labels: [Corpus.File], _ table: inout FidelityTable) throws {
        var (numeric, found, reported, right, other, otherWrong) = (0, 0, 0, 0, 0, 0)
        for file in labels {
            let lines = Dictionary(
                grouping: try ChecklistDocument(markdown: file.source).thresholds,
                by: \.line
            ).mapValues { $0.map(\.phrase) }
            let known = ThresholdCorpusTests.labels(of: file.oracle)
            for label in known {
                let phrases = lines[label.line] ?? []
                if label.kind == "num" {
                    numeric += 1
                    let isFound = phrases.contains { phrase in
                        ThresholdCorpusTests.agrees(phrase, label)
                            && ThresholdCorpusTests.roles(label.role).contains(phrase.role)
                    }
                    found += isFound ? 1 : 0
                    if !isFound { print("  threshold \(file.number):\(label.line) \(label.raw)") }
                } else if label.kind != "zero" {
                    other += 1
                    otherWrong += phrases.allSatisfy(\.isZeroForm) ? 0 : 1
                }
            }
            let labelled = Set(known.map(\.line))
            let flagged = lines.filter { !$0.value.allSatisfy(\.isZeroForm) }.keys
            reported += flagged.count
            right += flagged.count { labelled.contains($0) }
        }
        table.share("numeric thresholds found", found, of: numeric, atLeast: 950)
        table.share("lines with thresholds that are right", right, of: reported, atLeast: 920)
        table.share("relative and fenced ones as numbers", otherWrong, of: other, atMost: 0)
    }

    private func measureRollback(_ labels: [Corpus.File], _ table: inout FidelityTable) throws {
        var (steps, stepsFound, triggers, triggersFound) = (0, 0, 0, 0)
        var (reported, extra) = (0, 0)
        for file in labels {
            let document = try ChecklistDocument(markdown: file.source)
            let rollback = file.oracle["rollback"] as? [String: Any] ?? [:]
            let own = Set(document.rollbackLines.flatMap(\.steps))
            let ownTriggers = Set(document.rollbackLines.flatMap(\.triggers))
            let (labelled, labelledTriggers) = (rollback.lines("steps"), rollback.lines("triggers"))
            steps += labelled.count
            stepsFound += own.intersection(labelled).count
            triggers += labelledTriggers.count
            triggersFound += ownTriggers.intersection(labelledTriggers).count
            reported += own.count + ownTriggers.count
            extra += own.subtracting(labelled).count
            extra += ownTriggers.subtracting(labelledTriggers).count
            for line in labelled.subtracting(own).sorted() {
                print("  rollback \(file.number):\(line) no step")
            }
        }
        table.share("rollback steps found", stepsFound, of: steps, atLeast: 920)
        table.share("rollback triggers found", triggersFound, of: triggers, atLeast: 920)
        table.share("rollback lines beside those", extra, of: reported, atMost: 250)
    }

    private func measureCode(_ corpus: Corpus, _ table: inout FidelityTable) throws {
        let labels = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Fixtures/fence-labels.txt")
        var documents: [Int: [Int: ChecklistDocument.CodeLine]] = [:]
        var (count, right, marked) = (0, 0, 0)
        for line in try String(contentsOf: labels, encoding: .utf8).split(separator: "\n")
        where !line.hasPrefix("#") {
            let words = line.split(separator: " ").map(String.init)
            let number = try #require(Int(words[0]))
            guard let source = corpus.source(number) else { continue }
            let lines: [Int: ChecklistDocument.CodeLine]
            if let known = documents[number] {
                lines = known
            } else {
                let code = try ChecklistDocument(markdown: source).codeLines
                lines = Dictionary(code.map { ($0.line, $0) }) { first, _ in first }
                documents[number] = lines
            }
            let block = try #require(Int(words[1]))
            count += 1
            let isRight = lines[block]?.use.rawValue == words[2]
            right += isRight ? 1 : 0
            marked += lines[block]?.isDestructive == (words.count > 3) ? 1 : 0
            if !isRight { print("  code \(number):\(block) \(words[2])") }
        }
        table.share("code fences classified", right, of: count, atLeast: 950)
        table.share("destructive commands told apart", marked, of: count, atLeast: 950)
    }
}

// MARK: Tasks

extension FidelityTests {
    func measureTasks(_ files: [Corpus.File], _ table: inout FidelityTable) throws {
        var counts = MarkdownFidelityTests.Counts()
        for file in files {
            let data = try JSONSerialization.data(withJSONObject: file.oracle)
            let oracle = try JSONDecoder().decode(MarkdownFidelityTests.Oracle.self, from: data)
            MarkdownFidelityTests.compare(oracle, MarkdownDocument(file.source), &counts)
        }
        let count = counts.expected
        table.share("tasks found, line, box and text", counts.matched, of: count, atLeast: 1000)
        table.share("tasks that are right", counts.matched, of: counts.read, atLeast: 1000)
        table.share("depth", counts.depth, of: count, atLeast: 999)
        table.share("depth in tasks", counts.taskDepth, of: count, atLeast: 999)
        table.share("heading path", counts.headingPath, of: count, atLeast: 999)
        let (code, codeExpected) = (counts.codeRead, counts.codeExpected)
        table.share("code blocks inside their tasks", code, of: codeExpected, atLeast: 1000)
    }
}
