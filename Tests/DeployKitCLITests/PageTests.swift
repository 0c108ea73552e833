// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

/// A Markdown page, from `check` to the evidence.
@Suite struct PageTests {
    private static let page = """
        ---
        deploykit: 1
        service: pages
        ---
        # Page

        ## Prepare

        - [ ] Say hello <!-- deploykit: kind=command effect=none -->

          ```bash
          echo hello
          ```
        - [ ] Look at it

        ## Sign-Off

        - [ ] QA Engineer: ______ Date: ____

        """

    private func bench() throws -> Bench {
        let bench = try Bench()
        try bench.write(Self.page, to: "page.md")
        return bench
    }

    @Test func aPageIsCheckedRunSignedAndWrittenBack() throws {
        let bench = try bench()
        let checked = try bench.run("check", "page.md")
        #expect(checked.code == 0)
        #expect(checked.output.contains("2 items (1 declared, 1 inferred)"))
        let start = ["start", "page.md", "--environment", "staging", "--version", "1"]
        #expect(try bench.run(words: start).code == 0)
        #expect(try bench.run("run").code == 4)
        #expect(try bench.run("done", "1.2").code == 0)
        #expect(try bench.run("sign", "QA", "--approve", "--as", "lena@example.com").code == 0)
        let export = try bench.run("export", "--markdown", "--output", "page.md")
        #expect(export.code == 0, "\(export.errors)")
        let written = try bench.read("page.md")
        #expect(written.contains("- [x] Say hello <!-- deploykit: kind=command effect=none -->"))
        #expect(written.contains("- [x] QA Engineer: <!-- deploykit:blank "))
        #expect(try bench.run("export", "--markdown").output == written)
        let json = try bench.run("check", "--json", "page.md").json()
        let hash = json["files"]?.array?.first?["hash"]?.string
        try bench.write(Self.page, to: "before.md")
        let before = try bench.run("check", "--json", "before.md").json()
        #expect(hash != nil && before["files"]?.array?.first?["hash"]?.string == hash)
    }

    @Test func aRowOfATableIsListedWithItsLine() throws {
        let bench = try Bench()
        try bench.write("# Page\n\n| Check | Done |\n|---|---|\n| Door | [ ] |\n", to: "page.md")
        let checked = try bench.run("check", "--verbose", "page.md")
        #expect(checked.output.contains("  5     1.1     manual    inferred  Door\n"))
    }

    @Test func whatDestroysIsMarkedInTheTableAndInJSON() throws {
        let bench = try Bench()
        try bench.write(
            "# Page\n\n- [ ] Clear it\n\n  ```bash\n  rm -rf build\n  ```\n",
            to: "page.md"
        )
        let checked = try bench.run("check", "--verbose", "page.md")
        #expect(checked.output.contains("destructive commands: line 5\n"))
        #expect(checked.output.contains("5     code    executable  destructive  bash\n"))
        let code = try bench.run("check", "--json", "page.md").json()["files"]?.array?.first?[
            "code"
        ]
        #expect(
            code
                == .array([
                    .members([
                        "destructive": true.json, "language": "bash".json, "line": 5.json,
                        "use": "executable".json,
                    ])
                ])
        )
        #expect(!(try bench.run("check", "page.md").output.contains("code    executable")))
    }

    @Test func anotherPageIsNotOverwritten() throws {
        let bench = try bench()
        let start = ["start", "page.md", "--environment", "staging", "--version", "1"]
        #expect(try bench.run(words: start).code == 0)
        try bench.write("precious\n", to: "other.md")
        let export = try bench.run("export", "--markdown", "--output", "other.md")
        #expect(export.code == 3)
        #expect(try bench.read("other.md") == "precious\n")
    }

    @Test func aDeclarationThatIsWrongIsNamedByItsLine() throws {
        let bench = try bench()
        let wrong = Self.page.replacing("effect=none", with: "effect=nothing colour=red")
        try bench.write(wrong, to: "wrong.md")
        let checked = try bench.run("check", "wrong.md")
        #expect(checked.code == 3)
        #expect(checked.errors.contains("wrong.md:9: "))
        #expect(checked.errors.contains("'colour' is no key"))
        let both = try bench.run("check", "--json", "page.md", "wrong.md")
        #expect(both.code == 3)
        #expect(try both.json()["files"]?.array?.count == 2)
    }

    @Test func aPageWithoutATaskIsReadAndNotStarted() throws {
        let bench = try Bench()
        try bench.write("# Only words\n\n1. Think\n2. Write\n", to: "words.md")
        let checked = try bench.run("check", "words.md")
        #expect(checked.code == 0 && checked.output.contains("no task item"))
        let start = ["start", "words.md", "--environment", "staging", "--version", "1"]
        let started = try bench.run(words: start)
        #expect(started.code == 3 && started.errors.contains("no item to do"))
    }

    @Test func evidenceIsTheSameWheneverItIsMade() throws {
        let bench = try bench()
        let start = ["start", "page.md", "--environment", "staging", "--version", "1"]
        #expect(try bench.run(words: start).code == 0)
        let moment = ["SOURCE_DATE_EPOCH": "1767225600"]
        for folder in ["a", "b"] {
            let words = ["audit", "export", "--output", folder]
            #expect(try bench.run(words: words, with: moment).code == 0)
        }
        #expect(try bench.read("a/manifest.json") == (try bench.read("b/manifest.json")))
        #expect(try bench.run("audit", "export", "--output", "a").code == 64)
    }

    /// What floods is bounded on the screen, and what hangs is ended.
    @Test func aFloodIsBounded() throws {
        let bench = try Bench()
        let page = Self.page.replacing(
            "echo hello",
            with: "head -c 30000000 /dev/zero | tr '\\0' a"
        )
        try bench.write(page, to: "page.md")
        let start = ["start", "page.md", "--environment", "staging", "--version", "1"]
        #expect(try bench.run(words: start).code == 0)
        let run = try bench.run("run")
        #expect(run.code == 4, "\(run.errors)")
        #expect(run.output.utf8.count < 100_000)
        #expect(run.output.contains("[more output follows, which is not shown]"))
    }
}
