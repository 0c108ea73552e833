// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitTesting
import Foundation
import Glibc
import Testing

/// The page and the JUnit report of a run, with texts that would like to be more than text.
@Suite struct DeploymentReportTests {
    /// Two deployments of a small checklist; in the second one `text` stands wherever a person may
    /// write, an item failed and was made good, and one was waived.
    struct Trial {
        let deployments: Deployments
        let live: LiveDeployment
        let clock = SteppingClock()

        init(_ text: String = "plain") async throws {
            let checklist = try Checklist(text, signOffs: [.one(of: "QA Engineer")]) {
                DeployKit.Phase("One \(text)") {
                    Item(text, id: "first")
                    Item("Second", id: "second")
                    Item("Third", id: "third")
                }
            }
            deployments = Deployments(
                store: InMemoryAuditStore(),
                origin: "report.0123456789abcdef",
                clock: clock
            )
            let environment = try Environment("staging", tier: .test)
            let rita = Actor.person("rita")
            let slot = try #require(checklist.signOffSlots.first).id.text
            let before = try await deployments.start(
                checklist,
                environment: environment,
                version: "1.0",
                by: rita
            )
            for item in ["first", "second", "third"] { try await before.complete(item, by: rita) }
            try await before.sign(slot, .approved, by: .person("lena"))
            live = try await deployments.start(
                checklist,
                environment: environment,
                version: "1.1 \(text)",
                by: rita
            )
            try await live.perform(.fail("first", reason: text), by: rita)
            try await live.perform(.reopen("first", reason: text), by: rita)
            try await live.complete("first", by: rita, note: text)
            try await live.perform(.waive("second", reason: text), by: .person("lena"))
            try await live.perform(.note(text), by: rita)
        }

        func report() async throws -> String {
            let state = try await live.state()
            let history = try await live.history()
            var texts: [Digest: String] = [:]
            for reference in DeploymentReport.Run.references(of: state, history) {
                texts[reference.digest] = try await deployments.text(of: reference)
            }
            let run = DeploymentReport.Run(
                state,
                history: history,
                texts: texts,
                predecessor: try await live.predecessor()
            )
            return DeploymentReport(
                of: [run],
                origin: "report.0123456789abcdef",
                generatedAt: EvidenceBundleTests.generatedAt,
                version: "test"
            ).html
        }

        func junit() async throws -> String {
            let state = try await live.state()
            var texts: [Digest: String] = [:]
            for reference in JUnitExport.references(of: state) {
                texts[reference.digest] = try await deployments.text(of: reference)
            }
            let facts = try await deployments.facts(for: state)
            return JUnitExport(of: state, given: facts, texts: texts).xml
        }
    }

    private func tags(_ page: String) -> [Substring] {
        page.split(separator: "<").dropFirst().compactMap { part in
            part.split(separator: ">", omittingEmptySubsequences: false).first
        }.filter { !["bdi", "/bdi"].contains($0) && !$0.hasPrefix("svg ") }
    }

    @Test(arguments: EvidenceReportTests.markup)
    func textNeverBecomesMarkup(text: String) async throws {
        let page = try await Trial(text).report()
        let plain = try await Trial().report()
        #expect(tags(page).count == tags(plain).count)
        #expect(!page.contains("<script") && !page.contains("<img") && !page.contains("<iframe"))
        #expect(!page.contains("<a href=\"https"))
    }

    @Test func thePageSaysWhatHappenedAndWhatChanged() async throws {
        let page = try await Trial().report()
        for words in [
            "What changed since 1.0", "1.1 plain", "Issues met", "reported as failed",
            "passed at ", "WAIVED", "Timeline", "Sign-offs", "Events", "1.2 Second: waived",
        ] {
            #expect(page.contains(words), "\(words)")
        }
        // The picture has its words, and whoever uses no pointer can move what is wider.
        #expect(page.contains("role=\"img\" aria-label=\"Timeline of 2 items"))
        #expect(page.contains("tabindex=\"0\" role=\"group\" aria-label=\"Timeline\""))
        #expect(page.contains("<html lang=\"en\">") && page.contains("<main>"))
        let heads = page.components(separatedBy: "<th ").count
        #expect(heads == page.components(separatedBy: "<th scope=\"").count)
        #expect(page.contains("<th scope=\"row\">plain</th>"))
    }

    // What stands there is shown and read out as it stands.
    @Test(arguments: ["Zustellung · prüfen", "\u{5E9}\u{5DC}\u{5D5}\u{5DD}"])
    func noElementStandsInATitleOrAnAttribute(text: String) async throws {
        let page = try await Trial(text).report()
        #expect(page.contains("<bdi>"))
        for part in page.components(separatedBy: "<title>").dropFirst() {
            #expect(!part.components(separatedBy: "</title>")[0].contains("<"))
        }
        for part in page.components(separatedBy: "=\"").dropFirst() {
            #expect(!part.components(separatedBy: "\"")[0].contains("<"))
        }
    }

    @Test func equalDeploymentsGiveEqualPages() async throws {
        let trial = try await Trial()
        let page = try await trial.report()
        #expect(try await trial.report() == page)
    }

    @Test func thePolicyAllowsTheOneStyleSheetAlone() async throws {
        let page = try await Trial().report()
        let start = try #require(page.firstRange(of: "<style>")).upperBound
        let end = try #require(page.firstRange(of: "</style>")).lowerBound
        let digest = Base64.encode(SHA256.digest(of: page[start..<end].utf8).bytes)
        #expect(page.contains("style-src &#39;sha256-\(digest)&#39;"))
        #expect(!page.contains(" style=") && !page.contains("url(") && !page.contains("src="))
    }

    // MARK: JUnit

    @Test func ourReaderCountsWhatWasWritten() async throws {
        let xml = try await Trial().junit()
        let report = try JUnitReport(Array(xml.utf8))
        // First passed; second waived, third and the gate not reached.
        #expect(report.passed == 1 && report.failed == 0 && report.skipped == 3, "\(xml)")
    }

    /// What Python's expat says of it: counts, unique names, and every text as it was.
    @Test(arguments: ["plain", "a<b>&\"'c", "\u{1}\u{202E}]]>", "line\nbreak"])
    func anIndependentReaderAgrees(text: String) async throws {
        guard access("/usr/bin/python3", X_OK) == 0 else {
            print("python3 is absent: JUnit reports are read by ourselves alone")
            return
        }
        let script = """
            import sys, xml.etree.ElementTree as tree
            root = tree.parse(sys.argv[1]).getroot()
            cases = root.findall("./testsuite/testcase")
            names = [(case.get("classname"), case.get("name")) for case in cases]
            assert root.tag == "testsuites" and len(set(names)) == len(names), names
            for suite in root.findall("testsuite"):
                own = suite.findall("testcase")
                assert int(suite.get("tests")) == len(own)
                for kind in ("failure", "error", "skipped"):
                    of = {"failure": "failures", "error": "errors"}.get(kind, kind)
                    assert int(suite.get(of)) == len([c for c in own if c.find(kind) is not None])
                assert float(suite.get("time")) >= 0
            print(len(cases))
            """
        let folder = FileManager.default.temporaryDirectory.appending(path: "junit-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (program, file) = (
            folder.appending(path: "read.py"), folder.appending(path: "junit.xml")
        )
        try Data(script.utf8).write(to: program)
        try Data(try await Trial(text).junit().utf8).write(to: file)
        #expect(system("/usr/bin/python3 '\(program.path)' '\(file.path)' >/dev/null") == 0)
    }
}

/// A clock that goes on by a second whenever it is asked.
struct SteppingClock: WallClock {
    private let clock = FixedClock()

    func now() -> Timestamp { clock.advance(by: .seconds(1)) }
}
