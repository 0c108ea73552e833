// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitTesting

/// What reading and writing back do to the bytes.
extension FidelityTests {
    /// Writing a run that has done nothing into its page, and ticking boxes.
    func measureWriting(_ files: [Corpus.File], _ table: inout FidelityTable) async throws {
        var (identical, tasks, toggled) = (0, 0, 0)
        for file in files {
            let document = try ChecklistDocument(markdown: file.source)
            let isIdentical = try await isWrittenBack(file.source, document)
            identical += isIdentical ? 1 : 0
            if !isIdentical { print("  round trip \(file.number)") }
            tasks += file.oracle.list("items").count
            toggled += toggles(of: file, document)
        }
        table.share("round trip byte for byte", identical, of: files.count, atLeast: 1000)
        table.share("one box is its own byte on its line", toggled, of: tasks, atLeast: 1000)
    }

    private func isWrittenBack(_ source: [UInt8], _ document: ChecklistDocument) async throws
        -> Bool
    {
        guard !Outline(document.checklist).leaves.isEmpty else { return true }
        let deployments = Deployments(
            store: InMemoryAuditStore(),
            origin: "fidelity.test",
            clock: FixedClock()
        )
        let live = try await deployments.start(
            document.checklist,
            environment: Environment("staging", tier: .test),
            version: "1",
            by: .person("rita@example.com")
        )
        var written = try WriteBack(into: source).patched(with: try await live.state())
        guard written.count == source.count else { return false }
        // The ticks of the page are no part of the run: it clears them, and nothing else.
        for task in document.tasks {
            for box in task.boxes where written[box] == 0x20 { written[box] = source[box] }
        }
        return written == source
    }

    /// How many tasks change their own state alone when the bytes of their boxes change.
    private func toggles(of file: Corpus.File, _ document: ChecklistDocument) -> Int {
        let markdown = MarkdownDocument(file.source)
        let lines = file.oracle.list("items").compactMap { $0["line"] as? Int }
        var source = file.source
        for task in document.tasks {
            for box in task.boxes { source[box] = task.isChecked ? 0x20 : 0x78 }
        }
        guard let other = try? ChecklistDocument(markdown: source),
            other.tasks.count == document.tasks.count,
            other.checklist.hash == document.checklist.hash
        else { return 0 }
        let tasks = Dictionary(zip(document.tasks, other.tasks).map { ($0.line, ($0, $1)) }) {
            first,
            _ in first
        }
        return lines.count { line in
            guard let (task, changed) = tasks[line] else { return false }
            return task.isChecked != changed.isChecked && task.text == changed.text
                && task.boxes.allSatisfy { markdown.lineNumber(at: $0) == line }
        }
    }

    /// Reads every file in other spellings of the same Markdown.
    func measureMutations(_ files: [Corpus.File], _ table: inout FidelityTable) throws {
        for mutation in Mutation.allCases {
            var (count, same) = (0, 0)
            for file in files {
                guard let mutated = mutation.mutated(file.source) else { continue }
                count += 1
                let isSame = try Facts(file.source) == Facts(mutated)
                same += isSame ? 1 : 0
                if !isSame { print("  \(mutation.rawValue) \(file.number)") }
            }
            table.share("same when read with \(mutation.rawValue)", same, of: count, atLeast: 1000)
        }
    }

    /// What must not depend on the spelling.
    private struct Facts: Equatable {
        let hash: Digest
        let tasks: [[String]]
        let slots: [ChecklistDocument.SignOffLine]
        let thresholds: [ChecklistDocument.ThresholdLine]
        let rollback: [ChecklistDocument.RollbackLine]
        let code: [ChecklistDocument.CodeLine]

        init(_ source: [UInt8]) throws {
            let document = try ChecklistDocument(markdown: source)
            hash = document.checklist.hash
            tasks = document.tasks.map { task in
                ["\(task.line) \(task.isChecked) \(task.depth) \(task.taskDepth)", task.text]
                    + task.headingPath + [task.kind]
            }
            slots = document.signOffLines
            thresholds = document.thresholds
            rollback = document.rollbackLines
            code = document.codeLines
        }
    }
}

/// Another spelling of the same Markdown.
enum Mutation: String, CaseIterable {
    case crlf = "CRLF"
    case byteOrderMark = "a byte order mark"
    case capitalX = "[X]"
    case markers = "other markers"
    case tabs = "tabs"
    case width = "twice the indent"

    /// The bytes in that spelling; `nil` where a file has no use for it.
    func mutated(_ source: [UInt8]) -> [UInt8]? {
        switch self {
        case .crlf:
            if source.contains(0x0D) { return nil }
            return source.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
        case .byteOrderMark:
            return source.starts(with: [0xEF, 0xBB, 0xBF]) ? nil : [0xEF, 0xBB, 0xBF] + source
        case .capitalX:
            return Self.changed(source) { document, result in
                for case .item(let task?) in document.blocks.map(\.kind)
                where result[task.box] == 0x78 {
                    result[task.box] = 0x58
                }
            }
        case .markers:
            let next: [UInt8: UInt8] = [0x2D: 0x2B, 0x2B: 0x2A, 0x2A: 0x2D]
            return Self.changed(source) { document, result in
                for block in document.blocks {
                    guard case .item = block.kind else { continue }
                    let marker = block.range.lowerBound
                    if let other = next[result[marker]] { result[marker] = other }
                }
            }
        case .tabs: return Self.tabbed(source)
        case .width: return Self.widened(source)
        }
    }

    private static func changed(
        _ source: [UInt8],
        by change: (MarkdownDocument, inout [UInt8]) -> Void
    ) -> [UInt8]? {
        var result = source
        change(MarkdownDocument(source), &result)
        return result == source ? nil : result
    }

    /// Every four spaces at the beginning of a line outside of code as a tab.
    private static func tabbed(_ source: [UInt8]) -> [UInt8]? {
        let document = MarkdownDocument(source)
        let code = codeLines(document)
        var result: [UInt8] = []
        for number in 1...max(1, document.lineStarts.count) {
            let line = source[document.line(number)]
            let spaces = line.prefix { $0 == 0x20 }.count
            let tabs = code.contains(number) ? 0 : spaces / 4
            result += Array(repeating: 0x09, count: tabs) + line.dropFirst(4 * tabs)
        }
        return result == source ? nil : result
    }

    /// Twice the indent inside lists, where no code, no indented list and no wide indent, which would
    /// become code, stands in the way.
    private static func widened(_ source: [UInt8]) -> [UInt8]? {
        let document = MarkdownDocument(source)
        guard !source.contains(0x09) else { return nil }
        var inside: Set<Int> = []
        for block in document.blocks {
            switch block.kind {
            case .list where block.depth == 1:
                let start = block.range.lowerBound
                guard start == 0 || source[start - 1] == 0x0A else { return nil }
                inside.formUnion(block.firstLine...block.lastLine)
            case .item where block.depth > 2:
                // Two columns or three after a marker of two or three leave room for as many more.
                let start = document.line(block.firstLine).lowerBound
                guard let list = block.parent, let outer = document.blocks[list].parent else {
                    return nil
                }
                let above = document.blocks[outer]
                let aboveStart = document.line(above.firstLine).lowerBound
                let indent = block.range.lowerBound - start
                let aboveIndent = above.range.lowerBound - aboveStart
                guard indent - aboveIndent <= 3, source[block.range.lowerBound] < 0x30 else {
                    return nil
                }
                guard indent - aboveIndent <= (source[above.range.lowerBound] < 0x30 ? 2 : 3) else {
                    return nil
                }
            case .fencedCode, .indentedCode, .html, .comment, .frontMatter, .paragraph:
                if block.depth > 1, block.lastLine > block.firstLine { return nil }
                if block.depth > 1, block.kind != .paragraph { return nil }
            default: break
            }
        }
        var result: [UInt8] = []
        for number in 1...max(1, document.lineStarts.count) {
            let line = source[document.line(number)]
            let spaces = inside.contains(number) ? line.prefix { $0 == 0x20 }.count : 0
            result += Array(repeating: 0x20, count: spaces) + line
        }
        return result == source ? nil : result
    }

    private static func codeLines(_ document: MarkdownDocument) -> Set<Int> {
        var lines: Set<Int> = []
        for block in document.blocks {
            switch block.kind {
            case .fencedCode, .indentedCode, .html, .comment, .frontMatter:
                lines.formUnion(block.firstLine...block.lastLine)
            default: break
            }
        }
        return lines
    }
}
