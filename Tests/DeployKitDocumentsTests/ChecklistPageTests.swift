// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitTesting
import Foundation
import Testing

/// Swift → Markdown → Swift, and Markdown → JSON → Markdown.
@Suite struct ChecklistPageTests {
    /// How many random checklists are written; `DEPLOYKIT_PAGES` has another number.
    private static let count =
        ProcessInfo.processInfo.environment["DEPLOYKIT_PAGES"].flatMap { Int($0) } ?? 30

    /// A page says what its checklist says: `read(write(c)) == c`, by value and by hash, for
    /// everything that a checklist can hold; and writing what was read gives the same bytes.
    @Test func aPageReadsAsTheChecklistThatItWasWrittenFrom() throws {
        for seed in 1...UInt64(Self.count) {
            do {
                #expect(
                    try Self.breaches(of: RandomChecklist(seed: seed).checklist()) == [],
                    "\(seed)"
                )
            } catch {
                Issue.record("seed \(seed): \(error)")
            }
        }
    }

    private static func breaches(of checklist: Checklist) throws -> [String] {
        let page = try ChecklistPage(of: checklist)
        let document = try ChecklistDocument(markdown: page.bytes)
        let json = try JSONValue(parsing: checklist.json.canonicalBytes, within: .definition)
        let fields = document.blanks.compactMap { blank -> FieldID? in
            if case .field(let id) = blank.target { id } else { nil }
        }
        let promises: [(String, Bool)] = [
            ("another value is read", document.checklist.json == checklist.json),
            ("another hash is read", document.checklist.hash == checklist.hash),
            (
                "JSON gives another page",
                try ChecklistPage(of: Checklist(json: json)).bytes == page.bytes
            ),
            ("items have no box", document.tasks.compactMap(\.id) == checklist.items.map(\.id)),
            (
                "slots have no box",
                document.tasks.compactMap(\.slot) == checklist.signOffSlots.map(\.id)
            ),
            ("fields have no blank", fields == checklist.fields.map(\.id)),
        ]
        return promises.filter { !$0.1 }.map(\.0)
    }

    /// Whatever line endings and spellings the page is converted to, it says the same.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func aPageMaySpellItsMarkdownOtherwise(seed: UInt64) throws {
        let random = RandomChecklist(seed: seed)
        let checklist = try random.checklist()
        let text = String(decoding: try ChecklistPage(of: checklist).bytes, as: UTF8.self)
        for other in [text.replacing("\n", with: "\r\n"), "\u{FEFF}" + text] {
            let read = try ChecklistDocument(markdown: Array(other.utf8))
            #expect(read.checklist.json == checklist.json)
        }
    }

    /// The page of a deployment takes its state and stays the same checklist.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func aPageTakesTheStateOfADeployment(seed: UInt64) async throws {
        let random = RandomChecklist(seed: seed)
        let checklist = try random.checklist()
        guard !Outline(checklist).leaves.isEmpty else { return }
        // Nothing in it may be meant for the environment.
        guard let run = try? await PageRun(of: checklist) else { return }
        var steps = SplitMix64(seed: seed)
        for _ in 0..<20 { try await run.step(using: &steps) }
        let page = try ChecklistPage(of: checklist).bytes
        let once = try await run.written(into: page)
        #expect(try WriteBack(into: once).hash == checklist.hash)
        #expect(try await run.written(into: once) == once)
    }

    @Test func whatAnyPageSaysCanBeDeclared() throws {
        for page in [ferryChecklist] + PageFixture.all.map(\.page) {
            let checklist = try read(page).checklist
            let declared = try ChecklistPage(of: checklist)
            #expect(
                try ChecklistDocument(markdown: declared.bytes).checklist.hash == checklist.hash
            )
        }
    }

    /// All files with `DEPLOYKIT_CORPUS_ALL`; else every sixteenth.
    @Test func whatRealChecklistsSayCanBeDeclared() throws {
        guard let folder = ChecklistCorpusTests.folder else {
            print("corpus absent: no real checklist is written as a declared page")
            return
        }
        let isWhole = ProcessInfo.processInfo.environment["DEPLOYKIT_CORPUS_ALL"] != nil
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".md") }.sorted()
        var count = 0
        for (index, name) in names.enumerated() where isWhole || index % 16 == 5 {
            let page = Array(try Data(contentsOf: folder.appendingPathComponent(name)))
            let checklist = try ChecklistDocument(markdown: page).checklist
            let declared = try ChecklistPage(of: checklist)
            let read = try ChecklistDocument(markdown: declared.bytes)
            #expect(read.checklist.hash == checklist.hash, "\(name)")
            count += 1
        }
        print("corpus: \(count) of \(names.count) files written as declared pages")
    }

    @Test func aPageLooksLikeAPage() throws {
        let checklist = try Checklist("Ferry", signOffs: [.one(of: "Harbour Master")]) {
            Phase("Prepare") {
                Item("Read the tide table")
                Item("Build", .shell("make boat"), effect: .idempotent, timeout: .minutes(5))
            }
        }
        let page = String(decoding: try ChecklistPage(of: checklist).bytes, as: UTF8.self)
        #expect(
            page == """
                ---
                deploykit: 1
                inference: none
                ---

                # Ferry

                ## Prepare
                <!-- deploykit: kind=phase id=prepare -->

                - [ ] Read the tide table <!-- deploykit: kind=manual id=prepare/read-the-tide-table -->
                - [ ] Build <!-- deploykit: kind=command id=prepare/build effect=idempotent timeout=5m -->
                  ```bash
                  make boat
                  ```

                ## Sign-off

                - [ ] Harbour Master: ____________ Date: ________ <!-- deploykit: kind=slot id=harbour-master -->


                """
        )
    }

    @Test(arguments: [
        ("inference: some", "", "'some' is no value of 'inference'", 3),
        ("inference: none", "- [ ] a", "declares the kind of each task", 6),
        ("inference: none", "- [ ] a <!-- deploykit: kind=manual id=a -->", "below the heading", 6),
        ("inference: none", "## P\n<!-- deploykit: id=p -->", "with kind= what it opens", 7),
        ("inference: none", "## P\n<!-- deploykit: kind=item id=p -->", "no kind of heading", 7),
        ("inference: none", "## P\n<!-- deploykit: kind=phase id=p effect=none -->", "'effect'", 7),
        (
            "inference: none",
            "## P\n<!-- deploykit: kind=phase id=p -->\n- [ ] a <!-- deploykit: kind=manual -->",
            "an item has an id", 8
        ),
        (
            "inference: none",
            "## P\n<!-- deploykit: kind=phase id=p -->\n"
                + "- [ ] a <!-- deploykit: kind=command id=a -->",
            "command", 8
        ),
        (
            "inference: none",
            "## P\n<!-- deploykit: kind=phase id=p -->\n"
                + "- [ ] a <!-- deploykit: kind=manual id=a json={\"colour\":1} -->",
            "colour", 8
        ),
        (
            "inference: none", "- [ ] a: ____ <!-- deploykit: kind=slot id=a json={\"x\" -->",
            "does not end", 6
        ),
        ("inference: none", "```deploykit\n{\"phases\":[]}\n```", "no member that a fence", 6),
    ])
    func aFaultIsRefusedWithItsLine(_ header: String, _ body: String, _ words: String, _ line: Int)
    {
        let error = #expect(throws: DocumentError.self) {
            try read("---\ndeploykit: 1\n\(header)\n---\n# T\n\(body)\n")
        }
        #expect(error?.message.contains(words) == true, "\(error?.description ?? "")")
        #expect(error?.line == line, "\(error?.description ?? "")")
    }
}
