// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Foundation
import Testing

/// Reads real checklists where they are at hand: in the folder that `DEPLOYKIT_CORPUS` names, or
/// `../shared/corpus` beside the checkout.
@Suite struct ChecklistCorpusTests {
    static let folder: URL? = {
        let environment = ProcessInfo.processInfo.environment["DEPLOYKIT_CORPUS"]
        let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let candidates = [
            environment.map { URL(fileURLWithPath: $0) },
            checkout.appendingPathComponent("../shared/corpus"),
            checkout.appendingPathComponent("../../shared/corpus"),
        ]
        return candidates.compactMap(\.self).first {
            FileManager.default.fileExists(atPath: $0.appendingPathComponent("oracle.jsonl").path)
        }
    }()

    private struct Oracle: Decodable {
        struct Item: Decodable, Equatable {
            let checked: Bool
            let text: String
            let line: Int
            let depth: Int
            let task_depth: Int
            let heading_path: [String]
        }
        let n: Int
        let items: [Item]
    }

    static func name(_ number: Int) -> String {
        String(repeating: "0", count: max(0, 3 - "\(number)".count)) + "\(number).md"
    }

    @Test func listsTheTasksOfTheReferenceImplementation() throws {
        guard let folder = Self.folder else {
            print("corpus absent: task lists are not compared")
            return
        }
        let lines = try String(
            contentsOf: folder.appendingPathComponent("oracle.jsonl"),
            encoding: .utf8
        ).split(separator: "\n")
        var count = 0
        for line in lines {
            let oracle = try JSONDecoder().decode(Oracle.self, from: Data(line.utf8))
            let file = folder.appendingPathComponent(Self.name(oracle.n))
            guard let data = try? Data(contentsOf: file) else { continue }
            let document = try ChecklistDocument(markdown: Array(data))
            let own = document.tasks.map { task in
                Oracle.Item(
                    checked: task.isChecked,
                    text: task.boxes.count > 1 ? "[ ] " + task.text : task.text,
                    line: task.line,
                    depth: task.depth,
                    task_depth: task.taskDepth,
                    heading_path: task.headingPath
                )
            }
            let isEqual = own == oracle.items
            #expect(isEqual, "\(oracle.n)")
            #expect(
                try Checklist(json: document.checklist.json) == document.checklist,
                "\(oracle.n)"
            )
            let ids = document.checklist.items.map(\.id)
            #expect(Set(ids).count == ids.count, "\(oracle.n)")
            count += own.count
            print(
                "corpus \(oracle.n): \(document.checklist.phases.count) phases,",
                "\(ids.count) items, \(own.count) tasks,",
                "\(document.checklist.signOffSlots.count) slots,",
                "\(document.checklist.rollbackPlan?.levels.count ?? 0) levels,",
                "\(document.checklist.rollbackPlan?.triggers.count ?? 0) triggers,",
                "\(document.checklist.metrics.count) metrics, \(document.blanks.count) blanks,",
                "\(document.proseBlocks.count) prose, \(document.findings.count) findings"
            )
        }
        print("corpus: \(count) tasks")
    }
}
