// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitTesting
import Testing

@Suite struct ChecklistPropertyTests {
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func ticksAndFilledBlanksDoNotReachTheHash(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let document = try read(ferryChecklist)
        var source = Array(ferryChecklist.utf8)
        for task in document.tasks where Bool.random(using: &random) {
            for box in task.boxes { source[box] = Bool.random(using: &random) ? 0x78 : 0x20 }
        }
        for blank in document.blanks.reversed() where Bool.random(using: &random) {
            let value = "Value \(Int.random(in: 1...99, using: &random))"
            let open = String(decoding: source[blank.range], as: UTF8.self)
            let marked = "<!-- deploykit:blank d-1 \(open) -->\(value)<!-- deploykit:end -->"
            let text: String =
                switch blank.target {
                case .field, .contract: marked
                default: Bool.random(using: &random) ? value : marked
                }
            source.replaceSubrange(blank.range, with: Array(text.utf8))
        }
        let read = try ChecklistDocument(markdown: source)
        #expect(read.checklist.json == document.checklist.json)
        #expect(read.checklist.hash == document.checklist.hash)
    }

    @Test func writingOtherwiseGivesAnEqualChecklist() throws {
        let plain = try read(ferryChecklist).checklist
        let variants: [(name: String, text: String)] = [
            ("CRLF", ferryChecklist.replacing("\n", with: "\r\n")),
            ("BOM", "\u{FEFF}" + ferryChecklist),
            ("asterisks", ferryChecklist.replacing("- [", with: "* [")),
            ("plus", ferryChecklist.replacing("- [", with: "+ [")),
            ("upper case", ferryChecklist.replacing("[x]", with: "[X]")),
            ("doubled boxes", ferryChecklist.replacing("- [ ] ", with: "- [ ] [ ] ")),
            ("tabs", ferryChecklist.replacing("\n  - [", with: "\n\t- [")),
        ]
        for variant in variants {
            let checklist = try read(variant.text).checklist
            #expect(checklist.json == plain.json, "\(variant.name)")
        }
    }

    @Test func everyBeginningOfADocumentCanBeRead() throws {
        let source = Array(ferryChecklist.utf8)
        for end in stride(from: 1, to: source.count, by: 16) {
            do {
                let document = try ChecklistDocument(markdown: Array(source[..<end]))
                #expect(try Checklist(json: document.checklist.json) == document.checklist)
            } catch let error as DocumentError {
                #expect(error.code == .notUTF8)
            }
        }
    }

    @Test func limitsAreNamed() throws {
        let nested = (0..<33).map { String(repeating: "  ", count: $0) + "- [ ] x\n" }.joined()
        let deep = #expect(throws: DocumentError.self) { try read(nested) }
        #expect(deep?.code == .tooDeep)
        #expect(deep?.line == 33)
        #expect(deep?.message.contains("32") == true)
        let large = #expect(throws: DocumentError.self) {
            try ChecklistDocument(markdown: Array(repeating: 0x20, count: (16 << 20) + 1))
        }
        #expect(large?.code == .tooLarge)
        let broken = #expect(throws: DocumentError.self) {
            try ChecklistDocument(markdown: Array("# ä\n- [ ] ".utf8) + [0xC3, 0x28])
        }
        #expect(broken?.code == .notUTF8)
        #expect(broken?.line == 2)
        #expect(broken?.message.contains("offset 11") == true, "\(broken?.message ?? "")")
        let hollow = #expect(throws: DocumentError.self) { try read("# T\n- [ ] a\u{0}b\n") }
        #expect(hollow?.code == .notUTF8 && hollow?.line == 2)
        #expect(throws: DocumentError.self) { try read(" \n\t\n") }
        #expect(try read("# Nothing to do\n").checklist.items.isEmpty)
    }

    @Test func theJSONOfCheckIsStable() throws {
        let document = try read(
            """
            # T
            ## Run
            - [x] Go (>95%)
            ## Rollback
            1. Back
            ## Sign-off
            - [ ] Lead: ____ Date: ____
            """
        )
        let json = document.json(path: "t.md")
        #expect(json["path"] == "t.md".json)
        #expect(json["hash"] == document.checklist.hash.json)
        #expect(
            String(decoding: (json["tasks"] ?? .null).canonicalBytes, as: UTF8.self)
                == #"[{"checked":true,"depth":1,"headingPath":["T","Run"],"id":"run/go-95","kind":"manual","line":3,"source":"inferred","taskDepth":1,"text":"Go (>95%)"},"#
                + #"{"checked":false,"depth":1,"headingPath":["T","Sign-off"],"id":"sign-off/lead","kind":"sign-off","line":7,"slot":"lead","source":"inferred","taskDepth":1,"text":"Lead: ____ Date: ____"}]"#
        )
        #expect(
            String(decoding: (json["signOffs"] ?? .null).canonicalBytes, as: UTF8.self)
                == #"[{"group":"Sign-off","id":"lead","line":7,"role":"Lead"}]"#
        )
        #expect(
            String(decoding: (json["rollback"] ?? .null).canonicalBytes, as: UTF8.self)
                == #"[{"id":"rollback","line":4,"steps":[{"line":5}],"title":"Rollback","triggers":[],"verification":[]}]"#
        )
        #expect(
            String(decoding: (json["thresholds"] ?? .null).canonicalBytes, as: UTF8.self)
                == #"[{"line":3,"metric":"Go","op":">","role":"target","unit":"%","value":"95"}]"#
        )
    }
}
