// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitTesting
import Foundation
import Testing

/// Write-back of whole deployments into real checklists: what has a place there is written there,
/// and nothing else changes.
@Suite struct WildWriteBackTests {
    /// What was to be written, and what was.
    private struct Tally {
        var (boxes, ticked, blanks, filled) = (0, 0, 0, 0)
    }

    @Test func everyPlaceIsFilledAndEveryOtherByteStays() async throws {
        guard let folder = ChecklistCorpusTests.folder else {
            print("corpus absent: nothing is written back into real checklists")
            return
        }
        let isWhole = ProcessInfo.processInfo.environment["DEPLOYKIT_CORPUS_ALL"] != nil
        let examples = folder.deletingLastPathComponent().appending(path: "examples-in-the-wild")
        let sampled = try pages(in: folder).enumerated().filter { isWhole || $0.offset % 16 == 8 }
        let files = sampled.map(\.element) + ((try? pages(in: examples)) ?? [])
        var tally = Tally()
        for file in files {
            try await write(Array(try Data(contentsOf: file)), file.lastPathComponent, &tally)
        }
        #expect(tally.ticked == tally.boxes && tally.filled == tally.blanks)
        print(
            "write-back: \(files.count) files, \(tally.ticked) of \(tally.boxes) boxes ticked, "
                + "\(tally.filled) of \(tally.blanks) blanks filled"
        )
    }

    private func pages(in folder: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".md") }.sorted().map { folder.appending(path: $0) }
    }

    private func write(_ page: [UInt8], _ name: String, _ tally: inout Tally) async throws {
        let before = try ChecklistDocument(markdown: page)
        guard !Outline(before.checklist).leaves.isEmpty else { return }
        let run = try await PageRun(of: before.checklist)
        try await run.doEverything()
        let state = try await run.live.state()
        let written = try await run.written(into: page)
        let after = try ChecklistDocument(markdown: written)
        #expect(after.checklist.hash == before.checklist.hash, "\(name)")
        #expect(try await run.written(into: written) == written, "\(name)")
        let passed = Set(state.items.filter { $0.value.isPassed }.map(\.key))
        for task in after.tasks {
            guard let id = task.id, passed.contains(id) else { continue }
            tally.boxes += 1
            tally.ticked += task.isChecked ? 1 : 0
        }
        for box in after.boxes {
            guard case .item(let id, 0, _) = box.target, passed.contains(id) else { continue }
            tally.boxes += 1
            tally.ticked += box.isChecked ? 1 : 0
        }
        for blank in after.blanks where hasValue(blank.target, state) {
            tally.blanks += 1
            let text = String(decoding: written[blank.range], as: UTF8.self)
            tally.filled += text.hasPrefix("<!-- deploykit:blank \(state.id) ") ? 1 : 0
        }
        // Without the boxes and blanks the pages are the same.
        #expect(bare(written, after) == bare(page, before), "\(name)")
    }

    private func hasValue(_ target: ChecklistDocument.Blank.Target, _ state: Deployment) -> Bool {
        switch target {
        case .signOffName(let slot), .signOffDate(let slot), .signOffSignature(let slot):
            state.signOffs.contains { $0.slot == slot && $0.decision == .approved }
        case .field(let field): state.fields[field] != nil
        case .contract(let slot): state.contracts[slot] != nil
        case .itemActor(let item), .itemDate(let item): state.items[item]?.isPassed ?? false
        case .measurement: false
        }
    }

    private func bare(_ page: [UInt8], _ document: ChecklistDocument) -> [UInt8] {
        var places = document.tasks.flatMap(\.boxes).map { $0..<$0 + 1 }
        places += document.boxes.map(\.range) + document.blanks.map(\.range)
        var rest: [UInt8] = []
        var start = 0
        for place in places.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            guard place.lowerBound >= start else { continue }
            rest += page[start..<place.lowerBound]
            start = place.upperBound
        }
        return rest + page[start...]
    }
}

extension ItemProgress {
    /// Whether it was done.
    var isPassed: Bool { if case .passed = state { true } else { false } }
}
