// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitTesting
import Glibc
import Testing

/// The page and the table of a bundle, with texts that would like to be more than text.
@Suite struct EvidenceReportTests {
    static let markup = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "</td></table><iframe>",
        "<a href=\"https://evil.example\">x</a>", "'onmouseover='alert(1)",
        "<!--", "&lt;script&gt;&#60;b&#62;", "</style><style>@import url(https://evil.example)",
    ]

    static let formulas = ["=", "+", "-", "@", "\t", "\r", "\n", "＝"].flatMap { trigger in
        [
            "\(trigger)1+1", "\(trigger)cmd|' /C calc'!A0", "'\(trigger)1", "''\(trigger)\"a,b\"",
            trigger,
        ]
    }

    /// A bundle in which `text` stands as title, label, version, note and reason.
    static func bundle(_ text: String, at place: Int? = nil) async throws -> MemoryFolder {
        func value(_ number: Int) -> String { place ?? number == number ? text : "plain" }
        let checklist = try Checklist(value(0), signOffs: [.one(of: value(1))]) {
            DeployKit.Phase("One") { Item(value(2), id: "item") }
        }
        let deployments = Deployments(
            store: InMemoryAuditStore(),
            origin: "report.0123456789abcdef",
            clock: FixedClock()
        )
        let live = try await deployments.start(
            checklist,
            environment: Environment("staging", tier: .test),
            version: value(3),
            by: .person("rita")
        )
        try await live.complete("item", by: .person("lena"), note: value(4))
        let slot = try #require(checklist.signOffSlots.first).id
        try await live.sign(slot.text, .approved, by: .person("lena"), reason: value(4))
        var folder = MemoryFolder()
        let bundle = EvidenceBundle(
            of: deployments.log,
            generatedAt: EvidenceBundleTests.generatedAt,
            version: "test"
        )
        _ = try await bundle.write(to: &folder)
        return folder
    }

    private func page(_ text: String, at place: Int) async throws -> String {
        let folder = try await Self.bundle(text, at: place)
        return String(decoding: folder.files["report.html"] ?? [], as: UTF8.self)
    }

    /// Everything between `<` and `>`, but for the isolation of text of other scripts.
    private func tags(_ page: String) -> [Substring] {
        page.split(separator: "<").dropFirst().compactMap { part in
            part.split(separator: ">", omittingEmptySubsequences: false).first
        }.filter { $0 != "bdi" && $0 != "/bdi" }
    }

    /// Eight texts in five places: the page has the same tags and attributes as with a plain text.
    @Test(arguments: markup, 0..<5)
    func textNeverBecomesMarkup(text: String, place: Int) async throws {
        let page = try await page(text, at: place)
        #expect(tags(page) == tags(try await self.page("plain", at: place)))
        #expect(!page.contains(text))
        #expect(!page.contains("<script") && !page.contains("<img") && !page.contains("<a "))
    }

    @Test func thePolicyAllowsTheOneStyleSheetAndNothingElse() async throws {
        let page = try await page("plain", at: 0)
        let start = try #require(page.firstRange(of: "<style>")).upperBound
        let end = try #require(page.firstRange(of: "</style>")).lowerBound
        let digest = Base64.encode(SHA256.digest(of: page[start..<end].utf8).bytes)
        let policy = "default-src 'none'; style-src 'sha256-\(digest)'; base-uri 'none'"
        let escaped = policy.replacing("'", with: "&#39;")
        #expect(page.contains("content=\"\(escaped)\""))
        #expect(!page.contains("http:") && !page.contains("https:") && !page.contains("url("))
    }

    @Test func whatCannotBeSeenIsNamed() async throws {
        let page = try await page("a\u{202E}b\u{1B}[2Jc\u{0}", at: 4)
        #expect(page.contains("a⟨U+202E⟩b␛[2Jc␀"))
        #expect(!page.contains("\u{202E}") && !page.contains("\u{1B}"))
    }

    /// Self-approval stands first, and a waiver before everything that was done.
    @Test func whatAnAuditorLooksForStandsFirst() async throws {
        let page = try await page("plain", at: 0)
        let order = ["Waived and left out", "Separation of duties", "Sign-offs", "Items"]
        let places = order.compactMap { page.firstRange(of: "<h3>\($0)")?.lowerBound }
        #expect(places.count == order.count && places == places.sorted())
        #expect(page.contains("<b>executor-approval</b>"))
    }

    /// Forty cells that a spreadsheet could take for formulas, read back by Python's csv.
    @Test(.enabled(if: EvidenceBundleTests.hasPython, "python3 is not installed"))
    func fortyFormulasAreTextAndComeBack() async throws {
        #expect(Self.formulas.count == 40)
        let script = """
            import csv, sys
            cells = [row[7] for row in csv.reader(open(sys.argv[1], newline="", encoding="utf-8"))][1:]
            for cell in cells:
                assert cell[:1] not in tuple("=+-@\\t\\r\\n") + ("\\uff1d",), repr(cell)
                sys.stdout.write(repr((cell[1:] if cell[:1] == "'" else cell).encode()))
            """
        for text in Self.formulas {
            let folder = try await Self.bundle(text, at: 3)
            let answer = try Self.python(script, folder.files["signoffs.csv"] ?? [])
            let expected = try Self.python(
                "print(repr(open(__import__('sys').argv[1],'rb').read()),end='')",
                Array(text.utf8)
            )
            #expect(answer == expected, "\(text.debugDescription): \(answer)")
        }
    }

    private static func python(_ script: String, _ input: [UInt8]) throws -> String {
        var template = Array("/tmp/evidence-cell-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        let path = String(
            decoding: template.dropLast().map(UInt8.init(bitPattern:)),
            as: UTF8.self
        )
        _ = write(descriptor, input, input.count)
        close(descriptor)
        let program = "\(path).py"
        let source = try #require(fopen(program, "w"))
        fputs(script, source)
        fclose(source)
        defer {
            unlink(path)
            unlink(program)
        }
        let pipe = try #require(popen("python3 -B '\(program)' '\(path)' 2>&1", "r"))
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, pipe)
        pclose(pipe)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
