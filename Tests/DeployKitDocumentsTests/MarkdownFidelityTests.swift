// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKitDocuments
import Foundation
import Testing

/// Compares the reader with what cmark-gfm found in a corpus of real checklists, which is not
/// part of the package: a folder of `NNN.md` files and `oracle.jsonl`, named by
/// `DEPLOYKIT_CORPUS` or found as `../shared/corpus` beside the checkout.
@Suite struct MarkdownFidelityTests {
    struct Oracle: Decodable {
        var n: Int
        var codeInTasks: Int
        var items: [Task]

        enum CodingKeys: String, CodingKey {
            case n, items
            case codeInTasks = "code_in_tasks"
        }
    }

    struct Task: Decodable {
        var checked: Bool
        var text: String
        var depth: Int
        var taskDepth: Int
        var headingPath: [String]
        var line: Int

        enum CodingKeys: String, CodingKey {
            case checked, text, depth, line
            case taskDepth = "task_depth"
            case headingPath = "heading_path"
        }
    }

    struct Counts {
        var files = 0
        var expected = 0
        var read = 0
        var matched = 0
        var depth = 0
        var taskDepth = 0
        var headingPath = 0
        var doubled = 0
        var beyondReference = 0
        var codeExpected = 0
        var codeRead = 0
        var misses: [String] = []
    }

    @Test func readsTheCorpusAsTheReferenceDoes() throws {
        guard let corpus = Self.corpus else {
            print("fidelity: no corpus (DEPLOYKIT_CORPUS or ../shared/corpus): nothing measured")
            return
        }
        var counts = Counts()
        let oracle = try String(contentsOf: corpus.appending(path: "oracle.jsonl"), encoding: .utf8)
        for line in oracle.split(separator: "\n") {
            let file = try JSONDecoder().decode(Oracle.self, from: Data(line.utf8))
            let digits = String(file.n)
            let name = String(repeating: "0", count: max(0, 3 - digits.count)) + digits + ".md"
            guard let data = FileManager.default.contents(atPath: corpus.appending(path: name).path)
            else { continue }
            Self.compare(file, MarkdownDocument([UInt8](data)), &counts)
        }
        Self.report(counts)
        #expect(counts.matched == counts.expected && counts.read == counts.expected)
        for figure in [counts.depth, counts.taskDepth, counts.headingPath] {
            #expect(figure * 1000 >= counts.expected * 999)
        }
        #expect(counts.codeRead == counts.codeExpected)
    }

    @Test func everyTruncationOfTheCorpusIsADocument() throws {
        guard let corpus = Self.corpus else {
            print("fidelity: no corpus (DEPLOYKIT_CORPUS or ../shared/corpus): nothing truncated")
            return
        }
        // Every 64th byte of each file takes minutes in a debug build; every 64th of one in
        // sixteen files, unless all are asked for.
        let isWhole = ProcessInfo.processInfo.environment["DEPLOYKIT_CORPUS_ALL"] != nil
        let names = try FileManager.default.contentsOfDirectory(atPath: corpus.path)
            .filter { $0.hasSuffix(".md") }.sorted()
        for (index, name) in names.enumerated() where isWhole || index.isMultiple(of: 16) {
            let data =
                FileManager.default.contents(atPath: corpus.appending(path: name).path) ?? Data()
            let source = [UInt8](data)
            for end in stride(from: 0, to: source.count, by: 64) {
                let document = MarkdownDocument(Array(source[..<end]))
                #expect(document.blocks[0].range == 0..<end)
            }
        }
    }

    private static var corpus: URL? {
        let named = ProcessInfo.processInfo.environment["DEPLOYKIT_CORPUS"]
        let beside = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "../shared/corpus")
        let folder = named.map { URL(filePath: $0) } ?? beside
        let oracle = folder.appending(path: "oracle.jsonl").path
        return FileManager.default.fileExists(atPath: oracle) ? folder : nil
    }

    static func compare(
        _ file: Oracle,
        _ document: MarkdownDocument,
        _ counts: inout Counts
    ) {
        let found = read(document, &counts)
        let byLine = Dictionary(found.map { ($0.task.line, $0) }) { first, _ in first }
        counts.files += 1
        counts.expected += file.items.count
        counts.codeExpected += file.codeInTasks
        for item in file.items {
            guard let own = byLine[item.line] else {
                counts.misses.append("\(file.n):\(item.line) no task")
                continue
            }
            let text = own.isDoubled ? String(item.text.dropFirst(4)) : item.text
            if text == own.task.text, item.checked == own.task.checked {
                counts.matched += 1
            } else {
                counts.misses.append("\(file.n):\(item.line) text or state")
            }
            counts.depth += item.depth == own.task.depth ? 1 : 0
            counts.taskDepth += item.taskDepth == own.task.taskDepth ? 1 : 0
            counts.headingPath += item.headingPath == own.task.headingPath ? 1 : 0
        }
    }

    private static func read(
        _ document: MarkdownDocument,
        _ counts: inout Counts
    ) -> [(task: Task, isDoubled: Bool)] {
        var result: [(task: Task, isDoubled: Bool)] = []
        var path: [(level: Int, text: String)] = []
        var depths = Array(repeating: (items: 0, tasks: 0), count: document.blocks.count)
        for (index, block) in document.blocks.enumerated() {
            if let parent = block.parent { depths[index] = depths[parent] }
            switch block.kind {
            case .heading(let level) where block.parent == 0:
                path.removeAll { $0.level >= level }
                path.append((level, document.inlines(of: index).text))
            case .fencedCode, .indentedCode:
                counts.codeRead += depths[index].tasks > 0 ? 1 : 0
            case .item(let task):
                depths[index].items += 1
                guard let task else { continue }
                guard task.isSeenByReference else {
                    counts.beyondReference += 1
                    continue
                }
                depths[index].tasks += 1
                counts.read += 1
                counts.doubled += task.extraBox == nil ? 0 : 1
                let text = block.firstChild.map { document.inlines(of: $0).text } ?? ""
                let found = Task(
                    checked: task.isChecked,
                    text: text,
                    depth: depths[index].items,
                    taskDepth: depths[index].tasks,
                    headingPath: path.map(\.text),
                    line: block.firstLine
                )
                result.append((found, task.extraBox != nil))
            default: break
            }
        }
        return result
    }

    private static func report(_ counts: Counts) {
        func share(_ part: Int) -> String {
            guard counts.expected > 0 else { return "-" }
            return "\(part) of \(counts.expected)"
        }
        print(
            """
            fidelity: \(counts.files) files against cmark-gfm
              tasks read                   \(share(counts.read))
              same line, box and text      \(share(counts.matched))
              same depth                   \(share(counts.depth))
              same task depth              \(share(counts.taskDepth))
              same heading path            \(share(counts.headingPath))
              code blocks inside tasks     \(counts.codeRead) of \(counts.codeExpected)
              doubled boxes                \(counts.doubled)
              seen by github.com alone     \(counts.beyondReference)
            """
        )
        for miss in counts.misses.prefix(20) { print("  miss \(miss)") }
    }
}
