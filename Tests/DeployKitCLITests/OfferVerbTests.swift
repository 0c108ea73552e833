// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Glibc
import Testing

@testable import deploykit_cli

/// Commands that a page only shows, and `run --offer` asks about.
extension TerminalTests {
    private static let page = """
        # Orders

        ## Database

        - [ ] Create the backup

          ```bash
          echo saved | tee backup
          ```

          Expected: the backup is saved

        - [ ] Two steps

          ```bash
          echo one >>ran
          ```

          ```bash
          echo two >>ran
          ```

        - [ ] On the host

          ```bash
          ssh <prod-host> uptime
          ```

        - [ ] It fails

          ```bash
          echo broken; exit 3
          ```

        """

    private func offers() throws -> Bench {
        let bench = try Bench()
        try bench.write(Self.page, to: "page.md")
        let start = ["start", "page.md", "--environment", "staging", "--version", "1"]
        let run = try bench.run(words: start)
        #expect(run.code == 0, "\(run.errors)")
        return bench
    }

    private func states(_ bench: Bench) throws -> [String?] {
        let phases = try bench.run("status", "--json").json()["phases"]?.array ?? []
        return phases.flatMap { $0["items"]?.array ?? [] }.map { $0["state"]?.string }
    }

    @Test(.enabled(if: hasPython, "python3 is absent"))
    func whatAPersonConfirmsRunsAndIsOnRecord() throws {
        let bench = try offers()
        let run = try play(
            bench,
            "run",
            "--offer",
            steps: [
                ("[r]un", "r"), ("Is it as expected?", "y"),
                ("command 2:", "r"), ("Run command 1 of 2?", "n"), ("Run command 2 of 2?", "y"),
                ("cannot be run", "l"), ("exit 3", "r"), ("[n]ot happened", "n"),
                ("How do you know?", "looked"), ("[q]uit", "q"),
            ]
        )
        #expect(run.code == 1, "\(run.output)\(run.errors)")
        #expect(run.output.contains("<prod-host> has no value"), "\(run.output)")
        #expect(try bench.read("backup") == "saved\n")
        #expect(try bench.read("ran") == "two\n")
        #expect(try states(bench) == ["passed", "passed", "ready", "failed"])
        let log = try bench.run("audit", "log", "--json").output
        #expect(log.contains(#""offered":[0]"#) && log.contains(#""offered":[1]"#), "\(log)")
        let history = try bench.run("report", "--output", "report.html")
        #expect(history.code == 0)
        #expect(try bench.read("report.html").contains("its command was confirmed and started"))
    }

    @Test(.enabled(if: hasPython, "python3 is absent"))
    func whatIsNotAsExpectedHasFailedAndMayBeRunAgain() throws {
        let bench = try offers()
        let run = try play(
            bench,
            "run",
            "--offer",
            steps: [
                ("[r]un", "r"), ("Is it as expected?", "n"), ("failed. ", "r"), ("[r]un", "r"),
                ("Is it as expected?", "^D"), ("is in doubt", "q"),
            ]
        )
        #expect(run.code == 2, "\(run.output)\(run.errors)")
        #expect(try states(bench).first == "inDoubt")
    }

    @Test(.enabled(if: hasPython, "python3 is absent"))
    func nothingOfWhatIsConfirmedIsHidden() throws {
        let bench = try Bench()
        let lines = (1...30).map { "  : line \($0)\n" }.joined()
        try bench.write(
            "# X\n\n- [ ] Long\n\n  ```bash\n\(lines)  echo \u{1B}[2Jcovert\n  ```\n",
            to: "page.md"
        )
        try bench.run("start", "page.md", "--environment", "staging", "--version", "1")
        let run = try play(bench, "run", "--offer", steps: [("[r]un", "q")])
        #expect(run.output.contains(": line 30"), "\(run.output)")
        #expect(run.output.contains("covert") && !run.output.contains("\u{1B}[2J"))
    }

    @Test(.enabled(if: hasPython, "python3 is absent"))
    func withoutTheOptionNothingThatIsShownCanBeRun() throws {
        let bench = try offers()
        let run = try play(bench, "run", steps: [("[q]uit", "q")])
        #expect(!run.output.contains("[r]un"), "\(run.output)")
        #expect(access("\(bench.path)/backup", F_OK) != 0)
    }

    @Test(
        .enabled(if: hasPython, "python3 is absent"),
        arguments: [["--json"], ["--yes"], ["--dry-run"], ["--suite", "smoke"]]
    )
    func offeringNeedsSomebodyToAsk(others: [String]) throws {
        let bench = try offers()
        let before = try bench.run("audit", "log", "--json").output
        #expect(try play(bench, words: ["run", "--offer"] + others).code == 64)
        #expect(try bench.run("run", "--offer").code == 64)
        #expect(try play(bench, "run", "--offer", with: ["CI": "true"]).code == 64)
        #expect(try bench.run("audit", "log", "--json").output == before)
    }
}
